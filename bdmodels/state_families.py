"""Families in a migration state: which models are cores, and what has moved between tables."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.migrations.utils import resolve_relation

from .fields import VirtualParentLink
from .models import Breakdown
from .operations_base import key_of, model_of

Key = tuple[str, str]


@dataclass(frozen=True)
class Family:
    """A core and its parts in one state.

    :param core: key of the core in ``ProjectState.models``.
    :param parts: key of each part and the name of its link; "" where the state has none.
    """

    core: Key
    parts: dict[Key, str]


def is_core_base(base: Any) -> bool:
    return isinstance(base, type) and issubclass(base, Breakdown)


def family_of(state: Any, core: Key) -> Family:
    """The family of a model: without parts when it is not a core in this state.

    Parts are known by their links, and by the bases of a core. Migrations written by hand may
    have one without the other.
    """
    model = state.models[core]
    parts: dict[Key, str] = {}
    joined: set[Key] = set()
    for name, link in model.fields.items():
        remote = link.remote_field
        if remote is None or not getattr(remote, "parent_link", False):
            continue
        target = resolve_relation(remote.model, *core)
        if isinstance(link, VirtualParentLink):
            parts[target] = name
        else:
            joined.add(target)
    if parts or any(is_core_base(base) for base in model.bases):
        for base in model.bases:
            if isinstance(base, str):
                key = resolve_relation(base, *core)
                if key not in joined and key in state.models and not is_core(state, key):
                    parts.setdefault(key, "")
    return Family(core, parts)


def is_core(state: Any, key: Key) -> bool:
    """Whether a model of a state is a core (proxies of cores are not)."""
    model = state.models[key]
    if model.options.get("proxy"):
        return False
    return any(is_core_base(base) for base in model.bases) or any(
        isinstance(f, VirtualParentLink) for f in model.fields.values()
    )


def core_of(state: Any, part: Key) -> Key | None:
    """The core that has this part in a state, None if the state knows of none."""
    found = (core for core in sorted(cores_of(state)) if part in family_of(state, core).parts)
    return next(found, None)


def core_in(state: Any, app_label: str, source_name: str, core_name: str = "") -> Any:
    """The historical model of the core of a transfer that starts at a core or one of its parts.

    :param core_name: its name where a migration says so; else the state is asked.
    """
    found = core_of(state, key_of(app_label, source_name))
    if core_name or found is None:
        return model_of(state, app_label, core_name or source_name)
    return state.apps.get_model(*found)


def cores_of(state: Any) -> set[Key]:
    """Keys of all cores of a state."""
    return {key for key in state.models if is_core(state, key)}


def cores_and_heirs(state: Any) -> set[Key]:
    """Keys of all cores, and of the models that inherit from one, proxies included."""
    found = cores_of(state)
    grows = True
    while grows:
        heirs = {
            key
            for key, model in state.models.items()
            if any(isinstance(b, str) and resolve_relation(b, *key) in found for b in model.bases)
        }
        grows = not heirs <= found
        found |= heirs
    return found


def has_column(candidate: Any) -> bool:
    """Whether a field of a state has a column that can move: no key, link or many-to-many."""
    if candidate.many_to_many or candidate.primary_key:
        return False
    _, column = named(candidate, candidate.name or "x").get_attname_column()
    return column is not None


def named(candidate: Any, name: str) -> Any:
    """A clone that knows its name and column."""
    clone = candidate.clone()
    clone.set_attributes_from_name(name)
    return clone


def column_name(candidate: Any, name: str) -> str:
    return str(named(candidate, name).get_attname_column()[1])


def definition(candidate: Any, autodetector: Any) -> Any:
    """A deep deconstruction in which the same target model is always spelled the same."""
    path, args, kwargs = autodetector.deep_deconstruct(candidate)
    if isinstance(kwargs.get("to"), str):
        kwargs["to"] = kwargs["to"].lower()
    return path, args, kwargs


NEUTRAL = {
    "blank", "choices", "default", "editable", "error_messages", "help_text",
    "limit_choices_to", "related_name", "related_query_name", "validators", "verbose_name",
}  # fmt: skip
"""Arguments of fields that do not matter to their columns."""


def same_column(old: Any, new: Any, autodetector: Any) -> bool:
    """Whether two definitions of a field make the same column."""
    shapes = []
    for candidate in (old, new):
        path, args, kwargs = definition(candidate, autodetector)
        shapes.append((path, args, {k: v for k, v in kwargs.items() if k not in NEUTRAL}))
    return bool(shapes[0] == shapes[1])


@dataclass(frozen=True)
class Move:
    """A field that leaves one table of a family and arrives in another.

    :param source: key of the model that had it, ``old_name`` its name there.
    :param target: key of the model that gets it, ``name`` its name there.
    :param old: its definition before; ``new`` the one the models have now.
    """

    source: Key
    target: Key
    old_name: str
    name: str
    old: Any = field(compare=False)
    new: Any = field(compare=False)


@dataclass
class FamilyChange:
    """What happened to one family between two states.

    :param before: the family in the old state, ``after`` in the new one.
    :param moves: the fields that moved, in the order of the new models.
    """

    before: Family
    after: Family
    moves: list[Move]

    @property
    def core(self) -> Key:
        return self.after.core

    @property
    def lost(self) -> list[Key]:
        """Parts that the core no longer has."""
        return [part for part in self.before.parts if part not in self.after.parts]

    @property
    def gained(self) -> list[Key]:
        """Parts that are new to the core."""
        return [part for part in self.after.parts if part not in self.before.parts]


def columns_of(state: Any, key: Key) -> dict[str, Any]:
    """The fields of a model that can move, by name."""
    if key not in state.models:
        return {}
    return {name: f for name, f in state.models[key].fields.items() if has_column(f)}


def changed_fields(
    old_state: Any, new_state: Any, members: list[Key]
) -> tuple[dict[Key, dict[str, Any]], dict[Key, dict[str, Any]]]:
    """The columns each member has lost, and those it has gained."""
    lost, gained = {}, {}
    for key in members:
        old, new = columns_of(old_state, key), columns_of(new_state, key)
        lost[key] = {name: f for name, f in old.items() if name not in new}
        gained[key] = {name: f for name, f in new.items() if name not in old}
    return lost, gained


def each(fields: dict[Key, dict[str, Any]]) -> Iterator[tuple[Key, str, Any]]:
    for key, named_fields in fields.items():
        for name, candidate in named_fields.items():
            yield key, name, candidate
