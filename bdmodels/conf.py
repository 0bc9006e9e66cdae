"""Settings of bdmodels, read when they are needed so that tests can override them."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

PEERS, ONE, RAISE = "peers", "one", "raise"


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


def part_loading() -> str:
    """How a part is loaded when one of its fields is read for the first time.

    ``BDMODELS_PART_LOADING`` is ``"peers"`` (the default: for all rows of the same query,
    in one query), ``"one"`` (for the one object) or ``"raise"`` (not at all: an exception
    says which ``with_parts()`` call would have loaded it).

    :raises django.core.exceptions.ImproperlyConfigured: for any other value.
    """
    value = getattr(settings, "BDMODELS_PART_LOADING", PEERS)
    if value not in (PEERS, ONE, RAISE):
        raise ImproperlyConfigured(
            f"BDMODELS_PART_LOADING is {value!r}; use 'peers', 'one' or 'raise'."
        )
    return str(value)
