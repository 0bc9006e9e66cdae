"""Load the real flights into the (empty) wide table, as fast as the database takes them."""

from collections.abc import Iterable

from django.core.management.base import BaseCommand
from django.core.management.color import no_style
from django.db import connection, transaction

from flights.models import Airline, Airport, Flight, Remark
from flights.progress import progress
from flights.source import COLUMNS, Flights, airlines, airports
from flights.storage import flight_tables, storage


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--rows", type=int, help="about how many flights; default: all")

    def handle(self, *args, rows, **options):
        flights = Flights(rows)
        Airline.objects.bulk_create(Airline(*airline) for airline in airlines())
        Airport.objects.bulk_create(Airport(*airport) for airport in airports())
        with transaction.atomic(), connection.cursor() as cursor:
            with progress("loading flights", len(flights)) as advance:
                for rows_done in insert(cursor, flights):
                    advance(rows_done)
            Remark.objects.bulk_create(
                Remark(flight_id=id, text=text) for id, text in flights.remarks()
            )
            for statement in connection.ops.sequence_reset_sql(no_style(), [Flight]):
                cursor.execute(statement)
        with connection.cursor() as cursor:
            storage().analyze(cursor, flight_tables(cursor))


def insert(cursor, flights: Flights) -> Iterable[int]:
    """Insert all rows; yield how many, batch by batch."""
    quote = connection.ops.quote_name
    table = quote(Flight._meta.db_table)
    columns = ", ".join(quote(name) for name in COLUMNS)
    adapt = {
        field.column: lambda value, field=field: field.get_db_prep_save(value, connection)
        for field in Flight._meta.concrete_fields
    }
    chunks = flights.chunks(list(COLUMNS), adapt)
    if connection.vendor == "postgresql":
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for chunk in chunks:
                for row in chunk:
                    copy.write_row(row)
                yield len(chunk)
    else:
        values = ", ".join(["%s"] * len(COLUMNS))
        for chunk in chunks:
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({values})", chunk)
            yield len(chunk)
