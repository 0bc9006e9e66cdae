"""``iterator()``: objects of cores are made a chunk at a time.

Peers load a part for those of them that are there. An iterator that made object after object
would load it for each one.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import QuerySet
from django.db.models.query import ModelIterable

from .family import parts_of

# What QuerySet.iterator() takes for a chunk when no size is given (since Django 2.0).
CHUNK = 2000

plain_iterator = QuerySet._iterator  # type: ignore[attr-defined]


def iterate(queryset: Any, use_chunked_fetch: bool, chunk_size: int | None) -> Iterator[Any]:
    """Replaces ``QuerySet._iterator()`` (Django 5.2 to 6.1), of any model."""
    rows: Iterator[Any] = plain_iterator(queryset, use_chunked_fetch, chunk_size)
    if issubclass(queryset._iterable_class, ModelIterable):
        if brings_cores(queryset.model, queryset.query.select_related):
            return together(rows, chunk_size or CHUNK)
    return rows


def brings_cores(model: Any, related: Any, depth: int = 0) -> bool:
    """Whether rows of a model come as objects of a core, or with some.

    :param related: the query's ``select_related``: False, True for all foreign keys that are not
        null, down to the fifth, or names with those that follow on them.
    """
    if parts_of(model):
        return True
    if related is True:
        keys = [f for f in model._meta.fields if f.remote_field and not f.null and depth < 5]
        return any(brings_cores(key.related_model, True, depth + 1) for key in keys)
    for name, inner in (related or {}).items():
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:  # The alias of a FilteredRelation: it may be a core.
            return True
        if brings_cores(field.related_model, inner):
            return True
    return False


def together(rows: Iterator[Any], size: int) -> Iterator[Any]:
    """The same objects, made so many at a time.

    Django's ``aiterator()``, and ``iterator()`` with prefetches, do so, too.
    """
    while chunk := list(islice(rows, size)):
        yield from chunk
