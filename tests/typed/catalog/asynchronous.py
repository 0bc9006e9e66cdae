"""The same in asynchronous code."""

from __future__ import annotations

from tests.typed.checked import assert_type

from .models import Article, Product


async def read() -> list[str]:
    product = await Product.objects.with_parts("productsearch_ptr").aget(slug="a")
    assert_type(product, Product)
    assert_type(await Product.objects.filter(stock=0).afirst(), Product | None)
    await product.arefresh_from_db(from_queryset=Product.objects.with_parts())
    titles = []
    async for found in Product.objects.with_parts():
        assert_type(found, Product)
        titles.append(found.seo_title)
    return titles


async def write() -> None:
    assert_type(
        await Product.objects.abulk_create([Product(title="d", code="D", slug="d")]), list[Product]
    )
    assert_type(await Product.objects.filter(title="d").aupdate(seo_title="D"), int)
    assert_type(
        await Product.objects.all().abulk_create([Product(title="e", code="E", slug="e")]),
        list[Product],
    )
    article = await Article.objects.acreate(heading="News", body="Some.")
    assert_type(article, Article)
    await article.asave(update_fields=["body"])


async def wrong() -> None:
    title: str = await Product.objects.aget(slug="a")  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    print(title)
    await Product.objects.with_parts("productsearch_ptr")  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues]
