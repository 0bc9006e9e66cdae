"""What holds a copy back: asked between batches, the first reason counts and is shown."""

import logging
import os
from collections.abc import Callable, Sequence
from typing import Any

from django.db import DatabaseError, connections

from .dialects import dialect_for
from .transfers import Refused, Transfer

__all__ = ["Throttle"]

logger = logging.getLogger(__name__)

Throttle = Callable[[], str | None]
"""Returns why the copy should wait, or None."""


class PauseFile:
    """Wait as long as a file exists.

    :param path: of the file.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    def __call__(self) -> str | None:
        return f"the file {self.path} exists" if os.path.exists(self.path) else None


class ReplicaLag:
    """Wait while a replica is behind.

    :param alias: the database that is written to; it is asked what it knows of its replicas.
    :param most: seconds that a replica may be behind.
    :param replicas: aliases of replicas, which are asked themselves.
    """

    def __init__(self, alias: str, most: float, replicas: Sequence[str] = ()) -> None:
        self.aliases, self.most = replicas or [alias], most

    def refuse_blindness(self) -> None:
        """Fail now where it cannot be asked, rather than copy without a look at the replicas.

        :raises Refused: when the user lacks the privilege.
        """
        for alias in self.aliases:
            dialect = dialect_for(connections[alias])
            try:
                dialect.replica_lag()
            except DatabaseError as error:
                if not dialect.may_not_ask(error):
                    raise
                raise Refused(
                    f"The database user of {alias!r} may not ask how far replicas are behind, "
                    f"which --max-lag needs: {error}. Grant it (REPLICATION CLIENT, in MariaDB "
                    "REPLICA MONITOR; pg_monitor in PostgreSQL), or leave --max-lag out."
                ) from error

    def __call__(self) -> str | None:
        for alias in self.aliases:
            lag = dialect_for(connections[alias]).replica_lag()
            if lag is not None and lag > self.most:
                return f"a replica ({alias}) is {lag:.1f} s behind, more than {self.most:g} s"
        return None


class Autovacuum:
    """Wait while the database cleans one of the tables by itself.

    :param alias: the database.
    :param transfer: its tables.
    """

    def __init__(self, alias: str, transfer: Transfer) -> None:
        self.alias, self.models = alias, [transfer.source, transfer.target]

    def __call__(self) -> str | None:
        table = dialect_for(connections[self.alias]).vacuumed(self.models)
        return f"{table} is being vacuumed" if table else None


class BlockedBackends:
    """Wait while many sessions wait for locks; not where the user may not ask, with a warning.

    :param alias: the database.
    :param most: how many may.
    """

    def __init__(self, alias: str, most: int) -> None:
        self.alias, self.most = alias, most
        self.is_off = False

    def __call__(self) -> str | None:
        if self.is_off:
            return None
        dialect = dialect_for(connections[self.alias])
        try:
            count = dialect.blocked_backends()
        except DatabaseError as error:
            if not dialect.may_not_ask(error):
                raise
            self.is_off = True
            logger.warning(
                "The database user of %r may not ask how many sessions wait for locks, so the "
                "copy does not wait for them: %s. Grant PROCESS to let it.",
                self.alias, error,
            )  # fmt: skip
            return None
        if count is not None and count > self.most:
            return f"{count} sessions wait for locks, more than {self.most}"
        return None


class Throttles:
    """All of them, and the pace.

    :param holds: asked in this order before each batch.
    :param sleep: seconds of rest after each batch.
    :param nice: rest as a multiple of the time that the batch took.
    :param again: seconds until the reasons are asked for again.
    """

    def __init__(
        self,
        holds: Sequence[Throttle] = (),
        sleep: float = 0,
        nice: float = 0,
        again: float = 1,
    ) -> None:
        self.holds, self.sleep, self.nice, self.again = list(holds), sleep, nice, again

    def reason(self) -> str | None:
        """Why the next batch should wait, or None. A throttle that fails is a reason, too:
        the copy waits rather than fails."""
        for hold in self.holds:
            try:
                found: Any = hold()
            except Exception as error:
                found = f"{type(hold).__name__} could not be asked: {error}"
            if found:
                return str(found)
        return None

    def rest(self, seconds: float) -> float:
        """How many seconds to rest after a batch that took so many."""
        return self.sleep + self.nice * seconds
