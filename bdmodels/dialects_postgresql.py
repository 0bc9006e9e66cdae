"""PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from .dialects import REGISTRY, Dialect
from .dialects_postgresql_copy import PostgreSQLBatches

AS_TEXT = (
    "json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle",
    "geometry", "geography", "raster", "citext",
)  # fmt: skip
"""Types without an equality operator, or with one that ignores differences."""


class PostgreSQL(PostgreSQLBatches, Dialect):
    combines_writes = True

    def comparable(self, field: Any, column: str) -> str:
        db_type = (field.db_type(self.connection) or "").lower()
        if db_type.split("(")[0] in AS_TEXT:
            return f"{column}::text"
        if getattr(field, "db_collation", None):
            # A nondeterministic collation takes different strings for equal.
            return f'{column}::text COLLATE "C"'
        return column

    def lock(self, editor: Any, models: Sequence[Any]) -> None:
        if editor.atomic_migration or self.connection.in_atomic_block:
            tables = ", ".join(dict.fromkeys(self.table(model) for model in models))
            editor.execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")

    def settle(self, editor: Any) -> None:
        # Rows of a table with a deferrable foreign key leave "pending trigger events".
        if editor.atomic_migration or self.connection.in_atomic_block:
            editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            editor.execute("SET CONSTRAINTS ALL DEFERRED")


REGISTRY["postgresql"] = PostgreSQL
