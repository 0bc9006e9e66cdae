"""The steps of an example: data that either world can carry out."""

import copy
import json
import pickle
from dataclasses import dataclass, field
from typing import Any

from django.core import serializers
from django.forms import modelform_factory
from django.forms.models import model_to_dict

from .queries import Chain, answer, start, value_of
from .worlds import World, plain, touch


class Nothing(Exception):
    """A step has no object to work on."""


class Step:
    """One step; ``writes`` says whether rows may change.

    A ``slot`` is the number of the object that it is about; with ``settles_slot``, all of that
    is read before. So it is before steps that read a single field, when fields are deferred:
    in a split model one read brings a whole part, and ``save()`` then saves more. And before
    an object gets another key: what is deferred then is that of the other row in a wide model.
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
        world.kept = [o for o in found if o is not world.slots[self.slot]]
        if {"only", "defer"} & {name for name, *_ in self.chain}:
            world.deferred.add(self.slot)
            world.kept = []  # What one of them reads, its peers get, and save.
        return [o.pk for o in found]


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
        told = world.design.signals and self.slot in world.deferred
        if told or world.has_whole_core(held):
            # Which fields a partial object has got differs, and what signals are told of them;
            # one that has its whole core, even by only(), is no partial one of a split model.
            touch(held)
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
    reads_fields = True

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
class Dump(Step):
    model: str
    chain: Chain
    fields: list[str] | None
    writes = False

    def run(self, world: World) -> Any:
        return dumped(world, start(world, self.model, self.chain), fields=self.fields)


def dumped(world: World, queryset: Any, **options: Any) -> Any:
    entries = json.loads(serializers.serialize("json", queryset, **options))
    for entry in entries:
        entry["model"] = entry["model"].partition(".")[2]
    return plain(sorted(entries, key=lambda e: (e["model"], str(e["pk"]))))
