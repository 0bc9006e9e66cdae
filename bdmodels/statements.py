"""SQL that is kept: statements about single rows, compiled once per connection.

To compile a statement costs Django more than the server needs for a row by its key, and a split
model has one per table. The text depends on tables and columns only, so Django compiles it once
and it is used again for every object whose values are plain parameters. What is not plain - an
expression, a field with a placeholder of its own - is compiled each time.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import connections
from django.db.models import Manager, QuerySet, sql

from .snapshots import CONSTANT

MOST = 1000  # Kept per connection; a model in use has a few.
PLAIN: Any = QuerySet


def kept(connection: Any, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
    """What ``make()`` returned when ``key`` was first asked for on this connection."""
    store: dict[Any, Any] = connection.__dict__.setdefault("bdmodels_statements", {})
    try:
        return store[key]
    except KeyError:
        if len(store) >= MOST:
            store.clear()
        made = store[key] = make()
        return made


def is_plain(field: Any) -> bool:
    """Whether every value of a field is written as one parameter."""
    # Fields say otherwise by these (InsertCompiler and UpdateCompiler; the second since 6.1).
    return not hasattr(field, "get_placeholder") and not hasattr(field, "get_placeholder_sql")


def is_parameter(value: Any) -> bool:
    """Whether a value to be written is one parameter, and not an expression or an object."""
    return type(value) in CONSTANT or not (
        hasattr(value, "resolve_expression") or hasattr(value, "prepare_database_save")
    )


class Keyed:
    """A statement about the one row of a model with a key."""

    #: Whether the text is that of every key, and of all values.
    reusable: bool

    def __init__(self, model: Any, using: str) -> None:
        self.connection, self.key_field = connections[using], model._meta.pk

    def parameter(self, key: Any) -> Any:
        return self.key_field.get_db_prep_value(key, self.connection)


class RowByKey(Keyed):
    """Reads columns.

    :param names: attnames of the columns.
    """

    def __init__(self, model: Any, names: Iterable[str], key: Any, using: str) -> None:
        super().__init__(model, using)
        rows: Any = QuerySet(model, using=using).filter(pk=key).order_by().values_list(*names)
        self.compiler = rows.query.get_compiler(using)
        self.text, params = self.compiler.as_sql()
        self.converters = self.compiler.get_converters([c for c, _, _ in self.compiler.select])
        self.reusable = list(params) == [self.parameter(key)]

    def read(self, key: Any) -> Any:
        with self.connection.cursor() as cursor:
            cursor.execute(self.text, [self.parameter(key)])
            row = cursor.fetchone()
        if row is None or not self.converters:
            return row
        (row,) = self.compiler.apply_converters([list(row)], self.converters)
        return row


def row_by_key(model: Any, names: list[str], key: Any, using: str) -> RowByKey | None:
    """What reads a row of a model by its key; None if the model's base manager does more."""
    manager = model._base_manager
    if type(manager).get_queryset is not Manager.get_queryset:
        return None
    if manager._queryset_class is not QuerySet:
        return None
    found: RowByKey = kept(
        connections[using],
        ("row", model, model._meta.db_table, *names),
        lambda: RowByKey(model, names, key, using),
    )
    return found if found.reusable else None


class RowInsert:
    """Inserts one row whose key is known.

    :param row: an object with the values as attributes.
    """

    def __init__(self, model: Any, row: Any, using: str, options: dict[str, Any]) -> None:
        self.connection = connections[using]
        self.fields = [f for f in model._meta.local_concrete_fields if not f.generated]
        query = sql.InsertQuery(model, **options)
        query.insert_values(self.fields, [row], raw=True)
        ((self.text, params),) = query.get_compiler(using).as_sql()
        #: Whether the text is that of every row.
        self.reusable = all(map(is_plain, self.fields)) and len(params) == len(self.fields)

    def run(self, row: Any) -> None:
        pairs = ((f, getattr(row, f.attname)) for f in self.fields)
        params = [f.get_db_prep_save(value, self.connection) for f, value in pairs]
        with self.connection.cursor() as cursor:
            cursor.execute(self.text, params)


def insert_row(model: Any, row: Any, using: str, options: dict[str, Any]) -> bool:
    """Insert a row; say whether it could be done: Django has to where more is to be done.

    :param options: of ``InsertQuery``, the same for all rows of a model.
    """
    manager = model._base_manager
    answers = any(not f.primary_key for f in model._meta.db_returning_fields)
    if answers or manager._queryset_class._insert is not PLAIN._insert:
        return False
    if not all(map(is_parameter, vars(row).values())):
        return False
    found: RowInsert = kept(
        connections[using],
        ("insert", model, model._meta.db_table),
        lambda: RowInsert(model, row, using, options),
    )
    if found.reusable:
        found.run(row)
    return found.reusable


class RowUpdate(Keyed):
    """Writes columns."""

    def __init__(self, model: Any, fields: Any, values: Any, key: Any, using: str) -> None:
        super().__init__(model, using)
        self.fields = fields
        query: Any = sql.UpdateQuery(model)
        query.add_filter("pk", key)
        query.add_update_fields([(f, None, v) for f, v in zip(fields, values, strict=True)])
        self.text, params = query.get_compiler(using).as_sql()
        plain = all(map(is_plain, fields)) and len(params) == len(fields) + 1
        self.reusable = plain and params[-1] == self.parameter(key)

    def parameters(self, values: Any, key: Any) -> list[Any]:
        connection = self.connection
        pairs = zip(self.fields, values, strict=True)
        return [*(f.get_db_prep_save(v, connection) for f, v in pairs), self.parameter(key)]

    def run(self, values: Any, key: Any) -> int:
        with self.connection.cursor() as cursor:
            cursor.execute(self.text, self.parameters(values, key))
            return int(cursor.rowcount)


def row_update(
    model: Any, fields: list[Any], values: list[Any], key: Any, using: str
) -> RowUpdate | None:
    """What writes these values to a row of a model; None if Django has to compile them."""
    if not all(map(is_parameter, values)):
        return None
    found: RowUpdate = kept(
        connections[using],
        ("update", model, model._meta.db_table, *fields),
        lambda: RowUpdate(model, fields, values, key, using),
    )
    return found if found.reusable else None


def update_found(rows: Any, key: Any, values: Any, using: str) -> int | None:
    """Update the row with a key as ``Model.save()`` does; None if Django has to do it.

    :param rows: the queryset of the model's base manager.
    :param values: triples of a field, a model or None, and a value.
    """
    plain = type(rows)._update is PLAIN._update and type(rows.query) is sql.Query
    if not plain or rows.query.where or not values:
        return None
    fields, _, new = zip(*values, strict=True)
    update = row_update(rows.model, list(fields), list(new), key, using)
    return None if update is None else update.run(new, key)


class RowDelete(Keyed):
    """Deletes the row."""

    def __init__(self, model: Any, key: Any, using: str) -> None:
        super().__init__(model, using)
        query: Any = sql.DeleteQuery(model)
        query.add_filter("pk", key)
        self.text, params = query.get_compiler(using).as_sql()
        self.reusable = list(params) == [self.parameter(key)]

    def run(self, key: Any) -> int:
        with self.connection.cursor() as cursor:
            cursor.execute(self.text, [self.parameter(key)])
            return int(cursor.rowcount)


def delete_by_key(model: Any, key: Any, using: str) -> int:
    """Delete the row of one table that has a key; returns how many there were."""
    found: RowDelete = kept(
        connections[using],
        ("delete", model, model._meta.db_table),
        lambda: RowDelete(model, key, using),
    )
    if not found.reusable:
        found = RowDelete(model, key, using)
    return found.run(key)
