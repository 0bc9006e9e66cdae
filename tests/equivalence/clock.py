"""Time and random keys that are the same in both worlds."""

import datetime
import uuid
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.utils import timezone

FIRST_DAY = datetime.date(2024, 2, 28)
NOON = datetime.datetime(2024, 2, 28, 12, tzinfo=datetime.timezone.utc)
ONE_DAY = datetime.timedelta(days=1)

_state = {"step": 0, "uuids": 0}


def begin(step: int) -> None:
    """Start a step: in both worlds it is the same time, and the same keys come next."""
    _state.update(step=step, uuids=0)


def now() -> datetime.datetime:
    return NOON + datetime.timedelta(hours=_state["step"])


def next_uuid() -> uuid.UUID:
    _state["uuids"] += 1
    return uuid.UUID(int=_state["step"] * 1000 + _state["uuids"])


@contextmanager
def stopped() -> Any:
    with mock.patch.object(timezone, "now", now):
        yield
