"""Statements of the copy in batches: standard SQL here, the rest in the dialects.

A range of keys is a condition on the key of one table; its ends are parameters, so that any type
of key will do.
"""

from collections.abc import Sequence
from typing import Any

from .copy_batches import KeyRange
from .transfers import Transfer

EMPTY, MISSING, CAREFUL = range(3)
"""With how much care rows are inserted; see :meth:`BatchSQL.insert_batch`."""


class BatchSQL:
    """Mixed into :class:`~bdmodels.dialects.Dialect`, which has the parts of statements."""

    #: Whether a copy commits batch by batch; else it is one transaction.
    copies_in_batches = True

    #: Ways to give the space of dropped columns back, the gentlest first: name and whether the
    #: table is blocked for as long as it takes.
    rewrites: Sequence[tuple[str, bool]] = ()

    connection: Any
    # Of Dialect.
    quote: Any
    table: Any
    column: Any
    joined: Any
    any_set: Any
    missing: Any
    on_conflict: Any
    update: Any
    distinct: Any

    def in_range(self, model: Any, keys: KeyRange, table: str) -> tuple[str, list[Any]]:
        """The condition that the key of a row is in a range, and its parameters."""
        column, conditions, params = self.column(model._meta.pk, table), [], []
        for operator, value in ((">", keys.after), ("<=", keys.until)):
            if value is not None:
                conditions.append(f"{column} {operator} %s")
                params.append(model._meta.pk.get_db_prep_value(value, self.connection))
        return " AND ".join(conditions) or "1 = 1", params

    def copied_rows(self, transfer: Transfer) -> str:
        """The condition that a target row can be made of a source row.

        Where a value is NULL that the target requires, a newer version of the code has written
        the source row, and the target row with it; or the copy is refused.
        """
        conditions = [
            f"{self.column(old, 'source')} IS NOT NULL" for old, _ in strict_pairs(transfer)
        ]
        if transfer.sparse and transfer.pairs:
            conditions.append(f"({self.any_set([old for old, _ in transfer.pairs], 'source')})")
        return "".join(f" AND {condition}" for condition in conditions)

    def columns_and_values(self, transfer: Transfer) -> tuple[str, str]:
        pairs = [(transfer.source._meta.pk, transfer.target._meta.pk), *transfer.pairs]
        columns = ", ".join(self.quote(new.column) for _, new in pairs)
        return columns, ", ".join(self.column(old, "source") for old, _ in pairs)

    def insert_batch(
        self, transfer: Transfer, keys: KeyRange, care: int = CAREFUL
    ) -> tuple[str, list[Any]]:
        """Create the target rows of a range; the source rows are locked meanwhile.

        :param care: ``EMPTY``, the range has no target rows, and one that somebody makes at the
            same moment is an error; ``MISSING``, look which rows are missing; ``CAREFUL``,
            leave those alone, too, that appear at the same moment, which takes twice as long.
        """
        where, params = self.in_range(transfer.source, keys, "source")
        columns, values = self.columns_and_values(transfer)
        missing = ""
        if care > EMPTY:
            condition, more = self.missing_in_range(transfer, keys)
            missing, params = f" AND {condition}", [*params, *more]
        conflict = self.on_conflict(transfer) if care == CAREFUL else ""
        return (
            f"INSERT INTO {self.table(transfer.target)} ({columns}) "
            f"SELECT {values} FROM {self.table(transfer.source)} source "
            f"WHERE {where}{self.copied_rows(transfer)}{missing}"
            f"{self.lock_inserted()}{conflict}",
            params,
        )

    def missing_in_range(self, transfer: Transfer, keys: KeyRange) -> tuple[str, list[Any]]:
        """The condition that a source row of a range has no target row. The range is said for
        both tables: it is not inferred from one to the other."""
        where, params = self.in_range(transfer.target, keys, "target")
        table = self.table(transfer.target)
        return (
            f"NOT EXISTS (SELECT 1 FROM {table} target WHERE {self.joined(transfer)} AND {where})",
            params,
        )

    def lock_inserted(self) -> str:
        """The clause that keeps source rows from being deleted while they are copied."""
        return ""

    def fill_batch(
        self, transfer: Transfer, keys: KeyRange, only_unset: bool
    ) -> tuple[str, list[Any]]:
        """Write the values of a range of source rows into the target rows that there are."""
        where, params = self.in_both(transfer, keys)
        sql = self.update(transfer, only_unset)
        return f"{sql} AND ({self.any_distinct(transfer)}) AND {where}", params

    def in_both(self, transfer: Transfer, keys: KeyRange) -> tuple[str, list[Any]]:
        """The condition that the rows of both tables are in a range."""
        source, params = self.in_range(transfer.source, keys, "source")
        target, more = self.in_range(transfer.target, keys, "target")
        return f"{source} AND {target}", [*params, *more]

    def any_distinct(self, transfer: Transfer) -> str:
        return " OR ".join(self.distinct(old, new) for old, new in transfer.pairs) or "1 = 0"

    def has_rows(self, model: Any, keys: KeyRange) -> bool:
        """Whether a table has a row in a range."""
        where, params = self.in_range(model, keys, "found")
        # The order is for the planner, which knows nothing of a new table: it takes the index.
        key = self.column(model._meta.pk, "found")
        sql = f"SELECT {key} FROM {self.table(model)} found WHERE {where} ORDER BY {key} LIMIT 1"
        return self.ask_one(sql, params) is not None

    def find_mismatches(
        self, transfer: Transfer, keys: KeyRange, condition: str
    ) -> tuple[str, list[Any]]:
        """``FROM`` and ``WHERE`` of the source rows of a range, with the target rows where
        there are some, for which a condition holds."""
        target, params = self.in_range(transfer.target, keys, "target")
        source, more = self.in_range(transfer.source, keys, "source")
        return (
            f"FROM {self.table(transfer.source)} source "
            f"LEFT JOIN {self.table(transfer.target)} target "
            f"ON {self.joined(transfer)} AND {target} WHERE {source} AND ({condition})",
            [*params, *more],
        )

    def delete_orphans(self, transfer: Transfer, keys: KeyRange) -> tuple[str, list[Any]]:
        """Remove target rows of a range that belong to no source row."""
        where, params = self.in_range(transfer.target, keys, "target")
        target, source = self.table(transfer.target), self.table(transfer.source)
        return (
            f"DELETE FROM {target} AS target WHERE {where} AND NOT EXISTS "
            f"(SELECT 1 FROM {source} source WHERE {self.joined(transfer)})",
            params,
        )

    # Around a batch.

    def before_batch(self, cursor: Any) -> None:
        """Prepare the session for a batch; called in the transaction of the batch."""

    def after_batch(self, cursor: Any) -> None:
        """Undo what :meth:`before_batch` did, whatever came of the batch."""

    def error_code(self, error: BaseException) -> Any:
        """The database's code of an error."""
        return None

    def is_duplicate(self, error: BaseException) -> bool:
        """Whether an error says that a key or another unique value is there already."""
        return self.meanings.get(self.error_code(error)) == "duplicate"

    def may_retry(self, error: Exception) -> bool:
        """Whether a statement failed because of others at work: a timeout, a deadlock."""
        return False

    #: What errors mean by code: "full", "read_only", "duplicate", "null", "trigger".
    meanings: dict[Any, str] = {}

    def may_not_ask(self, error: BaseException) -> bool:
        """Whether an error says that this user lacks the privilege to know something."""
        return False

    def claim(self, name: str) -> bool:
        """Take the lock by which one runner at a time copies; False if another has it."""
        return True

    def release(self, name: str) -> None:
        """Give that lock back."""

    # What the database says about itself; None where it does not.

    def estimated_rows(self, model: Any) -> int | None:
        """How many rows the database thinks a table has."""
        return None

    def identity(self, model: Any, columns: Sequence[str]) -> str:
        """Something that changes when a table or one of these columns is made anew."""
        return ""

    #: Whether ``table_size()`` is that of a file in which all tables are.
    sizes_are_of_the_file: bool = False

    def table_size(self, model: Any) -> int | None:
        """Bytes that a table takes with its indexes."""
        return None

    def replica_lag(self) -> float | None:
        """By how many seconds replicas are behind, or this database if it is one."""
        return None

    def vacuumed(self, models: Sequence[Any]) -> str | None:
        """The table of these that the database is cleaning by itself at this moment."""
        return None

    def blocked_backends(self) -> int | None:
        """How many sessions wait for a lock."""
        return None

    def rewrite(self, model: Any, way: str) -> str:
        """The statement that gives unused space of a table back."""
        return ""

    def sync_state(self, transfer: Transfer) -> dict[str, str]:
        """The triggers that keep both tables equal: name -> enabled, disabled or missing.

        Empty where there are none because the database needs none.
        """
        return {}

    def ask_one(self, sql: str, params: Sequence[Any] = ()) -> Any:
        """The first column of the first row that a query answers, None without a row."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params or None)
            row = cursor.fetchone()
        return row[0] if row else None


def strict_pairs(transfer: Transfer) -> list[tuple[Any, Any]]:
    """The pairs in which the source may lack a value that the target requires."""
    return [(old, new) for old, new in transfer.pairs if old.null and not new.null]
