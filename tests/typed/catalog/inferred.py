# pyright: reportAssertTypeFailure=false, reportAttributeAccessIssue=false
"""What the mypy plugin of django-stubs infers, while Pyright, which has no plugins, does not.

Fields are of an unknown type to Pyright, so that no use of them is an error.
"""

from __future__ import annotations

import datetime

from django.db.models.functions import Length

from bdmodels.models import BreakdownQuerySet
from tests.typed.checked import assert_type

from .models import (
    Article,
    ArticleQuerySet,
    Bargain,
    Brand,
    Customer,
    Invoice,
    Lamp,
    Product,
    ProductNote,
    Rating,
    Supplier,
    Visit,
)


def generated_managers() -> None:
    assert_type(Article.texts.all().long(), ArticleQuerySet)
    assert_type(Article.texts.long().with_parts(), ArticleQuerySet)
    assert_type(Article.bodies.long().with_parts().first(), Article | None)
    assert_type(Article.bodies.with_parts(), ArticleQuerySet)
    assert_type(Invoice.totals.large().get(), Invoice)
    assert_type(Customer.objects.named("Ada").first(), Customer | None)


def columns() -> None:
    products = Product.objects.with_parts()
    assert_type(list(products.values_list("seo_title", flat=True)), list[str])
    assert_type(list(products.values_list("title", "stock")), list[tuple[str, int]])
    assert_type(Product.objects.values_list("note", flat=True).first(), str | None)
    for row in products.annotate(length=Length("seo_title")):
        assert_type(row.seo_title, str)
        assert_type(row.length, int)


def fields(product: Product) -> None:
    assert_type(product.pk, int)
    assert_type(product.id, int)
    assert_type(product.title, str)
    assert_type(product.seo_title, str)
    assert_type(product.counted, datetime.date | None)
    assert_type(product.note, str | None)
    assert_type(product.supplier, Brand | None)
    assert_type(product.supplier_id, int | None)
    assert_type(Product(title="Chair", seo_title="A chair").seo_title, str)


def families(lamp: Lamp, bargain: Bargain, supplier: Supplier) -> None:
    assert_type(lamp.seo_title, str)
    assert_type(lamp.productnote_ptr, ProductNote | None)
    assert_type(lamp.replaced_by, Lamp | None)
    assert_type(bargain.stock, int)
    assert_type(supplier.name, str)
    assert_type(supplier.days, int)


def relations(customer: Customer, visit: Visit, rating: Rating) -> None:
    assert_type(customer.invoices.small(), BreakdownQuerySet[Invoice])
    assert_type(visit.product, Product)
    assert_type(visit.brand, Brand | None)
    assert_type(rating.product, Product)
    assert_type(rating.product.rating, Rating)
    assert_type(rating.product.visits.get(), Visit)


def wrong(product: Product) -> None:
    Product.objects.filter(seo_titel="x")  # type: ignore[misc]
    Product.objects.with_parts().only("seo_titel")  # type: ignore[misc]
    Product.objects.create(seo_titel="A lamp")  # type: ignore[misc]
    Product.objects.create(stock=object())  # type: ignore[misc]
    Product.objects.update(seo_titel="x")  # type: ignore[misc]
    Product(seo_titel="A lamp")  # type: ignore[misc]
    product.seo_title = 1.5  # type: ignore[assignment]
    # Links are no fields to the plugin.
    Product.objects.select_related("productnote_ptr")  # type: ignore[misc]
