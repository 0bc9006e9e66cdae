"""Operations on the columns that move: each of them can go back on a populated table."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.db.migrations.operations.base import OperationCategory

from .columns import relaxed
from .dialects import dialect_for
from .locks import held, referenced
from .operations_base import POST_DEPLOY, SplitOperation, finish, listed
from .transfers import Refused

if TYPE_CHECKING:
    from django.db.models import Field


class ColumnsOperation(SplitOperation):
    """An operation on several columns of one table, in one statement where possible.

    :param model_name: the model whose table is changed.
    :param names: names of the fields.
    """

    def __init__(self, model_name: str, names: Iterable[str]) -> None:
        self.model_name = model_name
        self.names = list(names)

    def arguments(self) -> dict[str, Any]:
        return {"model_name": self.model_name, "names": self.names}

    def models(self, app_label: str, schema_editor: Any, *states: Any) -> tuple[Any, ...] | None:
        """The model in each state, or None when it does not belong into this database."""
        found = tuple(state.apps.get_model(app_label, self.model_name) for state in states)
        if self.allow_migrate_model(schema_editor.connection.alias, found[0]):
            return found
        return None

    def fields(self, model: Any) -> list[Any]:
        return [model._meta.get_field(name) for name in self.names]

    def replace_fields(self, app_label: str, state: Any, fields: dict[str, Any]) -> None:
        for name, field in fields.items():
            state.alter_field(app_label, self.model_name.lower(), name, field, True)

    # The two directions of both kinds of operation.

    def relax(self, schema_editor: Any, from_model: Any, to_model: Any) -> None:
        pairs = list(zip(self.fields(from_model), self.fields(to_model), strict=True))
        with held(schema_editor, [to_model]):
            dialect_for(schema_editor.connection).relax(schema_editor, to_model, pairs)

    def tighten(self, schema_editor: Any, to_model: Any) -> None:
        fields = self.fields(to_model)
        if not schema_editor.collect_sql:
            refuse_nulls(schema_editor.connection, to_model, fields)
        with held(schema_editor, [to_model]):
            dialect_for(schema_editor.connection).tighten(schema_editor, to_model, fields)

    def add(self, schema_editor: Any, from_model: Any, to_model: Any) -> None:
        fields = self.fields(to_model)
        with held(schema_editor, [to_model], referenced(fields)):
            dialect = dialect_for(schema_editor.connection)
            dialect.add_columns(schema_editor, from_model, to_model, fields)
            finish(schema_editor)

    def drop(self, schema_editor: Any, from_model: Any, to_model: Any) -> None:
        fields = self.fields(from_model)
        with held(schema_editor, [from_model, *referenced(fields)]):
            dialect = dialect_for(schema_editor.connection)
            dialect.drop_columns(schema_editor, from_model, to_model, fields)
            finish(schema_editor)


def refuse_nulls(connection: Any, model: Any, fields: Sequence[Any]) -> None:
    """Say which rows lack a value before a NOT NULL does."""
    strict = [f for f in fields if not f.null and not f.generated]
    if not strict:
        return
    quote = connection.ops.quote_name
    counts = ", ".join(f"COUNT({quote(f.column)})" for f in strict)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*), {counts} FROM {quote(model._meta.db_table)}")
        total, *found = cursor.fetchone()
    lacking = [(f.name, total - n) for f, n in zip(strict, found, strict=True) if n < total]
    if lacking:
        listing = ", ".join(f"{name} ({count:,} rows)" for name, count in lacking)
        raise Refused(
            f"{model._meta.label} has rows without a value where one is required: {listing}. "
            "They were written while the field was moving, or the row they come from is missing. "
            "Give them a value with an UPDATE of that table, or delete them, and migrate again."
        )


class RelaxMovedFields(ColumnsOperation):
    """Let columns that are about to move take NULL, in the table and in the state.

    The application that knows the new tables can then insert rows without them, and the
    columns can come back empty when the migration is reversed, be filled, and get their
    NOT NULL and database default again.
    """

    def state_forwards(self, app_label: str, state: Any) -> None:
        fields = state.models[app_label, self.model_name.lower()].fields
        self.replace_fields(app_label, state, {n: relaxed(fields[n]) for n in self.names})

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if found := self.models(app_label, schema_editor, from_state, to_state):
            self.relax(schema_editor, *found)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if found := self.models(app_label, schema_editor, to_state):
            self.tighten(schema_editor, found[0])

    def describe(self) -> str:
        return f"Let {listed(self.names)} of {self.model_name} be empty while they move"

    @property
    def migration_name_fragment(self) -> str:
        return f"relax_{self.model_name.lower()}"


class RemoveMovedFields(ColumnsOperation):
    """Remove columns whose values another table has by now.

    Reversed, they come back empty in every row, whatever their defaults; reversing the copy
    fills them, and reversing :class:`RelaxMovedFields` completes their definition.
    """

    category = OperationCategory.REMOVAL
    stage_name = POST_DEPLOY

    def state_forwards(self, app_label: str, state: Any) -> None:
        for name in self.names:
            state.remove_field(app_label, self.model_name.lower(), name)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if found := self.models(app_label, schema_editor, from_state, to_state):
            self.drop(schema_editor, *found)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if found := self.models(app_label, schema_editor, from_state, to_state):
            self.add(schema_editor, *found)

    def describe(self) -> str:
        return f"Remove {listed(self.names)} from {self.model_name}, which have moved"

    @property
    def migration_name_fragment(self) -> str:
        return f"remove_moved_{self.model_name.lower()}"


class FieldsOperation(ColumnsOperation):
    """A :class:`ColumnsOperation` that brings the definitions of the fields.

    :param model_name: the model whose table is changed.
    :param fields: ``(name, field)`` pairs, as in ``CreateModel``.
    """

    def __init__(self, model_name: str, fields: "Iterable[tuple[str, Field[Any, Any]]]") -> None:
        self.definitions = list(fields)
        super().__init__(model_name, [name for name, _ in self.definitions])

    def arguments(self) -> dict[str, Any]:
        return {"model_name": self.model_name, "fields": self.definitions}


class AddMovedFields(FieldsOperation):
    """Add columns that are empty in every row until the copy fills them."""

    category = OperationCategory.ADDITION

    def state_forwards(self, app_label: str, state: Any) -> None:
        for name, field in self.definitions:
            state.add_field(app_label, self.model_name.lower(), name, relaxed(field), True)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if found := self.models(app_label, schema_editor, from_state, to_state):
            self.add(schema_editor, *found)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if found := self.models(app_label, schema_editor, from_state, to_state):
            self.drop(schema_editor, *found)

    def describe(self) -> str:
        return f"Add {listed(self.names)} to {self.model_name}, still empty"

    @property
    def migration_name_fragment(self) -> str:
        return f"add_moved_{self.model_name.lower()}"


class TightenMovedFields(FieldsOperation):
    """Give columns that the copy has filled their NOT NULL and database default.

    :raises Refused: when rows have no value where one is required.
    """

    stage_name = POST_DEPLOY

    def state_forwards(self, app_label: str, state: Any) -> None:
        self.replace_fields(app_label, state, dict(self.definitions))

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if found := self.models(app_label, schema_editor, to_state):
            self.tighten(schema_editor, found[0])

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if found := self.models(app_label, schema_editor, from_state, to_state):
            self.relax(schema_editor, *found)

    def describe(self) -> str:
        return f"Complete {listed(self.names)} of {self.model_name}, now filled"

    @property
    def migration_name_fragment(self) -> str:
        return f"tighten_{self.model_name.lower()}"
