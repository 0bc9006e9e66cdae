"""A core and its parts, by this library."""

from typing import Any

from django.db import models
from django.db.models import Model, QuerySet

from bdmodels.models import BreakdownModel, PartModel
from bench import columns

from . import base


class Contender(base.Contender):
    name = "split"

    def build(self) -> type[Model]:
        self.parts = [
            self.model(f"Part{number}", (PartModel,), dealt)
            for number, dealt in enumerate(self.shape.dealt)
        ]
        self.link = f"part{self.shape.part_of(columns.MOVED_TEXT)}_ptr"
        key = self.shape.kind_of_key.automatic()
        return self.model("Product", (BreakdownModel, *self.parts), columns.CORE, id=key)

    def with_part(self, queryset: Any) -> QuerySet:
        return queryset.with_parts(self.link)

    def with_all(self, queryset: Any) -> QuerySet:
        return queryset.with_parts()

    def fields_loaded(self) -> list[models.Field]:
        return [field for field in super().fields_loaded() if field.model is self.core]
