"""When a table gets the indexes and constraints of a split: with the copy, or in contract."""

from typing import Any

from django.db.models import CheckConstraint, UniqueConstraint

from .migration_ops import AddMovedConstraint, AddMovedIndex
from .references import fields_in_index, named_options, refuses_null
from .split_plan import COPY, SplitPlan
from .state_families import Key


def add_early(plan: SplitPlan, target: Key) -> None:
    """Add to a table while old and new code write, after the copy, what can be added then.

    The name has to be free, and a constraint one that the old code keeps to.
    """
    for option, index in missing(plan, target):
        models = plan.state.models.values()
        names = {found.name for model in models for _, found in named_options(model)}
        if index.name not in names and (option == "indexes" or is_kept(plan, target, index)):
            plan.add(COPY, target, addition(target, option, index, pre_deploy=True))


def addition(target: Key, option: str, index: Any, pre_deploy: bool = False) -> Any:
    """The operation that adds an index or constraint."""
    add: Any = AddMovedIndex if option == "indexes" else AddMovedConstraint
    return add(target[1], index, pre_deploy)


def missing(plan: SplitPlan, target: Key) -> list[tuple[str, Any]]:
    """Indexes and constraints over moved fields that the table shall have and has not."""
    model, wanted = plan.state.models[target], plan.to_state.models[target]
    fields, moved = indexable(plan, target)
    there = {index.name for _, index in named_options(model)}
    found = []
    for option, index in named_options(wanted):
        names = fields_in_index(index, wanted)
        if index.name not in there and names <= fields and names & moved:
            found.append((option, index))
    return found


def indexable(plan: SplitPlan, target: Key) -> tuple[set[str], set[str]]:
    """Names of all fields of a table, and of those whose indexes are for the split to make."""
    fields = set(plan.state.models[target].fields) | {"pk"}
    moved = {m.name for m in plan.moves_to(target)}
    return fields, fields if plan.is_new(target) else moved


def is_kept(plan: SplitPlan, target: Key, constraint: Any) -> bool:
    """Whether the old code keeps to a constraint of a table that it does not know."""
    moves = plan.moves_to(target)
    known = [d for source in {m.source for m in moves} for d in plan.old_constraints[source]]
    if plan.definition(constraint) not in known:
        return False
    if plan.is_new(target) and all(plan.filled_on_insert(m) for m in moves):
        return True
    # A row is there before all of its columns are filled.
    if isinstance(constraint, UniqueConstraint):
        return not constraint.expressions and constraint.nulls_distinct is not False
    return isinstance(constraint, CheckConstraint) and not refuses_null(constraint)
