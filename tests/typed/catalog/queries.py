"""Reading: what a checker knows of querysets, rows and single objects."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from bdmodels.models import BreakdownManager, BreakdownQuerySet
from tests.typed.checked import assert_type

from .models import (
    Article,
    Bargain,
    Brand,
    Customer,
    Invoice,
    Lamp,
    Product,
    ProductNote,
    ProductSearch,
    Supplier,
)


def managers() -> None:
    assert_type(Product.objects, BreakdownManager[Product])
    assert_type(Product.objects.all(), BreakdownQuerySet[Product])
    assert_type(Article.objects.headed(), BreakdownQuerySet[Article])
    assert_type(Article.objects.with_parts(), BreakdownQuerySet[Article])
    assert_type(Invoice.objects.small(), BreakdownQuerySet[Invoice])
    assert_type(Bargain.objects.with_parts(), BreakdownQuerySet[Bargain])
    assert_type(Lamp.objects.filter(watts=5, seo_title="x").first(), Lamp | None)
    assert_type(Supplier.objects.strict().with_parts(), BreakdownQuerySet[Supplier])


def parts_of_rows() -> None:
    products = Product.objects.with_parts("productsearch_ptr", "productstock_ptr")
    assert_type(products, BreakdownQuerySet[Product])
    assert_type(Product.objects.fetch_all_parents(), BreakdownQuerySet[Product])
    assert_type(products.fetch_all_parents(), BreakdownQuerySet[Product])
    assert_type(products.filter(seo_title="x", stock__gt=1), BreakdownQuerySet[Product])
    assert_type(
        products.exclude(Q(supplier__name="x")).order_by("seo_title")[:3],
        BreakdownQuerySet[Product],
    )
    assert_type(products.only("title", "seo_title"), BreakdownQuerySet[Product])
    assert_type(products.defer("seo_title").select_related("supplier"), BreakdownQuerySet[Product])
    assert_type(
        products.select_for_update(of=("self", "productsearch_ptr")), BreakdownQuerySet[Product]
    )
    for product in products:
        assert_type(product, Product)
    assert_type(products.get(slug="a"), Product)
    assert_type(products.first(), Product | None)
    assert_type(products.in_bulk([1]), dict[Any, Product])
    assert_type(list(products.iterator()), list[Product])


def objects(product: Product) -> None:
    assert_type(product.productsearch_ptr, ProductSearch)
    assert_type(product.productnote_ptr, ProductNote | None)
    assert_type(product.getattr_if_loaded("seo_title", default=""), Any)
    product.refresh_from_db(all_parents=True)
    product.refresh_from_db(fields=["seo_title"], from_queryset=Product.objects.with_parts())
    assert_type(product.delete(), tuple[int, dict[str, int]])


def missing() -> Product | None:
    try:
        return Product.objects.get(slug="desk")
    except Product.DoesNotExist:
        return None


def relations(brand: Brand) -> None:
    assert_type(brand.product_set.with_parts(), BreakdownQuerySet[Product])
    assert_type(brand.product_set.get(), Product)
    brand.product_set.add(Product(title="Chair", slug="chair"), bulk=False)


def wrong(product: Product) -> None:
    Product.objects.with_parts(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Product.objects.all().with_parts(ProductSearch)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Product.objects.fetch_all_parents("productsearch_ptr")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    product.refresh_from_db(all_parents="yes")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    product.getattr_if_loaded()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    print(product.seo_titel)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    product.productsearch_ptr = Brand()  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    print(product.productstock_ptr)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    print(Product.nonsense)  # type: ignore[attr-defined]  # pyright: ignore[reportArgumentType]
    Article.texts.shrot()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    Customer.objects.with_parts()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
