"""Puts the operations of splits into migrations, before those of Django's autodetector."""

from typing import Any

from django.db.migrations import Migration

from .operations_copy import CopyData
from .state_families import Key


class SplitMigration(Migration):
    """A migration that is named after the core and the stage of its split."""

    split_name = ""

    def suggest_name(self) -> str:
        return self.split_name


class SplitMigrations:
    """Migrations of splits, stage by stage, each stage after all migrations of the one before.

    :param autodetector: the autodetector that runs.
    :param graph: the migration graph, or None.
    """

    def __init__(self, autodetector: Any, graph: Any) -> None:
        self.autodetector, self.graph = autodetector, graph
        self.migrations: dict[str, list[Any]] = {}
        self.last_stage: list[tuple[str, str]] = []

    def add(self, core: Key, stages: dict[str, list[tuple[str, Any]]]) -> None:
        """Write the migrations of one family, one per stage and app."""
        for stage, operations in stages.items():
            per_app: dict[str, list[Any]] = {}
            for app_label, operation in operations:
                per_app.setdefault(app_label, []).append(operation)
            if per_app:
                self.add_stage(f"{core[1]}_{stage}", per_app)

    def add_rename(self, core: Key, operations: list[tuple[str, Any]]) -> None:
        """Write the migration that renames a part."""
        self.add(core, {"rename_part": operations})

    def add_stage(self, name: str, per_app: dict[str, list[Any]]) -> None:
        written: list[tuple[str, str]] = []
        # A copy commits batch by batch, and its rows stay when it is stopped. Indexes come
        # after it, in other apps, too, and PostgreSQL makes them outside transactions.
        copies = any(isinstance(op, CopyData) for own in per_app.values() for op in own)
        for app_label, operations in per_app.items():
            own = self.migrations.setdefault(app_label, [])
            migration: Any = SplitMigration(f"split_{len(own) + 1}", app_label)
            migration.split_name = name
            migration.operations = operations
            migration.atomic = not copies
            migration.initial = not own and app_label not in self.autodetector.existing_apps
            needed = {*self.last_stage, *self.targets_of(app_label, operations)}
            if copies:
                needed.update(written)
            if own:
                needed.add((app_label, own[-1].name))
            migration.dependencies = sorted(needed, key=str)
            own.append(migration)
            written.append((app_label, migration.name))
        self.last_stage = written

    def targets_of(self, app_label: str, operations: list[Any]) -> set[tuple[str, str]]:
        """Migrations of other apps that have the models which new columns refer to."""
        found = set()
        for operation in operations:
            fields = getattr(operation, "fields", None)
            if not isinstance(fields, list):
                fields = getattr(operation, "definitions", [])
            for _, field in fields:
                if field.remote_field and field.remote_field.model:
                    found |= self.dependency(app_label, field)
        return found

    def dependency(self, app_label: str, field: Any) -> set[tuple[str, str]]:
        # MigrationAutodetector._get_dependencies_for_foreign_key() knows swappable models.
        needs = self.autodetector._get_dependencies_for_foreign_key(
            app_label, "", field, self.autodetector.from_state
        )
        found = set()
        for need in needs:
            if need.app_label == "__setting__":
                found.add((need.app_label, need.model_name))
            elif need.app_label != app_label and self.graph is not None:
                found.update(self.graph.leaf_nodes(need.app_label)[:1])
        return found

    def before(self, found: dict[str, list[Any]]) -> dict[str, list[Any]]:
        """The migrations of the splits followed by those that Django's autodetector wrote."""
        leaves = set(self.graph.leaf_nodes()) if self.graph is not None else set()
        last = {app: (app, own[-1].name) for app, own in self.migrations.items()}
        for app_label, written in found.items():
            for migration in written:
                migration.dependencies = [
                    last[app]
                    if app in last and (name == "__first__" or (app, name) in leaves)
                    else (app, name)
                    for app, name in migration.dependencies
                ]
            if app_label in last and written:
                written[0].dependencies.append(last[app_label])
        for app_label, own in self.migrations.items():
            found[app_label] = own + found.get(app_label, [])
        return found
