"""All rows of an object in one statement, where the database can do that.

PostgreSQL has data-modifying CTEs: one round trip, and no transaction around it, for what
takes one statement per table elsewhere. The statements themselves are compiled by Django.
"""

from types import SimpleNamespace
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import NotSupportedError, connections
from django.db.models import FileField, QuerySet, sql
from django.db.models.constants import OnConflict
from django.db.models.expressions import DatabaseDefault, RawSQL

from .dialects import dialect_for
from .family import own_parts_of

CORE = "core"
PLAIN: Any = QuerySet
KEYS_AT_ONCE = 1000


def can_combine(using: str) -> bool:
    """Whether the database writes to several tables in one statement; found out once."""
    connection: Any = connections[using]
    if not hasattr(connection, "bdmodels_combines"):
        try:
            connection.bdmodels_combines = dialect_for(connection).combines_writes
        except NotSupportedError:
            connection.bdmodels_combines = False
    return bool(connection.bdmodels_combines)


def plain_managers(model: Any) -> bool:
    """Whether the base manager writes as Django does; a user's own may do more."""
    queryset, plain = model._base_manager._queryset_class, PLAIN
    return queryset._insert is plain._insert and queryset._update is plain._update


def insert_rows(instance: Any, cls: Any, parts: list[Any], using: str) -> bool:
    """Insert an object into the tables of its family; say whether it could be done at once.

    :param parts: the parts that get a row.
    """
    opts = cls._meta
    if opts.order_with_respect_to or not can_combine(using) or not plain_managers(cls):
        return False
    if not instance._is_pk_set(opts):
        setattr(instance, opts.pk.attname, opts.pk.get_pk_value_on_save(instance))
    keyed = instance._is_pk_set(opts)
    fields = [
        f
        for f in opts.local_concrete_fields
        if not f.generated and (keyed or f is not opts.auto_field)
    ]
    returned = list(opts.db_returning_fields)
    if not keyed and opts.pk not in returned:
        return False
    if any_expression(instance, [*fields, *(f for part in parts for f in columns_of(part))]):
        return False
    connection = connections[using]
    quote = connection.ops.quote_name
    compiler = insertion(cls, fields, instance, using, raw=False)
    ctes = [(CORE, *statement(compiler, returned))]
    own_key = getattr(instance, opts.pk.attname)
    key = own_key if keyed else RawSQL(f"(SELECT {quote(opts.pk.column)} FROM {CORE})", ())
    results = [(CORE, f) for f in returned]
    for n, part in enumerate(parts):
        row = row_of(instance, part, key)
        made = [f for f in part._meta.db_returning_fields if not f.primary_key]
        part_fields = [f for f in part._meta.local_concrete_fields if not f.generated]
        part_compiler = insertion(part, part_fields, row, using, raw=True)
        ctes.append((f"part{n}", *statement(part_compiler, made)))
        results += [(f"part{n}", f) for f in made]
    wanted = ", ".join(f"{name}.{quote(f.column)}" for name, f in results) or "1"
    sources = ", ".join(dict.fromkeys(name for name, _ in results))
    main = f"SELECT {wanted}" + (f" FROM {sources}" if sources else "")
    values = execute(connection, ctes, main)
    if results:
        found = [f for _, f in results]
        converters = compiler.get_converters([f.get_col(f.model._meta.db_table) for f in found])
        if converters:
            (values,) = compiler.apply_converters([list(values)], converters)
        for field, value in zip(found, values, strict=True):
            setattr(instance, field.attname, value)
    return True


def update_rows(instance: Any, tables: list[tuple[Any, list[Any]]], using: str) -> list[int] | None:
    """Update rows of several tables with the object's values.

    :param tables: pairs of a model and the (field, value) pairs to write.
    :returns: the number of rows found in each table, or None if it cannot be done at once.
    """
    if not can_combine(using) or not plain_managers(tables[0][0]):
        return None
    ctes = []
    for n, (model, values) in enumerate(tables):
        if any(hasattr(value, "resolve_expression") for _, value in values):
            return None
        if any(f.generated for f in model._meta.local_concrete_fields):
            return None  # Django 6.0 on reads them back.
        query: Any = sql.UpdateQuery(model)
        query.add_filter("pk", getattr(instance, model._meta.pk.attname))
        query.add_update_fields([(f, None, value) for f, value in values])
        text, params = query.get_compiler(using).as_sql()
        ctes.append((f"table{n}", f"{text} RETURNING 1", params))
    counts = ", ".join(f"(SELECT COUNT(*) FROM {name})" for name, *_ in ctes)
    return list(execute(connections[using], ctes, f"SELECT {counts}"))


def delete_rows(model: Any, keys: list[Any], using: str) -> int:
    """Delete rows of a core by key, with those of its parts, some keys at a time."""
    connection, deleted = connections[using], 0
    for start in range(0, len(keys), KEYS_AT_ONCE):
        chunk = keys[start : start + KEYS_AT_ONCE]
        ctes = [(f"part{n}", *deletion(p, chunk, using)) for n, p in enumerate(own_parts_of(model))]
        text, params = deletion(model, chunk, using)
        with connection.cursor() as cursor:
            cursor.execute(*combined(ctes, text, params))
            deleted += cursor.rowcount
    return deleted


def delete_found(model: Any, keys: Any, using: str) -> int:
    """Delete the rows whose keys a queryset finds, and their rows in the parts."""
    connection = connections[using]
    quote = connection.ops.quote_name
    try:
        text, params = keys.query.get_compiler(using).as_sql()
    except EmptyResultSet:
        return 0

    def delete(member: Any) -> str:
        table, column = quote(member._meta.db_table), quote(member._meta.pk.column)
        return f"DELETE FROM {table} USING keys WHERE {table}.{column} = keys.key"

    ctes = [("keys(key)", text, params)]
    ctes += [(f"part{n}", delete(part), ()) for n, part in enumerate(own_parts_of(model))]
    with connection.cursor() as cursor:
        cursor.execute(*combined(ctes, delete(model._meta.concrete_model)))
        return int(cursor.rowcount)


def deletion(model: Any, keys: list[Any], using: str) -> tuple[str, Any]:
    query: Any = sql.DeleteQuery(model)
    query.add_filter("pk__in", keys)
    text, params = query.get_compiler(using).as_sql()
    return text, params


def insertion(model: Any, fields: list[Any], row: Any, using: str, raw: bool) -> Any:
    """A compiler for the INSERT of one row.

    A part without required values may have its row already, made by a trigger.
    """
    opts = model._meta
    others = [f for f in fields if not f.primary_key]
    options: dict[str, Any] = {}
    if raw and others and all(f.null for f in others):
        options = {
            "on_conflict": OnConflict.UPDATE,
            "update_fields": others,
            "unique_fields": [opts.pk],
        }
    query = sql.InsertQuery(model, **options)
    query.insert_values(fields, [row], raw=raw)
    return query.get_compiler(using)


def statement(compiler: Any, returned: list[Any]) -> tuple[str, Any]:
    compiler.returning_fields = returned or None
    ((text, params),) = compiler.as_sql()
    return text, params


def row_of(instance: Any, part: Any, key: Any) -> Any:
    """The values of a part's row; files are stored now."""
    row = SimpleNamespace()
    for field in columns_of(part):
        file = isinstance(field, FileField)
        value = field.pre_save(instance, True) if file else getattr(instance, field.attname)
        setattr(row, field.attname, value)
    setattr(row, part._meta.pk.attname, key)
    return row


def columns_of(part: Any) -> list[Any]:
    return [f for f in part._meta.local_concrete_fields if not f.primary_key and not f.generated]


def any_expression(instance: Any, fields: list[Any]) -> bool:
    """Whether an attribute is an expression, other than "the default of the database"."""
    values = (instance.__dict__.get(f.attname) for f in fields)
    return any(
        hasattr(v, "resolve_expression") and not isinstance(v, DatabaseDefault) for v in values
    )


def combined(ctes: list[Any], main: str, params: Any = ()) -> tuple[str, list[Any]]:
    named = ", ".join(f"{name} AS ({text})" for name, text, _ in ctes)
    return f"WITH {named} {main}", [*(p for _, _, values in ctes for p in values), *params]


def execute(connection: Any, ctes: list[Any], main: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(*combined(ctes, main))
        return cursor.fetchone()
