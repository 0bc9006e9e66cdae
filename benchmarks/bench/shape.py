"""What is measured on: how many rows, and how the columns are dealt to the parts."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from .columns import CORE, MOVED, Column
from .keys import KEYS, Key
from .source import Source


@dataclass(frozen=True)
class Shape:
    """It travels to the workers as JSON."""

    rows: int
    parts: int
    key: str
    text_size: int

    @property
    def batch(self) -> int:
        """How many rows the operations on many rows take."""
        return min(1000, self.rows)

    @property
    def kind_of_key(self) -> Key:
        return KEYS[self.key]

    @cached_property
    def dealt(self) -> list[list[Column]]:
        """The moved columns of each part: runs that differ in length by one at most."""
        ends = [len(MOVED) * number // self.parts for number in range(self.parts + 1)]
        return [MOVED[start:end] for start, end in pairwise(ends)]

    def part_of(self, name: str) -> int:
        """The position of the part that holds a moved column."""
        return next(
            position
            for position, columns in enumerate(self.dealt)
            if name in {column.name for column in columns}
        )

    def source(self, seed: int) -> Source:
        return Source(seed, self.rows, self.text_size)


def values(source: Source) -> dict[str, Any]:
    """The values of a row, without its key."""
    return {column.name: column.value(source) for column in [*CORE, *MOVED]}
