"""What a change of a family needs: which rows go where, and which definition columns have."""

from typing import Any

from .fields import VirtualParentLink
from .state_families import FamilyChange, Key, Move, column_name, columns_of, same_column

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
        self.old_constraints = {
            key: [self.definition(c) for c in state.models[key].options.get("constraints") or ()]
            for key in {move.source for move in change.moves}
        }

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

    def definition(self, constraint: Any) -> Any:
        """What a constraint says, whatever its name."""
        path, args, kwargs = self.autodetector.deep_deconstruct(constraint)
        return path, args, {k: v for k, v in kwargs.items() if k != "name"}

    # Moves by table.

    def targets(self) -> list[Key]:
        gained = [part for part in self.change.gained if self.is_new(part)]
        return list(dict.fromkeys([*(m.target for m in self.moves), *gained]))

    def moves_to(self, target: Key) -> list[Move]:
        return [m for m in self.moves if m.target == target]

    def dissolved(self, part: Key) -> bool:
        """Whether a part is deleted and no single table gets all of its columns.

        Several tables have to build a row of it then, one after the other, for the old code.
        """
        if part not in self.deleted:
            return False
        own = {m.old_name for m in self.moves if m.source == part}
        targets = {m.target for m in self.moves if m.source == part}
        return len(targets) > 1 or own != set(self.movable(part))

    def movable(self, part: Key) -> dict[str, Any]:
        """The fields of a part that somebody has to fill."""
        fields = columns_of(self.state, part)
        return {name: f for name, f in fields.items() if not f.generated}

    def relaxing(self) -> list[tuple[Key, list[str]]]:
        """The tables and names of fields that code which knows the new tables does not fill."""
        found = [(source, [m.old_name for m in moves]) for source, moves in self.sources()]
        return found + [
            (part, list(self.movable(part))) for part in filter(self.dissolved, self.deleted)
        ]

    def sources(self) -> list[tuple[Key, list[Move]]]:
        """The tables that lose columns, but not those that are deleted altogether."""
        keys = dict.fromkeys(m.source for m in self.change.moves if m.source not in self.deleted)
        return [(key, [m for m in self.moves if m.source == key]) for key in keys]
