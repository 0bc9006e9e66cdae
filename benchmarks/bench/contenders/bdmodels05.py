"""The same with broken-down-models 0.5, which has the import name of this library."""

from typing import Any

from django.db import models
from django.db.models import Model, QuerySet

from bdmodels.fields import VirtualParentLink
from bdmodels.models import BrokenDownModel
from bench import columns

from . import base


class Contender(base.Contender):
    name = "bdmodels05"

    def build(self) -> type[Model]:
        key = self.shape.kind_of_key
        self.parts = [
            self.model(f"Part{n}", (models.Model,), dealt, **{f"part{n}_id": key.plain()})
            for n, dealt in enumerate(self.shape.dealt)
        ]
        links = {f"part{n}_ptr": VirtualParentLink(part) for n, part in enumerate(self.parts)}
        self.link = f"part{self.shape.part_of(columns.MOVED_TEXT)}_ptr"
        # The core cannot create its table: with the links it names the column of the key twice.
        self.table = self.model(
            "Table", (models.Model,), columns.CORE, table="product", id=key.automatic()
        )
        bases = (BrokenDownModel, *self.parts)
        return self.model("Product", bases, columns.CORE, id=key.automatic(), **links)

    def ddl_models(self) -> list[type[Model]]:
        return [self.table, *self.parts]

    def with_part(self, queryset: Any) -> QuerySet:
        return queryset.select_related(self.link)

    def with_all(self, queryset: Any) -> QuerySet:
        return queryset.fetch_all_parents()

    def fields_loaded(self) -> list[models.Field]:
        return [field for field in super().fields_loaded() if field.model is self.core]
