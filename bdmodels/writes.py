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
from .snapshots import CONSTANT
from .statements import is_plain, kept, row_update

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


class Insertion:
    """The INSERT of an object into the tables of its family, as one statement.

    :param parts: the parts that get a row.
    :param keyed: whether the key is known before.
    :param defaults: the attnames of the fields that the database gives a value to.
    """

    def __init__(self, cls: Any, parts: Any, keyed: bool, defaults: Any, using: str) -> None:
        self.cls, self.parts, self.keyed, self.using = cls, parts, keyed, using
        self.connection: Any = connections[using]
        opts = cls._meta
        written = (f for f in opts.local_concrete_fields if not f.generated)
        self.fields = [f for f in written if keyed or f is not opts.auto_field]
        self.returned = list(opts.db_returning_fields)
        self.possible = keyed or opts.pk in self.returned
        self.made = {
            p: [f for f in p._meta.db_returning_fields if not f.primary_key] for p in parts
        }
        self.results = [*self.returned, *(f for fields in self.made.values() for f in fields)]
        columns = [f for f in self.fields if f.attname not in defaults]
        #: The fields of the parameters, in their order; a part's key is that of the core.
        self.core_values = columns
        self.part_values = {
            part: [f for f in columns_of(part, key=keyed) if f.attname not in defaults]
            for part in parts
        }
        parameters = [*columns, *(f for fields in self.part_values.values() for f in fields)]
        self.count = len(parameters) if all(map(is_plain, parameters)) else None
        self.text = ""
        self.converters: Any = None

    def insert(self, instance: Any, automatic: dict[str, Any]) -> None:
        if self.text:
            text, params = self.text, self.parameters(instance, automatic)
        else:
            text, params = self.compile(instance, automatic)
            if len(params) == self.count:
                self.text = text
        with self.connection.cursor() as cursor:
            cursor.execute(text, params)
            values = cursor.fetchone()
        if self.converters:
            (values,) = self.compiler.apply_converters([list(values)], self.converters)
        if self.results:
            for field, value in zip(self.results, values, strict=True):
                setattr(instance, field.attname, value)

    def parameters(self, instance: Any, automatic: dict[str, Any]) -> list[Any]:
        """What Django makes of the values when it compiles the statement."""
        connection = self.connection
        found = [
            f.get_db_prep_save(f.pre_save(instance, True), connection) for f in self.core_values
        ]
        key = getattr(instance, self.cls._meta.pk.attname)
        for fields in self.part_values.values():
            for field in fields:
                value = key if field.primary_key else value_for(instance, field, automatic)
                found.append(field.get_db_prep_save(value, connection))
        return found

    def compile(self, instance: Any, automatic: dict[str, Any]) -> tuple[str, list[Any]]:
        quote, opts, using = self.connection.ops.quote_name, self.cls._meta, self.using
        self.compiler = insert_compiler(self.cls, self.fields, instance, using, raw=False)
        ctes = [(CORE, *statement(self.compiler, self.returned))]
        key: Any = RawSQL(f"(SELECT {quote(opts.pk.column)} FROM {CORE})", ())
        if self.keyed:
            key = getattr(instance, opts.pk.attname)
        results = [(CORE, f) for f in self.returned]
        for n, part in enumerate(self.parts):
            row = row_of(instance, part, key, automatic)
            fields = columns_of(part, key=True)
            compiler = insert_compiler(part, fields, row, using, raw=True)
            ctes.append((f"part{n}", *statement(compiler, self.made[part])))
            results += [(f"part{n}", f) for f in self.made[part]]
        wanted = ", ".join(f"{name}.{quote(f.column)}" for name, f in results) or "1"
        sources = ", ".join(dict.fromkeys(name for name, _ in results))
        columns = [f.get_col(f.model._meta.db_table) for f in self.results]
        self.converters = self.compiler.get_converters(columns)
        self.compiler.query.objs = []  # Objects are not kept.
        return combined(ctes, f"SELECT {wanted}" + (f" FROM {sources}" if sources else ""))


def insert_rows(
    instance: Any, cls: Any, parts: list[Any], using: str, automatic: dict[str, Any]
) -> bool:
    """Insert an object into the tables of its family; say whether it could be done at once.

    :param parts: the parts that get a row.
    :param automatic: values that fields of parts have set, by attname.
    """
    opts = cls._meta
    if opts.order_with_respect_to or not can_combine(using) or not plain_managers(cls):
        return False
    if not instance._is_pk_set(opts):
        setattr(instance, opts.pk.attname, opts.pk.get_pk_value_on_save(instance))
    keyed = instance._is_pk_set(opts)
    defaults = []
    for name, value in (instance.__dict__ | automatic).items():
        if type(value) not in CONSTANT and hasattr(value, "resolve_expression"):
            if not isinstance(value, DatabaseDefault):
                return False
            defaults.append(name)
    tables = tuple(member._meta.db_table for member in (cls, *parts))
    insertion = kept(
        connections[using],
        ("insert", cls, tables, keyed, *defaults),
        lambda: Insertion(cls, parts, keyed, defaults, using),
    )
    if insertion.possible:
        insertion.insert(instance, automatic)
    return bool(insertion.possible)


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


def insert_compiler(model: Any, fields: list[Any], row: Any, using: str, raw: bool) -> Any:
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


def row_of(instance: Any, part: Any, key: Any, automatic: dict[str, Any]) -> Any:
    """The values of a part's row."""
    row = SimpleNamespace()
    for field in columns_of(part):
        setattr(row, field.attname, value_for(instance, field, automatic))
    setattr(row, part._meta.pk.attname, key)
    return row


def value_for(instance: Any, field: Any, automatic: dict[str, Any]) -> Any:
    """The value of a part's field in a new row; a file is stored now."""
    if field.attname in automatic:
        return automatic[field.attname]
    if isinstance(field, FileField):
        return field.pre_save(instance, True)
    return getattr(instance, field.attname)


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
