"""How MariaDB and MySQL wait for the metadata locks of a schema change."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError

from .locks import patiently

LOCK_WAIT_TIMEOUT, DEADLOCK = 1205, 1213
SCHEMA_CHANGES = ("ALTER", "CREATE", "DROP", "RENAME")

BLOCKERS = """
SELECT t.trx_mysql_thread_id, TIMESTAMPDIFF(SECOND, t.trx_started, NOW()), p.USER,
  COALESCE(LEFT(p.INFO, 60), p.COMMAND)
FROM information_schema.innodb_trx t
JOIN information_schema.processlist p ON p.ID = t.trx_mysql_thread_id
WHERE t.trx_mysql_thread_id <> CONNECTION_ID() ORDER BY t.trx_started LIMIT 5
"""


@contextmanager
def patient(connection: Any, what: str) -> Iterator[None]:
    """Let each schema change of the body wait for its locks a moment only, and try again.

    Statements commit by themselves, so that a lock cannot be taken before.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@SESSION.lock_wait_timeout")
        (before,) = cursor.fetchone()
    busy = False

    def execute_patiently(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal busy
        if busy or not sql.lstrip().upper().startswith(SCHEMA_CHANGES):
            return execute(sql, params, many, context)

        def attempt(timeout: float) -> Any:
            # Whole seconds; what waits for a row is told by another setting.
            set_timeout(connection, math.ceil(timeout))
            return execute(sql, params, many, context)

        busy = True
        try:
            return patiently(attempt, is_timeout, lambda: blockers(connection), what)
        finally:
            set_timeout(connection, before)
            busy = False

    with connection.execute_wrapper(execute_patiently):
        yield


def set_timeout(connection: Any, seconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION lock_wait_timeout = %s", [seconds])


def is_timeout(error: DatabaseError) -> bool:
    return bool(error.args) and error.args[0] in (LOCK_WAIT_TIMEOUT, DEADLOCK)


def blockers(connection: Any) -> list[str]:
    """Sessions with an open transaction; which tables they use is not to be known."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(BLOCKERS)
            found = cursor.fetchall()
    except DatabaseError:  # It takes the privilege PROCESS.
        return ["sessions that this user may not see (grant PROCESS to see them)"]
    return [f"connection {i} ({user}, transaction of {age} s): {q}" for i, age, user, q in found]
