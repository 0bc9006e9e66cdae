"""PostgreSQL."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import transaction

from . import dialects_postgresql_locks as locks
from .dialects import REGISTRY, Dialect
from .dialects_postgresql_copy import PostgreSQLBatches
from .dialects_postgresql_indexes import OnlineIndexes
from .dialects_postgresql_populate import PostgreSQLPopulate
from .dialects_postgresql_triggers import Triggers, states
from .sync import Sync
from .transfers import Transfer

AS_TEXT = (
    "json", "jsonb", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle",
    "geometry", "geography", "raster", "citext", "interval", "double precision", "real",
)  # fmt: skip
"""Types without an equality operator, or with one that ignores differences: 1 equals 1.0 in
jsonb, 30 days equal a month, -0 equals 0."""


class PostgreSQL(PostgreSQLBatches, PostgreSQLPopulate, Dialect):
    combines_writes = True
    needs_sync = True

    def takes_copy(self, model: Any) -> bool:
        # Not by Django's cursor: a look into the catalog is no query of the application.
        self.connection.ensure_connection()
        if not hasattr(self.connection.connection.cursor(), "copy"):
            return False  # psycopg2
        with self.connection.connection.cursor() as cursor:
            cursor.execute(
                "SELECT relkind IN ('r', 'p') AND NOT relrowsecurity AND NOT relhasrules "
                "FROM pg_class WHERE oid = to_regclass(%s)",
                [self.table(model)],
            )
            return bool(cursor.fetchone() == (True,))

    def comparable(self, field: Any, column: str) -> str:
        db_type = (field.db_type(self.connection) or "").lower()
        inexact = db_type.split("(")[0] in AS_TEXT or db_type == "numeric"
        if inexact or db_type.endswith("]"):
            return f"{column}::text"
        if getattr(field, "db_collation", None):
            # A nondeterministic collation takes different strings for equal.
            return f'{column}::text COLLATE "C"'
        return column

    def lock(self, editor: Any, models: Sequence[Any]) -> None:
        if editor.atomic_migration or self.connection.in_atomic_block:
            tables = list(dict.fromkeys(self.table(model) for model in models))
            if editor.collect_sql:
                editor.execute(f"LOCK TABLE {', '.join(tables)} IN {locks.SHARED} MODE")
                return
            with locks.held(self.connection, editor, [], tables):
                """Until the transaction ends."""

    def held(
        self, editor: Any, exclusive: list[Any], shared: list[Any]
    ) -> AbstractContextManager[None]:
        names = [[self.table(model) for model in models] for models in (exclusive, shared)]
        return locks.held(self.connection, editor, *names)

    def online_indexes(self, editor: Any, model: Any) -> OnlineIndexes | None:
        if editor.atomic_migration or self.connection.in_atomic_block:
            return None
        found = OnlineIndexes(self, editor)
        return found if found.takes(model) else None

    def add_part_key(self, editor: Any, part: Any, core: Any) -> None:
        # Not deferrable: a row checked at once leaves no event that hinders an ALTER TABLE.
        if editor.collect_sql or not self.part_key(editor, part, core):
            with self.held(editor, [], [part, core]) if not editor.collect_sql else nullcontext():
                editor.execute(f"{self.part_key_sql(editor, part, core)} NOT VALID", None)
        name = self.part_key(editor, part, core)
        # The savepoint lets the rows that it refuses be counted in the same transaction.
        savepoint = (
            nullcontext() if editor.collect_sql else transaction.atomic(self.connection.alias)
        )
        with savepoint:
            editor.execute(
                f"ALTER TABLE {self.table(part)} VALIDATE CONSTRAINT {self.quote(name)}", None
            )

    def drop_part_key(self, editor: Any, part: Any, core: Any) -> None:
        if name := self.part_key(editor, part, core):
            with self.held(editor, [part, core], []) if not editor.collect_sql else nullcontext():
                editor.execute(
                    f"ALTER TABLE {self.table(part)} DROP CONSTRAINT {self.quote(name)}", None
                )

    def install_sync(self, editor: Any, sync: Sync) -> None:
        triggers = Triggers(self, sync)
        for sql in [*triggers.remove(), *triggers.install()]:
            editor.execute(sql, None)

    def remove_sync(self, editor: Any, sync: Sync) -> None:
        for sql in Triggers(self, sync).remove():
            editor.execute(sql, None)

    def sync_state(self, transfer: Transfer) -> dict[str, str]:
        return states(self, transfer)

    def settle(self, editor: Any) -> None:
        # Rows of a table with a deferrable foreign key leave "pending trigger events".
        if editor.atomic_migration or self.connection.in_atomic_block:
            editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            editor.execute("SET CONSTRAINTS ALL DEFERRED")


REGISTRY["postgresql"] = PostgreSQL
