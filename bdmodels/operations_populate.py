"""The operation that adds a required field to a table with rows."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import migrations
from django.db.migrations.operations.fields import AlterField, FieldOperation, RenameField

from .dialects import dialect_for
from .operations_base import PRE_DEPLOY, deploy_stage
from .populated_removal import Removal
from .populating import Population

if TYPE_CHECKING:
    from typing import TypeAlias

    from django.db.backends.base.schema import BaseDatabaseSchemaEditor as Editor
    from django.db.migrations.state import StateApps
    from django.db.models import Field, Q
    from django.db.models.expressions import Combinable

    from .populated_rows import Rows

    ExpressionOrCallable: TypeAlias = Combinable | Q | Callable[[StateApps, Editor, Rows], object]


class AddPopulatedField(migrations.AddField):
    """Add a field and give each existing row its own value, in one step.

    The column is added empty, filled batch by batch with a commit each, and then gets its NOT
    NULL; unique constraint, index and foreign key are there from the beginning. Nobody ever
    sees a placeholder, and no default is left in the migration. Rows that are inserted
    meanwhile get their values, too. The migration needs ``atomic = False``; in one transaction
    it does the same with the locks of a plain ``AddField``, and without commits.

    A run that was killed, or stopped by an error, is gone on with by the next ``migrate``.
    To give it up, ``migrate --fake`` the migration and migrate back.

    Reversed, the column is dropped first; what the callable has created by ``rows.create()``
    is removed after that, in other transactions.

    :param model_name: the model; a core, a part, or any other.
    :param name: name of the field.
    :param field: the field, as in ``AddField``. With ``null=True`` rows may stay empty.
    :param value: an ORM expression such as ``Lower(F("title"))``, or a callable that gets
        ``(apps, schema_editor, rows)`` and sets the attribute of each row. ``rows`` is
        a :class:`~bdmodels.populated_rows.Rows`; where the table is empty, it is called once
        with an empty one.
    :param reverse: a callable that gets ``(apps, schema_editor, created)`` instead of their
        removal: batches of those rows that ``value`` has created. None by default.
    :raises Refused: for a row without a value, a value that cannot be stored, a duplicate,
        a callable that raises; the message names the row's key, and nothing of its batch was
        written.
    """

    def __init__(
        self,
        model_name: str,
        name: str,
        field: "Field[Any, Any]",
        value: "ExpressionOrCallable",
        reverse: "Callable[[StateApps, Editor, list[Any]], object] | None" = None,
    ) -> None:
        if not callable(value) and not hasattr(value, "resolve_expression"):
            raise TypeError(
                f"The value of {model_name}.{name} is {value!r}, neither an expression nor a "
                "callable. Write a constant as Value(...)."
            )
        if field.many_to_many or getattr(field, "generated", False):
            raise TypeError(f"{model_name}.{name} has no column to fill. Use AddField.")
        super().__init__(model_name, name, field)
        self.value, self.reverse = value, reverse

    @property
    def stage(self) -> Any:
        """When to run it in a rolling deployment, for django-syzygy."""
        return deploy_stage(PRE_DEPLOY)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        name, args, kwargs = super().deconstruct()
        kwargs["value"] = self.value
        if self.reverse is not None:
            kwargs["reverse"] = self.reverse
        return name, list(args), dict(kwargs)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        field = model._meta.get_field(self.name)
        population = Population(schema_editor, model, field, self.value, to_state.apps)
        if schema_editor.collect_sql:
            population.collect()
        else:
            population.run()

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        field = model._meta.get_field(self.name)
        dialect_for(schema_editor.connection).drop_populated(schema_editor, model, field)
        label = f"{model._meta.label}.{field.name}"
        if not schema_editor.collect_sql:
            Removal(schema_editor, label, self.reverse, to_state.apps).run()

    def reduce(self, operation: Any, app_label: str) -> Any:
        # FieldOperation and AddField of Django (until 6.1) would make an AddField of it.
        if isinstance(operation, FieldOperation) and self.is_same_field_operation(operation):
            if isinstance(operation, AlterField):
                return [self.varied(self.name, operation.field)]
            if isinstance(operation, RenameField):
                # A callable sets the attribute by its old name.
                return False
        return super().reduce(operation, app_label)

    def varied(self, name: str, field: Any) -> "AddPopulatedField":
        return type(self)(self.model_name, name, field, self.value, self.reverse)

    def describe(self) -> str:
        return f"Add field {self.name} to {self.model_name} and fill each row"
