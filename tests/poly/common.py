"""What the wide and the split polymorphic models share."""

from django.db import models
from polymorphic.managers import PolymorphicManager
from polymorphic.query import PolymorphicQuerySet
from polymorphic.showfields import ShowFieldTypeAndContent

__all__ = [
    "CheapManager",
    "Dated",
    "LoudManager",
    "LoudQuerySet",
    "Party",
    "ShowFieldTypeAndContent",
]


class LoudQuerySet(PolymorphicQuerySet):
    def loud(self):
        return self.filter(volume__gt=5)


class LoudManager(PolymorphicManager):
    queryset_class = LoudQuerySet

    def get_queryset(self):
        return super().get_queryset().order_by("-volume")


class CheapManager(PolymorphicManager.from_queryset(LoudQuerySet)):
    def get_queryset(self):
        return super().get_queryset().filter(cost__lt=10)


class Dated(models.Model):
    """An abstract base that is not polymorphic."""

    year = models.IntegerField(default=2000)

    class Meta:
        abstract = True

    def century(self):
        return self.year // 100 + 1


class Party(models.Model):
    """Brands, suppliers and publishers."""

    name = models.CharField(max_length=50)

    class Meta:
        abstract = True

    def __str__(self):
        return self.name
