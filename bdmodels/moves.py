"""Finds what moved between the tables of a family, by comparing two migration states."""

from typing import Any

from django.db.migrations import RenameField

from .operations_state import RenamePart
from .state_families import (
    Family,
    FamilyChange,
    Key,
    Move,
    changed_fields,
    columns_of,
    cores_of,
    definition,
    each,
    family_of,
)
from .transfers import Refused


class MoveDetector:
    """Compares the families of two states.

    :param autodetector: asked for deep deconstructions and for its questioner.
    :param from_state: the state the migrations lead to.
    :param to_state: the state the models are in.
    """

    def __init__(self, autodetector: Any, from_state: Any, to_state: Any) -> None:
        self.autodetector = autodetector
        self.from_state, self.to_state = from_state, to_state

    def cores(self) -> list[Key]:
        """Models that are a core in either state, and are there in both, managed by Django."""
        both = cores_of(self.from_state) | cores_of(self.to_state)
        return sorted(
            key
            for key in both
            if key in self.from_state.models
            and key in self.to_state.models
            and key[0] not in self.from_state.real_apps
        )

    def members(self) -> list[Key]:
        """All models of families that both states have."""
        found: dict[Key, None] = {}
        for core in self.cores():
            parts = family_of(self.to_state, core).parts
            found.update(dict.fromkeys([core, *parts]))
        return [key for key in found if key in self.from_state.models]

    def renames(self, core: Key) -> list[list[tuple[str, Any]]]:
        """Operations for parts that seem to have a new name; asks, as Django asks.

        The operations are applied to the old state.
        """
        found = []
        lost = family_of(self.from_state, core).parts
        gained = family_of(self.to_state, core).parts
        for new in [key for key in gained if key not in self.from_state.models]:
            for old in [key for key in lost if key not in self.to_state.models]:
                if old[0] == new[0] and self.same_part(old, new):
                    old_model, new_model = self.from_state.models[old], self.to_state.models[new]
                    if self.autodetector.questioner.ask_rename_model(old_model, new_model):
                        found.append(self.rename(core, old, new, lost[old], gained[new]))
                        lost.pop(old)
                        break
        return found

    def same_part(self, old: Key, new: Key) -> bool:
        old_fields, new_fields = columns_of(self.from_state, old), columns_of(self.to_state, new)
        return set(old_fields) == set(new_fields) and all(
            definition(field, self.autodetector) == definition(new_fields[name], self.autodetector)
            for name, field in old_fields.items()
        )

    def rename(
        self, core: Key, old: Key, new: Key, old_link: str, new_link: str
    ) -> list[tuple[str, Any]]:
        old_model, new_model = self.from_state.models[old], self.to_state.models[new]
        keys = [
            next((name for name, f in model.fields.items() if f.primary_key), "")
            for model in (old_model, new_model)
        ]
        changed = keys if keys[0] != keys[1] else ["", ""]
        operations: list[tuple[str, Any]] = [
            (old[0], RenamePart(old_model.name, new_model.name, *changed))
        ]
        if old_link and new_link and old_link != new_link:
            operations.append((core[0], RenameField(core[1], old_link, new_link)))
        for app_label, operation in operations:
            operation.state_forwards(app_label, self.from_state)
        return operations

    def change(self, core: Key) -> FamilyChange | None:
        """What happened to a family; None when nothing did that Django would not see.

        :raises Refused: for changes that would lose data or cannot work.
        """
        before, after = family_of(self.from_state, core), family_of(self.to_state, core)
        moves = self.moves(before, after)
        found = FamilyChange(before, after, moves)
        return found if moves or found.lost or found.gained else None

    def moves(self, before: Family, after: Family) -> list[Move]:
        members = list(dict.fromkeys([after.core, *before.parts, *after.parts]))
        members = [key for key in members if self.managed(key)]
        self.refuse_many_to_many(members)
        lost, gained = changed_fields(self.from_state, self.to_state, members)
        found = []
        for target, name, new in each(gained):
            sources = [key for key in members if key != target and name in lost[key]]
            if sources:
                old = lost[sources[0]][name]
                found.append(Move(sources[0], target, name, name, old, new))
        self.refuse_twice(found)
        for move in found:
            lost[move.source].pop(move.old_name)
            gained[move.target].pop(move.name)
        return found + self.renamed(lost, gained)

    def managed(self, key: Key) -> bool:
        return all(
            state.models[key].options.get("managed", True)
            for state in (self.from_state, self.to_state)
            if key in state.models
        )

    def renamed(
        self, lost: dict[Key, dict[str, Any]], gained: dict[Key, dict[str, Any]]
    ) -> list[Move]:
        """Fields that got another name on the way: asks, as Django asks about renames."""
        found: list[Move] = []
        for target, name, new in each(gained):
            if any(self.alike(old, new) for old in lost[target].values()):
                continue  # Django will ask about that one.
            for source, old_name, old in each(lost):
                if source == target or not self.alike(old, new):
                    continue
                if any((m.source, m.old_name) == (source, old_name) for m in found):
                    continue
                ask = self.autodetector.questioner.ask_rename
                if ask(source[1], old_name, name, new):
                    found.append(Move(source, target, old_name, name, old, new))
                    break
        return found

    def alike(self, old: Any, new: Any) -> bool:
        """Whether one could be the other with a new name; a column name may be kept."""
        shapes = [definition(f, self.autodetector) for f in (old, new)]
        for _, _, kwargs in shapes:
            kwargs.pop("db_column", None)
        return bool(shapes[0] == shapes[1])

    # What cannot be done.

    def label(self, key: Key) -> str:
        state = self.to_state if key in self.to_state.models else self.from_state
        return f"{key[0]}.{state.models[key].name}"

    def refuse_twice(self, moves: list[Move]) -> None:
        seen: dict[tuple[Key, str], Move] = {}
        for move in moves:
            other = seen.setdefault((move.source, move.old_name), move)
            if other is not move:
                raise Refused(
                    f"Field {move.name!r} of {self.label(move.source)} is now in two parts: "
                    f"{self.label(other.target)} and {self.label(move.target)}. Remove it from "
                    "one of them."
                )

    def refuse_many_to_many(self, members: list[Key]) -> None:
        def many(state: Any, key: Key) -> set[str]:
            fields = state.models[key].fields if key in state.models else {}
            return {name for name, f in fields.items() if f.many_to_many}

        for target in members:
            for name in many(self.to_state, target) - many(self.from_state, target):
                for source in members:
                    if source != target and name in many(self.from_state, source):
                        raise Refused(
                            f"Many-to-many field {name!r} of {self.label(source)} cannot move "
                            f"to {self.label(target)}: it has no column, its rows are in a "
                            f"table of their own already. Leave it in {self.label(source)}."
                        )
