"""A model without a table, that gives the admin page of all breakdowns a name and a permission."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class NoRows(models.Manager[Any]):
    """Finds nothing, and asks no database: ``dumpdata`` goes through unmanaged models, too."""

    def get_queryset(self) -> Any:
        return super().get_queryset().none()


class Breakdown(models.Model):
    """What the permission ``bdmodels.view_breakdown`` is about; there are no objects of it."""

    id = models.BigAutoField(primary_key=True)

    objects: Any = NoRows()

    class Meta:
        app_label = "bdmodels"
        managed = False
        default_permissions = ("view",)
        base_manager_name = "objects"
        verbose_name = _("breakdown")
        verbose_name_plural = _("breakdowns")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
