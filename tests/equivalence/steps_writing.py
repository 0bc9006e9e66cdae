"""The steps that write rows without an object that is held."""

import json
from dataclasses import dataclass
from typing import Any

from django.core import serializers
from django.db import connection

from .queries import Chain, Row, start
from .steps import Nothing, Step, Values, by_name, values_of
from .worlds import World


@dataclass
class Create(Step):
    model: str
    values: Values
    slot: int

    def run(self, world: World) -> Any:
        made = world.model(self.model).objects.create(**values_of(world, self.values))
        world.slots[self.slot] = made
        return made


@dataclass
class BulkCreate(Step):
    model: str
    rows: list[Values]
    options: dict[str, Any]

    def run(self, world: World) -> Any:
        model = world.model(self.model)
        objs = [model(**values_of(world, values)) for values in self.rows]
        if self.options.get("update_conflicts") and connection.vendor == "postgresql":
            objs = objs[:1]  # It refuses to update a row twice in one statement.
        if self.options.get("update_conflicts") and connection.vendor == "mysql":
            if any(conflicts_with_several(world, obj) for obj in objs):
                raise Nothing  # It updates the one that it finds first, by whatever index.
        made = model.objects.bulk_create(objs, **self.options)
        if self.options.get("ignore_conflicts") or self.options.get("update_conflicts"):
            return [(o._state.adding, o._state.db) for o in made]
        return [(o.pk, o._state.adding, o._state.db) for o in made]


def conflicts_with_several(world: World, obj: Any) -> bool:
    """Whether an object has the unique values of more than one row."""
    design = world.design
    sets = [(f.name,) for f in design.fields if f.unique]
    sets += [*design.unique_together, *design.listed_unique]
    keys = set() if obj.pk is None else {obj.pk}
    for names in sets:
        attnames = [design[name].attname for name in names]
        values = {name: getattr(obj, name) for name in attnames}
        if None not in values.values():
            rows = world.model("Item")._base_manager.filter(**values)
            keys.update(rows.values_list("pk", flat=True))
    return len(keys) > 1


@dataclass
class BulkUpdate(Step):
    model: str
    chain: Chain
    changes: list[Values]
    fields: list[str]
    batch_size: int | None

    def run(self, world: World) -> Any:
        found = list(start(world, self.model, self.chain))
        for obj, values in zip(found, self.changes, strict=False):
            for name, value in values_of(world, values).items():
                setattr(obj, name, value)
        manager = world.model(self.model).objects
        return manager.bulk_update(found, self.fields, batch_size=self.batch_size)


@dataclass
class Update(Step):
    model: str
    chain: Chain
    values: Values

    def run(self, world: World) -> Any:
        return start(world, self.model, self.chain).update(**values_of(world, self.values))


@dataclass
class DeleteRows(Step):
    model: str
    chain: Chain

    def run(self, world: World) -> Any:
        return by_name(start(world, self.model, self.chain).delete())


@dataclass
class DeleteRow(Step):
    model: str
    n: int

    def run(self, world: World) -> Any:
        found = world.get(self.model, self.n)
        if found is None:
            raise Nothing
        return by_name(found.delete())


def computed_again(found: Any) -> Any:
    """The object without values that the database has computed, to be read.

    Before Django 6.0 a save leaves the old ones; those of a part may not be read as yet.
    """
    for field in found._meta.concrete_fields:
        if field.generated:
            found.__dict__.pop(field.attname, None)
    return found


@dataclass
class OrCreate(Step):
    """``get_or_create()`` and ``update_or_create()``."""

    model: str
    method: str
    lookup: Values
    defaults: Values
    slot: int

    def run(self, world: World) -> Any:
        method = getattr(world.model(self.model).objects, self.method)
        lookup, defaults = values_of(world, self.lookup), values_of(world, self.defaults)
        found, created = method(**lookup, defaults=defaults)
        world.slots[self.slot] = computed_again(found)
        return found, created


@dataclass
class AddRelated(Step):
    """Write by the reverse manager of a relation."""

    model: str
    n: int
    accessor: str
    method: str
    items: list[int]
    values: Values
    bulk: bool

    def run(self, world: World) -> Any:
        owner = world.get(self.model, self.n)
        if owner is None:
            raise Nothing
        manager = getattr(owner, self.accessor)
        values = values_of(world, self.values)
        if self.method == "create":
            return manager.create(**values)
        if self.method in ("get_or_create", "update_or_create"):
            found, created = getattr(manager, self.method)(**values)
            return computed_again(found), created
        if self.method == "update":
            return manager.update(**values)
        if self.method == "delete":
            return manager.all().delete()[0]
        if self.method == "clear":
            return manager.clear(bulk=self.bulk)
        found = [o for o in (world.get("Item", n) for n in self.items) if o is not None]
        if self.method == "set":
            return manager.set(found, bulk=self.bulk)
        return getattr(manager, self.method)(*found, bulk=self.bulk)


@dataclass
class ChangeTags(Step):
    n: int
    method: str
    tags: list[int]

    def run(self, world: World) -> Any:
        item = world.get("Item", self.n)
        if item is None:
            raise Nothing
        found = [t for t in (world.get("Tag", n) for n in self.tags) if t is not None]
        if self.method == "set":
            return item.tags.set(found)
        if self.method == "clear":
            return item.tags.clear()
        return getattr(item.tags, self.method)(*found)


@dataclass
class Satellite(Step):
    """Make an object that points to an item: to a row, or to the object held."""

    model: str
    item: Row
    slot: int | None

    def run(self, world: World) -> Any:
        item = world.get("Item", self.item.n) if self.slot is None else self.held(world)
        if item is None:
            raise Nothing
        made = world.model(self.model).objects.create(item=item)
        return made, made.item.pk


@dataclass
class DumpAndLoad(Step):
    """Dump rows, change them in the text or delete them, and load them again."""

    model: str
    chain: Chain
    values: Values
    delete: bool

    def run(self, world: World) -> Any:
        found = start(world, self.model, self.chain)
        text = serializers.serialize("json", found)
        data = sorted(json.loads(text), key=lambda entry: str(entry["pk"]))
        for entry in data:
            entry["fields"].update(values_of(world, self.values))
        if self.delete:
            world.model("Note")._base_manager.all().delete()
            found.delete()
        for entry in serializers.deserialize("python", data):
            entry.save()
        return len(data)
