"""The Django app: installs the autodetector and the system checks."""

from django.apps import AppConfig, apps


class BdmodelsConfig(AppConfig):
    """``bdmodels`` in ``INSTALLED_APPS``."""

    name = "bdmodels"
    verbose_name = "Broken-down models"

    def ready(self) -> None:
        # Needs models, which cannot be imported before the apps are loaded.
        from . import migration_hooks

        migration_hooks.install()
        if apps.is_installed("django.contrib.admin"):
            from . import admin_widgets

            admin_widgets.install()
        if apps.is_installed("reversion"):
            from .contrib import reversion

            reversion.install()
