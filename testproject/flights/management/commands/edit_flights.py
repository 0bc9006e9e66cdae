"""Make the changes of edits.py with the ORM."""

from django.core.management.base import BaseCommand
from django.db import transaction

from flights import edits


class Command(BaseCommand):
    help = __doc__

    @transaction.atomic
    def handle(self, *args, **options):
        edits.make()
        print("  saved, updated, copied and deleted a few flights")
