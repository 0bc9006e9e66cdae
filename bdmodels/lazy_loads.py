"""Seeing the parts that are loaded lazily: because one of their fields is read without them.

A :class:`PartLoad` is made for each, if somebody wants it: a receiver of the signal
:data:`part_loaded_lazily`, a block with :func:`collect` or :func:`assert_no_lazy_parts`, or the
log (``BDMODELS_LAZY_PARTS``). Otherwise a load is counted for :func:`totals`, and that is all.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock
from time import perf_counter
from typing import Any

from django.dispatch import Signal

from . import conf
from .family import parts_of
from .stacks import Frame, RawFrame, own_frame, readable, take_stack

__all__ = ["PartLoad", "assert_no_lazy_parts", "collect", "part_loaded_lazily", "totals"]

logger = logging.getLogger("bdmodels.lazy_loads")

#: Sent when a part was loaded because one of its fields was read; ``sender`` is the core,
#: ``load`` the :class:`PartLoad`. A receiver that raises makes the read fail.
part_loaded_lazily = Signal()

_counts: Counter[tuple[str, str]] = Counter()
_lock = Lock()
_collecting: ContextVar[tuple[list["PartLoad"], ...]] = ContextVar("collecting", default=())
_on_purpose: ContextVar[bool] = ContextVar("on_purpose", default=False)


@dataclass(frozen=True, eq=False)
class PartLoad:
    """One part loaded lazily, by one query."""

    #: The core, the model that the part belongs to.
    core: type[Any]
    #: The model of the objects: the core, a proxy or a child of it.
    model: type[Any]
    #: The model of the part.
    part: type[Any]
    #: The name of the link from the core to the part.
    link: str
    #: The attribute that was read, such as ``"seo_title"`` or ``"supplier_id"``.
    attname: str
    #: How many objects got their values.
    rows: int
    #: The alias of the database.
    using: str
    #: What the query and its objects took, in seconds.
    duration: float
    trace: tuple[RawFrame, ...] = field(default=(), repr=False)

    @property
    def suggestion(self) -> str:
        """The call that loads the part with the query."""
        return with_parts_call(self.link)

    @property
    def stack(self) -> list[Frame]:
        """Who read the field, the innermost call last; lines of templates are among them."""
        return readable(self.trace)

    @property
    def place(self) -> Frame | None:
        """The innermost frame of :attr:`stack` outside of Django and bdmodels."""
        found = own_frame(self.trace)
        return found and readable([found])[0]

    def __str__(self) -> str:
        rows = "1 row" if self.rows == 1 else f"{self.rows} rows"
        return (
            f"Part {self.part._meta.label} of {self.model._meta.label} was loaded lazily for "
            f"{rows}{self.place_text}; load it with the query by {self.suggestion}"
        )

    @property
    def place_text(self) -> str:
        place = self.place
        if place is None:
            return ""
        return f' at {place.file}:{place.line} in {place.function} ("{place.text}")'


def with_parts_call(link: str) -> str:
    return f'with_parts("{link}")'


def totals() -> dict[tuple[str, str], int]:
    """How many lazy loads there were in this process, by labels of core and part."""
    with _lock:
        return dict(_counts)


@contextmanager
def collect() -> Iterator[list[PartLoad]]:
    """Collect the lazy loads of a block, in a list.

    Those of the same context: what this thread or task does, with the threads and tasks that
    ``sync_to_async()``, ``async_to_sync()`` and asyncio start for it.
    """
    loads: list[PartLoad] = []
    start_collecting(loads)
    try:
        yield loads
    finally:
        stop_collecting(loads)


def start_collecting(loads: list[PartLoad]) -> None:
    """As :func:`collect`, for what begins and ends in different functions."""
    stop_collecting(loads)
    _collecting.set((*_collecting.get(), loads))


def stop_collecting(loads: list[PartLoad]) -> None:
    """End what :func:`start_collecting` began."""
    _collecting.set(tuple(other for other in _collecting.get() if other is not loads))


@contextmanager
def listen() -> Iterator[list[PartLoad]]:
    """Collect the lazy loads of all threads during a block, in a list."""
    loads: list[PartLoad] = []

    def note(load: PartLoad, **kwargs: Any) -> None:
        loads.append(load)

    part_loaded_lazily.connect(note)
    try:
        yield loads
    finally:
        part_loaded_lazily.disconnect(note)


@contextmanager
def assert_no_lazy_parts() -> Iterator[list[PartLoad]]:
    """Raise AssertionError at the end of a block in which parts were loaded lazily.

    The message lists them all. Loads of all threads count, those of a live server as well.
    """
    with listen() as loads:
        yield loads
    if loads:
        raise AssertionError(listing(loads))


def listing(loads: list[PartLoad]) -> str:
    """The message about some loads, those of one place in one line."""
    lines = Counter(str(load) for load in loads)
    total = "1 part was" if len(loads) == 1 else f"{len(loads)} parts were"
    times = [f"- {line}{f' ({n} times)' if n > 1 else ''}" for line, n in lines.items()]
    return "\n".join([f"{total} loaded lazily:", *times])


@contextmanager
def on_purpose() -> Iterator[None]:
    """Parts that are read in this block are meant to be: nobody is told, and nothing raised."""
    token = _on_purpose.set(True)
    try:
        yield
    finally:
        _on_purpose.reset(token)


def is_forbidden() -> bool:
    return conf.lazy_parts() == conf.RAISE and not _on_purpose.get()


def note_load(instance: Any, part: Any, attname: str, rows: int, started: float) -> None:
    """Count a load, and tell those who want to know.

    :param started: when it began, by ``time.perf_counter()``.
    """
    if not rows or _on_purpose.get():
        return
    link = parts_of(instance)[part]
    key = (link.model._meta.label, part._meta.label)
    with _lock:
        _counts[key] += 1
    logs = conf.lazy_parts() == conf.LOG
    collecting = _collecting.get()
    if not (logs or collecting or part_loaded_lazily.receivers):
        return
    load = PartLoad(
        core=link.model,
        model=type(instance),
        part=part,
        link=link.name,
        attname=attname,
        rows=rows,
        using=instance._state.db,
        duration=perf_counter() - started,
        trace=take_stack(),
    )
    for loads in collecting:
        loads.append(load)
    if logs:
        logger.warning("%s.", load, extra={"load": load})
    part_loaded_lazily.send(link.model, load=load)
