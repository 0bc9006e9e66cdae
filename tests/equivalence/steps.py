"""The steps of an example: data that either world can carry out."""

import copy
import json
import pickle
from dataclasses import dataclass, field
from typing import Any

from django.core import serializers
from django.forms import modelform_factory
from django.forms.models import model_to_dict

from .queries import Chain, Row, answer, start, value_of
from .worlds import World, plain


class Nothing(Exception):
    """A step has no object to work on."""


class Step:
    """One step; ``writes`` says whether rows may change.

    A ``slot`` is the number of the object that it is about; with ``settles_slot``, all of that
    is read before. So it is before steps that read a single field, when fields are deferred:
    in a split model one read brings a whole part, and ``save()`` then saves more.
    """

    writes = True
    reads_fields = False
    settles_slot = False

    def run(self, world: World) -> Any:
        raise NotImplementedError

    def held(self, world: World) -> Any:
        instance = world.slots[getattr(self, "slot", 0)]
        if instance is None:
            raise Nothing
        return instance


def values_of(world: World, values: Any) -> dict[str, Any]:
    return {name: value_of(world, value) for name, value in dict(values).items()}


def by_name(deleted: Any) -> Any:
    """What ``delete()`` returned, without the names of the apps."""
    count, by_model = deleted
    return count, {label.partition(".")[2]: n for label, n in by_model.items()}


Values = tuple[tuple[str, Any], ...]


@dataclass
class Query(Step):
    model: str
    chain: Chain
    terminal: tuple[Any, ...]
    writes = False

    def run(self, world: World) -> Any:
        return answer(world, self.model, self.chain, self.terminal)


@dataclass
class ReverseQuery(Step):
    """A query by the reverse manager of a relation: ``group.item_set``."""

    model: str
    n: int
    accessor: str
    target: str
    chain: Chain
    terminal: tuple[Any, ...]
    writes = False

    def run(self, world: World) -> Any:
        owner = world.get(self.model, self.n)
        if owner is None:
            raise Nothing
        manager = getattr(owner, self.accessor)
        return answer(world, self.target, self.chain, self.terminal, manager)


@dataclass
class ReverseOne(Step):
    """The object at the other end of a one-to-one relation."""

    model: str
    n: int
    accessor: str
    writes = False

    def run(self, world: World) -> Any:
        owner = world.get(self.model, self.n)
        if owner is None:
            raise Nothing
        return getattr(owner, self.accessor)


@dataclass
class Load(Step):
    """Hold on to an object of a queryset, and to all that came with it."""

    model: str
    chain: Chain
    n: int
    slot: int
    writes = False

    def run(self, world: World) -> Any:
        found = list(start(world, self.model, self.chain))
        if not found:
            raise Nothing
        world.slots[self.slot] = found[self.n % len(found)]
        world.deferred.discard(self.slot)
        if {"only", "defer"} & {name for name, *_ in self.chain}:
            world.deferred.add(self.slot)
        world.kept = [o for o in found if o is not world.slots[self.slot]]
        return [o.pk for o in found]


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
class New(Step):
    model: str
    values: Values
    slot: int
    writes = False

    def run(self, world: World) -> Any:
        world.slots[self.slot] = world.model(self.model)(**values_of(world, self.values))
        return world.slots[self.slot]


@dataclass
class Assign(Step):
    slot: int
    name: str
    value: Any
    writes = False

    def run(self, world: World) -> Any:
        setattr(self.held(world), self.name, value_of(world, self.value))


@dataclass
class AssignObject(Step):
    """Set a relation to an object: of a row, or one that may not be saved yet."""

    slot: int
    name: str
    model: str
    n: int
    other_slot: int | None = None
    writes = False

    def run(self, world: World) -> Any:
        target = world.slots[self.other_slot] if self.other_slot is not None else None
        target = target or world.get(self.model, self.n)
        setattr(self.held(world), self.name, target)
        return target and target.pk


@dataclass
class Read(Step):
    slot: int
    name: str
    writes = False
    reads_fields = True

    def run(self, world: World) -> Any:
        return getattr(self.held(world), self.name)


@dataclass
class Save(Step):
    slot: int
    options: dict[str, Any] = field(default_factory=dict)

    def run(self, world: World) -> Any:
        held = self.held(world)
        held.save(**self.options)
        return held.pk


@dataclass
class Delete(Step):
    slot: int
    settles_slot = True

    def run(self, world: World) -> Any:
        return by_name(self.held(world).delete())


@dataclass
class Refresh(Step):
    slot: int
    fields: list[str] | None
    writes = False
    reads_fields = True

    def run(self, world: World) -> Any:
        held = self.held(world)
        held.refresh_from_db(fields=self.fields)
        return held


@dataclass
class Duplicate(Step):
    """Make a held object stand for another row, in one of the ways that people use."""

    slot: int
    way: str
    key: Any
    writes = False

    def run(self, world: World) -> Any:
        held = self.held(world)
        if self.way == "adding":
            held._state.adding = True
        if self.way == "id":
            held.id = None
        held.pk = value_of(world, self.key)
        return held.pk


@dataclass
class Transform(Step):
    """Replace a held object by a copy of it."""

    slot: int
    way: str
    writes = False
    reads_fields = True

    def run(self, world: World) -> Any:
        held = self.held(world)
        ways = {
            "pickle": lambda: pickle.loads(pickle.dumps(held)),
            "copy": lambda: copy.copy(held),
            "deepcopy": lambda: copy.deepcopy(held),
        }
        world.slots[self.slot] = ways[self.way]()
        return held == world.slots[self.slot]


@dataclass
class Validate(Step):
    slot: int
    method: str
    exclude: list[str] | None = None
    writes = False
    reads_fields = True

    def run(self, world: World) -> Any:
        return getattr(self.held(world), self.method)(exclude=self.exclude)


@dataclass
class SubmitForm(Step):
    """Edit an object by a ModelForm."""

    model: str
    slot: int | None
    values: Values
    reads_fields = True

    def run(self, world: World) -> Any:
        held = None if self.slot is None else self.held(world)
        model = type(held) if held else world.model(self.model)
        skipped = {"binary", "json"}
        left_out = [f.name for f in world.design.fields if f.kind in skipped]
        form_class = modelform_factory(model, exclude=["tags", *left_out])
        data = model_to_dict(held) if held else {}
        data.update(values_of(world, self.values))
        form = form_class({n: v for n, v in data.items() if v is not None}, instance=held)
        names = list(form.fields) if world.design.keeps_order else sorted(form.fields)
        if not form.is_valid():
            return names, form.errors.get_json_data()
        return names, form.save()


@dataclass
class BulkCreate(Step):
    model: str
    rows: list[Values]
    options: dict[str, Any]

    def run(self, world: World) -> Any:
        model = world.model(self.model)
        objs = [model(**values_of(world, values)) for values in self.rows]
        made = model.objects.bulk_create(objs, **self.options)
        if self.options.get("ignore_conflicts") or self.options.get("update_conflicts"):
            return [(o._state.adding, o._state.db) for o in made]
        return [(o.pk, o._state.adding, o._state.db) for o in made]


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
        world.slots[self.slot] = found
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
            return getattr(manager, self.method)(**values)
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
class Dump(Step):
    model: str
    chain: Chain
    fields: list[str] | None
    writes = False

    def run(self, world: World) -> Any:
        return dumped(world, start(world, self.model, self.chain), fields=self.fields)


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
        data = json.loads(text)
        for entry in data:
            entry["fields"].update(values_of(world, self.values))
        if self.delete:
            world.model("Note")._base_manager.all().delete()
            found.delete()
        for entry in serializers.deserialize("python", data):
            entry.save()
        return len(data)


def dumped(world: World, queryset: Any, **options: Any) -> Any:
    entries = json.loads(serializers.serialize("json", queryset, **options))
    for entry in entries:
        entry["model"] = entry["model"].partition(".")[2]
    return plain(sorted(entries, key=lambda e: (e["model"], str(e["pk"]))))
