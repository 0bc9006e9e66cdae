"""Variants of a field on its way from one table to another."""

import copy
from typing import Any

from django.db.models import NOT_PROVIDED


def relaxed(field: Any) -> Any:
    """A clone for the migration state whose column accepts NULL.

    While a field moves, both tables have a column for it, and each of them may stay empty.
    A generated column computes its value and needs no change.
    """
    clone = field.clone()
    if not clone.generated:
        clone.null = True
    return clone


def hollow(field: Any) -> Any:
    """A clone to create a column with that a later statement fills: NULL in new rows."""
    clone = relaxed(field)
    if not clone.generated:
        clone.db_default = NOT_PROVIDED
        clone.__dict__.pop("_db_default_expression", None)
    return clone


def needs_relaxing(field: Any) -> bool:
    """Whether a column has something that its empty twin would not have."""
    return not field.generated and (not field.null or field.has_db_default())


def as_empty(field: Any) -> Any:
    """A copy of a bound field, to add a column that is NULL in every row.

    Django would fill existing rows from the Python default, the database default or the
    current time, with one value for all rows: no unique column survives that.
    """
    empty = copy.copy(field)
    if field.generated:
        return empty
    empty.null = True
    empty.default = empty.db_default = NOT_PROVIDED
    for flag in ("auto_now", "auto_now_add"):
        if getattr(empty, flag, False):
            setattr(empty, flag, False)
    # Field caches what it made of the defaults (since 1.8 and 5.0).
    for cached in ("_get_default", "_db_default_expression"):
        empty.__dict__.pop(cached, None)
    return empty
