"""Writing: single objects, many, and the relations of parts."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from tests.typed.checked import assert_type

from .models import Article, Brand, Customer, Invoice, Product


def one(brand: Brand) -> Product:
    product = Product.objects.create(
        title="Lamp", code="LAMP", seo_title="A lamp", stock=3, supplier=brand
    )
    assert_type(product, Product)
    product.seo_title = "The lamp"
    product.save(update_fields=["seo_title"])
    product.note = None
    product.save()
    return product


def several(brand: Brand) -> list[Product]:
    with transaction.atomic():
        products = Product.objects.bulk_create(
            [Product(title=title, code=title, slug=title) for title in "abc"], batch_size=2
        )
        assert_type(products, list[Product])
        for product in products:
            product.stock = 5
        assert_type(Product.objects.bulk_update(products, ["stock", "title"]), int)
        assert_type(Product.objects.filter(slug="a").update(stock=F("stock") + 1, title="A"), int)
        found = Product.objects.update_or_create(slug="a", defaults={"seo_title": "a"})
        assert_type(found, tuple[Product, bool])
        assert_type(Product.objects.filter(slug="b").delete(), tuple[int, dict[str, int]])
    return products


def others() -> None:
    customer = Customer.objects.create(name="Ada", street="Long Street")
    Invoice.objects.create(customer=customer, total=5, text="For a lamp")
    Article.objects.create(heading="News", body="None.")


def wrong(product: Product) -> None:
    Product.objects.bulk_create(["Lamp"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    product.save(update_fields=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    product.save(force="yes")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
