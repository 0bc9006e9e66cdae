"""Settings of bdmodels, read when they are needed so that tests can override them.

Those that are asked for at every load of a part are remembered until ``setting_changed``, which
``override_settings()`` and pytest-django's ``settings`` send: absent ones are slow to look up.
"""

import sys
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

PEERS, ONE, RAISE = "peers", "one", "raise"
ALLOW, LOG = "allow", "log"


def write_unchanged_parts() -> bool:
    """Whether ``save()`` writes loaded parts in which nothing has changed since they were read.

    ``BDMODELS_WRITE_UNCHANGED_PARTS`` is False by default. It makes a difference to an object
    whose row somebody else has changed meanwhile: with True the object's older values are
    written over it, as a wide model does.
    """
    return bool(getattr(settings, "BDMODELS_WRITE_UNCHANGED_PARTS", False))


def lock_timeout() -> float:
    """How long a schema change waits for its locks the first time, in seconds.

    ``BDMODELS_LOCK_TIMEOUT`` is 0.5 by default. Others who use the table wait as long, and are
    let through before the next try. MariaDB and MySQL know whole seconds only.
    """
    return positive("BDMODELS_LOCK_TIMEOUT", 0.5)


def lock_timeout_max() -> float:
    """How long it waits the last time, in seconds; it waits longer from try to try.

    ``BDMODELS_LOCK_TIMEOUT_MAX`` is 5 by default.
    """
    return max(positive("BDMODELS_LOCK_TIMEOUT_MAX", 5), lock_timeout())


def lock_tries() -> int:
    """How often it tries before the migration gives up.

    ``BDMODELS_LOCK_TRIES`` is 30 by default.
    """
    return int(positive("BDMODELS_LOCK_TRIES", 30))


def positive(name: str, default: float) -> float:
    value = getattr(settings, name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        raise ImproperlyConfigured(f"{name} is {value!r}; it has to be a number above 0.")
    return value


@cache
def part_loading() -> str:
    """How a part is loaded when one of its fields is read for the first time.

    ``BDMODELS_PART_LOADING`` is ``"peers"`` (the default: for all rows of the same query,
    in one query), ``"one"`` (for the one object) or ``"raise"``, which is another name for
    ``BDMODELS_LAZY_PARTS = "raise"``.

    :raises django.core.exceptions.ImproperlyConfigured: for any other value.
    """
    value = getattr(settings, "BDMODELS_PART_LOADING", PEERS)
    if value not in (PEERS, ONE, RAISE):
        raise ImproperlyConfigured(
            f"BDMODELS_PART_LOADING is {value!r}; use 'peers', 'one' or 'raise'."
        )
    return str(value)


@cache
def lazy_parts() -> str:
    """What happens when a part is about to be loaded because one of its fields is read.

    ``BDMODELS_LAZY_PARTS`` is ``"allow"`` (the default), ``"log"`` (it is loaded, and the logger
    ``bdmodels.lazy_loads`` warns) or ``"raise"`` (it is not loaded: an exception says which
    ``with_parts()`` call would have loaded it).

    :raises django.core.exceptions.ImproperlyConfigured: for any other value.
    """
    value = getattr(settings, "BDMODELS_LAZY_PARTS", ALLOW)
    if value not in (ALLOW, LOG, RAISE):
        raise ImproperlyConfigured(
            f"BDMODELS_LAZY_PARTS is {value!r}; use 'allow', 'log' or 'raise'."
        )
    return RAISE if part_loading() == RAISE else str(value)


def forget_settings(setting: str, **kwargs: Any) -> None:
    if setting.startswith("BDMODELS_"):
        part_loading.cache_clear()
        lazy_parts.cache_clear()


setting_changed.connect(forget_settings)


def copy_in_migrate() -> int:
    """The greatest number of rows that ``migrate`` copies by itself.

    ``BDMODELS_COPY_IN_MIGRATE`` is 1,000,000 by default; None is any number. For a table of
    more rows ``migrate`` stops and says how to copy it: ``manage.py breakdown copy``.
    """
    value = getattr(settings, "BDMODELS_COPY_IN_MIGRATE", 1_000_000)
    if value is None:
        return sys.maxsize
    if not isinstance(value, int) or value < 0:
        raise ImproperlyConfigured(
            f"BDMODELS_COPY_IN_MIGRATE is {value!r}; use a number of rows, or None for no limit."
        )
    return value


def copy_batch_seconds() -> float:
    """Seconds that a batch of a copy should take; ``BDMODELS_COPY_BATCH_SECONDS``, 0.5."""
    value = getattr(settings, "BDMODELS_COPY_BATCH_SECONDS", 0.5)
    if not isinstance(value, (int, float)) or value <= 0:
        raise ImproperlyConfigured(
            f"BDMODELS_COPY_BATCH_SECONDS is {value!r}; use a number of seconds above 0."
        )
    return float(value)


def copy_throttle() -> Any:
    """A callable of yours that holds a copy back, or None.

    ``BDMODELS_COPY_THROTTLE`` is the dotted path of a function without arguments that returns
    why the copy should wait, or None.

    :raises ImportError: if there is none at that path.
    """
    path = getattr(settings, "BDMODELS_COPY_THROTTLE", None)
    return import_string(path) if path else None


def copy_replicas() -> list[str]:
    """Aliases of replicas that are asked how far they are behind; ``BDMODELS_COPY_REPLICAS``.

    Empty by default: on PostgreSQL the primary is asked.
    """
    return list(getattr(settings, "BDMODELS_COPY_REPLICAS", ()))
