"""Django's multi-table inheritance: a column and a foreign key for each parent."""

from django.db import models
from django.db.models import Model

from bench import columns

from . import base


class Contender(base.Contender):
    name = "mti"
    unsupported = frozenset({"bulk_create"})

    def build(self) -> type[Model]:
        key = self.shape.kind_of_key
        self.parts = [
            self.model(f"Part{n}", (models.Model,), dealt, **{f"part{n}_id": key.automatic()})
            for n, dealt in enumerate(self.shape.dealt)
        ]
        links = {
            f"part{n}_ptr": models.OneToOneField(part, models.CASCADE, parent_link=True)
            for n, part in enumerate(self.parts)
        }
        return self.model("Product", tuple(self.parts), columns.CORE, id=key.automatic(), **links)

    def tables(self) -> list[type[Model]]:
        return [*self.parts, self.core]
