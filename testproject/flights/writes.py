"""Writes of an application at work, by old or new code, and what the flights must then be.

Each writer has flights of its own and notes every write in a file when the database has
acknowledged it. Every tenth flight is left alone: new flights are made as copies of those.
"""

import json
import random
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from django.db import OperationalError, transaction

from flights.models import Flight
from flights.source import Flights

WRITERS = 9  # and the tenth flight is nobody's
TRIES = 50


class RolledBack(Exception):
    """Raised in a transaction that shall not happen."""


class Writer:
    """Writes through Django's ORM until it is told to stop.

    :param number: which flights are its own, 1 to :data:`WRITERS`.
    :param flights: how many flights there are in the beginning.
    :param log: the file of acknowledged writes, one JSON object each.
    """

    def __init__(self, number: int, flights: int, log: Path) -> None:
        self.number, self.flights, self.log = number, flights, log.open("a", buffering=1)
        self.random = random.Random(number)
        self.made: list[int] = []
        self.numbers = count(number * 1_000_000)

    def write(self) -> None:
        kinds = [self.save, self.update, self.bulk_update, self.create, self.roll_back]
        kind = self.random.choice([*kinds, *([self.delete] if self.made else [])])
        for attempt in range(TRIES):
            try:
                with transaction.atomic():
                    noted = kind()
            except RolledBack:
                return
            except OperationalError:  # A deadlock, most likely.
                if attempt == TRIES - 1:
                    raise
                self.note({"retried": 1})
                continue
            self.note(noted)
            return

    def note(self, what: dict[str, Any]) -> None:
        self.log.write(json.dumps(what) + "\n")

    def own(self) -> int:
        return self.random.randrange(self.number, self.flights + 1, WRITERS + 1)

    def values(self) -> dict[str, Any]:
        """Some values, of the core and of all parts."""
        n = next(self.numbers) % 100_000
        able = {
            "arr_delay": n % 1000,
            "tailnum": f"N{n}",
            "plane_seats": n % 500,
            "plane_model": f"M{n}",
            "wind_gust": n % 100 + 0.5,
            "visib": None,
            "origin_name": f"Airport {n}",
            "dest_name": f"Airport {n}" if n % 5 else None,
        }
        names = self.random.sample(list(able), self.random.randint(1, len(able)))
        return {name: able[name] for name in names}

    def save(self) -> dict[str, Any]:
        flight, values = Flight.objects.get(pk=self.own()), self.values()
        for name, value in values.items():
            setattr(flight, name, value)
        flight.save()
        return {"ids": [flight.pk], "set": values}

    def update(self) -> dict[str, Any]:
        key, values = self.own(), self.values()
        Flight.objects.filter(pk=key).update(**values)
        return {"ids": [key], "set": values}

    def bulk_update(self) -> dict[str, Any]:
        keys, values = sorted({self.own() for _ in range(5)}), self.values()
        flights = list(Flight.objects.filter(pk__in=keys))
        for flight in flights:
            for name, value in values.items():
                setattr(flight, name, value)
        Flight.objects.bulk_update(flights, list(values))
        return {"ids": keys, "set": values}

    def create(self) -> dict[str, Any]:
        template = self.random.randrange(WRITERS + 1, self.flights + 1, WRITERS + 1)
        values = {**self.values(), "number": next(self.numbers)}
        flight = Flight.objects.get(pk=template)
        flight.pk = None
        for name, value in values.items():
            setattr(flight, name, value)
        flight.save()
        transaction.on_commit(lambda: self.made.append(flight.pk))
        return {"ids": [flight.pk], "copy": template, "set": values}

    def delete(self) -> dict[str, Any]:
        key = self.random.choice(self.made)
        Flight.objects.get(pk=key).delete()
        transaction.on_commit(lambda: self.made.remove(key))
        return {"ids": [key], "deleted": True}

    def roll_back(self) -> dict[str, Any]:
        Flight.objects.filter(pk=self.own()).update(**self.values())
        self.create()
        raise RolledBack


def noted(folder: Path) -> Iterator[dict[str, Any]]:
    """What all writers noted, those of each in their order."""
    for path in sorted(folder.glob("*.log")):
        for line in path.read_text().splitlines():
            yield json.loads(line)


def expect(flights: Flights, folder: Path) -> None:
    """Change the source data as the writers changed the table."""
    total = len(flights)
    changed: dict[int, dict[str, Any]] = {}
    templates: dict[int, int] = {}
    for write in noted(folder):
        for key in write.get("ids", []):
            if write.get("deleted"):
                del changed[key], templates[key]
                continue
            changed.setdefault(key, {}).update(write["set"])
            if "copy" in write:
                templates[key] = write["copy"]
    places = {key: total + n for n, key in enumerate(sorted(templates))}
    copied = [templates[key] - 1 for key in sorted(templates)]
    for name, column in flights.columns.items():
        column = np.append(column, column[copied]) if copied else column.copy()
        for key, values in changed.items():
            if name in values:
                column[places.get(key, key - 1)] = values[name]
        if name == "id":
            for key, place in places.items():
                column[place] = key
        flights.columns[name] = column


def missing(folder: Path) -> tuple[int, int, int]:
    """How many writes were acknowledged, how many of them are not there, how many were retried."""
    acknowledged = retried = 0
    last: dict[tuple[int, str], tuple[int, Any]] = {}
    for number, write in enumerate(noted(folder)):
        retried += write.get("retried", 0)
        acknowledged += "ids" in write
        for key in write.get("ids", []):
            if write.get("deleted"):
                last = {place: value for place, value in last.items() if place[0] != key}
                last[key, "deleted"] = number, True
            for name, value in write.get("set", {}).items():
                last[key, name] = number, value
    keys = sorted({key for key, _ in last})
    found: dict[int, Any] = {}
    for start in range(0, len(keys), 500):
        rows = Flight.objects.filter(pk__in=keys[start : start + 500]).values()
        found.update((row["id"], row) for row in rows)
    lost = set()
    for (key, name), (number, value) in last.items():
        row = found.get(key)
        there = row is None if name == "deleted" else row is not None and row[name] == value
        if not there:
            lost.add(number)
    return acknowledged, len(lost), retried
