"""The Django app: installs the autodetector and the system checks."""

from django.apps import AppConfig


class BdmodelsConfig(AppConfig):
    """``bdmodels`` in ``INSTALLED_APPS``."""

    name = "bdmodels"
    verbose_name = "Broken-down models"

    def ready(self) -> None:
        install_autodetector()


def install_autodetector() -> None:
    """Let ``makemigrations`` and ``migrate`` know families; a second call changes nothing.

    ``Command.autodetector`` is a class attribute for this purpose (since Django 5.2). What
    another app has put there stays in effect: ours is made of it.
    """
    from django.core.management.commands import makemigrations, migrate

    from .autodetector import compose

    making, migrating = makemigrations.Command, migrate.Command
    same = making.autodetector is migrating.autodetector
    making.autodetector = compose(making.autodetector)
    # The system check commands.E001 wants one and the same class.
    migrating.autodetector = making.autodetector if same else compose(migrating.autodetector)
