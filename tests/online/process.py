"""What the processes of a course have in common: settings, and what they are to do now.

They are told by the file `phase.json`, which the course replaces: the name of the phase, what each
group of writers may touch (`own`: only rows that its code made; `all`; `stop`), and the rows that
several of them write to.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

OWN, ALL, STOP = "own", "all", "stop"
#: Errors that an application answers by trying again, by SQLSTATE or by MySQL's number.
TRANSIENT = {
    "40P01": "deadlock",
    "40001": "serialization",
    "55P03": "lock timeout",
    1213: "deadlock",
    1205: "lock timeout",
    1020: "serialization",
    1412: "table changed",
}
LOST = {2006, 2013, 2002, 2055, 1053, "57P01", "57P02", "57P03", "08006", "08001", "08003"}
#: What psycopg says where there is no SQLSTATE, because nobody answered.
LOST_TEXTS = ("connection failed", "closed the connection", "connection is lost", "is closed")
CONNECTION_LOST = "connection lost"


def setup() -> None:
    """Set Django up for the models in the working directory."""
    settings.configure(
        SECRET_KEY="online",
        DATABASES={"default": json.loads(Path("database.json").read_text())},
        INSTALLED_APPS=["django.contrib.contenttypes", "bdmodels", "shop"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()


class Phase:
    """What `phase.json` says, read again when it was replaced."""

    def __init__(self, folder: Path) -> None:
        self.path, self.seen = folder / "phase.json", (0, 0)
        self.name, self.modes, self.shared, self.victims = "", {}, [], []
        self.paused = 0
        self.look()

    def look(self) -> None:
        facts = self.path.stat()
        if (seen := (facts.st_ino, facts.st_mtime_ns)) == self.seen:
            return
        self.seen = seen
        found = json.loads(self.path.read_text())
        self.name, self.modes, self.paused = found["name"], found["modes"], found["paused"]
        self.shared, self.victims = found["shared"], found["victims"]

    def mode(self, group: str) -> str:
        return self.modes.get(group, STOP)

    def wait(self, done: Path) -> None:
        """While the course wants everybody to rest, say so and do."""
        number = self.paused
        done.with_name(f"{done.name}.rest{number}").touch()
        while self.paused == number:
            time.sleep(0.01)
            self.look()


def why(error: Exception) -> str | None:
    """How an application would call an error that is not its fault; None for all others."""
    cause = error.__cause__
    code = getattr(cause, "sqlstate", None) or (error.args[0] if error.args else None)
    if code in TRANSIENT:
        return TRANSIENT[code]
    gone = isinstance(error, InterfaceError) or code in LOST
    if not gone and isinstance(error, DatabaseError) and connection.connection is not None:
        # psycopg has no SQLSTATE where the socket was closed.
        gone = bool(getattr(connection.connection, "closed", False))
    if not gone and isinstance(error, DatabaseError):
        gone = any(text in str(error) for text in LOST_TEXTS)
    return CONNECTION_LOST if gone else None


def reconnect(patience: float = 60) -> None:
    """Wait until the server answers again."""
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.close()
            connection.ensure_connection()
            return
        except DatabaseError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def write_atomically(path: Path, content: Any) -> None:
    """Replace a file that others read at any time."""
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(content))
    draft.replace(path)
