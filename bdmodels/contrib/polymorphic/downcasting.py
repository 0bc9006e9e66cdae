"""Reading rows again as objects of their real class, with what was asked for and no more.

A polymorphic queryset reads the rows of its own model first. Those of a subclass it reads once
more, class by class, through ``_base_objects`` of that class (django-polymorphic 4), and copies
``select_related`` and ``deferred_loading`` to the second query; requests for parts of the model are
in the former. What else has to travel is handed over here: the queryset is known while its rows
are read again.
"""

from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any
from weakref import ref

from polymorphic import query as polymorphic_query

from ...compat import HAS_FETCH_MODES
from ...family import parts_of
from ...managers import BreakdownManager
from ...peers import Batch

#: The queryset whose rows are being read again.
source: ContextVar[Any] = ContextVar("source", default=None)

plain_transmogrify = polymorphic_query.transmogrify


class RealObjects(BreakdownManager[Any]):
    """The manager by which the rows of one class are read again."""

    def get_queryset(self) -> Any:
        queryset: Any = super().get_queryset()
        original = source.get()
        if original is None or not issubclass(self.model, original.model):
            return queryset
        if HAS_FETCH_MODES:
            queryset._fetch_mode = original._fetch_mode
        return queryset.with_part_columns(*columns_for(self.model, original))


def columns_for(model: Any, queryset: Any) -> set[Any]:
    """The columns of parts that rows of a real class are to have.

    Parts of the queryset's own model that were asked for are not among them.
    """
    parts = parts_of(model)
    wanted = set(getattr(queryset.query, "part_columns", ()))
    for part, link in parts.items():
        if queryset.query.select_for_update and link.null:
            continue  # Locked when it is loaded.
        asked = [cls for cls, name in queryset.requested_of_classes if name in (None, link.name)]
        if any(issubclass(model, cls) for cls in asked):
            wanted.update(model._meta.part_fields[part])
    return wanted


class MixedBatch(Batch):
    """The objects of several classes that came from one query of their common base.

    :param queried: that base.
    """

    def __init__(self, queried: Any = None) -> None:
        super().__init__()
        self.queried = queried

    def peers_with(self, part: Any) -> Iterable[Any]:
        return [peer for peer in self.peers() if part in parts_of(peer)]

    def request_for(self, link: Any) -> str:
        if self.queried is None or issubclass(self.queried, link.model):
            return super().request_for(link)
        return f"{link.model.__name__}___{link.name}"


def make_peers(queried: Any, objects: list[Any], lock: Any) -> None:
    """Let objects know each other as peers.

    The objects of the second queries were copied, and the originals are gone.
    """
    batch: Batch = MixedBatch(queried)
    batch.lock = lock
    tracked: dict[Any, list[Any]] = {}
    for instance in objects:
        state = instance._state
        batch = state.batch = batch.add(instance)
        if getattr(getattr(state, "fetch_mode", None), "track_peers", False):
            # As Django's ModelIterable (6.1), which knows objects of one class only.
            state.peers = tracked.setdefault(type(instance), [])
            state.peers.append(ref(instance))


def transmogrify(cls: Any, obj: Any) -> Any:
    """Replaces ``polymorphic.query.transmogrify()``, which makes an object one of a proxy class.

    For a class with an ``__init__()`` of its own a new object is made and filled: what the old
    one had not loaded would read as its default, and be saved.
    """
    new = plain_transmogrify(cls, obj)
    if new is not obj and parts_of(cls):
        for field in cls._meta.concrete_fields:
            if field.attname not in obj.__dict__:
                new.__dict__.pop(field.attname, None)
    return new


def install() -> None:
    """Put the replacement in; a second call changes nothing."""
    polymorphic_query.transmogrify = transmogrify
