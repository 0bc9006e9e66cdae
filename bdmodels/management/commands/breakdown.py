"""``manage.py breakdown``: carries the data of a split, and proves that all of it is there."""

from argparse import SUPPRESS
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DEFAULT_DB_ALIAS, connections

from ...breakdown import STEPS


class Command(BaseCommand):
    """Parses; what a subcommand does is in :mod:`bdmodels.breakdown`."""

    help = "Carries the data of split models between their tables, checks it and heals it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        subparsers = parser.add_subparsers(dest="step", required=True, metavar="subcommand")
        for name, step in STEPS.items():
            sub = subparsers.add_parser(name, help=step.help, description=step.help)
            sub.add_argument(
                "labels",
                nargs="*",
                metavar="model",
                help="a core or a part, such as shop.Product; default: all families",
            )
            sub.add_argument("--part", help="only this part, by name or label")
            sub.add_argument(
                "--database",
                default=DEFAULT_DB_ALIAS,
                choices=tuple(connections),
                help='the database to work on; default: "default"',
            )
            # Django's options come before the subcommand; this one is wanted after it, too.
            sub.add_argument("-v", "--verbosity", type=int, choices=range(4), default=SUPPRESS)
            sub.add_argument("--json", action="store_true", help="print one JSON document")
            step.add_arguments(sub)

    def handle(self, *args: Any, **options: Any) -> None:
        STEPS[options["step"]](self, options).run()
