"""Asynchronous code."""

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import SynchronousOnlyOperation

from tests.shop.models import Brand, Product

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def product():
    return Product.objects.create(title="t", seo_title="s", stock=3, note="n")


def asynchronous(test):
    def run(*args):
        return async_to_sync(test)(*args)

    run.__name__ = test.__name__
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
