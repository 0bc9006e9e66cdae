"""A polymorphic core, and a child with a part of its own."""

from __future__ import annotations

from django.db import models

from bdmodels.contrib.polymorphic import (
    PolymorphicBreakdownManager,
    PolymorphicBreakdownModel,
    PolymorphicBreakdownQuerySet,
)
from bdmodels.models import PartModel


class MediumText(PartModel):
    summary = models.TextField(blank=True)


class MediumQuerySet(PolymorphicBreakdownQuerySet["Medium"]):
    def titled(self) -> MediumQuerySet:
        return self.filter(title__gt="")


class MediumManager(PolymorphicBreakdownManager):
    def titled(self) -> MediumQuerySet:
        return MediumQuerySet(self.model, using=self._db).titled()


class Medium(PolymorphicBreakdownModel, MediumText):
    title = models.CharField(max_length=50)

    chosen = MediumManager()

    class Meta:
        ordering = ["title"]


class BookDetails(PartModel):
    isbn = models.CharField(max_length=20, blank=True)


class Book(Medium, BookDetails):
    pages = models.IntegerField(default=100)
