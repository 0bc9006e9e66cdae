"""Heals a family: creates rows that a part lacks, removes rows that belong to nothing."""

from typing import Any

from django.db import connections, transaction

from .contraction import Contraction
from .copy_batches import BatchSize, KeyRange, Keys
from .dialects import dialect_for
from .dialects_copy import CAREFUL
from .verification import Verifier


class Repair:
    """Repairs what a comparison has found.

    :param alias: the database.
    :param verifier: that has run.
    """

    def __init__(self, alias: str, verifier: Verifier) -> None:
        self.alias, self.verifier = alias, verifier
        self.transfer = verifier.transfer
        self.contraction = Contraction(alias, verifier.transfer)

    @property
    def creates(self) -> int:
        """How many rows can be created."""
        if not self.transfer.makes_rows or self.contraction.is_half_done():
            return 0
        return self.verifier.findings.counts["missing"]

    @property
    def removes(self) -> int:
        """How many rows are to be removed."""
        return self.verifier.findings.counts["orphaned"]

    @property
    def leaves(self) -> str:
        """What has to be done by hand, "" if nothing."""
        findings, lines = self.verifier.findings, []
        if findings.wrong and self.contraction.is_half_done():
            return self.contraction.text()
        counts = findings.counts
        source, target = self.transfer.source._meta, self.transfer.target._meta
        if counts["different"]:
            dialect = dialect_for(connections[self.alias])
            keep_source = dialect.by_hand(dialect.update(self.transfer, only_unset=False))
            backwards = dialect.update(self.transfer.reversed(), only_unset=False)
            keep_target = dialect.by_hand(backwards)
            lines.append(
                f"{counts['different']:,} rows differ{findings.keys_text('different')}"
                ": nobody but you knows which value is right. Run one statement, with a condition "
                "on the keys if need be.\n"
                f"To keep {source.label}: {keep_source}\nTo keep {target.label}: {keep_target}"
            )
        if counts["missing"] and not self.transfer.makes_rows:
            needed = ", ".join(
                f.name for f in self.transfer.others() if not (f.null or f.has_db_default())
            )
            lines.append(
                f"{counts['missing']:,} rows of {target.label} are missing and cannot be made: "
                f"nothing says what their {needed} should be. Insert them by hand, or delete the "
                f"rows of {source.label}."
            )
        return "\n".join(lines)

    def run(self) -> tuple[int, int]:
        """Create and remove; returns how many rows of either."""
        created = self.each_batch(self.transfer.source, self.create) if self.creates else 0
        orphans = self.verifier.belonging
        removed = 0
        if self.removes:
            removed = self.each_batch(
                orphans.target, lambda d, keys: d.delete_orphans(orphans, keys)
            )
        return created, removed

    def create(self, dialect: Any, keys: KeyRange) -> Any:
        return dialect.insert_batch(self.transfer, keys, CAREFUL)

    def each_batch(self, model: Any, statement: Any) -> int:
        connection = connections[self.alias]
        dialect, count = dialect_for(connection), 0
        for keys, _ in Keys(model, self.alias).batches(KeyRange(), BatchSize(10_000)):
            try:
                with transaction.atomic(using=self.alias), connection.cursor() as cursor:
                    if dialect.copies_in_batches:
                        dialect.before_batch(cursor)
                    cursor.execute(*statement(dialect, keys))
                    count += cursor.rowcount
            finally:
                with connection.cursor() as cursor:
                    dialect.after_batch(cursor)
        return count
