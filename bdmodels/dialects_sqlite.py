"""SQLite: a table is changed by making it anew, once for all columns."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import transaction

from .dialects import REGISTRY, Dialect, Pair
from .transfers import Transfer


class SQLite(Dialect):
    """Table changes go through ``DatabaseSchemaEditor._remake_table(model)`` (until 6.1).

    Given a model as it is to be, it makes a table of that definition, copies the columns that
    the model has, and renames: any number of changes at the price of one copy.
    """

    copies_in_batches = False
    rewrites = (("VACUUM", True),)

    def update(self, transfer: Transfer, only_unset: bool) -> str:
        # UPDATE ... FROM came with 3.33; this has been there since 3.15.
        target = ", ".join(self.quote(new.column) for _, new in transfer.pairs)
        values = ", ".join(self.column(old, "source") for old, _ in transfer.pairs)
        rows = f"FROM {self.table(transfer.source)} source WHERE {self.joined(transfer)}"
        return (
            f"UPDATE {self.table(transfer.target)} AS target SET ({target}) = "
            f"(SELECT {values} {rows}) "
            f"WHERE EXISTS (SELECT 1 {rows}){self._only_unset(transfer, only_unset)}"
        )

    def distinct(self, old: Any, new: Any) -> str:
        left, right = self.column(old, "source"), self.column(new, "target")
        return f"{self.comparable(old, left)} IS NOT {self.comparable(new, right)}"

    def comparable(self, field: Any, column: str) -> str:
        return f"{column} COLLATE BINARY" if getattr(field, "db_collation", None) else column

    def held(
        self, editor: Any, exclusive: list[Any], shared: list[Any]
    ) -> AbstractContextManager[None]:
        # A table that is made anew halfway would be in the way of the next run.
        if self.connection.in_atomic_block:
            return nullcontext()
        found: AbstractContextManager[None] = transaction.atomic(using=self.connection.alias)
        return found

    def relax(self, editor: Any, to_model: Any, pairs: Sequence[Pair]) -> None:
        if any(not old.null for old, _ in pairs):
            editor._remake_table(to_model)

    def tighten(self, editor: Any, to_model: Any, fields: Sequence[Any]) -> None:
        if fields:
            editor._remake_table(to_model)

    def add_columns(self, editor: Any, model: Any, to_model: Any, fields: Sequence[Any]) -> None:
        for field in fields:
            if not field.generated:
                editor.execute(
                    f"ALTER TABLE {self.table(model)} ADD COLUMN {self.quote(field.column)} "
                    f"{field.db_type(self.connection)} NULL",
                    None,
                )
        editor._remake_table(to_model)

    def drop_columns(self, editor: Any, model: Any, to_model: Any, fields: Sequence[Any]) -> None:
        editor._remake_table(to_model)

    def add_empty(self, editor: Any, model: Any, field: Any) -> None:
        if self.has_column(editor, model, field):
            return
        column, table = self.quote(field.column), self.table(model)
        with self.together(editor):
            editor.execute(
                f"ALTER TABLE {table} ADD COLUMN {column} {field.db_type(self.connection)} NULL",
                None,
            )
            if field.unique or field.db_index:
                # Until the table is made anew.
                name = editor._create_index_name(model._meta.db_table, [field.column], "_filled")
                unique = "UNIQUE " if field.unique else ""
                editor.execute(
                    f"CREATE {unique}INDEX {self.quote(name)} ON {table} ({column})", None
                )

    def require(
        self, editor: Any, to_model: Any, field: Any, fill: Callable[[], int], null: bool
    ) -> None:
        with self.together(editor):
            fill()
            # The column has neither its foreign key nor its checks yet, whatever ``null``.
            editor._remake_table(to_model)

    def before_fill(self, cursor: Any, model: Any, field: Any) -> None:
        # Takes the lock for writing: a transaction that reads first may not get it later.
        column = self.quote(field.column)
        cursor.execute(f"UPDATE {self.table(model)} SET {column} = {column} WHERE 0")

    # What a table has of the file needs a virtual table that may be missing.
    sizes_are_of_the_file = True

    def table_size(self, model: Any) -> int | None:
        return int(
            self.ask_one(
                "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
            )
        )

    def rewrite(self, model: Any, way: str) -> str:
        return "VACUUM"


REGISTRY["sqlite"] = SQLite
