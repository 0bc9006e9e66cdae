"""The copy itself: statements over whole tables, built by the dialect.

The one place that carries rows from table to table; operations call it with a transfer.
"""

from typing import Any

from .dialects import Dialect, dialect_for
from .dialects_copy import strict_pairs
from .transfers import Refused, Transfer


class Copier:
    """Carries the rows of a transfer within one database.

    :param schema_editor: of the migration that runs; with ``collect_sql`` statements are
        collected and nothing is read.
    :param transfer: what to copy.
    """

    def __init__(self, schema_editor: Any, transfer: Transfer) -> None:
        self.editor, self.transfer = schema_editor, transfer
        self.dialect: Dialect = dialect_for(schema_editor.connection)

    def insert_missing(self) -> None:
        """Create the rows that the target lacks, where it requires no columns but these.

        A part that was there before has its rows; the gate says so if not.

        :raises Refused: when a value is missing that the target requires.
        """
        if not self.transfer.makes_rows:
            return
        self.refuse_nulls()
        self.editor.execute(self.dialect.insert_missing(self.transfer), None)

    def update(self, only_unset: bool) -> None:
        """Write values into the rows that the target has.

        :param only_unset: leave rows alone that have a value in one of the columns.
        """
        if self.transfer.pairs:
            self.editor.execute(self.dialect.update(self.transfer, only_unset), None)

    def settle(self) -> None:
        """Let the tables be altered in the same transaction."""
        self.dialect.settle(self.editor)

    def refuse_nulls(self) -> None:
        strict = strict_pairs(self.transfer)
        # One pass over the rows when all is well, and one for each column when not.
        null = " OR ".join(f"{self.dialect.column(old, 'source')} IS NULL" for old, _ in strict)
        if not strict or not self.ask(self.dialect.count_missing(self.transfer, f" AND ({null})")):
            return
        for old, new in strict:
            column = self.dialect.column(old, "source")
            sql = self.dialect.count_missing(self.transfer, f" AND {column} IS NULL")
            if count := self.ask(sql):
                source, target = self.transfer.source._meta, self.transfer.target._meta
                raise Refused(
                    f"{source.label}.{old.name} is NULL in {count:,} rows, but "
                    f"{target.label}.{new.name} requires a value. Give these rows a value "
                    f"(UPDATE {source.db_table} SET {old.column} = ... WHERE {old.column} IS "
                    f"NULL), or declare the field with null=True, and migrate again."
                )

    def refuse_conflicts(self) -> None:
        """Stop where both tables have values and they differ: nobody knows which is newer.

        :raises Refused: with the count and one statement for either choice.
        """
        different = self.ask(self.dialect.count_different(self.transfer))
        if not different:
            return
        source, target = self.transfer.source._meta, self.transfer.target._meta
        names = ", ".join(new.name for _, new in self.transfer.pairs)
        keep_source = self.dialect.update(self.transfer, only_unset=False)
        keep_target = self.dialect.update(self.transfer.reversed(), only_unset=False)
        raise Refused(
            f"{different:,} rows have different values in {source.label} and {target.label} "
            f"({names}): both were written while the fields were in two tables, and one of "
            "them would be lost. Decide, run one statement, and migrate again.\n"
            f"To keep {source.label}: {self.dialect.by_hand(keep_source)}\n"
            f"To keep {target.label}: {self.dialect.by_hand(keep_target)}"
        )

    def ask(self, sql: str) -> int:
        """The number a query answers; shown instead of asked where SQL is collected."""
        if self.editor.collect_sql:
            self.editor.execute(sql, None)
            return 0
        with self.editor.connection.cursor() as cursor:
            cursor.execute(sql)
            return int(cursor.fetchone()[0])
