"""What a split cannot do, found in the models before a migration is written."""

from typing import Any

from django.db.migrations.utils import resolve_relation

from .references import fields_in_index, named_options, together
from .state_families import FamilyChange, Key
from .transfers import Refused


def refuse_what_cannot_work(state: Any, change: FamilyChange) -> None:
    """Look at a family as the models have it now.

    :raises Refused: for an index, a constraint or a foreign key that would need a column of
        another table.
    """
    members = [key for key in (change.core, *change.after.parts) if key in state.models]
    for key in members:
        elsewhere = {
            name: other for other in members if other != key for name in state.models[other].fields
        }
        refuse_spanning(state, key, elsewhere)
    refuse_targets(state, change)


def label(state: Any, key: Key) -> str:
    return f"{key[0]}.{state.models[key].name}"


def refuse_spanning(state: Any, key: Key, elsewhere: dict[str, Key]) -> None:
    model = state.models[key]
    found = [(f"{kind[:-1]} {i.name!r}".replace("indexe ", "index "), fields_in_index(i, model))
             for kind, i in named_options(model)]  # fmt: skip
    found += [(f"unique_together {names!r}", set(names)) for names in together(model)]
    for what, names in found:
        foreign = sorted(name for name in names if name not in model.fields and name in elsewhere)
        if foreign:
            owner = label(state, elsewhere[foreign[0]])
            raise Refused(
                f"The {what} of {label(state, key)} names {', '.join(foreign)}, which "
                f"{owner} has: no database has indexes or constraints across tables. Keep all "
                f"its fields in one table, or declare it in {owner} if all its fields are there."
            )


def refuse_targets(state: Any, change: FamilyChange) -> None:
    """A foreign key of another model must not point at a column that moves away."""
    moved = {(move.source, move.old_name): move for move in change.moves}
    for key, model in state.models.items():
        for name, candidate in model.fields.items():
            if candidate.remote_field is None or candidate.many_to_many:
                continue
            to_field = getattr(candidate.remote_field, "field_name", None)
            target = resolve_relation(candidate.remote_field.model, *key)
            move = moved.get((target, to_field or ""))
            if move is not None:
                raise Refused(
                    f"{label(state, key)}.{name} is a foreign key with to_field={to_field!r}, "
                    f"which moves from {label(state, move.source)} to "
                    f"{label(state, move.target)}. Let it point to the key of "
                    f"{label(state, move.source)} first, or leave {to_field!r} where it is."
                )
