"""Which columns a query loads: those of the core, and the parts that are asked for.

Django computes a *select mask* from ``only()``, ``defer()`` and ``select_related()``; an
empty mask means all columns. For a core, empty means the core's own columns. Requests for
parts are kept in ``Query.select_related`` under the name of the link, beside the relations
that the user follows: whoever copies that (django-polymorphic, ``_clone``) copies them too.

The functions below replace methods of Query and SQLCompiler (see :mod:`.hooks`), because a
core is also reached from querysets of other models: ``Order.objects.select_related("product")``
must not drag the parts along.
"""

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler

from .compat import table_quoter
from .family import parts_of
from .fields import is_link

plain_get_select_mask = Query.get_select_mask
plain_get_default_columns = SQLCompiler.get_default_columns
plain_get_related_selections = SQLCompiler.get_related_selections
plain_get_for_update_of = SQLCompiler.get_select_for_update_of_arguments


def add_part_request(query: Query, links: Any) -> None:
    """Note in a query that these parts are to be loaded with it."""
    if query.select_related is True:
        return  # select_related() without names loads every part.
    requested = dict(query.select_related or {})
    for name in links:
        requested.setdefault(name, {})
    query.select_related = requested


def get_select_mask(query: Query) -> Any:
    """Django's mask, without the parts that nobody asked for."""
    mask = plain_get_select_mask(query)
    columns = getattr(query, "part_columns", ())
    if not (mask or query.select_related or columns):
        return mask  # get_default_columns() knows what an empty mask means.
    opts = query.get_meta()
    if opts is None:
        return mask
    names, defer = query.deferred_loading
    return narrow(query, opts, mask, query.select_related, bool(names) and not defer, columns)


def narrow(query: Query, opts: Any, mask: Any, requested: Any, exact: bool, columns: Any) -> Any:
    """The mask for one model and, in it, those for the relations that are followed.

    :param requested: the part of ``Query.select_related`` for this model.
    :param exact: the mask comes from ``only()`` and is obeyed as it is.
    :param columns: single columns of parts to load besides.
    """
    parts = getattr(opts, "family_parts", None)
    if parts and exact and mask:
        # Django adds the key of the field's own model where it comes by a moved relation.
        hidden = set(opts.hidden_fields.values())
        if query.select_for_update:
            hidden.update(f for part in sparse(parts) for f in opts.part_fields[part])
        mask = {opts.pk: {}, **{f: inner for f, inner in mask.items() if f not in hidden}}
    elif parts:
        wanted = requested_parts(opts, parts, requested)
        if query.select_for_update:
            # They are locked when they are loaded: what is not locked here may be outdated.
            wanted = [part for part in wanted if part not in sparse(parts)]
        if not mask:
            if wanted or columns:
                mask = {f: {} for f in (*opts.core_columns, *opts.related_objects, *columns)}
                for part in wanted:
                    mask.update({f: {} for f in opts.part_fields[part]})
        else:
            absent = set(parts).difference(wanted)
            mask = {
                f: inner
                for f, inner in mask.items()
                if getattr(f, "model", None) not in absent
                or not getattr(f, "concrete", False)
                or f in columns
            }
    if isinstance(requested, dict):
        for name, subtree in requested.items():
            mask = narrow_relation(query, opts, mask, name, subtree, exact)
    return mask


def sparse(parts: Any) -> list[Any]:
    return [part for part, link in parts.items() if link.null]


def requested_parts(opts: Any, parts: Any, requested: Any) -> list[Any]:
    """The parts that ``select_related`` asks for: by link, or by a relation that moved."""
    if requested is True:
        return list(parts)
    if not requested:
        return []
    moved = set()
    for name in requested:
        try:
            moved.add(opts.get_field(name).model)
        except FieldDoesNotExist:
            continue
    return [part for part, link in parts.items() if link.name in requested or part in moved]


def narrow_relation(
    query: Query, opts: Any, mask: Any, name: str, subtree: Any, exact: bool
) -> Any:
    """Put the narrowed mask of a followed relation into the mask of its model."""
    try:
        field = opts.get_field(name)
    except FieldDoesNotExist:
        return mask  # A filtered relation, or a mistake that Django will name.
    if not field.is_relation or field in getattr(opts, "hidden_fields", {}).values():
        return mask
    related = field.related_model
    if related is None:
        return mask
    inner = mask.get(field) or {}
    narrowed = narrow(query, related._meta, inner, subtree, exact and bool(inner), ())
    if narrowed == inner:
        return mask
    if not mask:
        # With the reverse relations: Django refuses to follow what is not in a mask.
        columns = getattr(opts, "core_columns", opts.concrete_fields)
        mask = {f: {} for f in (*columns, *opts.related_objects)}
    return {**mask, field: narrowed}


def get_default_columns(
    compiler: Any,
    select_mask: Any,
    start_alias: Any = None,
    opts: Any = None,
    from_parent: Any = None,
) -> Any:
    """Django's default columns; of a core, without a mask, those of the core's own table."""
    if not select_mask:
        meta = opts or compiler.query.get_meta()
        if getattr(meta, "family_parts", None):
            select_mask = meta.core_columns
    return plain_get_default_columns(compiler, select_mask, start_alias, opts, from_parent)


def get_related_selections(
    compiler: Any,
    select: Any,
    select_mask: Any,
    opts: Any = None,
    root_alias: Any = None,
    cur_depth: int = 1,
    requested: Any = None,
    restricted: Any = None,
) -> Any:
    """Django's related selections; links to parts are not relations to be followed."""
    if requested is None and isinstance(compiler.query.select_related, dict):
        requested, restricted = compiler.query.select_related, True
    if restricted and requested:
        meta = opts or compiler.query.get_meta()
        links = {link.name for link in parts_of(meta.model).values()} if meta else ()
        if any(name in links for name in requested):
            requested = {n: inner for n, inner in requested.items() if n not in links}
    return plain_get_related_selections(
        compiler, select, select_mask, opts, root_alias, cur_depth, requested, restricted
    )


def join_parts(query: Any, links: Any) -> None:
    """Join parts without loading them, so that FOR UPDATE locks their rows."""
    alias = query.get_initial_alias()
    for link in links:
        opts = link.model._meta
        start = query.join_parent_model(query.get_meta(), link.model, alias, {None: alias})
        query.setup_joins([link.name], opts, start)


def get_select_for_update_of_arguments(compiler: Any) -> Any:
    """Django's arguments of FOR UPDATE OF; of a core, ``self`` includes its parts.

    Sparse parts are left out, since PostgreSQL cannot lock the optional side of a join.
    """
    result = plain_get_for_update_of(compiler)
    query = compiler.query
    quote = table_quoter(compiler)
    joins = [query.alias_map[alias] for alias, count in query.alias_refcount.items() if count]
    if not query.select_for_update_of:
        certain = [j for j in joins if not (is_link(getattr(j, "join_field", None)) and j.nullable)]
        if len(certain) == len(joins) or not compiler.connection.features.has_select_for_update_of:
            return result
        return [quote(j.table_alias) for j in certain]
    if "self" not in query.select_for_update_of:
        return result
    parts = [
        j.table_alias
        for j in joins
        if is_link(getattr(j, "join_field", None)) and not j.join_field.null
    ]
    return [*result, *(name for name in map(quote, parts) if name not in result)]
