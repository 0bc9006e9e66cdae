"""Gives the space of dropped columns back: dropping them frees nothing by itself."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError, connections

from .dialects import dialect_for

REPACK = "pg_repack"


class Space:
    """The tables of a family and the way to rewrite them.

    :param alias: the database.
    :param models: whose tables.
    """

    def __init__(self, alias: str, models: Iterable[Any]) -> None:
        self.alias, self.models = alias, list(models)
        self.connection = connections[alias]
        self.dialect = dialect_for(self.connection)

    def sizes(self) -> dict[str, int | None]:
        """Bytes by table, with indexes; SQLite knows the size of the file only."""
        return {m._meta.db_table: self.dialect.table_size(m) for m in self.models}

    def way(self) -> tuple[str, bool]:
        """The gentlest way there is, and whether it blocks the tables meanwhile."""
        for name, blocks in self.dialect.rewrites:
            if name != REPACK or self.has_repack():
                return name, blocks
        raise CommandError("bdmodels knows no way to give space back on this database.")

    def has_repack(self) -> bool:
        """Whether the program is there and the extension is in the database."""
        if not shutil.which(REPACK):
            return False
        try:
            found = self.dialect.ask_one("SELECT 1 FROM pg_extension WHERE extname = 'pg_repack'")
        except DatabaseError:
            return False
        return found is not None

    def reclaim(self, say: Callable[[str], None]) -> None:
        """Rewrite the tables, one after the other.

        :param say: is told what is done.
        """
        name, _ = self.way()
        done = set()
        for model in self.models:
            if name == REPACK:
                say(f"{REPACK} {model._meta.db_table}")
                self.repack(model)
                continue
            statement = self.dialect.rewrite(model, name)
            if statement not in done:
                done.add(statement)
                say(statement)
                with self.connection.cursor() as cursor:
                    cursor.execute(statement)

    def repack(self, model: Any) -> None:
        settings = self.connection.settings_dict
        options = {"-h": "HOST", "-p": "PORT", "-U": "USER", "-d": "NAME"}
        given = [x for flag, key in options.items() if settings[key] for x in (flag, settings[key])]
        environment = {**os.environ, "PGPASSWORD": settings["PASSWORD"] or ""}
        done = subprocess.run(
            [
                REPACK,
                "--no-superuser-check",
                "--table",
                self.dialect.table(model),
                *map(str, given),
            ],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CommandError(f"pg_repack of {model._meta.db_table} failed: {done.stderr.strip()}")


def readable(size: int | None) -> str:
    """A number of bytes as people say it."""
    if size is None:
        return "?"
    value, unit = float(size), "B"
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if value < 1024 or unit == "TB":
            break
        value /= 1024
    return f"{value:,.0f} {unit}" if unit == "B" else f"{value:,.1f} {unit}"
