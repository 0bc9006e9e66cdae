"""What the operations of a split have in common."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.migrations.operations.base import Operation, OperationCategory

PRE_DEPLOY, POST_DEPLOY = "pre_deploy", "post_deploy"


def deploy_stage(name: str) -> Any:
    """The stage as django-syzygy has it where that is installed, else its plain name.

    :param name: ``"pre_deploy"`` or ``"post_deploy"``.
    """
    try:
        from syzygy.constants import Stage
    except ImportError:
        return name
    return Stage[name.upper()]


def model_of(state: Any, app_label: str, name: str) -> Any:
    """A historical model by name, or by label when it is in another app."""
    if "." in name:
        app_label, name = name.split(".", 1)
    return state.apps.get_model(app_label, name)


def key_of(app_label: str, name: str) -> tuple[str, str]:
    """The key of a model in ``ProjectState.models``."""
    if "." in name:
        app_label, name = name.split(".", 1)
    return app_label, name.lower()


def label_of(app_label: str, name: str) -> str:
    """``name`` as an argument of an operation of ``app_label``: short where it can be."""
    return name[len(app_label) + 1 :] if name.startswith(f"{app_label}.") else name


def listed(names: Sequence[str]) -> str:
    """``a, b and c``, cut short when there are many."""
    shown = list(names)
    if len(shown) > 6:
        shown = [*shown[:5], f"{len(shown) - 5} more"]
    return " and ".join(", ".join(shown).rsplit(", ", 1))


class SplitOperation(Operation):
    """An operation of a split: has a deploy stage and never moves past others by itself.

    Where the database cannot roll back schema changes, pending SQL runs at the end of each
    operation, so that a failed migration can be run again from where it stopped.
    """

    category = OperationCategory.ALTERATION
    serialization_expand_args = ["fields", "names", "bases"]
    stage_name = PRE_DEPLOY
    _auto_deps: Sequence[Any] = ()  # MigrationAutodetector.add_operation() sets the same.

    @property
    def stage(self) -> Any:
        """When to run it in a rolling deployment, for django-syzygy."""
        return deploy_stage(self.stage_name)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [], self.arguments()

    def arguments(self) -> dict[str, Any]:
        """The keyword arguments that make the same operation."""
        raise NotImplementedError

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing, unless a subclass changes the state."""


def finish(editor: Any) -> None:
    """Run pending SQL now where a later failure would lose it."""
    if editor.connection.features.can_rollback_ddl or editor.collect_sql:
        return
    for sql in editor.deferred_sql:
        editor.execute(sql, None)
    editor.deferred_sql.clear()


def unless_done(editor: Any, done: Callable[[], bool], run: Callable[[], None]) -> None:
    """Run a schema change, unless an earlier, failed run has made it already.

    Nobody is asked where the whole migration is rolled back when it fails.
    """
    resumable = not (editor.atomic_migration or editor.collect_sql)
    if not (resumable and done()):
        run()
        finish(editor)
