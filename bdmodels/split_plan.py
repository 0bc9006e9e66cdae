"""Writes the operations of a split: expand, copy and contract, for one change of a family."""

from collections.abc import Iterable
from typing import Any

from django.db import migrations
from django.db.models import Model

from .columns import hollow, needs_relaxing
from .fields import VirtualParentLink
from .migration_ops import (
    AddMovedConstraint,
    AddMovedFields,
    AddMovedIndex,
    AddVirtualField,
    AlterMovedUniqueTogether,
    CheckCopied,
    CopyDataBetweenParts,
    CopyDataFromPartial,
    CopyDataToPartial,
    CreatePart,
    RelaxMovedFields,
    RemoveMovedConstraint,
    RemoveMovedFields,
    RemoveMovedIndex,
    RemoveVirtualField,
    SetBases,
    TightenMovedFields,
)
from .operations_base import label_of
from .references import (
    fields_in_expression,
    fields_in_index,
    named_options,
    refuses_null,
    together,
)
from .state_families import FamilyChange, Key, Move, column_name, is_core_base, same_column

EXPAND, COPY, CONTRACT = "expand", "copy", "contract"
STAGES = (EXPAND, COPY, CONTRACT)


class SplitPlan:
    """The operations that follow one change of a family, applied to a state as they are made.

    What they leave between that state and the models - new fields, new definitions of moved
    ones - is for Django's autodetector.

    :param autodetector: asked for deep deconstructions.
    :param state: the state before; it is changed to the state after the operations.
    :param to_state: the state the models are in.
    :param change: what happened to the family.
    """

    def __init__(self, autodetector: Any, state: Any, to_state: Any, change: FamilyChange) -> None:
        self.autodetector, self.state, self.to_state = autodetector, state, to_state
        self.change, self.core = change, change.core
        self.old_models = set(state.models)
        self.operations: dict[str, list[tuple[str, Any]]] = {stage: [] for stage in STAGES}
        self.moves = [move for move in change.moves if not move.old.generated]
        self.final = {(m.target, m.name): self.final_field(m) for m in change.moves}
        self.deleted = [part for part in change.lost if self.disappears(part)]
        self.transfers = self.plan_transfers()
        self.expand()
        self.copy()
        self.contract()

    def add(self, stage: str, key: Key, operation: Any) -> None:
        operation.state_forwards(key[0], self.state)
        self.operations[stage].append((key[0], operation))

    # Questions about the change.

    def final_field(self, move: Move) -> Any:
        """The definition to move with: the new one where it makes the same column, else the
        old one, and Django alters it afterwards."""
        same = same_column(move.old, move.new, self.autodetector) and column_name(
            move.old, move.old_name
        ) == column_name(move.new, move.name)
        if same or move.old_name != move.name or move.old.generated:
            return move.new.clone()
        field = move.old.clone()
        if field.remote_field and field.remote_field.model == "self":
            field.remote_field.model = ".".join(move.source)
        return field

    def is_new(self, key: Key) -> bool:
        return key not in self.old_models

    def is_sparse(self, key: Key) -> bool:
        """Whether a part has rows only where something is set."""
        for family, state in (
            (self.change.after, self.to_state),
            (self.change.before, self.state),
        ):
            link = state.models[self.core].fields.get(family.parts.get(key) or "")
            if isinstance(link, VirtualParentLink):
                return bool(link.null)
        return False

    def disappears(self, part: Key) -> bool:
        """Whether a part that the core lost is deleted, and can be in the same migration."""
        if part in self.to_state.models or not any(m.source == part for m in self.moves):
            return False
        if any(f.many_to_many for f in self.state.models[part].fields.values()):
            return False
        users = self.state.relations.get(part, {})
        return all(user == self.core or user == part for user in users)

    def plan_transfers(self) -> list[tuple[Key, Key, list[Move] | None]]:
        """``(source, target, moves)`` in an order in which rows exist before they are filled.

        Moves are None where the fields go by themselves: all that both tables have.
        """
        found: list[tuple[Key, Key, list[Move] | None]] = []
        targets = dict.fromkeys([*self.change.gained, *(m.target for m in self.moves)])
        for target in targets:
            moves = [m for m in self.moves if m.target == target]
            sources = sorted({m.source for m in moves}, key=lambda k: (k != self.core, k))
            complete = [k for k in sources if k == self.core or not self.is_sparse(k)]
            if self.is_new(target) and not self.is_sparse(target) and not complete:
                found.append((self.core, target, []))
            elif complete:
                sources.sort(key=lambda k: k != complete[0])
            alone = self.is_new(target) and len(sources) == 1
            for source in sources:
                own = [m for m in moves if m.source == source]
                plain = alone and all(m.name == m.old_name for m in own)
                found.append((source, target, None if plain else own))
        return found

    def filled_on_insert(self, move: Move) -> bool:
        """Whether the rows of a new part are created with this field's value in them."""
        first = next(t for t in self.transfers if t[1] == move.target)
        return self.is_new(move.target) and first[0] == move.source and first[2] != []

    # The three stages.

    def expand(self) -> None:
        self.detach()
        for part in self.change.after.parts:
            if self.is_new(part):
                self.add(EXPAND, part, self.create_part(part))
        for target in self.targets():
            if not self.is_new(target):
                fields = [(m.name, self.final[target, m.name]) for m in self.moves_to(target)]
                self.add(EXPAND, target, AddMovedFields(target[1], fields))
        for source, moves in self.sources():
            for option, index in list(named_options(self.state.models[source])):
                if option == "constraints" and refuses_null(index) and touches(index, moves):
                    self.add(EXPAND, source, RemoveMovedConstraint(source[1], index.name))
            names = [m.old_name for m in moves if needs_relaxing(m.old)]
            if names:
                self.add(EXPAND, source, RelaxMovedFields(source[1], names))

    def detach(self) -> None:
        """Let the core go without the parts that will have a field at the same time as another
        member: a model cannot inherit a field that it has."""
        involved = {key for move in self.moves for key in (move.source, move.target)}
        labels = {".".join(key) for key in involved - {self.core}}
        bases = self.state.models[self.core].bases
        left = tuple(b for b in bases if not (isinstance(b, str) and b.lower() in labels))
        if left != bases:
            self.add(EXPAND, self.core, SetBases(self.core[1], with_model(left)))

    def create_part(self, part: Key) -> CreatePart:
        model = self.to_state.models[part]
        moved = {m.name: m for m in self.change.moves if m.target == part}
        fields: dict[str, Any] = {}
        for name, field in model.fields.items():
            if field.primary_key:
                fields[name] = field.clone()
            elif name in moved and not field.generated:
                final = self.final[part, name]
                filled = self.filled_on_insert(moved[name])
                fields[name] = final if filled else hollow(final)
        for name, move in moved.items():
            if move.new.generated and fields_in_expression(move.new.expression) <= set(fields):
                fields[name] = self.final[part, name]
        later = ("indexes", "constraints", "unique_together", "order_with_respect_to")
        options = {k: v for k, v in model.options.items() if k not in later}
        return CreatePart(model.name, list(fields.items()), options, model.bases, model.managers)

    def copy(self) -> None:
        for source, target, moves in self.transfers:
            app = self.core[0]
            fields = names_of(moves)
            sparse = self.is_sparse(target if source == self.core else source)
            options: dict[str, Any] = {"fields": fields, "sparse": sparse, "overwrite": False}
            old, new = label_of(app, ".".join(source)), label_of(app, ".".join(target))
            operation: Any
            if source == self.core:
                operation = CopyDataToPartial(old, new, **options)
            elif target == self.core:
                operation = CopyDataFromPartial(new, old, **options)
            else:
                options["sparse"] = self.is_sparse(target) or self.is_sparse(source)
                operation = CopyDataBetweenParts(old, new, **options)
            self.add(COPY, self.core, operation)

    def contract(self) -> None:
        app = self.core[0]
        for source, target, moves in self.transfers:
            gate = CheckCopied(
                label_of(app, ".".join(source)),
                label_of(app, ".".join(target)),
                fields=names_of(moves),
                sparse=self.is_sparse(target) or self.is_sparse(source),
                into_core=target == self.core,
            )
            self.add(CONTRACT, self.core, gate)
        for source, moves in self.sources():
            self.remove_from(source, moves)
        for target in self.targets():
            self.complete(target)
        for part in self.change.lost:
            if name := self.change.before.parts[part]:
                self.add(CONTRACT, self.core, RemoveVirtualField(self.core[1], name))
        for part in self.change.gained:
            if name := self.change.after.parts[part]:
                if name not in self.state.models[self.core].fields:
                    link = self.to_state.models[self.core].fields[name].clone()
                    self.add(CONTRACT, self.core, AddVirtualField(self.core[1], name, link))
        self.set_bases()
        for part in self.deleted:
            name = self.state.models[part].name
            self.add(CONTRACT, part, migrations.DeleteModel(name))

    def remove_from(self, source: Key, moves: list[Move]) -> None:
        """Take columns and what is made of them from a table."""
        model = self.state.models[source]
        names = [m.old_name for m in self.change.moves if m.source == source]
        for name, field in model.fields.items():
            gone = name not in self.to_state.models[source].fields
            if field.generated and gone and name not in names:
                if fields_in_expression(field.expression) & set(names):
                    names.append(name)
        for option, index in list(named_options(model)):
            if fields_in_index(index) & set(names):
                remove = RemoveMovedIndex if option == "indexes" else RemoveMovedConstraint
                self.add(CONTRACT, source, remove(source[1], index.name))
        left = {pair for pair in together(model) if not set(pair) & set(names)}
        if left != together(model):
            self.add(CONTRACT, source, AlterMovedUniqueTogether(source[1], left))
        self.add(CONTRACT, source, RemoveMovedFields(source[1], names))

    def complete(self, target: Key) -> None:
        """Give moved columns their constraints, now that they are filled."""
        loose = [
            (m.name, self.final[target, m.name])
            for m in self.moves_to(target)
            if needs_relaxing(self.final[target, m.name]) and not self.filled_on_insert(m)
        ]
        if loose:
            self.add(CONTRACT, target, TightenMovedFields(target[1], loose))
        model, wanted = self.state.models[target], self.to_state.models[target]
        fields, moved = set(model.fields) | {"pk"}, {m.name for m in self.moves_to(target)}
        moved = fields if self.is_new(target) else moved
        there = {index.name for _, index in named_options(model)}
        for option, index in named_options(wanted):
            names = fields_in_index(index)
            if index.name not in there and names <= fields and names & moved:
                add: Any = AddMovedIndex if option == "indexes" else AddMovedConstraint
                self.add(CONTRACT, target, add(target[1], index))
        now = together(self.state.models[target])
        more = {pair for pair in together(wanted) if set(pair) <= fields and set(pair) & moved}
        if more - now:
            self.add(CONTRACT, target, AlterMovedUniqueTogether(target[1], now | more))

    def set_bases(self) -> None:
        model, wanted = self.state.models[self.core], self.to_state.models[self.core]
        if relevant(model.bases) != relevant(wanted.bases):
            self.add(CONTRACT, self.core, SetBases(self.core[1], wanted.bases))

    # Moves by table.

    def targets(self) -> list[Key]:
        gained = [part for part in self.change.gained if self.is_new(part)]
        return list(dict.fromkeys([*(m.target for m in self.moves), *gained]))

    def moves_to(self, target: Key) -> list[Move]:
        return [m for m in self.moves if m.target == target]

    def sources(self) -> list[tuple[Key, list[Move]]]:
        """The tables that lose columns, but not those that are deleted altogether."""
        keys = dict.fromkeys(m.source for m in self.change.moves if m.source not in self.deleted)
        return [(key, [m for m in self.moves if m.source == key]) for key in keys]


def names_of(moves: list[Move] | None) -> list[str] | dict[str, str] | None:
    """The ``fields`` argument of an operation that copies."""
    if moves is None:
        return None
    if all(m.name == m.old_name for m in moves):
        return [m.name for m in moves]
    return {m.name: m.old_name for m in moves}


def touches(index: Any, moves: Iterable[Move]) -> bool:
    return bool(fields_in_index(index) & {m.old_name for m in moves})


def relevant(bases: Iterable[Any]) -> set[str]:
    """What matters about the bases of a model: their order and plain mixins do not."""
    found = {base.lower() for base in bases if isinstance(base, str)}
    return found | {"core" for base in bases if is_core_base(base)}


def with_model(bases: tuple[Any, ...]) -> tuple[Any, ...]:
    """Bases of which at least one is a model, as a state requires."""
    if any(isinstance(b, str) or issubclass(b, Model) for b in bases):
        return bases
    return (*bases, Model)
