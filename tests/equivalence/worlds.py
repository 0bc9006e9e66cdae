"""The two worlds of a design, and what is compared of them."""

import uuid
from collections.abc import Iterable
from itertools import chain
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Model, QuerySet
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save

from . import clock
from .designs import Design

SLOTS = 3
MODELS = ("Group", "Tag", "Item", "Child", "Proxy", "Note", "Extra")


class World:
    """One of the two twins: its models, and the objects that steps hold on to."""

    def __init__(self, design: Design, app_label: str) -> None:
        self.design, self.app_label = design, app_label
        self.log: list[Any] = []
        self.forget()

    def forget(self) -> None:
        self.slots: list[Any] = [None] * SLOTS
        self.kept: list[Any] = []
        self.deferred: set[int] = set()  # slots whose objects came by only() or defer()

    def pick_up(self) -> None:
        """Hold on to some objects; steps may replace them."""
        self.slots = list(self.model("Item").objects.order_by("pk")[:SLOTS])

    def model(self, name: str) -> Any:
        return apps.get_model(self.app_label, self.design.name(name))

    def models(self) -> list[Any]:
        there = {"Child": self.design.child, "Proxy": self.design.proxy}
        return [self.model(name) for name in MODELS if there.get(name, True)]

    def parts(self) -> list[Any]:
        return [
            apps.get_model(self.app_label, self.design.name(f"Part{table}Of"))
            for table in range(1, self.design.parts + 1)
            if self.app_label == "split_twin"
        ]

    def tables(self) -> list[Any]:
        concrete = [m for m in self.models() if not m._meta.proxy]
        return [*self.parts(), *concrete]

    # The beginning

    def create_tables(self) -> None:
        with connection.schema_editor() as editor:
            for model in self.tables():
                editor.create_model(model)

    def fill(self) -> None:
        """The rows that every example begins with."""
        clock.begin(0)
        groups = [self.model("Group").objects.create(name=n) for n in ("a", "b", "c")]
        tags = [self.model("Tag").objects.create(name=n) for n in ("x", "y")]
        for n in range(4):
            item = self.model("Item").objects.create(**self.first_values(n, groups))
            item.tags.add(*tags[: n % 3])
            if n < 2:
                self.model("Note").objects.create(text=f"n{n}", item=item)
                self.model("Extra").objects.create(info=f"e{n}", item=item)

    def first_values(self, n: int, groups: list[Any]) -> dict[str, Any]:
        design = self.design
        values: dict[str, Any] = {}
        if design.key in ("char", "integer"):
            values[design.key_name] = {"char": f"key {n}", "integer": 500 + n}[design.key]
        for field in design.fields:
            if field.kind in FIRST and not (field.null and not field.unique and n == 2):
                values[field.name] = FIRST[field.kind](n)
            elif field.kind in ("group", "owner"):
                values[field.name] = None if field.null and n == 2 else groups[n % 3]
            elif field.kind == "badge":
                values[field.name] = groups[n] if n < 2 else None
        return values

    def generated_keys(self) -> list[tuple[str, str]]:
        """Table and column of all keys that the database makes."""
        models_ = [*self.tables(), self.model("Item").tags.through]
        keys = [m._meta.pk for m in models_]
        return [(k.model._meta.db_table, k.column) for k in keys if isinstance(k, models.AutoField)]

    # What steps refer to

    def keys(self, model: str) -> list[Any]:
        return list(self.model(model)._base_manager.order_by("pk").values_list("pk", flat=True))

    def key(self, model: str, n: int) -> Any:
        """The key of the n-th row, counted around; None where there is none."""
        keys = self.keys(model)
        return keys[n % len(keys)] if keys else None

    def get(self, model: str, n: int) -> Any:
        key = self.key(model, n)
        return None if key is None else self.model(model)._base_manager.get(pk=key)

    def settle(self, besides: int | None) -> None:
        """Read all of the objects held: what is not loaded would see what is written now."""
        for n, held in enumerate([*self.slots, *self.kept]):
            if held is not None and n != besides:
                touch(held)

    def read_again(self, besides: int | None) -> None:
        """Let the objects held have what the rows have now."""
        for n, held in enumerate(self.slots):
            if held is None or n == besides or held.pk is None or held._state.adding:
                continue
            self.slots[n] = type(held)._base_manager.filter(pk=held.pk).first() or held

    def replace(self, slot: int | None) -> None:
        """Hold on to another object than one whose saving failed."""
        if slot is not None:
            self.slots[slot] = self.get("Item", slot)

    def has_whole_core(self, held: Any) -> bool:
        """Whether all columns of the core are loaded, if not more; the wide model has none."""
        fields = [f for f in self.design.fields if f.kind != "generated"]
        core = {f.attname for f in fields if f.table == 0}
        return loaded(held).keys() >= core

    def read_deferred(self, slot: int | None) -> None:
        if slot in self.deferred and self.slots[slot] is not None:
            touch(self.slots[slot])

    # What is compared

    def rows(self) -> dict[str, Any]:
        """All rows; those of a family are put together past the library."""
        found: dict[str, Any] = {}
        for model in self.tables():
            if model not in self.parts():
                name = model.__name__
                found[name] = table_rows(model, model._meta.local_concrete_fields)
        self.add_parts(found[self.design.name("Item")])
        through = self.model("Item").tags.through
        links = table_rows(through, through._meta.local_fields[1:])
        found["tags"] = sorted((tuple(link.values()) for link in links.values()), key=repr)
        return found

    def add_parts(self, cores: dict[Any, Any]) -> None:
        for table, part in enumerate(self.parts(), 1):
            fields = [f for f in part._meta.local_concrete_fields if not f.primary_key]
            rows = table_rows(part, fields)
            sparse = table in self.design.sparse
            orphans = rows.keys() - cores.keys()
            assert not orphans, f"{part.__name__} has rows without a core: {orphans}"
            missing = cores.keys() - rows.keys()
            assert sparse or not missing, f"{part.__name__} lacks rows of cores: {missing}"
            for key, core in cores.items():
                core.update(rows.get(key) or dict.fromkeys([f.attname for f in fields]))

    def listen(self) -> None:
        if self.design.signals:
            for signal in (pre_save, post_save, pre_delete, post_delete):
                signal.connect(self.note_signal, dispatch_uid=(self.app_label, self.design.seed))

    def stop_listening(self) -> None:
        for signal in (pre_save, post_save, pre_delete, post_delete):
            signal.disconnect(dispatch_uid=(self.app_label, self.design.seed))

    def note_signal(self, sender: Any, instance: Any, signal: Any, **kwargs: Any) -> None:
        if sender._meta.app_label != self.app_label or sender._meta.auto_created:
            return
        told = {n: plain(kwargs[n]) for n in ("created", "raw") if n in kwargs}
        fields = kwargs.get("update_fields")
        name = {id(pre_save): "pre_save", id(post_save): "post_save", id(pre_delete): "pre_delete"}
        seen = plain(instance) if signal is post_delete else instance.pk
        told["update_fields"] = fields and sorted(fields)
        self.log.append((name.get(id(signal), "post_delete"), sender.__name__, seen, told))


def align_keys(worlds: Iterable[World]) -> None:
    """Let generated keys go on from the same number in both worlds; outside of transactions."""
    tables = [world.generated_keys() for world in worlds]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            calls = [
                f"setval(pg_get_serial_sequence('\"{table}\"', '{column}'), 100)"
                for table, column in chain(*tables)
            ]
            cursor.execute(f"SELECT {', '.join(calls)}")
        elif connection.vendor == "mysql":
            cursor.execute(
                "SELECT table_name, auto_increment FROM information_schema.tables "
                "WHERE table_schema = DATABASE() AND auto_increment IS NOT NULL"
            )
            counters = dict(cursor.fetchall())
            for pair in zip(*tables, strict=True):
                found = [counters[table] for table, _ in pair]
                if len(set(found)) > 1:
                    for table, _ in pair:
                        cursor.execute(f"ALTER TABLE `{table}` AUTO_INCREMENT = {max(found)}")


FIRST: dict[str, Any] = {
    "char": lambda n: f"title {n}",
    "text": lambda n: f"text {n}",
    "integer": lambda n: n,
    "db_default": lambda n: n + 10,
    "decimal": lambda n: n + 1,
    "float": lambda n: n / 2,
    "boolean": lambda n: n % 2 == 0,
    "date": lambda n: clock.FIRST_DAY + n * clock.ONE_DAY,
    "datetime": lambda n: clock.NOON + n * clock.ONE_DAY,
    "json": lambda n: {"a": n},
    "uuid": lambda n: uuid.UUID(int=n),
    "duration": lambda n: n * clock.ONE_DAY,
    "binary": lambda n: bytes([n]),
}


def table_rows(model: Any, fields: Iterable[Any]) -> dict[Any, dict[str, Any]]:
    """The rows of one table by key, as the database has them."""
    fields = list(fields)
    quote = connection.ops.quote_name
    columns = ", ".join(quote(f.column) for f in (model._meta.pk, *fields))
    names = [f.attname for f in fields]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {quote(model._meta.db_table)}")
        rows = cursor.fetchall()
    return {row[0]: dict(zip(names, map(plain, row[1:]), strict=True)) for row in rows}


def touch(instance: Any) -> None:
    """Load all fields of an object, as far as its rows are there."""
    for field in readable(instance):
        try:
            getattr(instance, field.attname)
        except instance._meta.model.DoesNotExist:
            return


def readable(instance: Any) -> list[Any]:
    """The fields of an object; without those that only a saved one has."""
    unsaved = instance._state.adding or instance.pk is None
    return [f for f in instance._meta.concrete_fields if not (f.generated and unsaved)]


def plain(value: Any) -> Any:
    """A result as plain data that is the same in both worlds."""
    if isinstance(value, Model):
        return plain_object(value)
    if isinstance(value, ValidationError):
        return plain_validation(value)
    if isinstance(value, dict):
        return {plain(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, QuerySet)):
        return [plain(v) for v in value]
    if isinstance(value, tuple):
        return tuple(plain(v) for v in value)
    if isinstance(value, (set, frozenset)):
        return sorted(map(plain, value), key=repr)
    if isinstance(value, (memoryview, bytes)):
        return bytes(value)
    if isinstance(value, type):
        return value.__name__
    if hasattr(value, "resolve_expression"):
        return type(value).__name__
    return value


def plain_object(instance: Any) -> Any:
    values = {f.attname: plain(getattr(instance, f.attname)) for f in readable(instance)}
    names = {f.attname for f in instance._meta.concrete_fields}
    extra = {
        name: plain(value)
        for name, value in instance.__dict__.items()
        if name not in names and not name.startswith("_") and not isinstance(value, Model)
    }
    return (type(instance).__name__, instance._state.adding, instance._state.db, values, extra)


def plain_validation(error: ValidationError) -> Any:
    if not hasattr(error, "error_dict"):
        return sorted((e.code or "", m) for e in error.error_list for m in e.messages)
    return {
        name: sorted((e.code or "", *e.messages) for e in errors)
        for name, errors in error.error_dict.items()
    }


def loaded(instance: Any) -> dict[str, Any]:
    """What an object holds without being asked to load anything."""
    names = {f.attname for f in instance._meta.concrete_fields}
    return {n: plain(v) for n, v in instance.__dict__.items() if n in names}


def difference(left: Any, right: Any, where: str = "") -> str:
    """Where two results differ, in words; empty if they do not."""
    if type(left) is type(right) and isinstance(left, dict):
        for key in [*left, *(k for k in right if k not in left)]:
            if key not in left or key not in right:
                side = "split" if key not in left else "wide"
                return f"{where}[{key!r}] is only in the {side} result"
            found = difference(left[key], right[key], f"{where}[{key!r}]")
            if found:
                return found
        return ""
    if type(left) is type(right) and isinstance(left, (list, tuple)) and len(left) == len(right):
        for n, pair in enumerate(zip(left, right, strict=True)):
            found = difference(*pair, f"{where}[{n}]")
            if found:
                return found
        return ""
    if type(left) is type(right) and left == right:
        return ""
    return f"{where}: wide {left!r}, split {right!r}"
