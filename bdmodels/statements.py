"""SQL that is kept: statements about single rows, compiled once per connection.

To compile a statement costs Django more than the server needs for a row by its key, and a split
model has one per table. The text depends on tables and columns only, so Django compiles it once
and it is used again for every object whose values are plain parameters. What is not plain - an
expression, a field with a placeholder of its own - is compiled each time.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import connections
from django.db.models import Manager, QuerySet

MOST = 1000  # Kept per connection; a model in use has a few.


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


class RowByKey:
    """Reads columns of the one row with a key.

    :param names: attnames of the columns.
    """

    def __init__(self, model: Any, names: Iterable[str], key: Any, using: str) -> None:
        self.connection, self.key_field = connections[using], model._meta.pk
        rows: Any = QuerySet(model, using=using).filter(pk=key).order_by().values_list(*names)
        self.compiler = rows.query.get_compiler(using)
        self.text, params = self.compiler.as_sql()
        self.converters = self.compiler.get_converters([c for c, _, _ in self.compiler.select])
        #: Whether the text is that of every key.
        self.reusable = list(params) == [self.parameter(key)]

    def parameter(self, key: Any) -> Any:
        return self.key_field.get_db_prep_value(key, self.connection)

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
