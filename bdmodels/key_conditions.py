"""Querysets that choose rows by the key alone: what they say holds for every table of a family."""

import copy
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.expressions import Col
from django.db.models.functions import Cast
from django.db.models.lookups import Lookup
from django.db.models.sql.where import AND


def same_rows_of(part: Any, rows: Any) -> Any:
    """The rows of a part that belong to the rows of its core, if they are chosen by key alone.

    :param rows: a queryset over the core.
    :returns: a queryset over the part, or None.
    """
    conditions = on_key(rows.query)
    if conditions is None:
        return None
    found: QuerySet[Any] = QuerySet(part, using=rows.db)
    alias: Any = found.query.get_initial_alias()
    for condition in conditions:
        # Lookups keep prepared values, which are not to be prepared again.
        condition = copy.copy(condition)
        condition.lhs = part._meta.pk.get_col(alias)
        found.query.where.add(condition, AND)
    return found


def on_key(query: Any) -> list[Any] | None:
    """The conditions of a query, if all of them compare its key with constants."""
    where = query.where
    if where.negated or where.connector != AND or query.distinct or query.group_by is not None:
        return None
    key, table = query.get_meta().pk, query.base_table
    for condition in where.children:
        if not isinstance(condition, Lookup) or not isinstance(condition.lhs, Col):
            return None
        if condition.lhs.target is not key or condition.lhs.alias != table:
            return None
        if hasattr(condition.rhs, "resolve_expression"):
            return None
    return list(where.children)


def constant_by_key(value: Any) -> bool:
    """Whether an expression chooses among constants by the key, as ``bulk_update()`` writes it."""
    return all(
        isinstance(node, (Case, When, Value, Cast))
        or (isinstance(node, Q) and all(is_key(child) for child in node.children))
        or not hasattr(node, "resolve_expression")
        for node in value.flatten()
    )


def is_key(condition: Any) -> bool:
    return isinstance(condition, tuple) and condition[0] == "pk"
