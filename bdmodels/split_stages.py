"""Writes the operations of a split: expand, copy and contract, for one change of a family."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import migrations
from django.db.migrations.utils import resolve_relation
from django.db.models import Model

from .columns import hollow, needs_relaxing
from .fields import is_link
from .migration_ops import (
    AddMovedFields,
    AddPartForeignKey,
    AddVirtualField,
    AlterMovedUniqueTogether,
    CheckCopied,
    CopyDataBetweenParts,
    CopyDataFromPartial,
    CopyDataToPartial,
    CreatePart,
    InstallSync,
    LockTables,
    RelaxMovedFields,
    RemoveMovedConstraint,
    RemoveMovedFields,
    RemoveMovedIndex,
    RemovePartForeignKey,
    RemoveSync,
    RemoveVirtualField,
    SetBases,
    TightenMovedFields,
)
from .operations_base import label_of
from .operations_keys import is_linked
from .references import (
    fields_in_expression,
    fields_in_index,
    named_options,
    refuses_null,
    together,
)
from .split_indexes import add_early, addition, indexable, missing
from .split_plan import CONTRACT, COPY, EXPAND, SplitPlan
from .state_families import Key, Move, family_of, is_core_base


def plan_stages(plan: SplitPlan) -> dict[str, list[tuple[str, Any]]]:
    """All operations by stage, each with the label of its app."""
    expand(plan)
    copy(plan)
    contract(plan)
    return plan.operations


def expand(plan: SplitPlan) -> None:
    lock(plan, EXPAND)
    detach(plan)
    for part in plan.change.after.parts:
        if plan.is_new(part):
            plan.add(EXPAND, part, create_part(plan, part))
    for target in plan.targets():
        if not plan.is_new(target):
            fields = [(m.name, plan.final[target, m.name]) for m in plan.moves_to(target)]
            plan.add(EXPAND, target, AddMovedFields(target[1], fields))
    for source, names in plan.relaxing():
        model = plan.state.models[source]
        for option, index in list(named_options(model)):
            if option == "constraints" and refuses_null(index):
                if fields_in_index(index) & set(names):
                    plan.add(EXPAND, source, RemoveMovedConstraint(source[1], index.name, True))
        if strict := [name for name in names if needs_relaxing(model.fields[name])]:
            plan.add(EXPAND, source, RelaxMovedFields(source[1], strict))
    for arguments in syncs(plan):
        plan.add(EXPAND, plan.core, InstallSync(**arguments))
    lock(plan, EXPAND, backwards=True)


def lock(plan: SplitPlan, stage: str, backwards: bool = False) -> None:
    """Take all locks of a migration at once; dropping a foreign key locks both its tables."""
    members = {
        plan.core,
        *(key for move in plan.change.moves for key in (move.source, move.target)),
    }
    members |= {key for source, target, _ in plan.transfers for key in (source, target)}
    there = [key for key in sorted(members) if key in plan.state.models]
    family = labels_of(plan, there)
    outside = labels_of(plan, [key for key in sorted(referenced(plan)) if key not in there])
    drops = (stage == EXPAND) is backwards
    if drops:
        operation = LockTables(
            [*family, *outside], backwards=backwards, post_deploy=stage == CONTRACT
        )
    else:
        operation = LockTables(family, outside, backwards=backwards, post_deploy=stage == CONTRACT)
    plan.add(stage, plan.core, operation)


def referenced(plan: SplitPlan) -> set[Key]:
    """The models that moved fields refer to, swapped ones as they are."""
    found = set()
    for move in plan.change.moves:
        remote = move.old.remote_field
        # A model that can be swapped has another name elsewhere: its table is locked later.
        if remote is not None and move.old.db_constraint and not move.old.swappable_setting:
            key = resolve_relation(remote.model, *move.source)
            if key in plan.state.models:
                found.add(key)
    return found


def labels_of(plan: SplitPlan, keys: Iterable[Key]) -> list[str]:
    return [label_of(plan.core[0], ".".join(key)) for key in keys]


def syncs(plan: SplitPlan) -> Iterator[dict[str, Any]]:
    """The arguments of the operations that install triggers and remove them."""
    for source, target, moves in plan.transfers:
        old, new = labels_of(plan, [source, target])
        found: dict[str, Any] = {"from_model_name": old, "to_model_name": new}
        found["fields"] = names_of(moves)
        found["sparse"] = plan.is_sparse(target) or plan.is_sparse(source)
        if source != plan.core:
            (found["core_name"],) = labels_of(plan, [plan.core])
        own = [m for m in plan.moves if (m.source, m.target) == (source, target)]
        required = [m.name for m in own if is_required(m, plan.final[target, m.name])]
        if plan.dissolved(source) and not plan.is_new(target):
            # The old code, too, inserts into this table, before it inserts into the part.
            required = required or [m.name for m in own]
        found["required"] = required
        yield found


def is_required(move: Move, final: Any) -> bool:
    """Whether the column has a value in every row, and none that the database gives."""
    return not any(f.null or f.has_db_default() for f in (move.old, final))


def detach(plan: SplitPlan) -> None:
    """Let the core go without the parts that will have a field at the same time as another
    member: a model cannot inherit a field that it has."""
    involved = {key for move in plan.moves for key in (move.source, move.target)}
    labels = {".".join(key) for key in involved - {plan.core}}
    bases = plan.state.models[plan.core].bases
    left = tuple(b for b in bases if not (isinstance(b, str) and b.lower() in labels))
    if left != bases:
        plan.add(EXPAND, plan.core, SetBases(plan.core[1], with_model(left), pre_deploy=True))


def create_part(plan: SplitPlan, part: Key) -> CreatePart:
    model = plan.to_state.models[part]
    moved = {m.name: m for m in plan.change.moves if m.target == part}
    fields: dict[str, Any] = {}
    for name, field in model.fields.items():
        if field.primary_key:
            fields[name] = field.clone()
        elif name in moved and not field.generated:
            final = plan.final[part, name]
            filled = plan.filled_on_insert(moved[name])
            fields[name] = final if filled else hollow(final)
    for name, move in moved.items():
        if move.new.generated and fields_in_expression(move.new.expression) <= set(fields):
            fields[name] = plan.final[part, name]
    later = ("indexes", "constraints", "unique_together", "order_with_respect_to")
    options = {k: v for k, v in model.options.items() if k not in later}
    return CreatePart(model.name, list(fields.items()), options, model.bases, model.managers)


def copy(plan: SplitPlan) -> None:
    for source, target, moves in plan.transfers:
        app = plan.core[0]
        fields = names_of(moves)
        sparse = plan.is_sparse(target if source == plan.core else source)
        options: dict[str, Any] = {"fields": fields, "sparse": sparse, "overwrite": False}
        old, new = label_of(app, ".".join(source)), label_of(app, ".".join(target))
        operation: Any
        if source == plan.core:
            operation = CopyDataToPartial(old, new, **options)
        elif target == plan.core:
            operation = CopyDataFromPartial(new, old, **options)
        else:
            options["sparse"] = plan.is_sparse(target) or plan.is_sparse(source)
            operation = CopyDataBetweenParts(old, new, **options)
        plan.add(COPY, plan.core, operation)
    for target in plan.targets():
        add_early(plan, target)
    for part in plan.change.after.parts:
        if plan.is_new(part) and plan.to_state.models[part].options.get("managed", True):
            plan.add(COPY, plan.core, AddPartForeignKey(*labels_of(plan, [part, plan.core])))


def contract(plan: SplitPlan) -> None:
    app = plan.core[0]
    for source, target, moves in plan.transfers:
        gate = CheckCopied(
            label_of(app, ".".join(source)),
            label_of(app, ".".join(target)),
            fields=names_of(moves),
            sparse=plan.is_sparse(target) or plan.is_sparse(source),
            into_core=target == plan.core,
            core_name="" if plan.core in (source, target) else labels_of(plan, [plan.core])[0],
        )
        plan.add(CONTRACT, plan.core, gate)
    lock(plan, CONTRACT)
    for arguments in reversed(list(syncs(plan))):
        plan.add(CONTRACT, plan.core, RemoveSync(**arguments))
    for source, moves in plan.sources():
        remove_from(plan, source, moves)
    for target in plan.targets():
        complete(plan, target)
    for part in plan.change.lost:
        if part in plan.state.models and is_linked(plan.state, part):
            names = labels_of(plan, [part, plan.core])
            plan.add(CONTRACT, plan.core, RemovePartForeignKey(*names))
        if name := plan.change.before.parts[part]:
            plan.add(CONTRACT, plan.core, RemoveVirtualField(plan.core[1], name))
    for part in plan.change.gained:
        if name := plan.change.after.parts[part]:
            if name not in plan.state.models[plan.core].fields:
                link = plan.to_state.models[plan.core].fields[name].clone()
                plan.add(CONTRACT, plan.core, AddVirtualField(plan.core[1], name, link))
    set_bases(plan)
    for part in plan.deleted:
        name = plan.state.models[part].name
        plan.add(CONTRACT, part, migrations.DeleteModel(name))
    lock(plan, CONTRACT, backwards=True)


def remove_from(plan: SplitPlan, source: Key, moves: list[Move]) -> None:
    """Take columns and what is made of them from a table."""
    model = plan.state.models[source]
    names = [m.old_name for m in plan.change.moves if m.source == source]
    for name, field in model.fields.items():
        gone = name not in plan.to_state.models[source].fields
        if field.generated and gone and name not in names:
            if fields_in_expression(field.expression) & set(names):
                names.append(name)
    for option, index in list(named_options(model)):
        if fields_in_index(index, model) & set(names):
            remove = RemoveMovedIndex if option == "indexes" else RemoveMovedConstraint
            plan.add(CONTRACT, source, remove(source[1], index.name))
    left = {pair for pair in together(model) if not set(pair) & set(names)}
    if left != together(model):
        plan.add(CONTRACT, source, AlterMovedUniqueTogether(source[1], left))
    plan.add(CONTRACT, source, RemoveMovedFields(source[1], names))


def complete(plan: SplitPlan, target: Key) -> None:
    """Give moved columns their constraints, now that they are filled."""
    loose = [
        (m.name, plan.final[target, m.name])
        for m in plan.moves_to(target)
        if needs_relaxing(plan.final[target, m.name]) and not plan.filled_on_insert(m)
    ]
    if loose:
        plan.add(CONTRACT, target, TightenMovedFields(target[1], loose))
    for option, index in missing(plan, target):
        plan.add(CONTRACT, target, addition(target, option, index))
    fields, moved = indexable(plan, target)
    now, wanted = (together(state.models[target]) for state in (plan.state, plan.to_state))
    more = {pair for pair in wanted if set(pair) <= fields and set(pair) & moved}
    if more - now:
        plan.add(CONTRACT, target, AlterMovedUniqueTogether(target[1], now | more))


def set_bases(plan: SplitPlan) -> None:
    for key in parents_of(plan) if plan.change.after.parts else ():
        # A core that has no parts of its own has not changed but in this.
        old, new = plan.state.models[key].bases, plan.to_state.models[key].bases
        if not any(map(is_core_base, old)) and any(map(is_core_base, new)):
            bases = (*filter(is_core_base, new), *old)
            plan.add(CONTRACT, key, SetBases(key[1], bases))
    model, wanted = plan.state.models[plan.core], plan.to_state.models[plan.core]
    if relevant(model.bases) != relevant(wanted.bases):
        plan.add(CONTRACT, plan.core, SetBases(plan.core[1], wanted.bases))


def parents_of(plan: SplitPlan) -> list[Key]:
    """The models that a core inherits from, and that are no parts: the first ancestor first."""
    found: dict[Key, None] = {}
    waiting = [plan.core]
    while waiting:
        key = waiting.pop()
        found = {key: None, **found}
        bases = [b for b in plan.to_state.models[key].bases if isinstance(b, str)]
        parts = family_of(plan.to_state, key).parts
        waiting += [k for b in bases if (k := resolve_relation(b, *key)) not in parts]
    return [key for key in found if key != plan.core and key in plan.state.models]


def names_of(moves: list[Move] | None) -> list[str] | dict[str, str] | None:
    """The ``fields`` argument of an operation that copies."""
    if moves is None:
        return None
    if all(m.name == m.old_name for m in moves):
        return [m.name for m in moves]
    return {m.name: m.old_name for m in moves}


def relevant(bases: Iterable[Any]) -> set[str]:
    """What matters about the bases of a model: their order and plain mixins do not."""
    found = {base.lower() for base in bases if isinstance(base, str)}
    return found | {"core" for base in bases if is_core_base(base)}


def with_model(bases: tuple[Any, ...]) -> tuple[Any, ...]:
    """Bases of which at least one is a model, as a state requires."""
    if any(isinstance(b, str) or issubclass(b, Model) for b in bases):
        return bases
    return (*bases, Model)


def fill_dense_parts(state: Any, to_state: Any, core: Key) -> list[list[tuple[str, Any]]]:
    """Operations for sparse parts that shall have a row for every row of the core.

    They are applied to ``state``. Django would ask for a default of the link's column.
    """
    found = []
    before, after = family_of(state, core).parts, family_of(to_state, core).parts
    for part, name in after.items():
        old = state.models[core].fields.get(name)
        new = to_state.models[core].fields.get(name)
        if part in before and is_link(old) and is_link(new) and old.null and not new.null:
            operations = [
                (core[0], CopyDataToPartial(core[1], label_of(core[0], ".".join(part)), fields=[])),
                (core[0], migrations.AlterField(core[1], name, new.clone())),
            ]
            for app_label, operation in operations:
                operation.state_forwards(app_label, state)
            found.append(operations)
    return found
