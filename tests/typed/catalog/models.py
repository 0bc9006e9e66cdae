"""A product in four tables, and cores with managers of their own, as a project declares them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models

from bdmodels.fields import VirtualForeignKey, VirtualOneToOneField, VirtualParentLink
from bdmodels.models import (
    BreakdownManager,
    BreakdownModel,
    BreakdownQuerySet,
    BrokenDownManager,
    BrokenDownModel,
    BrokenDownQuerySet,
    PartModel,
)

if TYPE_CHECKING:
    from bdmodels.models import RelatedManager


class Brand(models.Model):
    name = models.CharField(max_length=50)
    # The foreign key is in a part: type checkers are told that it leads to the core.
    product_set: RelatedManager[Product]

    def __str__(self) -> str:
        return self.name


class ProductSearch(PartModel):
    slug = models.SlugField(blank=True, default="")
    seo_title = models.CharField(max_length=100, blank=True, default="")
    language = models.CharField(max_length=2, default="en")

    class Meta:
        indexes = [models.Index(fields=["seo_title"], name="product_seo_title")]
        unique_together = [("slug", "language")]


class ProductStock(PartModel):
    stock = models.IntegerField(default=0)
    counted = models.DateField(null=True, blank=True)
    supplier = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(stock__gte=0), name="stock_not_negative"),
        ]


class ProductNote(PartModel):
    note = models.CharField(max_length=100, null=True, blank=True)


class Product(BreakdownModel, ProductSearch, ProductStock, ProductNote):
    """No manager is declared: ``objects`` is a BreakdownManager."""

    code = models.CharField(max_length=20)
    title = models.CharField(max_length=50)
    price = models.IntegerField(default=0)
    # Declared, so that type checkers know them; the library adds the third, productstock_ptr.
    productsearch_ptr = VirtualParentLink(ProductSearch)
    productnote_ptr = VirtualParentLink(ProductNote, null=True)

    field_order = (
        "id",
        "title",
        "slug",
        "seo_title",
        "language",
        "code",
        "price",
        "stock",
        "counted",
        "supplier",
        "note",
    )

    def __str__(self) -> str:
        return self.title


class Bargain(Product):
    class Meta:
        proxy = True


class Lamp(Product):
    watts = models.IntegerField(default=0)
    replaced_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True)


class Named(BreakdownModel):
    name = models.CharField(max_length=50)

    class Meta:
        abstract = True


class SupplierTerms(models.Model):
    """A part with a key of its own: not a PartModel."""

    number = models.BigIntegerField(primary_key=True)
    days = models.IntegerField(default=30)


class SupplierManager(BreakdownManager["Supplier"]):
    def strict(self) -> BreakdownQuerySet[Supplier]:
        return self.filter(days__lt=10)


class Supplier(Named, SupplierTerms):
    objects: ClassVar[SupplierManager] = SupplierManager()

    def __str__(self) -> str:
        return self.name


class ArticleText(PartModel):
    body = models.TextField(default="")


class ArticleQuerySet(BreakdownQuerySet["Article"]):
    def long(self) -> ArticleQuerySet:
        return self.exclude(body="")


class ArticleManager(BreakdownManager["Article"]):
    def headed(self) -> BreakdownQuerySet[Article]:
        return self.exclude(heading="").with_parts("articletext_ptr")


class Article(BreakdownModel, ArticleText):
    heading = models.CharField(max_length=50)

    objects = ArticleManager()
    texts = BreakdownManager.from_queryset(ArticleQuerySet)()
    bodies = ArticleQuerySet.as_manager()

    def __str__(self) -> str:
        return self.heading


class CustomerAddress(PartModel):
    street = models.CharField(max_length=50, default="")


class CustomerQuerySet(models.QuerySet["Customer"]):
    """As it was before the split."""

    def named(self, name: str) -> CustomerQuerySet:
        return self.filter(name=name)


class Customer(BrokenDownModel, CustomerAddress):
    name = models.CharField(max_length=50)

    objects = CustomerQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class OldQuerySet(BrokenDownQuerySet["Invoice"]):
    def large(self) -> OldQuerySet:
        return self.filter(total__gt=1000)


class OldManager(BrokenDownManager["Invoice"]):
    def small(self) -> BreakdownQuerySet[Invoice]:
        return self.filter(total__lte=1000)


class InvoiceText(PartModel):
    text = models.TextField(default="")


class Invoice(BrokenDownModel, InvoiceText):
    """The names of broken-down-models."""

    total = models.IntegerField(default=0)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="invoices")

    objects = OldManager()
    totals = BrokenDownManager.from_queryset(OldQuerySet)()

    def __str__(self) -> str:
        return str(self.total)


class Visit(models.Model):
    """Counts what is no foreign key in the database: virtual relations over its own columns."""

    product_number = models.BigIntegerField()
    brand_number = models.BigIntegerField(null=True, blank=True)
    product = VirtualForeignKey(
        Product, from_field="product_number", on_delete=models.DO_NOTHING, related_name="visits"
    )
    brand = VirtualForeignKey(
        "catalog.Brand", from_field="brand_number", on_delete=models.DO_NOTHING, null=True
    )

    def __str__(self) -> str:
        return f"{self.product_number}"


class Rating(models.Model):
    product_number = models.BigIntegerField(unique=True)
    stars = models.IntegerField(default=0)
    product = VirtualOneToOneField(
        Product, from_field="product_number", on_delete=models.DO_NOTHING, related_name="rating"
    )

    def __str__(self) -> str:
        return f"{self.stars}"
