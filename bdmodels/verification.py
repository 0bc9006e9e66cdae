"""Compares two tables of a family in chunks, while others go on writing.

What a chunk of rows shows to be wrong is looked at again before it counts: a row that is being
written by a program in two statements is not what it will be a moment later.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any

from django.db import connections

from .copy_batches import BatchSize, KeyRange, Keys
from .dialects import dialect_for
from .dialects_copy import strict_pairs
from .progress import Progress, progress
from .transfers import Transfer

DIFFERENT, MISSING, ORPHANED = "different", "missing", "orphaned"
MANY = 1000
"""So many wrong rows of a chunk are not those that somebody is writing just now."""
PAUSES = (0.05, 0.2, 0.5)
"""Seconds before a row that looks wrong is looked at again."""


@dataclass
class Findings:
    """What a comparison has found.

    :param rows: compared.
    :param counts: wrong rows by kind.
    :param examples: some of their keys by kind.
    """

    rows: int = 0
    counts: dict[str, int] = field(default_factory=lambda: {DIFFERENT: 0, MISSING: 0, ORPHANED: 0})
    examples: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def wrong(self) -> int:
        return sum(self.counts.values())

    def add(self, kind: str, count: int, keys: list[Any]) -> None:
        self.counts[kind] += count
        known = self.examples.setdefault(kind, [])
        known += keys[: 10 - len(known)]

    def text(self) -> str:
        """``2 missing (keys 3, 4)`` and so on, for all kinds."""
        return ", ".join(
            f"{count:,} {kind}" + self.keys_text(kind) for kind, count in self.counts.items()
        )

    def keys_text(self, kind: str) -> str:
        keys = self.examples.get(kind)
        if not keys:
            return ""
        more = ", ..." if self.counts[kind] > len(keys) else ""
        return f" ({'key' if len(keys) == 1 else 'keys'} {', '.join(map(str, keys))}{more})"


class Verifier:
    """Compares the tables of a transfer.

    :param alias: the database.
    :param transfer: what should be equal.
    :param into_core: the source is a part and the target the core: source rows without a
        target row are orphans.
    :param core: the core, where neither table is; the source otherwise, or the target with
        ``into_core``. A row of the target is an orphan only where this has no row.
    :param show: makes the progress, from label, total and rows done before.
    """

    def __init__(
        self,
        alias: str,
        transfer: Transfer,
        into_core: bool = False,
        show: Callable[[str, int | None, int], Progress] = progress,
        core: Any = None,
    ) -> None:
        self.alias, self.transfer, self.into_core, self.show = alias, transfer, into_core, show
        self.core = transfer.target if into_core else core or transfer.source
        self.findings = Findings()

    @property
    def looks_for_missing(self) -> bool:
        return self.into_core or bool(self.transfer.pairs) or not self.transfer.sparse

    @property
    def looks_for_orphans(self) -> bool:
        found = self.transfer
        return not (self.into_core or found.sparse) and found.covers_target

    @property
    def belonging(self) -> Transfer:
        """From the core to the table whose rows may be orphans."""
        found = self.transfer
        return Transfer(self.core, found.source if self.into_core else found.target, ())

    def run(self) -> Findings:
        """Compare everything; takes no lock that a writer could wait for."""
        conditions = self.conditions()
        total = Keys(self.transfer.source, self.alias).count(KeyRange())
        both = 2 if self.looks_for_orphans else 1
        source, target = self.transfer.source._meta.label, self.transfer.target._meta.label
        with self.show(f"Comparing {source} with {target}", total * both, 0) as bar:
            self.scan(self.transfer, conditions, bar)
            if self.looks_for_orphans:
                back = self.belonging.reversed()
                self.scan(back, {ORPHANED: self.absent(back)}, bar)
        return self.findings

    def conditions(self) -> dict[str, str]:
        """What is wrong with a source row and its target row, by kind."""
        dialect, found = dialect_for(connections[self.alias]), self.transfer
        conditions = {}
        if found.pairs:
            key = dialect.column(found.target._meta.pk, "target")
            conditions[DIFFERENT] = f"{key} IS NOT NULL AND ({dialect.any_distinct(found)})"
            if strict := [old for old, _ in strict_pairs(found)]:
                # A row without any of them was written by code that knows the target only.
                conditions[DIFFERENT] += f" AND ({dialect.any_set(strict, 'source')})"
        if self.looks_for_missing:
            conditions[ORPHANED if self.into_core else MISSING] = self.absent(found)
        return conditions

    def absent(self, found: Transfer) -> str:
        dialect = dialect_for(connections[self.alias])
        condition = f"{dialect.column(found.target._meta.pk, 'target')} IS NULL"
        if found.sparse and found.pairs:
            condition += f" AND ({dialect.any_set([old for old, _ in found.pairs], 'source')})"
        return condition

    def scan(self, found: Transfer, conditions: dict[str, str], bar: Progress) -> None:
        if not conditions:
            return
        any_of = " OR ".join(f"({condition})" for condition in conditions.values())
        size, began = BatchSize(5000), monotonic()
        for keys, rows in Keys(found.source, self.alias).batches(KeyRange(), size):
            if self.count(found, keys, any_of):
                for kind, condition in conditions.items():
                    self.look_again(found, keys, kind, condition)
            if found.source is self.transfer.source:
                self.findings.rows += rows
            size.took(rows, monotonic() - began)
            bar.advance(rows)
            began = monotonic()

    def look_again(self, found: Transfer, keys: KeyRange, kind: str, condition: str) -> None:
        wrong = self.wrong_keys(found, keys, condition)
        if len(wrong) >= MANY:
            self.findings.add(kind, self.count(found, keys, condition), wrong)
            return
        for pause in PAUSES:
            if not wrong:
                return
            sleep(pause)
            still = set(self.wrong_keys(found, keys, condition))
            wrong = [key for key in wrong if key in still]
        if wrong:
            self.findings.add(kind, len(wrong), wrong)

    def count(self, found: Transfer, keys: KeyRange, condition: str) -> int:
        dialect = dialect_for(connections[self.alias])
        sql, params = dialect.find_mismatches(found, keys, condition)
        return int(dialect.ask_one(f"SELECT COUNT(*) {sql}", params))

    def wrong_keys(self, found: Transfer, keys: KeyRange, condition: str) -> list[Any]:
        connection = connections[self.alias]
        dialect = dialect_for(connection)
        sql, params = dialect.find_mismatches(found, keys, condition)
        key = dialect.column(found.source._meta.pk, "source")
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {key} {sql} ORDER BY {key} LIMIT {MANY}", params or None)
            return [row[0] for row in cursor.fetchall()]
