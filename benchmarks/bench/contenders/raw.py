"""SQL by hand with psycopg on the split tables: what the database and its driver allow.

Every statement is prepared, a write to several tables is one statement, and rows are tuples. The
connection is Django's; its models only say what the tables are.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import psycopg
from django.db import connection, models
from django.db.models import Model
from psycopg import sql
from psycopg.types.json import Jsonb

from bench import columns, raw_sql

from . import base
from .base import Span, Values


class Contender(base.Contender):
    name = "raw"
    unsupported = frozenset({"from_db", "aget", "asave", "acreate", "adelete"})

    def build(self) -> type[Model]:
        key = self.shape.kind_of_key
        self.parts = [
            self.model(f"Part{n}", (models.Model,), dealt, **{f"part{n}_id": key.plain()})
            for n, dealt in enumerate(self.shape.dealt)
        ]
        self.log: list[str] = []
        return self.model("Product", (models.Model,), columns.CORE, id=key.automatic())

    @cached_property
    def texts(self) -> dict[str, str]:
        made = raw_sql.statements(self.shape, self.core, self.parts, self.sale)
        return {name: query.as_string(connection.connection) for name, query in made.items()}

    @cached_property
    def cursor(self) -> Any:
        connection.ensure_connection()
        return psycopg.Cursor(connection.connection)

    def execute(self, name: str, **values: Any) -> Any:
        self.log.append(name)
        cursor = self.cursor
        return cursor.execute(self.texts[name], values, prepare=True)

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        self.log = []
        yield self.log

    def find(self, keys: list[Any]) -> list[Any]:
        return keys

    def row(self, values: Values) -> Values:
        return {
            name: Jsonb(value) if isinstance(value, dict) else value
            for name, value in values.items()
        }

    # Reads

    def get(self, key: Any) -> Any:
        return self.execute("get_one", key=key).fetchone()

    def get_part(self, key: Any) -> Any:
        return self.execute("get_part_one", key=key).fetchone()

    get_moved = get_part

    def get_all(self, key: Any) -> Any:
        return self.execute("get_all_one", key=key).fetchone()

    def list_core(self, span: Span) -> Any:
        return self.execute("get_span", first=span[0], last=span[1]).fetchall()

    def list_part(self, span: Span) -> Any:
        return self.execute("get_part_span", first=span[0], last=span[1]).fetchall()

    list_moved = list_part

    def list_all(self, span: Span) -> Any:
        return self.execute("get_all_span", first=span[0], last=span[1]).fetchall()

    def related(self, span: Span) -> Any:
        return self.execute("related", first=span[0], last=span[1]).fetchall()

    def filter_core(self, seller: int) -> Any:
        return self.execute("filter_core", value=seller).fetchall()

    def filter_moved(self, supplier: int) -> Any:
        return self.execute("filter_moved", value=supplier).fetchall()

    def sum_core(self, _: None) -> Any:
        return self.execute("sum_core").fetchone()

    def sum_moved(self, _: None) -> Any:
        return self.execute("sum_moved").fetchone()

    # Writes

    @cached_property
    def core_names(self) -> list[str]:
        return [field.column for field in raw_sql.own_fields(self.core)]

    def changed_row(self, key: Any) -> Values:
        _, *row = self.get(key)
        values = dict(zip(self.core_names, row, strict=True))
        return {**values, "key": key, "value": next(self.numbers)}

    def save_core(self, key: Any) -> None:
        values = self.changed_row(key)
        values[columns.CHANGED] = values.pop("value")
        self.execute("save", **values)

    def save_core_field(self, key: Any) -> None:
        self.get(key)
        self.execute("set_core_one", key=key, value=next(self.numbers))

    def save_loaded(self, key: Any) -> None:
        self.get_all(key)
        self.execute("set_core_one", key=key, value=next(self.numbers))

    def save_moved(self, key: Any) -> None:
        self.execute("save_moved", **self.changed_row(key))

    def save_moved_field(self, key: Any) -> None:
        self.get(key)
        self.execute("set_moved_one", key=key, value=next(self.numbers))

    def bulk_update_core(self, keys: list[Any]) -> None:
        self.update_some("set_core_some", keys)

    def bulk_update_moved(self, keys: list[Any]) -> None:
        self.update_some("set_moved_some", keys)

    def update_some(self, name: str, keys: list[Any]) -> None:
        found = [row[0] for row in self.execute("get_some", keys=keys)]
        self.execute(name, keys=found, values=[next(self.numbers) for _ in found])

    def update_core(self, span: Span) -> None:
        self.execute("set_core_span", first=span[0], last=span[1], value=next(self.numbers))

    def update_moved(self, span: Span) -> None:
        self.execute("set_moved_span", first=span[0], last=span[1], value=next(self.numbers))

    def create(self, values: Values) -> Any:
        return self.execute("create", **self.row(values)).fetchone()

    def bulk_create(self, batch: list[Values]) -> Any:
        rows = list(map(self.row, batch))
        with connection.connection.transaction():
            keys = [row[0] for row in self.execute("keys", count=len(rows)).fetchall()]
            for model in self.tables():
                self.copy(model, keys, rows)
        self.log += ["BEGIN", "COMMIT"]

    def copy(self, model: type[Model], keys: list[Any], rows: list[Values]) -> None:
        names = [field.column for field in raw_sql.own_fields(model)]
        head = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(model._meta.db_table),
            sql.SQL(", ").join(map(sql.Identifier, [model._meta.pk.column, *names])),
        )
        self.log.append("COPY")
        with self.cursor.copy(head) as copy:
            for key, row in zip(keys, rows, strict=True):
                copy.write_row([key, *(row[name] for name in names)])

    def delete(self, key: Any) -> None:
        self.execute("delete_one", key=key)

    def delete_many(self, span: Span) -> None:
        self.execute("delete_span", first=span[0], last=span[1])
