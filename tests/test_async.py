"""Asynchronous code."""

import functools

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import SynchronousOnlyOperation
from django.db.models import Sum

from tests.shop.models import Brand, Product

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.compatibility(
        "Asynchronous ORM",
        holds="The `a...` methods of models, querysets and related managers do what those of the "
        "wide model do.",
        limits="A part cannot be loaded by reading one of its fields; load it by `with_parts()`.",
    ),
]


@pytest.fixture(autouse=True)
def product():
    return Product.objects.create(title="t", seo_title="s", stock=3, note="n")


def asynchronous(test):
    @functools.wraps(test)
    def run(**fixtures):
        return async_to_sync(test)(**fixtures)

    return run


@asynchronous
async def test_parts_that_are_asked_for_are_there():
    async for found in Product.objects.with_parts("productseo_ptr"):
        assert found.seo_title == "s"
    found = await Product.objects.with_parts().aget(stock=3)
    assert (found.stock, found.note) == (3, "n")


@asynchronous
async def test_lazy_loading_is_refused_with_advice():
    found = await Product.objects.aget()
    with pytest.raises(SynchronousOnlyOperation, match=r'with_parts\("productstock_ptr"\)'):
        found.stock  # noqa: B018


@asynchronous
async def test_refreshing_loads_parts():
    found = await Product.objects.aget()
    await found.arefresh_from_db(fields=["stock"])
    assert (found.stock, found.reserved) == (3, 0)


@asynchronous
async def test_writing():
    found = await Product.objects.acreate(title="u", seo_title="v", note="w")
    found.seo_title, found.stock = "V", 7
    await found.asave()
    again = await Product.objects.with_parts().aget(pk=found.pk)
    assert (again.seo_title, again.stock, again.note) == ("V", 7, "w")
    assert await Product.objects.filter(stock=7).aupdate(stock=8, title="U") == 1
    assert await Product.objects.values_list("stock", "title").aget(pk=found.pk) == (8, "U")
    await Product.objects.abulk_create([Product(title="x", stock=9)])
    assert await Product.objects.filter(stock=9).acount() == 1
    assert (await found.adelete())[0] == 1
    made, created = await Product.objects.aupdate_or_create(slug="z", defaults={"stock": 1})
    assert (made.stock, created) == (1, True)


@asynchronous
async def test_related_managers():
    brand = await Brand.objects.acreate(name="B")
    made = await brand.product_set.acreate(title="u", stock=5)
    assert [p.title async for p in brand.product_set.filter(stock=5)] == ["u"]
    await brand.product_set.aremove(made)
    assert not await brand.product_set.aexists()


@asynchronous
async def test_methods_of_querysets(app):
    products = app.Product.objects
    await products.all().adelete()
    made, created = await products.aget_or_create(slug="a", defaults={"title": "a", "stock": 1})
    again, repeated = await products.aget_or_create(slug="a", defaults={"stock": 9})
    assert (created, repeated, again == made, made.stock) == (True, False, True, 1)
    await products.abulk_create([app.Product(title=t, stock=i, note=t) for i, t in enumerate("bc")])
    rows = [product async for product in products.order_by("pk")]
    for product in rows:
        product.title, product.stock = product.title.upper(), 10
    await products.abulk_update(rows, ["title", "stock"])
    assert (await products.aaggregate(total=Sum("stock")))["total"] == 30
    assert sorted([row.title async for row in products.aiterator()]) == ["A", "B", "C"]
    assert await products.filter(note="b").aexists()
    assert (await products.filter(stock=10).order_by("pk").afirst()).title == "A"
    assert (await products.filter(note__isnull=False).order_by("note").alast()).title == "C"
    assert sorted(await products.ain_bulk([made.pk])) == [made.pk]
    label = app.Product._meta.label
    assert await products.filter(stock=10, note="c").adelete() == (1, {label: 1})
    assert await products.acontains(made)
    assert await products.acount() == 2
