"""Measures how long one read or one write of a core column takes, all the time.

    python -m tests.online.probe FOLDER read|write

Writes lines of JSON to `FOLDER/probe.KIND`: phase, milliseconds. It stops with the phase `end`.
"""

import json
import sys
import time
from pathlib import Path

from django.db import DatabaseError, connection

from . import process

EVERY = 0.004  # seconds
STATEMENTS = {
    "read": "SELECT title, stock FROM shop_product WHERE label = 'probe'",
    "write": "UPDATE shop_product SET stock = stock + 1 WHERE label = 'probe'",
}


def main() -> None:
    folder, kind = Path(sys.argv[1]), sys.argv[2]
    process.setup()
    phase = process.Phase(folder)
    with (folder / f"probe.{kind}").open("a", buffering=1) as file:
        while phase.name != "end":
            phase.look()
            name, start = phase.name, time.monotonic()
            try:
                with connection.cursor() as cursor:
                    cursor.execute(STATEMENTS[kind])
            except DatabaseError as error:
                if process.why(error) == process.CONNECTION_LOST:
                    process.reconnect()
                elif process.why(error) is None:
                    raise
                continue
            milliseconds = round((time.monotonic() - start) * 1000, 3)
            file.write(json.dumps([name, milliseconds]) + "\n")
            time.sleep(EVERY)


if __name__ == "__main__":
    main()
