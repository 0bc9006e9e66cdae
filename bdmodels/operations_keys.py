"""The foreign key by which the rows of a part go when the core's row does."""

from typing import Any

from django.db.migrations.operations.base import OperationCategory

from .dialects import dialect_for
from .operations_base import SplitOperation, key_of, model_of

#: In the options of a part's ModelState; Django ignores what begins with an underscore.
LINKED = "_bdmodels_foreign_key"


def is_linked(state: Any, key: tuple[str, str]) -> bool:
    """Whether a part has the foreign key, according to a migration state."""
    return bool(state.models[key].options.get(LINKED))


class PartKeyOperation(SplitOperation):
    """What adding and removing the foreign key have in common: both directions of both."""

    reduces_to_sql = True

    def __init__(self, part_name: str, core_name: str) -> None:
        self.part_name, self.core_name = part_name, core_name

    @property
    def names(self) -> tuple[str, str]:
        return self.part_name, self.core_name

    def arguments(self) -> dict[str, Any]:
        return {"part_name": self.part_name, "core_name": self.core_name}

    def note(self, app_label: str, state: Any, linked: bool) -> None:
        key = key_of(app_label, self.part_name)
        options = {k: v for k, v in state.models[key].options.items() if k != LINKED}
        state.models[key].options = {**options, LINKED: True} if linked else options

    def add(self, app_label: str, schema_editor: Any, state: Any) -> None:
        if found := self.models(app_label, schema_editor, state):
            dialect_for(schema_editor.connection).add_part_key(schema_editor, *found)

    def drop(self, app_label: str, schema_editor: Any, state: Any) -> None:
        if found := self.models(app_label, schema_editor, state):
            dialect_for(schema_editor.connection).drop_part_key(schema_editor, *found)

    def models(self, app_label: str, schema_editor: Any, state: Any) -> tuple[Any, Any] | None:
        part = model_of(state, app_label, self.part_name)
        core = model_of(state, app_label, self.core_name)
        alias = schema_editor.connection.alias
        if all(self.allow_migrate_model(alias, m) for m in (part, core)):
            return part, core
        return None


class AddPartForeignKey(PartKeyOperation):
    """Let the key of a part refer to the key of its core, ``ON DELETE CASCADE``.

    A row of the part cannot be without its core's row then, whatever deletes that. On
    PostgreSQL rows that are there are looked at afterwards, without blocking writers. SQLite
    would have to make the table anew, and does without. So does MariaDB where the two keys have
    different types.

    :param part_name: the part.
    :param core_name: the core.
    """

    category = OperationCategory.ADDITION

    def state_forwards(self, app_label: str, state: Any) -> None:
        self.note(app_label, state, True)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        self.add(app_label, schema_editor, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        self.drop(app_label, schema_editor, from_state)

    def describe(self) -> str:
        return f"Let rows of {self.part_name} go with those of {self.core_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.part_name}_foreign_key".lower().replace(".", "_")


class RemovePartForeignKey(PartKeyOperation):
    """Remove what :class:`AddPartForeignKey` has added.

    :param part_name: the part.
    :param core_name: the core.
    """

    category = OperationCategory.REMOVAL

    def state_forwards(self, app_label: str, state: Any) -> None:
        self.note(app_label, state, False)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        self.drop(app_label, schema_editor, from_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        self.add(app_label, schema_editor, to_state)

    def describe(self) -> str:
        return f"Let rows of {self.part_name} be independent of those of {self.core_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"remove_{self.part_name}_foreign_key".lower().replace(".", "_")
