"""How PostgreSQL waits for the locks of a schema change."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import DatabaseError, transaction

from .locks import patiently

EXCLUSIVE, SHARED = "ACCESS EXCLUSIVE", "SHARE ROW EXCLUSIVE"
#: Tries where the transaction holds locks already, which others wait for.
TRIES_WHILE_HOLDING = 3
LOCK_NOT_AVAILABLE, DEADLOCK = "55P03", "40P01"

HELD = """
SELECT COUNT(*) FROM pg_locks WHERE pid = pg_backend_pid() AND granted AND
relation = %s::regclass AND mode = ANY(%s)
"""
BLOCKERS = """
SELECT a.pid, a.state, COALESCE(EXTRACT(EPOCH FROM now() - a.xact_start), 0)::bigint,
  COALESCE(a.application_name, ''), left(regexp_replace(a.query, '\\s+', ' ', 'g'), 60)
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.granted AND l.pid <> pg_backend_pid() AND l.relation = ANY(%s::text[]::regclass[])
  AND (%s OR l.mode NOT IN ('AccessShareLock', 'RowShareLock'))
GROUP BY 1, 2, 3, 4, 5 ORDER BY 3 DESC LIMIT 5
"""


@contextmanager
def held(
    connection: Any, editor: Any, exclusive: Sequence[str], shared: Sequence[str]
) -> Iterator[None]:
    """Hold locks until the transaction ends; outside of one, there is one for the body.

    :param exclusive: quoted names of tables that nobody else may use meanwhile.
    :param shared: quoted names of tables that others may read.
    """
    wanted = {**dict.fromkeys(shared, SHARED), **dict.fromkeys(exclusive, EXCLUSIVE)}
    with ExitStack() as stack:
        if not connection.in_atomic_block:
            stack.enter_context(transaction.atomic(using=connection.alias))
        missing = {t: mode for t, mode in wanted.items() if not has_lock(connection, t, mode)}
        if missing:
            holding = editor.atomic_migration and getattr(editor, "bdmodels_holds_locks", False)
            acquire(connection, missing, TRIES_WHILE_HOLDING if holding else None)
            editor.bdmodels_holds_locks = True
        yield


def has_lock(connection: Any, table: str, mode: str) -> bool:
    """Whether this transaction has such a lock on a table, or has made the table."""
    enough = ["AccessExclusiveLock"]
    if mode == SHARED:
        enough += ["ExclusiveLock", "ShareRowExclusiveLock"]
    with connection.cursor() as cursor:
        cursor.execute(HELD, [table, enough])
        return bool(cursor.fetchone()[0])


def acquire(connection: Any, wanted: dict[str, str], tries: int | None) -> None:
    """Take all locks or none, so that nobody waits behind a part of them."""
    tables = sorted(wanted)
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        (before,) = cursor.fetchone()

    def attempt(timeout: float) -> None:
        # The savepoint gives the locks back, and takes the setting back.
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = %s", [f"{max(int(timeout * 1000), 1)}ms"])
            for table in tables:
                cursor.execute(f"LOCK TABLE {table} IN {wanted[table]} MODE")
            cursor.execute("SET LOCAL lock_timeout = %s", [before])

    patiently(
        attempt,
        is_timeout,
        lambda: blockers(connection, tables, EXCLUSIVE in wanted.values()),
        ", ".join(table.replace('"', "") for table in tables),
        tries,
    )


def is_timeout(error: DatabaseError) -> bool:
    cause = error.__cause__
    # psycopg 3 and psycopg2 name it differently.
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    return state in (LOCK_NOT_AVAILABLE, DEADLOCK)


def blockers(connection: Any, tables: list[str], exclusive: bool) -> list[str]:
    """The other sessions that hold locks on the tables.

    ``pg_blocking_pids()`` tells only while somebody waits, and nobody does any more.
    """
    with connection.cursor() as cursor:
        cursor.execute(BLOCKERS, [tables, exclusive])
        return [
            f"pid {pid} ({application + ', ' if application else ''}{state}, "
            f"transaction of {age} s): {query}"
            for pid, state, age, application, query in cursor.fetchall()
        ]
