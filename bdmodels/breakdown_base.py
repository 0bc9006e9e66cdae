"""What the subcommands of ``manage.py breakdown`` have in common."""

import json
import sys
from functools import partial
from typing import Any

from django.core.management.base import CommandError
from django.core.serializers.json import DjangoJSONEncoder

from .copy_tasks import Selection
from .progress import Progress, progress

WRONG, STOPPED = 3, 4
"""Exit codes beside 0, 1 (an error) and 2 (wrong arguments): rows are wrong; the copy was
stopped before its end."""


class Step:
    """One subcommand.

    :param command: the management command, which has the streams.
    :param options: its options.
    """

    help = ""

    def __init__(self, command: Any, options: dict[str, Any]) -> None:
        self.command, self.options = command, options
        self.alias, self.as_json = options["database"], options["json"]

    @classmethod
    def add_arguments(cls, parser: Any) -> None:
        """Add what only this subcommand takes."""

    def run(self) -> None:
        """Do it; overridden by each."""

    def selection(self) -> Selection:
        return Selection(self.alias, self.options["labels"], self.options["part"])

    def say(self, text: str) -> None:
        """A line for people."""
        if not self.as_json and self.options["verbosity"] > 0:
            self.command.stdout.write(text)

    def answer(self, found: Any) -> None:
        """The JSON document, where it is asked for."""
        if self.as_json:
            text = json.dumps(found, indent=2, cls=DjangoJSONEncoder)
            self.command.stdout.write(text)

    @property
    def show(self) -> Any:
        """Makes progress on standard error: standard output is for the result."""
        if self.as_json and not sys.stderr.isatty():
            return Progress
        verbosity = self.options["verbosity"]
        return partial(progress, stream=self.command.stderr, verbosity=verbosity)

    def confirmed(self, question: str) -> bool:
        if not self.options["interactive"]:
            return True
        if self.as_json or not sys.stdin.isatty():
            raise CommandError(f"{question} Say --noinput to do it without being asked.")
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def add_consent(parser: Any) -> None:
    parser.add_argument(
        "--noinput",
        "--no-input",
        action="store_false",
        dest="interactive",
        help="do it without asking",
    )


def add_dry_run(parser: Any) -> None:
    parser.add_argument("--dry-run", action="store_true", help="say what would be done")


def positive(kind: Any) -> Any:
    def parse(text: str) -> Any:
        value = kind(text)
        if value <= 0:
            raise ValueError
        return value

    parse.__name__ = f"{kind.__name__} above 0"
    return parse


def not_negative(text: str) -> float:
    value = float(text)
    if value < 0:
        raise ValueError
    return value
