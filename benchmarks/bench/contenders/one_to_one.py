"""Side models by hand, with a one-to-one field as their key."""

from typing import Any

from asgiref.sync import sync_to_async
from django.db import models, transaction
from django.db.models import Model, QuerySet

from bench import columns

from . import base
from .base import Span, Values


class Contender(base.Contender):
    name = "one_to_one"

    def build(self) -> type[Model]:
        key = self.shape.kind_of_key.automatic()
        core = self.model("Product", (models.Model,), columns.CORE, id=key)
        self.accessors = {}
        for number, dealt in enumerate(self.shape.dealt):
            accessor = f"part{number}"
            link = models.OneToOneField(
                core, models.CASCADE, primary_key=True, related_name=accessor
            )
            self.parts.append(self.model(f"Part{number}", (models.Model,), dealt, product=link))
            self.accessors |= {column.name: accessor for column in dealt}
        self.text_accessor = self.accessors[columns.MOVED_TEXT]
        self.all_accessors = [f"part{number}" for number in range(self.shape.parts)]
        self.changed_part = self.parts[self.shape.part_of(columns.MOVED_CHANGED)]
        self.names = [
            (model, [column.name for column in dealt])
            for model, dealt in zip(
                [core, *self.parts], [columns.CORE, *self.shape.dealt], strict=True
            )
        ]
        return core

    def with_part(self, queryset: QuerySet) -> QuerySet:
        return queryset.select_related(self.text_accessor)

    def with_all(self, queryset: QuerySet) -> QuerySet:
        return queryset.select_related(*self.all_accessors)

    def read(self, product: Any, name: str) -> Any:
        return getattr(getattr(product, self.accessors[name]), name)

    def lookup(self, name: str) -> str:
        return f"{self.accessors[name]}__{name}"

    def changed(self, product: Any) -> Any:
        """The side object of a product, with a new value in its changing column."""
        part = getattr(product, self.accessors[columns.MOVED_CHANGED])
        part.views = next(self.numbers)
        return part

    def save_moved(self, key: Any) -> None:
        product = self.products.get(pk=key)
        part = self.changed(product)
        with transaction.atomic():
            product.save()
            part.save()

    def save_moved_field(self, key: Any) -> None:
        part = self.changed(self.products.get(pk=key))
        part.save(update_fields=[columns.MOVED_CHANGED])

    def bulk_update_moved(self, keys: list[Any]) -> None:
        products = self.with_part(self.products.filter(pk__in=keys))
        parts = [self.changed(product) for product in products]
        self.changed_part.objects.bulk_update(parts, [columns.MOVED_CHANGED])

    def update_moved(self, span: Span) -> None:
        rows = self.changed_part.objects.filter(pk__gte=span[0], pk__lte=span[1])
        rows.update(views=next(self.numbers))

    def create(self, values: Values) -> Any:
        (core, own), *parts = self.names
        with transaction.atomic():
            product = core.objects.create(**{name: values[name] for name in own})
            for part, names in parts:
                part.objects.create(product=product, **{name: values[name] for name in names})
        return product

    async def acreate(self, values: Values) -> Any:
        # Django has no asynchronous transactions.
        return await sync_to_async(self.create)(values)

    def bulk_create(self, batch: list[Values]) -> Any:
        (core, own), *parts = self.names
        with transaction.atomic():
            products = core.objects.bulk_create(
                [core(**{name: values[name] for name in own}) for values in batch]
            )
            for part, names in parts:
                part.objects.bulk_create(
                    [
                        part(product=product, **{name: values[name] for name in names})
                        for product, values in zip(products, batch, strict=True)
                    ]
                )
        return products
