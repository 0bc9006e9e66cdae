"""Measure the copy in batches against one INSERT ... SELECT, and the memory of its runner.

    python benchmarks/copy_speed.py --database postgresql --rows 2000000
    python benchmarks/copy_speed.py --database mariadb --rows 200000 --text-size 2000

One INSERT ... SELECT without any condition is the measure: 1.00. It locks nothing, shows nothing
and cannot go on after it was stopped.
"""

import argparse
import sys
import tracemalloc
from pathlib import Path
from statistics import median
from time import perf_counter

import django
from django.conf import settings

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import databases

databases.NAME = "bdmodels_copy_speed"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--database", default="postgresql", help="postgresql (embedded), mariadb or a URL")
    add("--rows", type=int, default=200_000, help="default: 200000")
    add("--moved", type=int, default=5, help="columns that move; default: 5")
    add("--text-size", type=int, default=32, help="length of each moved text; default: 32")
    add("--workers", type=int, nargs="*", default=[1, 2], help="default: 1 2")
    add("--rounds", type=int, default=3, help="default: 3")
    add("--synchronous-commit", choices=["on", "off"], default="on", help="default: on")
    return parser.parse_args()


def models_of(moved: int):
    """The wide model and its part."""
    from django.apps.registry import Apps
    from django.db import models

    kinds = [
        lambda: models.IntegerField(null=True),
        lambda: models.TextField(null=True),
        lambda: models.DecimalField(max_digits=12, decimal_places=2, null=True),
        lambda: models.DateTimeField(null=True),
        lambda: models.TextField(null=True),
    ]
    columns = {f"c{n}": kinds[n % len(kinds)] for n in range(moved)}

    def model(name, fields):
        meta = type("Meta", (), {"apps": Apps(), "app_label": "speed"})
        return type(name, (models.Model,), {"__module__": __name__, "Meta": meta, **fields})

    core = {"title": models.CharField(max_length=50), "price": models.IntegerField()}
    key = {"key": models.BigIntegerField(primary_key=True)}
    return (
        model("Core", core | {name: make() for name, make in columns.items()}),
        model("Part", key | {name: make() for name, make in columns.items()}),
    )


def load(core, rows: int, text_size: int) -> None:
    """Some rows that Python makes, doubled until there are enough."""
    from datetime import datetime, timezone

    from django.db import connection

    values = {"IntegerField": 7, "DecimalField": "12.50", "TextField": "x" * text_size}
    values["DateTimeField"] = datetime(2024, 2, 29, 12, tzinfo=timezone.utc)
    fields = [f for f in core._meta.fields if not f.primary_key]
    moved = {f.name: values[f.get_internal_type()] for f in fields if f.name.startswith("c")}
    first = min(rows, 1000)
    core.objects.bulk_create(core(title=f"Title {n}", price=n, **moved) for n in range(first))
    quote = connection.ops.quote_name
    names, table = ", ".join(quote(f.column) for f in fields), quote(core._meta.db_table)
    done = first
    while done < rows:
        more = min(done, rows - done)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} LIMIT {more}"
            )
        done += more


class Speed:
    def __init__(self, database, core, part) -> None:
        from bdmodels.transfers import transfer

        self.database, self.core, self.part = database, core, part
        self.transfer = transfer(core, part)

    def empty(self) -> None:
        from django.db import connection

        if self.part._meta.db_table in connection.introspection.table_names():
            with connection.schema_editor() as editor:
                editor.delete_model(self.part)
        with connection.schema_editor() as editor:
            editor.create_model(self.part)

    def one_statement(self) -> float:
        from django.db import connection

        from bdmodels.dialects import dialect_for

        dialect = dialect_for(connection)
        columns, values = dialect.columns_and_values(self.transfer)
        self.empty()
        began = perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {dialect.table(self.part)} ({columns}) "
                f"SELECT {values} FROM {dialect.table(self.core)} source"
            )
        return perf_counter() - began

    def in_batches(self, workers: int) -> float:
        from bdmodels.copy_jobs import CopyJob, CopyOptions
        from bdmodels.copy_runner import CopyRunner
        from bdmodels.progress import Progress

        self.empty()
        job = CopyJob(self.transfer, insert=True, fill=False, only_unset=True)
        runner = CopyRunner("default", job, CopyOptions(workers=workers, show=Progress))
        tracemalloc.start()
        began = perf_counter()
        if not runner.run():
            sys.exit("Stopped.")
        seconds = perf_counter() - began
        self.peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return seconds


def main() -> None:
    options = arguments()
    database = databases.chosen(options.database, flush=options.synchronous_commit == "on")
    settings.configure(DATABASES={"default": database.settings}, USE_TZ=True)
    django.setup()
    database.create()
    try:
        measure(options, database)
    finally:
        from django.db import connection

        connection.close()
        database.drop()


def measure(options: argparse.Namespace, database) -> None:
    from django.db import connection

    core, part = models_of(options.moved)
    with connection.schema_editor() as editor:
        editor.create_model(core)
    load(core, options.rows, options.text_size)
    database.settle([core._meta.db_table])
    speed = Speed(database, core, part)
    print(
        f"{database.kind} {database.version()}: {options.rows:,} rows, {options.moved} columns "
        f"move, texts of {options.text_size} letters, {options.rounds} rounds, medians"
    )
    contest = {"one INSERT ... SELECT": speed.one_statement}
    for workers in options.workers:
        contest[f"in batches, {workers} worker{'s'[: workers > 1]}"] = lambda workers=workers: (
            speed.in_batches(workers)
        )
    taken: dict[str, list[float]] = {name: [] for name in contest}
    peaks: dict[str, int] = {}
    for _ in range(options.rounds):
        for name, run in contest.items():
            taken[name].append(run())
            peaks[name] = getattr(speed, "peak", 0)
    base, best = (pick(taken["one INSERT ... SELECT"]) for pick in (median, min))
    for name, seconds in taken.items():
        middle = median(seconds)
        memory = f", {peaks[name] / 1024:,.0f} KiB of Python" if "batches" in name else ""
        print(
            f"  {name:24} {middle:7.2f} s  {options.rows / middle:9,.0f} rows/s  "
            f"{middle / base:.2f} x, best rounds {min(seconds) / best:.2f} x{memory}",
            flush=True,
        )


if __name__ == "__main__":
    main()
