"""Write flights all the time, as an application does, until a SIGTERM or SIGINT comes."""

import signal
import time
from pathlib import Path

from django.core.management.base import BaseCommand

from flights.writes import WRITERS, Writer

PAUSE = 0.002  # seconds between two writes


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("log", type=Path, help="file for the acknowledged writes")
        parser.add_argument("--writer", type=int, choices=range(1, WRITERS + 1), required=True)
        parser.add_argument("--flights", type=int, required=True, help="how many were loaded")

    def handle(self, *args, log, writer, flights, **options):
        self.stopped = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.stop)
        at_work = Writer(writer, flights, log)
        while not self.stopped:
            at_work.write()
            time.sleep(PAUSE)

    def stop(self, signum, frame):
        self.stopped = True
