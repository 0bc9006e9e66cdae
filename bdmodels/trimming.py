"""Queries that need a part alone: they read its table, and the core's is not joined.

An aggregate, a count, ``exists()`` or ``values()`` over one part says nothing about the core's
columns but its key, which the part has, too. Django leaves out the far end of a join where the
foreign key says the same (``Query.trim_joins()``); here it is the near end. That both find the
same rows follows from what migrations prove and the foreign key of a part keeps: a part that is
not sparse has one row for each row of its core.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models.expressions import Col, RawSQL
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.constants import INNER
from django.db.models.sql.datastructures import BaseTable

from .family import own_parts_of
from .fields import is_link

plain_pre_sql_setup = SQLCompiler.pre_sql_setup


def pre_sql_setup(compiler: Any, *args: Any, **kwargs: Any) -> Any:
    """Replaces ``SQLCompiler.pre_sql_setup()``, where compiling a SELECT begins (until 6.1)."""
    query = compiler.query
    if type(query) is Query and not query.default_cols and len(query.alias_map) > 1:
        trimmed = trim_core(query)
        if trimmed is not None:
            compiler.query = trimmed
    return plain_pre_sql_setup(compiler, *args, **kwargs)


class PartKey(Col):
    """The key of a part, read as that of the core."""

    def get_db_converters(self, connection: Any) -> Any:
        return self.output_field.get_db_converters(connection)


def trim_core(query: Any) -> Any:
    """The query without the table of its core; None if it needs that.

    :param query: of a SELECT with chosen columns; it is not changed.
    """
    parts = own_parts_of(query.model) if query.model else ()
    if not parts or is_special(query):
        return None
    core = query.base_table
    joined = [query.alias_map[alias] for alias, count in query.alias_refcount.items() if count]
    hanging = [join for join in joined if join.parent_alias == core]
    if any(join.filtered_relation for join in joined):
        return None  # Their conditions may be about the core.
    if len(hanging) != 1 or query.alias_map[core].table_name != query.model._meta.db_table:
        return None
    (join,) = hanging
    link = join.join_field
    if not is_link(link) or link.null or join.join_type != INNER:
        return None
    part = link.related_model
    if part not in parts:
        return None
    replaced = {}
    for column in columns(query):
        if column is None:
            return None
        if column.alias == core:
            if column.target is not query.model._meta.concrete_model._meta.pk:
                return None
            replaced[column] = PartKey(join.table_alias, part._meta.pk, column.output_field)
    return without_core(query, core, join, replaced)


def is_special(query: Any) -> bool:
    """Whether a query says something that is not looked into here."""
    meta = query.get_meta()
    ordered = query.order_by or query.extra_order_by or (query.default_ordering and meta.ordering)
    return bool(
        ordered
        or query.extra
        or query.extra_tables
        or query.combinator
        or query.select_for_update
        or query.distinct_fields
        or query.select_related
        or query.group_by is True
    )


def columns(query: Any) -> Iterator[Any]:
    """All columns that a query names; None where its text cannot be seen through.

    A subquery may name columns of the outer query, and raw SQL those of any table.
    """
    pending = [*query.select, *query.annotations.values(), *(query.group_by or ()), query.where]
    while pending:
        node = pending.pop()
        if isinstance(node, Col):
            yield node
        elif isinstance(node, (RawSQL, Query)) or hasattr(node, "query"):
            yield None
        elif hasattr(node, "get_source_expressions"):
            pending.extend(e for e in node.get_source_expressions() if e is not None)
        else:
            yield None


def without_core(query: Any, core: str, join: Any, replaced: Any) -> Any:
    trimmed = query.clone()
    if replaced:
        trimmed.where = trimmed.where.replace_expressions(replaced)
        trimmed.select = tuple(e.replace_expressions(replaced) for e in trimmed.select)
        trimmed.annotations = {
            name: e.replace_expressions(replaced) for name, e in trimmed.annotations.items()
        }
        if trimmed.group_by:
            trimmed.group_by = tuple(e.replace_expressions(replaced) for e in trimmed.group_by)
    # Without the core altogether: Django resets the counts when it has compiled a query.
    aliases = {a: t for a, t in trimmed.alias_map.items() if a not in (core, join.table_alias)}
    base = BaseTable(join.table_name, join.table_alias)
    trimmed.alias_map = {join.table_alias: base, **aliases}
    trimmed.alias_refcount = {a: trimmed.alias_refcount[a] for a in trimmed.alias_map}
    trimmed.__dict__.pop("base_table", None)
    return trimmed
