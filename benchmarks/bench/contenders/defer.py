"""One table with all columns, and a manager that defers the moved ones unless asked for them."""

from django.db import models
from django.db.models import Model, QuerySet

from bench import columns

from . import wide
from .base import Span


class Contender(wide.Contender):
    name = "defer"

    def build(self) -> type[Model]:
        moved = [column.name for column in columns.MOVED]
        part = self.shape.dealt[self.shape.part_of(columns.MOVED_TEXT)]
        self.other_parts = sorted(set(moved) - {column.name for column in part})
        self.deferred_of_product = [f"product__{name}" for name in moved]

        class LeanManager(models.Manager):
            def get_queryset(self) -> QuerySet:
                return super().get_queryset().defer(*moved)

        key = self.shape.kind_of_key.automatic()
        own = [*columns.CORE, *columns.MOVED]
        return self.model("Product", (models.Model,), own, id=key, objects=LeanManager())

    def with_part(self, queryset: QuerySet) -> QuerySet:
        return queryset.defer(None).defer(*self.other_parts)

    def with_all(self, queryset: QuerySet) -> QuerySet:
        return queryset.defer(None)

    def fields_loaded(self) -> list[models.Field]:
        moved = {column.name for column in columns.MOVED}
        return [field for field in super().fields_loaded() if field.name not in moved]

    def related(self, span: Span) -> object:
        sales = self.sale.objects.filter(pk__gte=span[0], pk__lte=span[1])
        sales = sales.select_related("product").defer(*self.deferred_of_product)
        return [sale.product.title for sale in sales]
