"""What the migration commands of Django get from this app, when it is ready."""

from typing import Any

from django.core.management.commands import makemigrations, migrate
from django.db.backends.base import schema as base_schema
from django.db.migrations import writer
from django.db.migrations.operations import models as model_operations
from django.db.models.signals import pre_migrate

from . import compat, copy_in_migrate, populate_choice
from .autodetector import compose


def install() -> None:
    """Put all of it in; a second call changes nothing."""
    install_autodetector()
    model_operations.resolve_relation = resolve_relation  # type: ignore[attr-defined]
    base_schema._is_relevant_relation = is_relevant_relation  # type: ignore[attr-defined]
    writer.MigrationWriter.as_string = as_string  # type: ignore[method-assign]
    populate_choice.install()
    pre_migrate.connect(copy_in_migrate.remember_output, dispatch_uid="bdmodels")


def install_autodetector() -> None:
    """Let ``makemigrations`` and ``migrate`` know families.

    ``Command.autodetector`` is a class attribute for this purpose (since Django 5.2). What
    another app has put there stays in effect: ours is made of it.
    """
    making: Any = makemigrations.Command
    migrating: Any = migrate.Command
    same = making.autodetector is migrating.autodetector
    making.autodetector = compose(making.autodetector)
    # The system check commands.E001 wants one and the same class.
    migrating.autodetector = making.autodetector if same else compose(migrating.autodetector)
    making.handle, migrating.handle = make, migrate_


plain_make: Any = makemigrations.Command.handle
plain_migrate: Any = migrate.Command.handle


def make(command: Any, *args: Any, **options: Any) -> Any:
    """As Django's, for commands made of it that bring an autodetector of their own.

    django-syzygy's sets one on the object in its ``handle()``, and comes here after that.
    """
    command.autodetector = compose(command.autodetector)
    return plain_make(command, *args, **options)


def migrate_(command: Any, *args: Any, **options: Any) -> Any:
    """The same for ``migrate``, which asks whether there are changes without a migration."""
    command.autodetector = compose(command.autodetector)
    return plain_migrate(command, *args, **options)


plain_resolve_relation: Any = model_operations.resolve_relation  # type: ignore[attr-defined]


def resolve_relation(model: Any, app_label: Any = None, model_name: Any = None) -> Any:
    """As Django's, for a base that has a model's metaclass but is no model.

    ``CreateModel.references_model()`` (until 6.1) asks about every base that is an instance
    of ModelBase, and a core's base ``Breakdown`` has no ``_meta``.
    """
    if not isinstance(model, str) and not hasattr(model, "_meta"):
        return model.__module__, model.__name__
    return plain_resolve_relation(model, app_label, model_name)


plain_is_relevant_relation: Any = base_schema._is_relevant_relation  # type: ignore[attr-defined]


def is_relevant_relation(relation: Any, altered_field: Any) -> Any:
    """As Django's, but a relation without a column does not follow the key it points to.

    ``BaseDatabaseSchemaEditor._alter_field()`` (until 6.1) alters the columns of all relations
    to a key whose type changes, and the link from core to part has none.
    """
    if getattr(relation.field, "column", None) is None:
        return False
    return plain_is_relevant_relation(relation, altered_field)


plain_as_string: Any = writer.MigrationWriter.as_string


def as_string(self: Any) -> str:
    """As Django's, with functions that are to be written, and with the ``atomic = False`` that
    MigrationWriter writes by itself since Django 6.0."""
    text = populate_choice.with_stubs(str(plain_as_string(self)), self.migration)
    if compat.WRITES_ATOMIC or self.migration.atomic or "\n    atomic = False\n" in text:
        return text
    dependencies = "\n    dependencies = ["
    return text.replace(dependencies, f"\n    atomic = False\n{dependencies}", 1)
