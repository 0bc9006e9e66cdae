"""The kinds of primary key that can be measured."""

import random
import uuid
from typing import Any, Protocol

from django.db import models


class Key(Protocol):
    def automatic(self) -> models.Field:
        """A primary key that makes its own values."""

    def plain(self) -> models.Field:
        """A primary key of the same type whose values come from elsewhere."""

    def loaded(self, count: int) -> list[Any]:
        """The keys of the rows that are there from the beginning."""

    def further(self, count: int, after: int) -> list[Any]:
        """Keys greater than all of the ``after`` rows loaded, for rows to be deleted."""


class BigIntKey:
    def automatic(self) -> models.Field:
        return models.BigAutoField(primary_key=True)

    def plain(self) -> models.Field:
        return models.BigIntegerField(primary_key=True)

    def loaded(self, count: int) -> list[Any]:
        return list(range(1, count + 1))

    def further(self, count: int, after: int) -> list[Any]:
        return list(range(after + 1, after + count + 1))


class UuidKey:
    def automatic(self) -> models.Field:
        return models.UUIDField(primary_key=True, default=uuid.uuid4)

    def plain(self) -> models.Field:
        return models.UUIDField(primary_key=True)

    def loaded(self, count: int) -> list[Any]:
        draw = random.Random("keys")
        return [uuid.UUID(int=draw.getrandbits(128), version=4) for _ in range(count)]

    def further(self, count: int, after: int) -> list[Any]:
        # MariaDB orders by the last group first: all groups are as great as they get.
        return [uuid.UUID(f"ffffffff-ffff-4fff-bfff-ffff{number:08x}") for number in range(count)]


KEYS: dict[str, Key] = {"bigint": BigIntKey(), "uuid": UuidKey()}
