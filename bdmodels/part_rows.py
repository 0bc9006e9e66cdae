"""Rows of sparse parts: there only where something is set, so that a save may have to make one."""

from collections.abc import Iterable
from typing import Any

from django.db import DatabaseError, connections
from django.db.models import QuerySet

from . import writes


def refuse_missing(instance: Any, core: Any, key: Any, using: Any) -> None:
    """Raise what Django raises when no row has the key; a sparse part alone does not tell."""
    if not QuerySet(core, using=using).filter(pk=key).exists():
        error = getattr(instance, "NotUpdated", DatabaseError)  # since Django 6.0
        raise error("Save with update_fields did not affect any rows.")


def make_row(part: Any, link: Any, key: Any, using: Any) -> None:
    """Make the row of a sparse part; of several who try at once, one does and the others wait."""
    rows: Any = QuerySet(part, using=using).filter(pk=key)
    if connections[using].features.has_select_for_update:
        core: Any = QuerySet(link.model, using=using).filter(pk=key)
        QuerySet.select_for_update(core).values_list("pk").first()
        if rows.exists():
            return
    insert_empty(part, [key], using)


def insert_empty(part: Any, keys: Iterable[Any], using: Any) -> None:
    """Make rows of a sparse part, to be updated; somebody else may make them meanwhile."""
    names = [f.attname for f in part._meta.local_concrete_fields if not f.generated]
    rows: list[Any] = [part(**{**dict.fromkeys(names), "pk": key}) for key in keys]
    QuerySet(part, using=using).bulk_create(rows, ignore_conflicts=True)


def is_empty(instance: Any, part: Any) -> bool:
    return all(instance.__dict__.get(f.attname) is None for f in writes.columns_of(part))
