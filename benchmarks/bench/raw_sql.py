"""The statements of the contender ``raw``, made once from its models."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models
from django.db.models import Model
from psycopg.sql import SQL, Composable, Identifier, Literal

from . import columns
from .shape import Shape

# Conditions; they hold for the core and for a part alike.
ONE = "{key} = %(key)s"
SOME = "{key} = ANY(%(keys)s)"
SPAN = "{key} BETWEEN %(first)s AND %(last)s"
SET = "UPDATE {table} SET {column} = %(value)s WHERE "
SET_SOME = (
    "UPDATE {table} SET {column} = new.value"
    " FROM unnest(%(keys)s, %(values)s::int[]) new(key, value) WHERE {key} = new.key"
)
NEXT_KEY = {
    "bigint": "nextval(pg_get_serial_sequence({name}, {key_name}))",
    "uuid": "gen_random_uuid()",
}


def statements(shape: Shape, core: Any, parts: Sequence[Any], sale: Any) -> dict[str, Composable]:
    """All statements, by name."""

    def holder(name: str) -> Any:
        return parts[shape.part_of(name)]

    changed, text = holder(columns.MOVED_CHANGED), holder(columns.MOVED_TEXT)
    summed, filtered = holder(columns.MOVED_SUMMED), holder(columns.MOVED_FILTERED)
    made = {
        "sum_core": fill("SELECT sum({column}) FROM {table}", core, columns.SUMMED),
        "sum_moved": fill("SELECT sum({column}) FROM {table}", summed, columns.MOVED_SUMMED),
        "filter_core": select([core], [])
        + fill(" WHERE {column} = %(value)s ORDER BY ", core, columns.FILTERED)
        + fill("{column} DESC LIMIT 50", core, columns.ORDERED),
        "filter_moved": select([core], [filtered])
        + fill(" WHERE {column} = %(value)s", filtered, columns.MOVED_FILTERED),
        "related": related(core, sale),
        "save": update_row(core),
        "create": insert(shape, core, parts),
        "keys": fill("SELECT " + NEXT_KEY[shape.key] + " FROM generate_series(1, %(count)s)", core),
        "set_core_some": fill(SET_SOME, core, columns.CHANGED),
        "set_moved_some": fill(SET_SOME, changed, columns.MOVED_CHANGED),
        "get_some": select([core], []) + fill(" WHERE " + SOME, core),
    }
    for name, condition in (("one", ONE), ("span", SPAN)):
        made |= {
            f"get_{name}": select([core], [], condition),
            f"get_part_{name}": select([core, text], [text], condition),
            f"get_all_{name}": select([core, *parts], parts, condition),
            f"set_core_{name}": fill(SET + condition, core, columns.CHANGED),
            f"set_moved_{name}": fill(SET + condition, changed, columns.MOVED_CHANGED),
            f"delete_{name}": delete(core, parts, condition),
        }
    moved = fill(SET + ONE, changed, columns.MOVED_CHANGED)
    made["save_moved"] = SQL("WITH moved AS ({}) {}").format(moved, made["save"])
    return made


def fill(text: str, model: Any, column: str = "", **more: Composable) -> Composable:
    """Fill in the names of a model's table, of its key and of one more column."""
    table, key = model._meta.db_table, model._meta.pk.column
    return SQL(text).format(
        table=Identifier(table),
        key=Identifier(table, key),
        column=Identifier(column),
        name=Literal(table),
        key_name=Literal(key),
        **more,
    )


def join(glue: str, items: Sequence[Composable]) -> Composable:
    return SQL(glue).join(items)


def own_fields(model: type[Model]) -> list[models.Field]:
    return [field for field in model._meta.local_concrete_fields if not field.primary_key]


def own_names(model: type[Model]) -> Composable:
    return join(", ", [Identifier(field.column) for field in own_fields(model)])


def values(model: type[Model]) -> list[Composable]:
    """A placeholder with its type for each column but the key."""
    return [
        SQL("%({})s::{}").format(SQL(field.column), SQL(field.rel_db_type(connection)))
        for field in own_fields(model)
    ]


def select(read: Sequence[Any], joined: Sequence[Any], condition: str = "") -> Composable:
    """:param condition: is said of every table, as the planner does not conclude ranges."""
    core, *_ = read
    names = [Identifier(core._meta.db_table, core._meta.pk.column)]
    for model in read:
        names += [Identifier(model._meta.db_table, field.column) for field in own_fields(model)]
    query = SQL("SELECT {} FROM {}").format(join(", ", names), Identifier(core._meta.db_table))
    for part in joined:
        query += fill(" JOIN {table} ON {key} = ", part) + fill("{key}", core)
    if condition:
        conditions = [fill(condition, model) for model in (core, *joined)]
        query += SQL(" WHERE ") + join(" AND ", conditions)
    return query


def related(core: Any, sale: Any) -> Composable:
    names = [Identifier(core._meta.db_table, field.column) for field in own_fields(core)]
    return (
        SQL("SELECT {}, ").format(join(", ", names))
        + fill("{key}, {table}.product_id FROM {table}", sale)
        + fill(" JOIN {table} ON {key} = product_id WHERE ", core)
        + fill(SPAN, sale)
    )


def update_row(core: Any) -> Composable:
    pairs = zip(own_fields(core), values(core), strict=True)
    items = [SQL("{} = {}").format(Identifier(field.column), value) for field, value in pairs]
    return fill("UPDATE {table} SET {items} WHERE " + ONE, core, items=join(", ", items))


def insert(shape: Shape, core: Any, parts: Sequence[Any]) -> Composable:
    query = fill(
        "WITH new AS (INSERT INTO {table} (id, {names}) VALUES ({values}) RETURNING id)",
        core,
        names=own_names(core),
        values=join(", ", [fill(NEXT_KEY[shape.key], core), *values(core)]),
    )
    for number, part in enumerate(parts):
        query += fill(
            ", new{number} AS (INSERT INTO {table} ({own}, {names}) SELECT id, {values} FROM new)",
            part,
            number=SQL(str(number)),
            own=Identifier(part._meta.pk.column),
            names=own_names(part),
            values=join(", ", values(part)),
        )
    return query + SQL(" SELECT id FROM new")


def delete(core: Any, parts: Sequence[Any], condition: str) -> Composable:
    text = "DELETE FROM {table} WHERE " + condition
    gone = [SQL("gone{} AS ({})").format(SQL(str(n)), fill(text, p)) for n, p in enumerate(parts)]
    return SQL("WITH ") + join(", ", gone) + SQL(" ") + fill(text, core)
