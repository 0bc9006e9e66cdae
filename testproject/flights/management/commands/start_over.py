"""Empty the database of a server for the demo, if it is the demo's or empty anyhow."""

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

MARKER = "made_by_the_bdmodels_demo"


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options):
        quote = connection.ops.quote_name
        with connection.cursor() as cursor:
            tables = connection.introspection.table_names(cursor)
            if tables and MARKER not in tables:
                raise CommandError(
                    f"The database {connection.settings_dict['NAME']} holds tables that the demo"
                    " did not make. Create an empty one for it and name that in DATABASE_URL."
                )
            with connection.constraint_checks_disabled():
                for table in tables:
                    cascade = " CASCADE" if connection.vendor == "postgresql" else ""
                    cursor.execute(f"DROP TABLE {quote(table)}{cascade}")
            cursor.execute(f"CREATE TABLE {quote(MARKER)} (id integer)")
