"""Operations on models and links: what a core is made of, in the migration state."""

from collections.abc import Iterable
from typing import Any

from django.db import migrations
from django.db.migrations.operations.base import Operation, OperationCategory

from .locks import held, referenced
from .operations_base import (
    POST_DEPLOY,
    PRE_DEPLOY,
    SplitOperation,
    deploy_stage,
    finish,
    key_of,
    listed,
)


class StateOnly(Operation):
    """Mixed into an operation of Django whose field has no column."""

    @property
    def stage(self) -> Any:
        """After the deploy: the old code does not know the link."""
        return deploy_stage(POST_DEPLOY)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Nothing to do in the database."""

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Nothing to do in the database."""


class AddVirtualField(StateOnly, migrations.AddField):
    """Add a virtual field, such as a link, to a model. The database is not touched.

    :param model_name: the model.
    :param name: name of the field.
    :param field: a ``VirtualParentLink``, ``VirtualForeignKey`` or ``VirtualOneToOneField``.
    """

    def describe(self) -> str:
        return f"Add virtual field {self.name} to {self.model_name}"


class RemoveVirtualField(StateOnly, migrations.RemoveField):
    """Remove a virtual field from a model. The database is not touched.

    :param model_name: the model.
    :param name: name of the field.
    """

    def describe(self) -> str:
        return f"Remove virtual field {self.name} from {self.model_name}"


class SetBases(SplitOperation):
    """Set the bases of a model in the migration state. The database is not touched.

    It is the last operation of a split: while core and part both have a column for a field,
    a core that inherits from the part could not be rendered.

    :param name: the model.
    :param bases: as in ``CreateModel``: classes, and labels of models in migrations.
    :param pre_deploy: whether it makes way for new columns, before the deployment.
    """

    def __init__(self, name: str, bases: Iterable[str | type], *, pre_deploy: bool = False) -> None:
        self.name, self.bases = name, tuple(bases)
        self.stage_name = PRE_DEPLOY if pre_deploy else POST_DEPLOY

    def arguments(self) -> dict[str, Any]:
        found = {"name": self.name, "bases": self.bases}
        return {**found, "pre_deploy": True} if self.stage_name == PRE_DEPLOY else found

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.models[app_label, self.name.lower()].bases = self.bases
        state.reload_model(app_label, self.name.lower())

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Nothing to do in the database."""

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Nothing to do in the database."""

    def describe(self) -> str:
        names = [b if isinstance(b, str) else b.__name__ for b in self.bases]
        return f"Set the bases of {self.name} to {listed(names)}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.name.lower()}_bases"


class CreatePart(migrations.CreateModel):
    """Create the table of a part.

    As ``CreateModel``, but can be run again after a migration failed on a database that
    cannot roll back schema changes: an empty table of that name is replaced.
    """

    @property
    def stage(self) -> Any:
        """Before the deploy: the new code needs the table."""
        return deploy_stage(PRE_DEPLOY)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = to_state.apps.get_model(app_label, self.name)
        connection = schema_editor.connection
        resumable = not (connection.features.can_rollback_ddl or schema_editor.collect_sql)
        if (
            resumable
            and self.allow_migrate_model(connection.alias, model)
            and is_empty_table(connection, model._meta.db_table)
        ):
            schema_editor.delete_model(model)
        with held(schema_editor, shared=referenced(model._meta.local_concrete_fields)):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            finish(schema_editor)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = from_state.apps.get_model(app_label, self.name)
        with held(schema_editor, [model, *referenced(model._meta.local_concrete_fields)]):
            super().database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Create part {self.name}"


def is_empty_table(connection: Any, table: str) -> bool:
    """Whether there is a table of that name without a row."""
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            return False
        cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")
        return cursor.fetchone() is None


class RenamePart(migrations.RenameModel):
    """Rename a part, and with it its key, the link and the bases of its cores.

    Django's ``RenameModel`` leaves the bases of other models at the old name.

    :param old_name: the part.
    :param new_name: its new name.
    :param old_key: name of its key.
    :param new_key: its new name; None when it stays.
    """

    category = OperationCategory.ALTERATION

    def __init__(self, old_name: str, new_name: str, old_key: str = "", new_key: str = "") -> None:
        self.old_key, self.new_key = old_key, new_key
        super().__init__(old_name, new_name)

    def deconstruct(self) -> Any:
        name, args, kwargs = super().deconstruct()
        if self.new_key:
            kwargs.update(old_key=self.old_key, new_key=self.new_key)
        return name, args, kwargs

    def state_forwards(self, app_label: str, state: Any) -> None:
        old = key_of(app_label, self.old_name)
        new = key_of(app_label, self.new_name)
        # Rendered models cannot follow while their bases are half renamed.
        state.__dict__.pop("apps", None)
        super().state_forwards(app_label, state)
        labels = {".".join(old): ".".join(new)}
        for model in state.models.values():
            model.bases = tuple(
                labels.get(base.lower(), base) if isinstance(base, str) else base
                for base in model.bases
            )
        if self.new_key:
            state.rename_field(app_label, new[1], self.old_key, self.new_key)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        # RenameModel.database_backwards() swaps the names and calls this, too.
        super().database_forwards(app_label, schema_editor, from_state, to_state)
        model = to_state.apps.get_model(app_label, self.new_name)
        if not self.new_key or not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        old, new = from_state.apps.get_model(app_label, self.old_name)._meta.pk, model._meta.pk
        if old.column != new.column:
            quote = schema_editor.quote_name
            schema_editor.execute(
                f"ALTER TABLE {quote(model._meta.db_table)} RENAME COLUMN "
                f"{quote(old.column)} TO {quote(new.column)}",
                None,
            )
