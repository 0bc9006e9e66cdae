"""One plain model with all columns."""

from django.db import models
from django.db.models import Model

from bench import columns

from . import base


class Contender(base.Contender):
    name = "wide"

    def build(self) -> type[Model]:
        key = self.shape.kind_of_key.automatic()
        return self.model("Product", (models.Model,), [*columns.CORE, *columns.MOVED], id=key)
