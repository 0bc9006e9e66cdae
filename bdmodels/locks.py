"""Locks for schema changes: short waits, many tries, never a queue behind a waiting ALTER TABLE.

A schema change that waits for a lock makes all later readers and writers of the table wait behind
it. So each try waits a moment only, and lets them through before the next.
"""

import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError

from . import conf
from .transfers import Refused

logger = logging.getLogger(__name__)


@contextmanager
def held(editor: Any, exclusive: Sequence[Any] = (), shared: Sequence[Any] = ()) -> Iterator[None]:
    """Hold locks on tables while their schema changes, and until the transaction ends.

    Nothing happens where SQL is only collected.

    :param exclusive: models whose tables nobody else may use meanwhile.
    :param shared: models whose tables others may go on reading.
    :raises Refused: when the locks could not be had; nothing has changed then.
    """
    # Not at the top: the dialects use this module.
    from .dialects import dialect_for

    if editor.collect_sql:
        yield
        return
    with dialect_for(editor.connection).held(editor, list(exclusive), list(shared)):
        yield


def referenced(fields: Sequence[Any]) -> list[Any]:
    """Models that bound fields refer to by a constraint of the database.

    Adding or dropping the constraint locks their tables, too.
    """
    return [
        f.remote_field.model
        for f in fields
        if f.remote_field and f.column and getattr(f, "db_constraint", False)
    ]


def patiently(
    attempt: Callable[[float], Any],
    is_timeout: Callable[[DatabaseError], bool],
    blockers: Callable[[], list[str]],
    what: str,
    tries: int | None = None,
) -> Any:
    """Call ``attempt`` with a timeout in seconds until it gets its locks.

    :param is_timeout: whether an error says that a lock was not to be had.
    :param blockers: who is in the way, in words.
    :param what: the tables, in words.
    :param tries: how often; None for the setting.
    :raises Refused: after the last try.
    """
    tries = tries or conf.lock_tries()
    shortest, longest = conf.lock_timeout(), conf.lock_timeout_max()
    for n in range(tries):
        timeout = shortest * (max(longest / shortest, 1) ** (n / max(tries - 1, 1)))
        try:
            return attempt(timeout)
        except DatabaseError as error:
            if not is_timeout(error):
                raise
        names = blockers()
        if n + 1 < tries:
            logger.warning(
                "%s: no lock within %.1f s (try %d of %d). In the way: %s",
                what, timeout, n + 1, tries, "; ".join(names) or "nobody any more",
            )  # fmt: skip
            time.sleep(timeout * random.uniform(0.5, 1.5))
    raise Refused(
        f"No lock on {what} could be had in {tries} tries, and nothing was changed by this step. "
        f"In the way: {'; '.join(names) or 'nobody any more'}. Let these transactions end, or end "
        "them, and migrate again. BDMODELS_LOCK_TRIES, BDMODELS_LOCK_TIMEOUT and "
        "BDMODELS_LOCK_TIMEOUT_MAX say how long to try."
    )
