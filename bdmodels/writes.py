"""All rows of an object in one statement, where the database can do that.

PostgreSQL has data-modifying CTEs: one round trip, and no transaction around it, for what
takes one statement per table elsewhere. The statements themselves are compiled by Django.
"""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import NotSupportedError, connections
from django.db.models import QuerySet, sql

from .dialects import dialect_for
from .family import own_parts_of
from .key_conditions import same_rows_of
from .statements import kept, row_update

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


#: The classes of the querysets that managers make, by the managers' own class and what they say.
QUERYSETS: dict[tuple[Any, Any], Any] = {}


def plain_managers(model: Any) -> bool:
    """Whether the base manager writes as Django does; a user's own may do more."""
    manager, plain = model._base_manager, PLAIN
    key = type(manager), manager._queryset_class
    queryset = QUERYSETS.get(key)
    if queryset is None:
        queryset = QUERYSETS[key] = type(manager.all())
    return bool(queryset._insert is plain._insert and queryset._update is plain._update)


def update_rows(instance: Any, tables: list[tuple[Any, list[Any]]], using: str) -> list[int] | None:
    """Update rows of several tables with the object's values.

    :param tables: pairs of a model and the (field, value) pairs to write.
    :returns: the number of rows found in each table, or None if it cannot be done at once.
    """
    if not can_combine(using) or not all(plain_managers(m) for m, _ in tables):
        return None
    ctes = []
    for n, (model, values) in enumerate(tables):
        if any(hasattr(value, "resolve_expression") for _, value in values):
            return None
        if any(f.generated for f in model._meta.local_concrete_fields):
            return None  # Django 6.0 on reads them back.
        fields, new = map(list, zip(*values, strict=True))
        key = getattr(instance, model._meta.pk.attname)
        update = row_update(model, fields, new, key, using)
        if update is not None:
            text, params = update.text, update.parameters(new, key)
        else:
            query: Any = sql.UpdateQuery(model)
            query.add_filter("pk", key)
            query.add_update_fields([(f, None, value) for f, value in values])
            text, params = query.get_compiler(using).as_sql()
        ctes.append((f"table{n}", f"{text} RETURNING 1", params))
    counts = ", ".join(f"(SELECT COUNT(*) FROM {name})" for name, *_ in ctes)
    return list(execute(connections[using], ctes, f"SELECT {counts}"))


class Deletion:
    """The DELETE of one row of a core and of its rows in the parts, as one statement.

    :param names: the attnames of fields of parts to be answered: the object lacks them.
    """

    def __init__(self, cls: Any, names: Any, using: str) -> None:
        self.connection: Any = connections[using]
        self.key_field, quote = cls._meta.pk, self.connection.ops.quote_name
        ctes, joins, columns = [], "", []
        for n, part in enumerate(own_parts_of(cls)):
            fields = [f for f in part._meta.local_concrete_fields if f.attname in names]
            wanted = ", ".join(quote(f.column) for f in fields)
            ctes.append((f"part{n}", self.delete(part) + (wanted and f" RETURNING {wanted}"), ()))
            if fields:
                joins += f" LEFT JOIN part{n} ON TRUE"
                columns += [(f"part{n}", f) for f in fields]
        ctes.append((CORE, f"{self.delete(cls)} RETURNING 1", ()))
        answers = [f"(SELECT COUNT(*) FROM {CORE})"]
        answers += [f"{name}.{quote(f.column)}" for name, f in columns]
        main = f"SELECT {', '.join(answers)} FROM (SELECT 1) one{joins}"
        self.text, _ = combined(ctes, main)
        self.count = len(ctes)
        self.names = [f.attname for _, f in columns]
        self.compiler = sql.Query(cls).get_compiler(using)
        found = [f.get_col(f.model._meta.db_table) for _, f in columns]
        self.converters = self.compiler.get_converters(found)

    def delete(self, model: Any) -> str:
        quote, opts = self.connection.ops.quote_name, model._meta
        return f"DELETE FROM {quote(opts.db_table)} WHERE {quote(opts.pk.column)} = %s"

    def run(self, key: Any) -> tuple[int, Any]:
        parameter = self.key_field.get_db_prep_value(key, self.connection)
        with self.connection.cursor() as cursor:
            cursor.execute(self.text, [parameter] * self.count)
            deleted, *values = cursor.fetchone()
        if self.converters:
            (values,) = self.compiler.apply_converters([values], self.converters)
        return deleted, values


def delete_row(cls: Any, key: Any, names: list[str], using: str) -> tuple[int, dict[str, Any]]:
    """Delete one row of a core, and its rows in the parts.

    :returns: how many rows of the core there were, and the values of the parts' ``names``.
    """
    tables = tuple(member._meta.db_table for member in (cls, *own_parts_of(cls)))
    deletion = kept(
        connections[using],
        ("delete", cls, tables, *names),
        lambda: Deletion(cls, set(names), using),
    )
    deleted, values = deletion.run(key)
    return deleted, dict(zip(deletion.names, values, strict=True))


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


def delete_alike(rows: Any, using: str) -> int | None:
    """Delete the rows of a queryset over a core that chooses them by key, with those of the parts.

    :returns: the number of rows of the core, or None where conditions are about more than keys.
    """
    members = (*own_parts_of(rows.model), rows.model._meta.concrete_model)
    same = [same_rows_of(member, rows) for member in members]
    if None in same:
        return None
    try:
        *parts, core = (delete_sql(found.query, using) for found in same)
    except EmptyResultSet:
        return 0
    return run_deletions([(f"part{n}", *part) for n, part in enumerate(parts)], core, using)


def delete_found(keys: Any, using: str) -> int:
    """Delete rows of a core and those of its parts.

    :param keys: a queryset that finds the keys, and locks what it reads: a row that somebody
        changes meanwhile has to meet the conditions after that.
    """
    connection, model = connections[using], keys.model
    quote = connection.ops.quote_name

    def delete(member: Any) -> str:
        table, column = quote(member._meta.db_table), quote(member._meta.pk.column)
        return f"DELETE FROM {table} USING keys WHERE {table}.{column} = keys.key"

    try:
        ctes: list[Any] = [("keys(key)", *keys.query.get_compiler(using).as_sql())]
    except EmptyResultSet:
        return 0
    for n, part in enumerate(own_parts_of(model)):
        ctes.append((f"part{n}", delete(part), ()))
    return run_deletions(ctes, (delete(model._meta.concrete_model), ()), using)


def run_deletions(ctes: list[Any], core: tuple[str, Any], using: str) -> int:
    with connections[using].cursor() as cursor:
        cursor.execute(*combined(ctes, *core))
        return int(cursor.rowcount)


def delete_sql(query: Any, using: str) -> tuple[str, Any]:
    """The DELETE of the rows that a query about one table finds."""
    text, params = query.chain(sql.DeleteQuery).get_compiler(using).as_sql()
    return text, params


def deletion(model: Any, keys: list[Any], using: str) -> tuple[str, Any]:
    query: Any = sql.DeleteQuery(model)
    query.add_filter("pk__in", keys)
    text, params = query.get_compiler(using).as_sql()
    return text, params


def columns_of(part: Any, key: bool = False) -> list[Any]:
    """The fields of a part that are written, with or without its key."""
    fields = part._meta.local_concrete_fields
    # Django replaces the list when it changes.
    known = part._meta.__dict__.get("written_columns")
    if known is None or known[0] is not fields:
        written = [f for f in fields if not f.generated]
        known = (fields, [f for f in written if not f.primary_key], written)
        part._meta.written_columns = known
    return known[2] if key else known[1]  # type: ignore[no-any-return]


def combined(ctes: list[Any], main: str, params: Any = ()) -> tuple[str, list[Any]]:
    named = ", ".join(f"{name} AS ({text})" for name, text, _ in ctes)
    return f"WITH {named} {main}", [*(p for _, _, values in ctes for p in values), *params]


def execute(connection: Any, ctes: list[Any], main: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(*combined(ctes, main))
        return cursor.fetchone()
