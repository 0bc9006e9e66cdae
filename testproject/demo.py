"""Split a wide table of real flights before your eyes, verify every value, and go back.

Run it with ``make demo``; the database is chosen as in project/database.py. It works in a copy of
this project, under var/, and leaves that copy to go on with.
"""

import argparse
import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from demokit.console import say, show_file, step
from demokit.online import OnlineDemo, url_of
from demokit.report import report
from demokit.workspace import HERE, Failed, Workspace, postgresql_server

REWRITE = {"sqlite": "VACUUM", "postgresql": "VACUUM FULL", "mysql": "OPTIMIZE TABLE"}


class Demo:
    def __init__(self, workspace: Workspace, vendor: str, rows: int | None):
        self.workspace = workspace
        self.manage = workspace.manage
        self.rewrite = REWRITE[vendor]
        self.rows = ["--rows", str(rows)] if rows else []

    @property
    def count(self) -> int:
        """How many flights were loaded."""
        from flights.source import joined

        return len(joined(int(self.rows[1]) if self.rows else None))

    def run(self) -> None:
        self.load()
        wide = self.measure("wide")
        self.split()
        self.verify()
        migrated = self.measure("migrated", "--only-tables")
        self.reclaim()
        split = self.measure("split")
        step("Before and after")
        report(wide, migrated, split, self.rewrite)
        self.go_back(wide["schema"])
        self.go_forward()

    def load(self) -> None:
        step("The wide model: one table of 52 columns, in use")
        self.manage("makemigrations", "flights")
        self.manage("migrate", "--verbosity", "0")
        self.manage("load_flights", *self.rows)
        self.verify("--sql-only")

    def split(self) -> None:
        step("models.py is edited: the same fields in three parts and a core")
        self.workspace.use_models("split")
        say(f"  (compare models_wide.py and models.py in {relative(self.workspace.path)}/flights)")
        step("manage.py makemigrations")
        before = set(self.workspace.migrations.glob("*.py"))
        self.manage("makemigrations", "flights")
        for path in sorted(set(self.workspace.migrations.glob("*.py")) - before):
            show_file(path)
        step("manage.py migrate")
        self.migrate()
        self.manage("makemigrations", "--check")

    def migrate(self, *target: str) -> None:
        start = perf_counter()
        self.manage("migrate", *target)
        say(f"  migrate took {perf_counter() - start:.1f} s")

    def verify(self, *options: str) -> None:
        self.manage("verify_flights", *self.rows, *options)

    def measure(self, name: str, *options: str) -> dict[str, Any]:
        if not options:
            step(f"Measuring the {name} model")
        output = self.workspace.path / f"measured-{name}.json"
        self.manage("measure_flights", output.name, *options)
        return json.loads(output.read_text())

    def reclaim(self) -> None:
        step(f"{self.rewrite}: dropping columns frees no space until the table is rewritten")
        self.manage("reclaim_space")

    def go_back(self, schema: dict[str, Any]) -> None:
        step("Some work on the split model, and all the way back: manage.py migrate flights 0001")
        self.manage("edit_flights")
        self.migrate("flights", "0001")
        self.workspace.use_models("wide")
        self.verify("--edited")
        restored = self.measure("restored", "--only-tables")["schema"]
        if restored != schema:
            raise Failed(
                "The wide table differs from what it was:\n" + differences(schema, restored)
            )
        say("SCHEMA: columns, indexes and constraints are those of the table before the split.")

    def go_forward(self) -> None:
        step("Forwards again, for you to go on with")
        self.workspace.use_models("split")
        self.migrate()
        self.verify("--edited")
        self.manage("reclaim_space")
        self.manage("createsuperuser", "--noinput", "--username=admin", "--email=admin@localhost")


def differences(old: dict[str, Any], new: dict[str, Any]) -> str:
    lines = []
    for table in sorted(old.keys() | new.keys()):
        was, now = set(old.get(table, [])), set(new.get(table, []))
        lines += [f"- {table}: {line}" for line in sorted(was - now)]
        lines += [f"+ {table}: {line}" for line in sorted(now - was)]
    return "\n".join(lines)


def relative(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def farewell(workspace: Workspace, settings: str) -> None:
    python = Path(sys.executable)
    say(
        f"""
All of it held. The split project is yours to go on with (admin, password admin):

    cd {relative(workspace.path)}
    {settings}{python} manage.py runserver

and back to the wide table: {settings}{python} manage.py migrate flights 0001"""
    )


def interrupted(signum: int, frame: Any) -> None:
    # Whatever comes while things are being stopped must not stop that.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, help="take about so many flights instead of all")
    parser.add_argument("--work", type=Path, help="the folder to work in; default: under var/")
    parser.add_argument("--online", action="store_true", help="split it while code writes to it")
    options = parser.parse_args()
    if options.rows is not None and options.rows < 100:
        parser.error("--rows: it takes 100 flights at least")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupted)

    url = os.environ.get("DATABASE_URL")
    kind = urlsplit(url).scheme if url else os.environ.get("DB") or "sqlite"
    vendor = {"postgres": "postgresql", "mariadb": "mysql"}.get(kind, kind)
    if vendor not in REWRITE or (vendor == "mysql" and not url):
        say(f"No such database: {kind}. Say DB=sqlite, DB=postgresql or DATABASE_URL=...")
        return 1
    if options.online and vendor == "sqlite":
        say(
            "The online mode needs a server: SQLite lets one process write at a time, so a split "
            "copies in one transaction there and has nothing to keep in step. "
            "Say DB=postgresql or DATABASE_URL=..."
        )
        return 1
    folder = f"{vendor}-server" if url else vendor
    workspace = Workspace((options.work or HERE / "var" / folder).resolve())
    last_line = ""
    embedded = vendor == "postgresql" and not url
    try:
        workspace.start_over()
        with postgresql_server(workspace) if embedded else contextlib.nullcontext() as database:
            if url:
                workspace.manage("start_over")
            demo = Demo(workspace, vendor, options.rows)
            if options.online:
                online = OnlineDemo(demo, workspace, url or url_of(database))
                online.run()
                last_line = online.last_line
            else:
                demo.run()
    except Failed as failure:
        say(f"\nFAILED: {failure}\nWhat there is so far: {relative(workspace.path)}")
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted. The next run starts over.")
        return 130
    farewell(workspace, "DATABASE_URL=... " if url else "DB=postgresql " if embedded else "")
    if last_line:
        say(f"\n{last_line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
