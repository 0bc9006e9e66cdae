"""What contenders have in common: the operations, as code for a plain model spells them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from django.db import connection, models
from django.db.models import Model, QuerySet, Sum

from bench import columns
from bench.columns import Column
from bench.shape import Shape

Span = tuple[Any, Any]
Values = dict[str, Any]


class Contender:
    """One way to store the columns, and its idiom for each operation.

    A subclass says how its models are built and overrides what its idiom spells differently. The
    method of an operation has the operation's name; its one argument is made by the method of
    :class:`bench.arguments.Arguments` that the operation names.
    """

    name: str
    #: Operations that have no meaning here, or that Django refuses.
    unsupported: frozenset[str] = frozenset()
    core: type[Model]
    parts: list[type[Model]]

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.parts = []
        self.core = self.build()
        self.sale = self.model(
            "Sale",
            (models.Model,),
            id=models.BigIntegerField(primary_key=True),
            # It keeps nothing from being deleted.
            product=models.ForeignKey(
                self.core, models.DO_NOTHING, db_constraint=False, related_name="+"
            ),
        )
        self.numbers = count(1)
        self.one_of_each_part = [dealt[0].name for dealt in shape.dealt]
        self.summed = self.lookup(columns.MOVED_SUMMED)
        self.filtered = self.lookup(columns.MOVED_FILTERED)

    # The models

    def build(self) -> type[Model]:
        """Build the models; sets ``parts`` and returns the one that stands for the row."""
        raise NotImplementedError

    def model(
        self,
        name: str,
        bases: tuple[Any, ...],
        own: Sequence[Column] = (),
        table: str = "",
        **fields: Any,
    ) -> type[Model]:
        """A model whose table is named after this contender and, by default, after the model."""
        table = f"{self.name}_{table or name.lower()}"
        meta = type("Meta", (), {"app_label": "bench", "db_table": table})
        fields |= {column.name: column.field() for column in own}
        attributes = {"__module__": "bench.models", "Meta": meta, **fields}
        return type(bases[0])(name, bases, attributes)

    def tables(self) -> list[type[Model]]:
        """The models in an order in which their rows can be inserted."""
        return [self.core, *self.parts]

    def ddl_models(self) -> list[type[Model]]:
        """The models from which the tables are created."""
        return self.tables()

    @contextmanager
    def statements(self) -> Iterator[list[Any]]:
        """A list that has all statements made inside, BEGIN and COMMIT included, afterwards."""
        made: list[Any] = []
        connection.queries_log.clear()
        connection.force_debug_cursor = True
        try:
            yield made
        finally:
            connection.force_debug_cursor = False
            made += connection.queries_log

    # The idiom

    @property
    def products(self) -> QuerySet:
        return self.core.objects.all()

    def with_part(self, queryset: QuerySet) -> QuerySet:
        """The rows with the part that holds the moved text."""
        return queryset

    def with_all(self, queryset: QuerySet) -> QuerySet:
        return queryset

    def read(self, product: Any, name: str) -> Any:
        return getattr(product, name)

    def lookup(self, name: str) -> str:
        """What a filter calls a moved column."""
        return name

    def between(self, span: Span) -> QuerySet:
        return self.products.filter(pk__gte=span[0], pk__lte=span[1])

    def find(self, keys: list[Any]) -> list[Any]:
        return [self.products.get(pk=key) for key in keys]

    def fields_loaded(self) -> list[models.Field]:
        """The fields that a query without further ado reads."""
        return list(self.core._meta.concrete_fields)

    def fetched(self, span: Span) -> Any:
        names = [field.attname for field in self.fields_loaded()]
        return names, list(self.between(span).values_list(*names))

    # Reads

    def get(self, key: Any) -> Any:
        return self.products.get(pk=key)

    async def aget(self, key: Any) -> Any:
        return await self.products.aget(pk=key)

    def get_moved(self, key: Any) -> Any:
        return self.read(self.products.get(pk=key), columns.MOVED_TEXT)

    def get_part(self, key: Any) -> Any:
        return self.read(self.with_part(self.products).get(pk=key), columns.MOVED_TEXT)

    def get_all(self, key: Any) -> Any:
        product = self.with_all(self.products).get(pk=key)
        return [self.read(product, name) for name in self.one_of_each_part]

    def list_core(self, span: Span) -> Any:
        return list(self.between(span))

    def list_moved(self, span: Span) -> Any:
        return [self.read(product, columns.MOVED_CHANGED) for product in self.between(span)]

    def list_part(self, span: Span) -> Any:
        products = self.with_part(self.between(span))
        return [self.read(product, columns.MOVED_CHANGED) for product in products]

    def list_all(self, span: Span) -> Any:
        products = self.with_all(self.between(span))
        return [self.read(product, name) for product in products for name in self.one_of_each_part]

    def related(self, span: Span) -> Any:
        sales = self.sale.objects.filter(pk__gte=span[0], pk__lte=span[1])
        return [sale.product.title for sale in sales.select_related("product")]

    def from_db(self, fetched: Any) -> Any:
        names, rows = fetched
        return [self.core.from_db("default", names, row) for row in rows]

    def filter_core(self, seller: int) -> Any:
        return list(self.products.filter(seller=seller).order_by("-created")[:50])

    def filter_moved(self, supplier: int) -> Any:
        return list(self.products.filter(**{self.filtered: supplier}))

    def sum_core(self, _: None) -> Any:
        return self.products.aggregate(total=Sum(columns.SUMMED))

    def sum_moved(self, _: None) -> Any:
        return self.products.aggregate(total=Sum(self.summed))

    # Writes

    def save_core(self, key: Any) -> None:
        product = self.products.get(pk=key)
        product.sold = next(self.numbers)
        product.save()

    async def asave(self, key: Any) -> None:
        product = await self.products.aget(pk=key)
        product.sold = next(self.numbers)
        await product.asave()

    def save_core_field(self, key: Any) -> None:
        product = self.products.get(pk=key)
        product.sold = next(self.numbers)
        product.save(update_fields=[columns.CHANGED])

    def save_loaded(self, key: Any) -> None:
        product = self.with_all(self.products).get(pk=key)
        product.sold = next(self.numbers)
        product.save()

    def save_moved(self, key: Any) -> None:
        product = self.products.get(pk=key)
        product.views = next(self.numbers)
        product.save()

    def save_moved_field(self, key: Any) -> None:
        product = self.products.get(pk=key)
        product.views = next(self.numbers)
        product.save(update_fields=[columns.MOVED_CHANGED])

    def bulk_update_core(self, keys: list[Any]) -> None:
        products = list(self.products.filter(pk__in=keys))
        for product in products:
            product.sold = next(self.numbers)
        self.products.bulk_update(products, [columns.CHANGED])

    def bulk_update_moved(self, keys: list[Any]) -> None:
        products = list(self.products.filter(pk__in=keys))
        for product in products:
            product.views = next(self.numbers)
        self.products.bulk_update(products, [columns.MOVED_CHANGED])

    def update_core(self, span: Span) -> None:
        self.between(span).update(sold=next(self.numbers))

    def update_moved(self, span: Span) -> None:
        self.between(span).update(views=next(self.numbers))

    def create(self, values: Values) -> Any:
        return self.products.create(**values)

    async def acreate(self, values: Values) -> Any:
        return await self.products.acreate(**values)

    def bulk_create(self, batch: list[Values]) -> Any:
        return self.products.bulk_create([self.core(**values) for values in batch])

    def delete(self, product: Any) -> None:
        product.delete()

    async def adelete(self, product: Any) -> None:
        await product.adelete()

    def delete_many(self, span: Span) -> None:
        self.between(span).delete()
