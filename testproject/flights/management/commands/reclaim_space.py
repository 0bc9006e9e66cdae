"""Rewrite the tables of flights: only that gives the space of dropped columns back."""

from time import perf_counter

from django.core.management.base import BaseCommand
from django.db import connection

from flights.storage import flight_tables, storage


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options):
        start = perf_counter()
        with connection.cursor() as cursor:
            storage().reclaim(cursor, flight_tables(cursor))
        print(f"  {storage().rewrite} in {perf_counter() - start:.1f} s")
