"""Look for every acknowledged write in the table; fail if one was lost."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from flights.writes import missing


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="with the files of the writers")
        parser.add_argument("output", type=Path, help="file for the numbers")

    def handle(self, *args, folder, output, **options):
        acknowledged, lost, retried = missing(folder)
        numbers = {"acknowledged": acknowledged, "lost": lost, "retried": retried}
        output.write_text(json.dumps(numbers))
        if lost:
            raise CommandError(f"{lost:,} of {acknowledged:,} acknowledged writes are not there.")
