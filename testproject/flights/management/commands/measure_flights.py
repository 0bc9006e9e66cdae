"""Measure what the project does most: queries, rows, times and table sizes.

The code is the same for the wide model and for the split one. It goes to a file as JSON.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.db.models import Avg, Count, F
from django.test.utils import CaptureQueriesContext, override_settings

from flights.models import Flight
from flights.storage import measured_tables, schema


def july():
    return Flight.objects.between("2013-07-01", "2013-07-31")


def one_day():
    return Flight.objects.filter(date="2013-07-10")


def a_page_of_the_list():
    return len(list(Flight.objects.select_related("origin")[:100]))


def objects_of_july():
    return len(list(july()))


def objects_of_july_with_every_field():
    """The split model reads all parts in the same query when asked to; the wide one always does."""
    everything = getattr(july(), "fetch_all_parents", july)()
    return len([flight.dest_tzone for flight in everything])


def one_moved_field_of_1000_flights():
    return len([flight.temp for flight in july()[:1000]])


def one_flight_with_every_field():
    flight = Flight.objects.get(pk=100)
    return len([flight]) if (flight.temp, flight.plane_year, flight.dest_name) else 0


def one_flight_with_all_parts_asked_for():
    everything = getattr(Flight.objects, "fetch_all_parents", Flight.objects.all)()
    flight = everything.get(pk=100)
    return len([flight]) if (flight.temp, flight.plane_year, flight.dest_name) else 0


def average_delay_by_carrier():
    return len(Flight.objects.order_by().values("carrier").annotate(Avg("arr_delay"), Count("pk")))


def count_of_cancelled_flights():
    Flight.objects.filter(status="cancelled").count()
    return 1


def count_by_a_moved_field():
    Flight.objects.filter(visib__lt=1).count()
    return 1


def filter_on_core_and_moved_fields():
    return len(
        Flight.objects.filter(arr_delay__gt=180, wind_speed__gt=20).values_list("pk", "temp")
    )


def update_of_a_core_field():
    return one_day().update(arr_delay=F("arr_delay") + 1)


def update_of_a_moved_field():
    return one_day().update(visib=F("visib") + 1)


CASES: dict[str, Callable[[], int]] = {
    "a page of the list": a_page_of_the_list,
    "July": objects_of_july,
    "July, every field asked for": objects_of_july_with_every_field,
    "1,000 flights, a moved field": one_moved_field_of_1000_flights,
    "one flight, every part read": one_flight_with_every_field,
    "one flight, parts asked for": one_flight_with_all_parts_asked_for,
    "average delay by carrier": average_delay_by_carrier,
    "count by a core field": count_of_cancelled_flights,
    "count by a moved field": count_by_a_moved_field,
    "filter by both": filter_on_core_and_moved_fields,
    "update of a core field": update_of_a_core_field,
    "update of a moved field": update_of_a_moved_field,
}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("output", type=Path)
        parser.add_argument("--repeat", type=int, default=3, help="the best time counts")
        parser.add_argument("--only-tables", action="store_true")

    def handle(self, *args, output, repeat, only_tables, **options):
        with connection.cursor() as cursor:
            tables = [asdict(table) for table in measured_tables(cursor)]
            lines = schema(cursor)
        cases = {}
        for label, case in {} if only_tables else CASES.items():
            with CaptureQueriesContext(connection) as queries, rolled_back():
                rows = case()
            statements = [q for q in queries if not q["sql"].startswith(TRANSACTION)]
            # DEBUG keeps every query, which takes time itself.
            with override_settings(DEBUG=False):
                seconds = best_time(case, repeat)
            cases[label] = {"queries": len(statements), "rows": rows, "seconds": seconds}
            print(f"  {label}: {seconds * 1000:,.1f} ms", flush=True)
        output.write_text(json.dumps({"cases": cases, "tables": tables, "schema": lines}, indent=1))


TRANSACTION = ("BEGIN", "ROLLBACK", "SAVEPOINT", "RELEASE", "COMMIT")


class rolled_back(transaction.Atomic):
    """A transaction that leaves the data as it was."""

    def __init__(self):
        super().__init__(using=None, savepoint=True, durable=False)

    def __exit__(self, *exc_info):
        transaction.set_rollback(True)
        super().__exit__(*exc_info)


def best_time(case: Callable[[], int], repeat: int) -> float:
    """The best of some times; slow cases are not repeated for more than a second or so."""
    times: list[float] = []
    while len(times) < repeat and sum(times) < 1:
        times.append(timed(case))
    return min(times)


def timed(case: Callable[[], int]) -> float:
    with rolled_back():
        start = perf_counter()
        case()
        return perf_counter() - start
