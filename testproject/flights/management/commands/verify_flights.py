"""Compare every value in the database with the source data, and fail if one differs.

Twice: as the database holds it, by SQL that knows nothing of models (each column is looked for
among all tables of flights); and as the project sees it, by the ORM.
"""

from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from flights import edits, writes
from flights.models import Flight, Remark
from flights.progress import progress
from flights.source import COLUMNS, Flights
from flights.storage import flight_tables

SHOWN = 10  # differences


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--rows", type=int, help="as many as were loaded; default: all")
        parser.add_argument("--edited", action="store_true", help="with the changes of edits.py")
        parser.add_argument("--written", type=Path, help="folder of what writers wrote")
        parser.add_argument("--sql-only", action="store_true", help="leave the ORM out")

    def handle(self, *args, rows, edited, written, sql_only, **options):
        flights = Flights(rows)
        remarks = flights.remarks()
        if edited:
            edits.expect(flights)
        if written:
            writes.expect(flights, written)
        comparison = Comparison(flights)
        with connection.cursor() as cursor:
            for table, (key, columns) in self.stored_columns(cursor).items():
                comparison.run(
                    f"SQL on {table}, {len(columns) + 1} columns",
                    ["id", *columns],
                    sql_reader(cursor, table, [key, *columns]),
                    STORED.get(connection.vendor, {}),
                )
        if not sql_only:
            comparison.run(f"ORM, {len(COLUMNS)} fields of Flight", list(COLUMNS), orm_reader, {})
        if list(Remark.objects.order_by("pk").values_list("flight_id", "text")) != remarks:
            comparison.differences.append("the remarks differ")
        if comparison.differences:
            raise CommandError("\n".join(["Values differ:", *comparison.differences[:SHOWN]]))
        print(
            f"VERIFIED: {comparison.values:,} values of {len(flights):,} flights"
            " are equal to the source data."
        )

    def stored_columns(self, cursor) -> dict[str, tuple[str, list[str]]]:
        """For each table of flights its key and the columns of the source that it holds."""
        found: dict[str, tuple[str, list[str]]] = {}
        missing = set(COLUMNS) - {"id"}
        for table in flight_tables(cursor):
            key = connection.introspection.get_primary_key_column(cursor, table)
            description = connection.introspection.get_table_description(cursor, table)
            columns = [column.name for column in description if column.name != key]
            if strange := [column for column in columns if column not in missing]:
                raise CommandError(f"{table} has columns it should not have: {strange}")
            missing.difference_update(columns)
            found[table] = key, columns
        if missing:
            raise CommandError(f"No table has the columns {sorted(missing)}.")
        return found


class Comparison:
    """Reads rows by ranges of the key and compares them with the source."""

    def __init__(self, flights: Flights):
        self.flights = flights
        self.values = 0
        self.differences: list[str] = []

    def run(
        self,
        label: str,
        names: list[str],
        read: Callable[[list[str], int, int | None], list[tuple[Any, ...]]],
        adapters: dict[type, Callable[[Any], Any]],
    ) -> None:
        kinds = {name: self.flights.kind(name) for name in names}
        adapt = {name: adapters[kind] for name, kind in kinds.items() if kind in adapters}
        chunks = list(self.flights.chunks(names, adapt))
        # The ranges leave no gap and have no end, so that surplus rows are found as well.
        starts = [0, *(chunk[0][0] for chunk in chunks[1:])]
        ends = [*starts[1:], None]
        with progress(f"comparing {label}", len(self.flights)) as advance:
            for start, end, expected in zip(starts, ends, chunks, strict=True):
                found = read(names, start, end)
                if found != expected:
                    self.explain(label, names, expected, found)
                self.values += len(expected) * len(names)
                advance(len(expected))

    def explain(self, label, names, expected, found) -> None:
        expected = {row[0]: row for row in expected}
        found = {row[0]: row for row in found}
        for id in sorted(expected.keys() | found.keys()):
            if id not in found or id not in expected:
                lost = "missing" if id not in found else "surplus"
                self.differences.append(f"{label}: flight {id} is {lost}")
                continue
            self.differences += [
                f"{label}: flight {id}, {name}: {have!r} instead of {want!r}"
                for name, want, have in zip(names, expected[id], found[id], strict=True)
                if want != have
            ]


def sql_reader(cursor, table: str, columns: list[str]):
    quote = connection.ops.quote_name
    select = f"SELECT {', '.join(map(quote, columns))} FROM {quote(table)}"
    key = quote(columns[0])

    def read(names, start, end):
        where, params = f"{key} >= %s", [start]
        if end is not None:
            where, params = f"{where} AND {key} < %s", [start, end]
        cursor.execute(f"{select} WHERE {where} ORDER BY {key}", params)
        return list(cursor.fetchall())

    return read


def orm_reader(names, start, end):
    flights = Flight.objects.filter(pk__gte=start).order_by("pk")
    if end is not None:
        flights = flights.filter(pk__lt=end)
    return list(flights.values_list(*names))


def utc(value: datetime) -> datetime:
    return value.astimezone(timezone.utc).replace(tzinfo=None)


# What SQL answers for a value, where that is not the value itself.
STORED: dict[str, dict[type, Callable[[Any], Any]]] = {
    "sqlite": {Decimal: float, datetime: utc},
    "mysql": {datetime: utc},
}
