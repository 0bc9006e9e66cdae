"""Indexes and constraints of the tables of a family.

As Django's operations, but a migration that failed on a database without transactional
schema changes can be run again: what an earlier run has done is skipped.
"""

from typing import Any

from django.db import migrations, models
from django.db.migrations.operations.base import Operation

from .dialects import dialect_for
from .locks import held
from .operations_base import POST_DEPLOY, PRE_DEPLOY, deploy_stage, unless_done


class Resumable(Operation):
    """Mixed into an operation of Django that adds or removes something with a name."""

    adds = False
    kind = "index"
    pre_deploy = False
    model_name: Any
    name: Any

    @property
    def stage(self) -> Any:
        """With the removal of the moved columns, unless it was told to be before."""
        return deploy_stage(PRE_DEPLOY if self.pre_deploy else POST_DEPLOY)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        name, args, kwargs = super().deconstruct()
        if self.pre_deploy:
            kwargs["pre_deploy"] = True
        return name, list(args), kwargs

    def names(self) -> tuple[str, str]:
        """The model, and the name of the index or constraint."""
        return self.model_name, self.name

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        self._unless(
            self.adds, app_label, schema_editor, from_state, to_state, super().database_forwards
        )

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        self._unless(
            not self.adds,
            app_label,
            schema_editor,
            from_state,
            to_state,
            super().database_backwards,
        )

    def _unless(
        self,
        present: bool,
        app_label: str,
        schema_editor: Any,
        from_state: Any,
        to_state: Any,
        run: Any,
    ) -> None:
        model_name, name = self.names()
        state = to_state if present else from_state
        model = state.apps.get_model(app_label, model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        if online := dialect_for(schema_editor.connection).online_indexes(schema_editor, model):
            found = state.models[app_label, model_name.lower()]
            named = getattr(found, f"get_{self.kind}_by_name")(name)
            (online.add if present else online.remove)(model, named)
            return
        with held(schema_editor, [model]):
            unless_done(
                schema_editor,
                lambda: (
                    has_constraint(schema_editor.connection, model._meta.db_table, name) is present
                ),
                lambda: run(app_label, schema_editor, from_state, to_state),
            )


def has_constraint(connection: Any, table: str, name: str) -> bool:
    """Whether a table has an index or constraint of that name."""
    with connection.cursor() as cursor:
        return name in connection.introspection.get_constraints(cursor, table)


class AddMovedIndex(Resumable, migrations.AddIndex):
    """Add an index to the table its fields have moved to.

    On PostgreSQL, in a migration with ``atomic = False``, it is made ``CONCURRENTLY``.

    :param model_name: the model.
    :param index: the index, with its name.
    :param pre_deploy: whether it stands with the copy, before the deployment.
    """

    adds = True

    def __init__(self, model_name: str, index: models.Index, pre_deploy: bool = False) -> None:
        self.pre_deploy = pre_deploy
        super().__init__(model_name, index)

    def names(self) -> tuple[str, str]:
        return self.model_name, self.index.name


class RemoveMovedIndex(Resumable, migrations.RemoveIndex):
    """Remove an index from the table its fields move away from."""


class AddMovedConstraint(Resumable, migrations.AddConstraint):
    """Add a constraint to the table its fields have moved to.

    On PostgreSQL, in a migration with ``atomic = False``, the index of a unique constraint is
    made ``CONCURRENTLY``, and a check constraint is validated while others write.

    :param model_name: the model.
    :param constraint: the constraint.
    :param pre_deploy: whether it stands with the copy, before the deployment.
    """

    adds = True
    kind = "constraint"

    def __init__(
        self, model_name: str, constraint: models.BaseConstraint, pre_deploy: bool = False
    ) -> None:
        self.pre_deploy = pre_deploy
        super().__init__(model_name, constraint)

    def names(self) -> tuple[str, str]:
        return self.model_name, self.constraint.name


class RemoveMovedConstraint(Resumable, migrations.RemoveConstraint):
    """Remove a constraint from the table its fields move away from.

    :param model_name: the model.
    :param name: name of the constraint.
    :param pre_deploy: whether it stands with the new tables, before the deployment.
    """

    kind = "constraint"

    def __init__(self, model_name: str, name: str, pre_deploy: bool = False) -> None:
        self.pre_deploy = pre_deploy
        super().__init__(model_name, name)


class AlterMovedUniqueTogether(Resumable, migrations.AlterUniqueTogether):
    """Change ``unique_together`` of a table that fields move away from, or to."""

    def _unless(
        self,
        present: bool,
        app_label: str,
        schema_editor: Any,
        from_state: Any,
        to_state: Any,
        run: Any,
    ) -> None:
        old = from_state.apps.get_model(app_label, self.name)
        new = to_state.apps.get_model(app_label, self.name)
        with held(schema_editor, [new]):
            unless_done(
                schema_editor,
                lambda: is_unique_together(schema_editor.connection, old, new),
                lambda: run(app_label, schema_editor, from_state, to_state),
            )


def is_unique_together(connection: Any, old: Any, new: Any) -> bool:
    """Whether the table has the ``unique_together`` of ``new``, and not what ``old`` had more."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, new._meta.db_table).values()
    unique = {frozenset(c["columns"]) for c in found if c["unique"]}
    wanted, before = (
        {
            frozenset(model._meta.get_field(name).column for name in names)
            for names in model._meta.unique_together
        }
        for model in (new, old)
    )
    return wanted <= unique and not (before - wanted) & unique
