"""The databases to measure on: what each is asked for in words of its own."""

import getpass
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.db import connection
from django.db.utils import ConnectionHandler

NAME = "bdmodels_bench"


class Database:
    """Makes and removes the database (in the driver), looks after its tables (in the workers)."""

    kind: str
    version_sql = "SELECT version()"
    #: What the environment of bdmodels 0.5 needs to connect.
    driver: str = ""

    def __init__(self, settings: dict[str, Any]) -> None:
        """:param settings: the value of ``default`` in Django's DATABASES."""
        self.settings = settings

    def create(self) -> None:
        raise NotImplementedError

    def drop(self) -> None:
        raise NotImplementedError

    def version(self) -> str:
        with connection.cursor() as cursor:
            cursor.execute(self.version_sql)
            return str(cursor.fetchone()[0])

    def leave_alone(self, tables: Iterable[str]) -> None:
        """Keep the database from tidying up in the middle of a measurement."""

    def settle(self, tables: Iterable[str]) -> None:
        """Tidy up now, and collect statistics for the planner."""
        self.execute(f"ANALYZE TABLE {names(tables)}")

    def wal_position(self) -> int | None:
        """Where the write-ahead log is, in bytes; None if the database does not tell."""
        return None

    def execute(self, sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)


def names(tables: Iterable[str]) -> str:
    return ", ".join(map(connection.ops.quote_name, tables))


class Server(Database):
    """A database on a server, made and removed from within another."""

    maintenance: str

    def create(self) -> None:
        """Create the database; one that an earlier run left is replaced."""
        self.drop()
        self.run(f"CREATE DATABASE {NAME}")

    def drop(self) -> None:
        self.run(f"DROP DATABASE IF EXISTS {NAME}")

    def run(self, sql: str) -> None:
        outside = ConnectionHandler({"default": {**self.settings, "NAME": self.maintenance}})
        with outside["default"].cursor() as cursor:
            cursor.execute(sql)
        outside["default"].close()


class PostgreSQL(Server):
    kind = "postgresql"
    version_sql = "SHOW server_version"
    driver = "psycopg[binary]>=3.1"
    maintenance = "postgres"

    @classmethod
    def at(cls, server: dict[str, Any], flush: bool) -> "PostgreSQL":
        setting = f"-c synchronous_commit={'on' if flush else 'off'}"
        options = {**server.get("OPTIONS", {}), "options": setting}
        return cls({**server, "NAME": NAME, "OPTIONS": options})

    def leave_alone(self, tables: Iterable[str]) -> None:
        for table in tables:
            self.execute(f"ALTER TABLE {names([table])} SET (autovacuum_enabled = off)")

    def settle(self, tables: Iterable[str]) -> None:
        self.execute(f"VACUUM (ANALYZE) {names(tables)}")

    def wal_position(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')")
            return int(cursor.fetchone()[0])


class MariaDB(Server):
    kind = "mysql"
    driver = "mysqlclient>=2.2"
    maintenance = ""

    @classmethod
    def at(cls, server: dict[str, Any], flush: bool) -> "MariaDB":
        # When the log is flushed is set for the whole server there.
        options = {"charset": "utf8mb4", **server.get("OPTIONS", {})}
        return cls({**server, "NAME": NAME, "OPTIONS": options})

    def run(self, sql: str) -> None:
        super().run(f"{sql} CHARACTER SET utf8mb4" if sql.startswith("CREATE") else sql)


class SQLite(Database):
    kind = "sqlite"
    version_sql = "SELECT sqlite_version()"

    @classmethod
    def at(cls, folder: Path, flush: bool) -> "SQLite":
        pragmas = f"PRAGMA journal_mode=WAL; PRAGMA synchronous={'FULL' if flush else 'OFF'};"
        options = {"transaction_mode": "IMMEDIATE", "init_command": pragmas}
        engine = "django.db.backends.sqlite3"
        return cls({"ENGINE": engine, "NAME": str(folder / "bench.sqlite3"), "OPTIONS": options})

    def create(self) -> None:
        """Nothing to do: connecting creates the file."""

    def drop(self) -> None:
        shutil.rmtree(Path(self.settings["NAME"]).parent)

    def settle(self, tables: Iterable[str]) -> None:
        self.execute("ANALYZE")


KINDS: dict[str, Any] = {kind.kind: kind for kind in (SQLite, PostgreSQL, MariaDB)}


def chosen(name: str, flush: bool) -> Database:
    """The database that the command line names.

    :param name: ``sqlite``, ``postgresql`` (embedded), ``mariadb`` (the one that the tests use) or
        a URL.
    :param flush: whether a commit waits until it is on the disk.
    :raises ValueError: if there is no such database.
    """
    if name == "sqlite":
        return SQLite.at(Path(tempfile.mkdtemp(prefix="bdmodels-bench-")), flush)
    if name == "postgresql":
        return PostgreSQL.at(project_database().embedded_postgresql(cluster()), flush)
    if name == "mariadb":
        name = os.environ.get("BDMODELS_TEST_MARIADB") or name
    kind = {"postgres": "postgresql", "mariadb": "mysql"}.get(urlsplit(name).scheme)
    kind = kind or urlsplit(name).scheme
    if kind not in ("postgresql", "mysql"):
        raise ValueError(
            f"No such database: {name}. Say sqlite, postgresql (an embedded server) or a URL, "
            "such as mysql://user:password@127.0.0.1:3306/; mariadb is short for the URL in "
            "BDMODELS_TEST_MARIADB."
        )
    return KINDS[kind].at(project_database().server(name), flush)


def project_database() -> Any:
    """The module by which the example project finds its database."""
    testproject = Path(__file__).resolve().parents[2] / "testproject"
    sys.path.append(str(testproject))
    from project import database

    return database


def cluster() -> Path:
    """Where the embedded server keeps its data; it is left for the next run."""
    user = os.getuid() if hasattr(os, "getuid") else getpass.getuser()
    folder = Path(tempfile.gettempdir(), f"{NAME}-{user}")
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
