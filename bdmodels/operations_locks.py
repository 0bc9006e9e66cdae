"""The locks of a migration, taken before its first change."""

from collections.abc import Iterable
from typing import Any

from django.db.migrations.operations.base import OperationCategory

from .locks import held
from .operations_base import SplitOperation, listed, model_of


class LockTables(SplitOperation):
    """Take the locks that the following operations need, all of them or none.

    Only where schema changes are transactional and tables are locked by statements: on
    PostgreSQL. A migration that took its locks one after the other would keep others waiting
    for the tables it has, while it waits for the next.

    :param exclusive: models whose tables nobody else may use meanwhile.
    :param shared: models whose tables others may go on reading.
    :param backwards: take the locks when the migration is reversed; it is then the last
        operation. By default they are taken forwards, and it is the first.
    :param elidable: whether squashing drops the operation.
    :raises Refused: when the locks could not be had, which names those who hold them.
    """

    category = OperationCategory.SQL
    reduces_to_sql = True

    def __init__(
        self,
        exclusive: Iterable[str] = (),
        shared: Iterable[str] = (),
        backwards: bool = False,
        elidable: bool = True,
    ) -> None:
        self.exclusive, self.shared = list(exclusive), list(shared)
        self.backwards = backwards
        self.elidable = elidable  # type: ignore[misc]

    def arguments(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.exclusive:
            found["exclusive"] = self.exclusive
        if self.shared:
            found["shared"] = self.shared
        if self.backwards:
            found["backwards"] = True
        if not self.elidable:
            found["elidable"] = False
        return found

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if not self.backwards:
            self.lock(app_label, schema_editor, from_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if self.backwards:
            self.lock(app_label, schema_editor, from_state)

    def lock(self, app_label: str, schema_editor: Any, state: Any) -> None:
        if not schema_editor.atomic_migration:
            return
        alias = schema_editor.connection.alias
        exclusive, shared = (
            [m for m in (model_of(state, app_label, n) for n in names)
             if self.allow_migrate_model(alias, m)]
            for names in (self.exclusive, self.shared)
        )  # fmt: skip
        with held(schema_editor, exclusive, shared):
            """Until the transaction ends."""

    def describe(self) -> str:
        when = ", when this is reversed" if self.backwards else ""
        return f"Lock {listed([*self.exclusive, *self.shared])}{when}"

    @property
    def migration_name_fragment(self) -> str:
        return "lock_tables"
