"""Batches of a copy: ranges of keys, found by queries, and how many rows a batch has."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class KeyRange:
    """The keys that are greater than ``after``, up to and including ``until``.

    Nothing is computed from keys: gaps, UUIDs and texts are as good as numbers.

    :param after: a key, or None for no lower end.
    :param until: a key, or None for no upper end.
    """

    after: Any = None
    until: Any = None

    def starting_after(self, key: Any) -> "KeyRange":
        return replace(self, after=key)

    def ending_with(self, key: Any) -> "KeyRange":
        return replace(self, until=key)


class Keys:
    """Questions about the keys of a table.

    :param model: a historical model; rows are asked for by its base manager.
    :param alias: the database.
    """

    def __init__(self, model: Any, alias: str) -> None:
        self.model, self.alias = model, alias

    def rows(self, keys: KeyRange) -> Any:
        found = self.model._base_manager.using(self.alias)
        if keys.after is not None:
            found = found.filter(pk__gt=keys.after)
        if keys.until is not None:
            found = found.filter(pk__lte=keys.until)
        return found

    def nth(self, keys: KeyRange, count: int) -> Any:
        """The key of the count-th row of a range; None if it has fewer rows."""
        ordered = self.rows(keys).order_by("pk").values_list("pk", flat=True)
        return next(iter(ordered[count - 1 : count]), None)

    def count(self, keys: KeyRange) -> int:
        return int(self.rows(keys).count())

    def split(self, keys: KeyRange, into: int) -> list[KeyRange]:
        """Ranges of about the same number of rows, the last one open at the top.

        :param into: the most that there may be.
        """
        size = self.count(keys) // into
        found: list[KeyRange] = []
        while size and len(found) < into - 1:
            key = self.nth(keys, size)
            if key is None:
                break
            found.append(keys.ending_with(key))
            keys = keys.starting_after(key)
        return [*found, keys]

    def batches(self, keys: KeyRange, size: "BatchSize") -> Iterator[tuple[KeyRange, int]]:
        """The ranges of batches and their numbers of rows, for readers; the size may change."""
        while (key := self.nth(keys, rows := size.rows)) is not None:
            yield keys.ending_with(key), rows
            keys = keys.starting_after(key)
        if rows := self.count(keys):
            yield keys, rows


class BatchSize:
    """How many rows the next batch has: as many as take about the time that is aimed at.

    :param rows: of the first batch.
    :param aim: seconds that a batch should take.
    :param most: the greatest number of rows.
    """

    least = 10

    def __init__(self, rows: int = 1000, aim: float = 0.5, most: int = 500_000) -> None:
        self.rows, self.aim, self.most = rows, aim, most
        self.rate = 0.0

    def took(self, rows: int, seconds: float) -> None:
        """Learn from a batch. A batch grows to at most four times the size of the last."""
        rate = rows / max(seconds, 1e-6)
        self.rate = (self.rate + rate) / 2 if self.rate else rate
        wanted = int(self.rate * self.aim)
        self.rows = max(self.least, min(wanted, self.rows * 4, self.most))

    def failed(self) -> None:
        """Learn from a batch that ran into a timeout or a deadlock."""
        self.rows = max(self.least, self.rows // 2)
        self.rate /= 2
