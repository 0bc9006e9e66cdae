"""What a copy is to do, and how it is to be done."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from .copy_batches import KeyRange, Keys
from .dialects import dialect_for
from .progress import Progress, progress
from .throttles import Throttles
from .transfers import Transfer


@dataclass(frozen=True)
class CopyJob:
    """What is copied, and how.

    :param transfer: the tables and columns.
    :param insert: whether rows are created that the target lacks.
    :param fill: whether rows are written that the target has.
    :param only_unset: leave rows alone that have a value in one of the columns, and stop where
        both tables have values and they differ.
    """

    transfer: Transfer
    insert: bool
    fill: bool
    only_unset: bool

    @property
    def inserts(self) -> bool:
        return self.insert and self.transfer.makes_rows

    @property
    def fills(self) -> bool:
        return self.fill and bool(self.transfer.pairs)

    @property
    def label(self) -> str:
        return f"{self.transfer.source._meta.label} to {self.transfer.target._meta.label}"


@dataclass
class CopyOptions:
    """How a copy is run.

    :param workers: connections that copy at the same time, each a range of keys.
    :param most_rows: the greatest number of rows of a batch.
    :param throttles: what holds it back.
    :param show: makes the progress, from label, total and rows done before.
    """

    workers: int = 1
    most_rows: int = 500_000
    throttles: Throttles = field(default_factory=Throttles)
    show: Callable[[str, int | None, int], Progress] = progress


def rows_of(model: Any, alias: str) -> int:
    """About how many rows a table has: what the database thinks, else counted."""
    found = dialect_for(connections[alias]).estimated_rows(model)
    return Keys(model, alias).count(KeyRange()) if found is None else found


def has_more_rows(model: Any, alias: str, limit: int) -> bool:
    """Whether a table has more rows than that; stops counting there."""
    found = dialect_for(connections[alias]).estimated_rows(model)
    if found is None and limit < sys.maxsize:
        found = rows_up_to(model, alias, limit + 1)
    return found is not None and found > limit


def rows_up_to(model: Any, alias: str, limit: int) -> int:
    """The number of rows of a table, counted to a limit."""
    return int(Keys(model, alias).rows(KeyRange())[:limit].count())
