"""Measure a split model against the wide one, and against other ways to split.

Run it with ``make bench``, or ``make bench BENCH_ARGS="--rows 200000"``.
"""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

if missing := [name for name in ("bdmodels", "django") if find_spec(name) is None]:
    sys.exit(f"Not installed: {', '.join(missing)}. 'make bench' installs what it needs.")

import django
from django.conf import settings

from bench import report
from bench.contenders import NAMES
from bench.contest import Contest, Failed
from bench.databases import chosen
from bench.keys import KEYS
from bench.operations import OPERATIONS
from bench.shape import Shape

HERE = Path(__file__).resolve().parent


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--database", default="sqlite", help="sqlite (default), postgresql (embedded) or a URL")
    add("--rows", type=positive, default=20_000, help="rows of the model; default: 20000")
    add("--parts", type=int, choices=range(1, 11), default=5, help="default: 5")
    add("--text-size", type=positive, default=1000, help="mean length of texts; default: 1000")
    add("--key", choices=list(KEYS), default="bigint", help="default: bigint")
    add("--synchronous-commit", choices=["on", "off"], default="off", help="default: off")
    add("--rounds", type=positive, default=5, help="default: 5")
    add("--repeat", type=float, default=1.0, help="scales the work of a round; default: 1")
    add("--operations", type=names_of(OPERATIONS), default=list(OPERATIONS), help="default: all")
    add("--contenders", type=names_of(NAMES), default=list(NAMES), help="default: all")
    add("--output", type=Path, default=HERE / "results", help="folder of the reports")
    add("--keep", action="store_true", help="leave the database as it is at the end")
    return parser.parse_args()


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def names_of(known):
    """A parser of lists of names, with commas; they come in the order of ``known``."""

    def parse(text: str) -> list[str]:
        given = text.split(",")
        if unknown := sorted(set(given) - set(known)):
            raise argparse.ArgumentTypeError(
                f"unknown: {', '.join(unknown)}. There are: {', '.join(known)}."
            )
        return [name for name in known if name in given]

    return parse


def main() -> int:
    options = arguments()
    settings.configure()
    django.setup()
    try:
        database = chosen(options.database, flush=options.synchronous_commit == "on")
    except ValueError as problem:
        print(problem)
        return 2
    names = ["wide", *(name for name in options.contenders if name != "wide")]
    shape = Shape(options.rows, options.parts, options.key, options.text_size)
    options.output.mkdir(parents=True, exist_ok=True)
    database.create()
    try:
        contest = Contest(shape, database, options)
        with contest.contenders(names):
            rows = {}
            for name in options.operations:
                rows[name] = contest.row(name)
                print(report.line(rows[name]), flush=True)
    except Failed as problem:
        print(f"FAILED: {problem}")
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted.")
        return 130
    finally:
        if not options.keep:
            database.drop()
    written = report.write(options, contest, rows)
    print("\n".join(["", *map(str, written)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
