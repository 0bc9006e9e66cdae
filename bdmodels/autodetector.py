"""The autodetector: writes the migrations of a split, and leaves the rest to Django.

It compares the families of the two states first and plans what their changes need. The plan
is applied to the old state, and Django's autodetector - or whatever is installed in its place
- goes on from there: it finds no field that vanished, only what is left to do.
"""

from typing import Any

from django.db import migrations
from django.db.migrations.autodetector import MigrationAutodetector, OperationDependency
from django.db.migrations.questioner import MigrationQuestioner

from .fields import VirtualRelation
from .limits import refuse_what_cannot_work
from .migration_ops import (
    AddPartForeignKey,
    AddVirtualField,
    RemovePartForeignKey,
    RemoveVirtualField,
)
from .moves import MoveDetector
from .operations_base import label_of
from .operations_keys import is_linked
from .operations_populate import AddPopulatedField
from .populate_choice import Chosen, apart, stub_for, third_choice
from .split_migrations import SplitMigrations
from .split_plan import SplitPlan
from .split_stages import fill_dense_parts, plan_stages
from .state_families import Key, cores_and_heirs, cores_of, family_of, is_core
from .transfers import Refused

__all__ = ["BreakdownAutodetectorMixin"]

KEY_DETAILS = ("auto_created", "serialize", "verbose_name", "editable", "blank", "help_text")


class BreakdownAutodetectorMixin:
    """Mixed into an autodetector, makes it see what moves between the tables of a family.

    ``bdmodels`` installs it on ``makemigrations`` and ``migrate`` by itself; to compose an
    autodetector by hand, put it first among the bases.
    """

    from_state: Any
    to_state: Any
    questioner: Any
    populated: tuple[str, str, str] | None = None

    def _detect_changes(self, convert_apps: Any = None, graph: Any = None) -> Any:
        # MigrationAutodetector._detect_changes() is where both states are compared (1.7+).
        self.from_state, self.to_state = self.from_state.clone(), self.to_state.clone()
        self.quiet_keys()
        self.quiet_managers()
        written = SplitMigrations(self, graph)
        try:
            self.plan_families(written)
        except Refused:
            # Only migrate, which asks just whether something has changed, brings no questioner.
            if type(self.questioner) is not MigrationQuestioner:
                raise
        found = super()._detect_changes(convert_apps, graph)  # type: ignore[misc]
        return apart(written.before(found))

    def plan_families(self, written: "SplitMigrations") -> None:
        """Plan the changes of all families, one after the other, each on the state so far."""
        detector = MoveDetector(self, self.from_state, self.to_state)
        for core in detector.cores():
            for operations in detector.renames(core):
                written.add_rename(core, operations)
            change = detector.change(core)
            if change is not None:
                refuse_what_cannot_work(self.to_state, change)
                plan = SplitPlan(self, self.from_state, self.to_state, change)
                written.add(core, plan_stages(plan))
            for operations in fill_dense_parts(self.from_state, self.to_state, core):
                written.add(core, {"fill": operations})

    def quiet_keys(self) -> None:
        """Take the key of a model over where only its declaration differs, not its column.

        The metaclass declares the key of a core and of a part; whether the models declare it
        themselves, and how, is no reason for an ``AlterField``.
        """
        families = MoveDetector(self, self.from_state, self.to_state)
        for key in families.members():
            old_fields = self.from_state.models[key].fields
            new_fields = self.to_state.models[key].fields
            for name, new in new_fields.items():
                old = old_fields.get(name)
                if old is not None and new.primary_key and old.primary_key:
                    if self.without_details(old) == self.without_details(new):
                        new_fields[name] = old

    def quiet_managers(self) -> None:
        """Take managers over that would be written in the same way.

        The manager of a core is of a class made of the user's and ours, and Django compares
        classes.
        """
        for key in cores_and_heirs(self.to_state):
            old, new = self.from_state.models.get(key), self.to_state.models[key]
            if old is not None and written_managers(old) == written_managers(new):
                new.managers = old.managers

    def without_details(self, field: Any) -> Any:
        path, args, kwargs = self.deep_deconstruct(field)  # type: ignore[attr-defined]
        return path, args, {k: v for k, v in kwargs.items() if k not in KEY_DETAILS}

    def _generate_added_field(self, app_label: str, model_name: str, field_name: str) -> None:
        # MigrationAutodetector (until 6.1) would ask for the default of a column here.
        field = self.to_state.models[app_label, model_name].get_field(field_name)
        if not isinstance(field, VirtualRelation):
            self.ask_and_add(app_label, model_name, field_name)
            return
        needs = self._get_dependencies_for_foreign_key(  # type: ignore[attr-defined]
            app_label, model_name, field, self.to_state
        )
        remove = OperationDependency.Type.REMOVE
        needs.append(OperationDependency(app_label, model_name, field_name, remove))
        self.add_operation(app_label, AddVirtualField(model_name, field_name, field), needs)

    def _generate_removed_field(self, app_label: str, model_name: str, field_name: str) -> None:
        field = self.from_state.models[app_label, model_name].get_field(field_name)
        if isinstance(field, VirtualRelation):
            # Django's own: django-syzygy would ask for the default of a column.
            MigrationAutodetector._generate_removed_field(  # type: ignore[attr-defined]
                self, app_label, model_name, field_name
            )
        else:
            super()._generate_removed_field(  # type: ignore[misc]
                app_label, model_name, field_name
            )

    def ask_and_add(self, app_label: str, model_name: str, field_name: str) -> None:
        """Add a field as Django does, with one more choice where it asks for a default."""
        names = (app_label, model_name, field_name)
        try:
            with third_choice(self.questioner):
                super()._generate_added_field(*names)  # type: ignore[misc]
        except Chosen:
            asked, self.questioner = self.questioner, MigrationQuestioner()
            self.populated = names
            try:
                # Django's own: django-syzygy would put a database default in its place.
                MigrationAutodetector._generate_added_field(  # type: ignore[attr-defined]
                    self, *names
                )
            finally:
                self.questioner, self.populated = asked, None

    def add_operation(
        self, app_label: str, operation: Any, dependencies: Any = None, beginning: bool = False
    ) -> None:
        # Virtual fields have no column: SQLite would remake the table for them.
        if type(operation) is migrations.AddField:
            if self.populated == (app_label, operation.model_name, operation.name):
                # Its default stands for an answer that nobody gave.
                field = self.to_state.models[app_label, operation.model_name].fields[operation.name]
                stub = stub_for(self.to_state, *self.populated)
                operation = AddPopulatedField(operation.model_name, operation.name, field, stub)
            elif isinstance(operation.field, VirtualRelation):
                operation = AddVirtualField(operation.model_name, operation.name, operation.field)
        elif type(operation) is migrations.RemoveField:
            model = self.from_state.models.get((app_label, operation.model_name_lower))
            if model is not None and isinstance(model.fields.get(operation.name), VirtualRelation):
                operation = RemoveVirtualField(operation.model_name, operation.name)
        super().add_operation(  # type: ignore[misc]
            app_label, operation, dependencies=dependencies, beginning=beginning
        )
        if type(operation) is migrations.CreateModel:
            self.link_parts((app_label, operation.name_lower))
        elif type(operation) is migrations.DeleteModel:
            self.unlink_parts((app_label, operation.name_lower))
        elif type(operation) is migrations.AlterField and operation.field.primary_key:
            self.relink_parts((app_label, operation.model_name_lower))

    # Foreign keys from parts to cores. Families that have none are left without.

    def link_parts(self, core: Key) -> None:
        """With a new core and its new parts goes a foreign key for each part."""
        if not is_core(self.to_state, core):
            return
        for part in family_of(self.to_state, core).parts:
            members = [self.to_state.models[key].options for key in (part, core)]
            if part not in self.from_state.models and all(o.get("managed", True) for o in members):
                create = OperationDependency.Type.CREATE
                needs = [OperationDependency(*key, None, create) for key in (part, core)]
                self.add_operation(core[0], AddPartForeignKey(*self.names(part, core)), needs)

    def unlink_parts(self, core: Key) -> None:
        """Before a core is deleted, its parts let go of it."""
        for part in family_of(self.from_state, core).parts:
            if is_linked(self.from_state, part):
                remove = RemovePartForeignKey(*self.names(part, core))
                self.add_operation(core[0], remove, beginning=True)

    def relink_parts(self, member: Key) -> None:
        """While the type of a key changes, nothing refers to it."""
        for core in cores_of(self.from_state) & cores_of(self.to_state):
            for part in family_of(self.from_state, core).parts:
                if member in (part, core) and is_linked(self.from_state, part):
                    self.relink(part, core)

    def relink(self, part: Key, core: Key) -> None:
        names = self.names(part, core)
        known = self.generated_operations.get(core[0], ())  # type: ignore[attr-defined]
        if any(isinstance(o, AddPartForeignKey) and o.names == names for o in known):
            return
        remove = RemovePartForeignKey(*names, pre_deploy=True)
        self.add_operation(core[0], remove, beginning=True)
        needs = []
        for key in (part, core):
            pk = next(n for n, f in self.to_state.models[key].fields.items() if f.primary_key)
            needs.append(OperationDependency(*key, pk, OperationDependency.Type.ALTER))
        self.add_operation(core[0], AddPartForeignKey(*names), needs)

    def names(self, part: Key, core: Key) -> tuple[str, str]:
        part_name, core_name = (label_of(core[0], ".".join(key)) for key in (part, core))
        return part_name, core_name


def written_managers(model_state: Any) -> list[Any]:
    return [(name, manager.deconstruct()) for name, manager in model_state.managers]


class BreakdownAutodetector(BreakdownAutodetectorMixin, MigrationAutodetector):
    """Django's autodetector with the mixin."""


def compose(existing: type) -> type:
    """An autodetector class like ``existing`` that also knows families.

    :param existing: the class that a command uses now.
    """
    if issubclass(existing, BreakdownAutodetectorMixin):
        return existing
    if existing is MigrationAutodetector:
        return BreakdownAutodetector
    bases = (BreakdownAutodetectorMixin, existing)
    return type("BreakdownAutodetector", bases, {"__module__": __name__})
