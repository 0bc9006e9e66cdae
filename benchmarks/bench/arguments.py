"""The arguments of the operations, made before the clock starts."""

import random
from functools import cached_property
from typing import Any

from .columns import SELLS, SUPPLIES
from .contenders.base import Contender, Span
from .operations import Operation
from .shape import values as values_of_row
from .storage import Storage


class Arguments:
    """Draws the same arguments for every contender in a round."""

    def __init__(self, contender: Contender, storage: Storage) -> None:
        self.contender, self.shape, self.storage = contender, contender.shape, storage

    @cached_property
    def keys(self) -> list[Any]:
        return self.storage.keys()

    def make(self, operation: Operation, count: int, seed: int) -> list[Any]:
        """:param count: how many times the operation is going to run."""
        self.draw = random.Random(seed)
        self.source = self.shape.source(seed)
        return list(getattr(self, operation.needs)(count))

    def nothing(self, count: int) -> list[None]:
        return [None] * count

    def key(self, count: int) -> list[Any]:
        return self.draw.choices(self.keys, k=count)

    def positions(self, count: int) -> list[tuple[int, int]]:
        starts = [self.draw.randint(0, self.shape.rows - self.shape.batch) for _ in range(count)]
        return [(start, start + self.shape.batch - 1) for start in starts]

    def span(self, count: int) -> list[Span]:
        return [(self.keys[first], self.keys[last]) for first, last in self.positions(count)]

    def sales(self, count: int) -> list[Span]:
        return [(first + 1, last + 1) for first, last in self.positions(count)]

    def some_keys(self, count: int) -> list[list[Any]]:
        size = min(100, len(self.keys))
        return [self.draw.sample(self.keys, k=size) for _ in range(count)]

    def seller(self, count: int) -> list[int]:
        return [self.source.one_in(SELLS) for _ in range(count)]

    def supplier(self, count: int) -> list[int]:
        return [self.source.one_in(SUPPLIES) for _ in range(count)]

    def values(self, count: int) -> list[dict[str, Any]]:
        return [values_of_row(self.source) for _ in range(count)]

    def batch(self, count: int) -> list[list[dict[str, Any]]]:
        return [self.values(self.shape.batch) for _ in range(count)]

    def fetched(self, count: int) -> list[Any]:
        return [self.contender.fetched(span) for span in self.span(count)]

    def found(self, count: int) -> list[Any]:
        return self.contender.find(self.storage.add_further(count))

    def further_span(self, count: int) -> list[Span]:
        size = self.shape.batch
        keys = self.storage.add_further(count * size)
        return [(keys[start], keys[start + size - 1]) for start in range(0, count * size, size)]
