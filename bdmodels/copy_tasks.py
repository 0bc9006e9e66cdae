"""What there is to copy, found in the migrations of a project and what is applied of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.management.base import CommandError
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from .copy_in_migrate import database_option
from .copy_jobs import CopyJob
from .copy_state import CopyState
from .family import own_parts_of
from .operations_base import key_of
from .operations_check import CheckCopied
from .operations_copy import CopyData
from .state_families import core_in
from .transfers import Transfer

PLANNED, EXPANDED, COPIED, CONTRACTED = "planned", "expanded", "copied", "contracted"
"""The phases of a copy: its tables are not there yet; it can run; it is applied; the columns that
were copied are gone."""


@dataclass(frozen=True)
class Task:
    """One copy of one migration.

    :param node: app and name of the migration.
    :param job: what to copy, with models as they are at that point.
    :param back: the same, reversed.
    :param phase: how far the migrations have come.
    :param before: migrations that have to be applied first.
    :param contract: the migration that removes the columns, None if there is none.
    :param into_core: whether it copies from a part to the core.
    :param core: the historical model of the core; it may be neither table of the job.
    """

    node: tuple[str, str]
    job: CopyJob
    back: CopyJob
    phase: str
    before: tuple[tuple[str, str], ...]
    contract: tuple[str, str] | None
    into_core: bool
    core: Any

    @property
    def part(self) -> Any:
        return self.job.transfer.source if self.into_core else self.job.transfer.target

    @property
    def labels(self) -> set[str]:
        found = self.job.transfer
        return {found.source._meta.label_lower, found.target._meta.label_lower}

    def state(self, alias: str, reverse: bool = False) -> CopyState:
        return CopyState(alias, (self.back if reverse else self.job).transfer)


def tasks_of(alias: str) -> list[Task]:
    """The copies of all migrations that belong into a database, in the order of migrations."""
    connection = connections[alias]
    loader = MigrationLoader(connection)
    loader.check_consistent_history(connection)
    graph, applied = loader.graph, set(loader.applied_migrations)
    # A dict keeps the order and each migration once.
    order = list(dict.fromkeys(n for leaf in graph.leaf_nodes() for n in graph.forwards_plan(leaf)))
    gates = gates_of(loader, order)
    found = []
    for node in order:
        migration = graph.nodes[node]
        if not any(isinstance(op, CopyData) for op in migration.operations):
            continue
        state = loader.project_state(nodes=[node], at_end=False)
        for operation in migration.operations:
            if isinstance(operation, CopyData):
                found.append(task_of(loader, applied, gates, node, operation, state, connection))
            operation.state_forwards(node[0], state)
    return latest(task for task in found if task is not None)


def task_of(
    loader: Any,
    applied: set[Any],
    gates: dict[Any, Any],
    node: Any,
    operation: CopyData,
    state: Any,
    connection: Any,
) -> Task | None:
    # Rendered models change with the state.
    state = state.clone()
    job = operation.job_in(node[0], connection, state)
    back = operation.job_in(node[0], connection, state, backwards=True)
    if job is None or back is None:
        return None
    gate, core_name = gates.get((*tables_of(node[0], operation), node), (None, ""))
    before = tuple(n for n in loader.graph.forwards_plan(node)[:-1] if n not in applied)
    if node not in applied:
        phase = PLANNED if before else EXPANDED
    else:
        phase = CONTRACTED if gate is None or gate in applied else COPIED
    into_core = type(operation).__name__ == "CopyDataFromPartial"
    if into_core:
        core = job.transfer.target
    else:
        core = core_in(state, node[0], operation.source_name, core_name)
    return Task(node, job, back, phase, before, gate, into_core, core)


def gates_of(loader: Any, order: Sequence[Any]) -> dict[Any, Any]:
    """What checks each copy: ``{(source, target, copy): (migration, name of the core)}``."""
    copies: dict[Any, Any] = {}
    found = {}
    for node in order:
        for operation in loader.graph.nodes[node].operations:
            if isinstance(operation, CopyData):
                copies[tables_of(node[0], operation)] = node
            elif isinstance(operation, CheckCopied):
                tables = (
                    key_of(node[0], operation.from_model_name),
                    key_of(node[0], operation.to_model_name),
                )
                if tables in copies:
                    core_name = operation.core_name and ".".join(
                        key_of(node[0], operation.core_name)
                    )
                    found[(*tables, copies[tables])] = node, core_name
    return found


def tables_of(app_label: str, operation: CopyData) -> tuple[Any, Any]:
    return key_of(app_label, operation.source_name), key_of(app_label, operation.target_name)


def latest(tasks: Iterable[Task]) -> list[Task]:
    """Without tasks that are over where a later one is for the same tables."""
    found = list(tasks)
    return [
        task
        for number, task in enumerate(found)
        if task.phase != CONTRACTED
        or not any(
            later.labels == task.labels and later.phase != PLANNED for later in found[number + 1 :]
        )
    ]


class Selection:
    """The tasks and families that a command is about.

    :param alias: the database.
    :param labels: of cores or parts, such as ``shop.Product``; all families without any.
    :param part: label or name of one part.
    :param tasks: the copies of all migrations, where they are known already.
    :raises CommandError: when a label is unknown, or no family, or has no such part.
    """

    def __init__(
        self,
        alias: str,
        labels: Sequence[str] = (),
        part: str | None = None,
        tasks: list[Task] | None = None,
    ) -> None:
        self.alias, self.part = alias, part
        self.tasks = tasks_of(alias) if tasks is None else tasks
        self.families = families()
        if labels:
            names = {name for label in labels for name in self.names_for(label)}
            self.tasks = [task for task in self.tasks if task.labels & names]
            self.families = {
                core: parts
                for core, parts in self.families.items()
                if names & {core._meta.label_lower, *(p._meta.label_lower for p in parts)}
            }
        if part is not None:
            self.select_part(part)

    def names_for(self, label: str) -> set[str]:
        """The labels of a family that one of its members leads to."""
        name = label.lower()
        found = {name} if any(name in task.labels for task in self.tasks) else set()
        for core, parts in self.families.items():
            members = {core._meta.label_lower, *(p._meta.label_lower for p in parts)}
            if name in members:
                found |= members if name == core._meta.label_lower else {name}
        if not found:
            self.refuse(label)
        return found

    def refuse(self, label: str) -> None:
        known = sorted(core._meta.label for core in self.families)
        listed = f" Families here: {', '.join(known)}." if known else ""
        try:
            model = apps.get_model(label)
        except (LookupError, ValueError):
            raise CommandError(
                f"There is no model {label!r}. Say app and model, such as shop.Product.{listed}"
            ) from None
        raise CommandError(
            f"{model._meta.label} is neither a core nor a part, and no migration copies to or "
            f"from it.{listed}"
        )

    def select_part(self, part: str) -> None:
        def is_it(model: Any) -> bool:
            return part.lower() in (model._meta.label_lower, model._meta.model_name)

        known = sorted(
            {p._meta.label for parts in self.families.values() for p in parts}
            | {task.part._meta.label for task in self.tasks}
        )
        self.tasks = [task for task in self.tasks if is_it(task.part)]
        self.families = {
            core: [p for p in parts if is_it(p)] for core, parts in self.families.items()
        }
        self.families = {core: parts for core, parts in self.families.items() if parts}
        if not (self.tasks or self.families):
            raise CommandError(f"There is no part {part!r}. Parts here: {', '.join(known)}.")

    def to_copy(self, reverse: bool = False) -> list[Task]:
        """The tasks that can be copied now.

        :raises CommandError: when there is none, with the reason and the next step.
        """
        phase = COPIED if reverse else EXPANDED
        if found := [task for task in self.tasks if task.phase == phase]:
            return found
        if not self.tasks:
            raise CommandError(
                "Nothing to copy: no migration copies between the tables of these models. Move "
                "fields into parts and run makemigrations."
            )
        reasons = "\n".join(f"  {task.job.label}: {why_not(task, reverse)}" for task in self.tasks)
        raise CommandError(f"Nothing to copy{' back' if reverse else ''}.\n{reasons}")

    def comparisons(self) -> list[tuple[Transfer, bool, Any]]:
        """The transfers to compare, each with whether it goes into the core, and the core."""
        found: list[tuple[Transfer, bool, Any]] = []
        busy: set[str] = set()
        for task in self.tasks:
            if task.phase in (EXPANDED, COPIED):
                found.append((task.job.transfer, task.into_core, task.core))
                busy |= {task.part._meta.label_lower}
            elif task.phase == PLANNED:
                busy |= {task.part._meta.label_lower}
        for core, parts in self.families.items():
            for part in parts:
                if part._meta.label_lower not in busy:
                    link = own_parts_of(core)[part]
                    if not link.null:
                        found.append((Transfer(core, part, ()), False, core))
                    found.append((Transfer(part, core, ()), True, core))
        return found


def families() -> dict[Any, list[Any]]:
    """The cores of the project as it is now, and their parts."""
    found = {}
    for model in apps.get_models():
        if not model._meta.proxy and (parts := own_parts_of(model)):
            found[model] = list(parts)
    return found


def why_not(task: Task, reverse: bool) -> str:
    """Why a task cannot be copied now, with the next step."""
    node = " ".join(task.node)
    if reverse and task.phase in (PLANNED, EXPANDED):
        return f"{node} is not applied, so there is nothing to bring back"
    if task.phase == PLANNED:
        first = " ".join(task.before[-1])
        return f"apply the migrations before it first: manage.py migrate {first}"
    if task.phase == CONTRACTED:
        contract = " ".join(task.contract) if task.contract else "its contract migration"
        if reverse:
            return f"migrate back to {node} first, which brings the columns of {contract} back"
        return f"it is done, {node} and {contract} are applied"
    return f"{node} is applied; to copy back, say --reverse"


def migrate_command(node: tuple[str, str], alias: str) -> str:
    """What to type to migrate up to a migration."""
    return f"manage.py migrate {node[0]} {node[1]}{database_option(alias)}"
