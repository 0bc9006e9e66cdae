"""Peers: the objects that came from one query.

Django hands ``from_db()`` one and the same list of field names for every row of a query, so that
list is what tells which rows belong together; with it comes everything that needs to be worked
out once per query only.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any
from weakref import ref

from django.db.models import Model
from django.db.models.signals import post_init, pre_init

BATCHES_REMEMBERED = 16


class Batch:
    """What the objects of one query have in common; holds them by weak references only."""

    def __init__(self, model: Any = None, names: Any = (), db: str | None = None) -> None:
        self.model, self.names, self.db = model, names, db
        self.refs: list[Any] = []
        self.limit = 1000
        self.lock: dict[str, Any] | None = None
        self.names_of_parents: dict[Any, list[str]] = {}
        if model is not None:
            opts = model._meta
            self.attnames = tuple(names)
            given = set(names)
            self.all_given = all(f.attname in given for f in opts.concrete_fields)
            self.given = given
            key = opts.pk.attname
            self.key_index = self.attnames.index(key) if key in given else None
            self.foreign_keys = opts.foreign_keys
            self.direct = builds_directly(model, self.attnames)
            of_parts = opts.part_attnames
            self.part_columns = [(n, a) for n, a in enumerate(self.attnames) if a in of_parts]

    def __reduce__(self) -> Any:
        # A copy or a pickle of an object has no peers.
        return Batch, ()

    def add(self, instance: Model) -> "Batch":
        """Note an object; return the batch that it belongs to.

        An iterator over a huge table lets go of its objects as it goes: then a new group of
        peers begins, and memory stays flat.
        """
        if len(self.refs) >= self.limit:
            alive = [r for r in self.refs if r() is not None]
            if len(alive) * 2 < len(self.refs):
                successor = Batch(self.model, self.names, self.db)
                successor.lock = self.lock
                remember(successor)
                return successor.add(instance)
            self.refs[:] = alive
            self.limit = 2 * len(alive)
        self.refs.append(ref(instance))
        return self

    def peers_with(self, part: Any) -> Iterable[Model]:
        """The objects that have a part: all, since they are of one family."""
        return self.peers()

    def request_for(self, link: Any) -> str:
        """The name by which the query could have been asked for a part."""
        return str(link.name)

    def peers(self) -> Iterator[Model]:
        for reference in self.refs:
            instance = reference()
            if instance is not None:
                yield instance


_thread = threading.local()


def remember(batch: Batch) -> None:
    batches = _thread.__dict__.setdefault("batches", OrderedDict())
    batches[id(batch.names)] = batch
    while len(batches) > BATCHES_REMEMBERED:
        batches.popitem(last=False)


def batch_for(model: Any, names: Any, db: str | None) -> Batch:
    """The batch of the query that ``names`` belongs to."""
    try:
        batch: Batch = _thread.batches[id(names)]
    except (AttributeError, KeyError):
        pass
    else:
        if batch.names is names and batch.model is model and batch.db == db:
            return batch
    batch = Batch(model, names, db)
    remember(batch)
    return batch


def builds_directly(model: Any, attnames: Iterable[str]) -> bool:
    """Whether an object may be filled without ``Model.__init__()``: nobody would notice.

    Not with an ``__init__()`` of the user's, a listener to ``pre_init`` or ``post_init``, or
    a field whose attribute does something when it is set.
    """
    own_init = model.__init__ is not Model.__init__
    mro = model.__mro__
    late_init = any("__init__" in c.__dict__ for c in mro[mro.index(Model) + 1 : -1])
    if own_init or late_init or pre_init.has_listeners(model) or post_init.has_listeners(model):
        return False
    return model._meta.self_setters.isdisjoint(attnames)  # type: ignore[no-any-return]
