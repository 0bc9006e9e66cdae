"""django-debug-toolbar: the panel of the parts that a request loaded lazily."""

import json
import re

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from debug_toolbar.toolbar import DebugToolbar
from django.http import HttpResponse
from django.template import engines
from django.urls import include, path, reverse

from tests.ecosystem.split.models import Product

PANEL = "bdmodels.contrib.debug_toolbar.LazyPartsPanel"

pytestmark = [
    pytest.mark.urls(__name__),
    pytest.mark.compatibility(
        "django-debug-toolbar",
        package="django-debug-toolbar",
        holds=(
            "A panel lists the parts that a request loaded lazily: model, part, rows, time, stack, "
            "and the `with_parts()` call that avoids the load; in asynchronous views, too."
        ),
        needs=(
            "`bdmodels.contrib.debug_toolbar.LazyPartsPanel` in `DEBUG_TOOLBAR_PANELS`: "
            "[how to](../howto/lazy-loads.md)."
        ),
    ),
]

PAGE = "<html><body>{% for p in products %}{{ p.stock }} {% endfor %}</body></html>"


def page(products):
    return HttpResponse(engines["django"].from_string(PAGE).render({"products": products}))


def lazy(request):
    return page(Product.objects.all())


def eager(request):
    return page(Product.objects.with_parts("productstock_ptr"))


def repeated(request):
    found = [Product.objects.get(slug=slug) for slug in "abc"]
    return page([*found, *Product.objects.all()])


async def asynchronous(request):
    products = [product async for product in Product.objects.all()]
    return await sync_to_async(page)(products)


def failing(request):
    return Product.objects.first().stock / 0


urlpatterns = [
    *[path(f"{v.__name__}/", v) for v in (lazy, eager, repeated, asynchronous, failing)],
    path("__debug__/", include("debug_toolbar.urls", namespace="djdt")),
]


@pytest.fixture(autouse=True)
def toolbar(settings):
    settings.DEBUG = True
    settings.INTERNAL_IPS = ["127.0.0.1"]
    settings.DEBUG_TOOLBAR_PANELS = [
        "debug_toolbar.panels.sql.SQLPanel",
        "debug_toolbar.panels.templates.TemplatesPanel",
        PANEL,
    ]
    settings.MIDDLEWARE = [
        "debug_toolbar.middleware.DebugToolbarMiddleware",
        *settings.MIDDLEWARE,
    ]


@pytest.fixture
def products(toolbar, db):
    for stock, slug in enumerate("abc"):
        Product.objects.create(title=f"t{slug}", slug=slug, stock=stock)


def shown(client, response):
    """The panel's statistics, its button, and its content as the toolbar fetches it."""
    html = response.content.decode()
    request_id = re.search(r'data-request-id="([^"]+)"', html)[1]
    url = reverse("djdt:render_panel")
    query = {"request_id": request_id, "panel_id": "LazyPartsPanel"}
    content = client.get(url, query).json()["content"]
    panel = DebugToolbar.fetch(request_id, "LazyPartsPanel").get_panel_by_id("LazyPartsPanel")
    return panel.get_stats(), html, content


def test_a_part_that_is_loaded_lazily_is_listed(client, products):
    stats, html, content = shown(client, client.get("/lazy/"))
    assert "0 1 2" in html
    assert "Lazy parts" in html
    assert re.search(r"<small>\s*1 load\s*</small>", html)
    [group] = stats["groups"]
    assert (group["model"], group["part"]) == ("split.Product", "split.ProductStock")
    assert (group["count"], group["rows"], group["attnames"]) == (1, 3, ["stock"])
    assert 0 < group["milliseconds"] == stats["milliseconds"] < 10_000
    assert any(frame[:3:2] == [__file__, "page"] for frame in group["stack"])
    assert json.loads(json.dumps(stats)) == stats
    for text in ("split.ProductStock", "with_parts(&quot;productstock_ptr&quot;)", __file__):
        assert text in content
    assert "style=" not in content  # A Content-Security-Policy may refuse it.


def test_parts_that_come_with_the_query_are_not_listed(client, products):
    stats, html, content = shown(client, client.get("/eager/"))
    assert "0 1 2" in html
    assert (stats["count"], stats["groups"]) == (0, [])
    assert "No part was loaded lazily in this request." in content


def test_loads_from_one_place_are_counted(client, products):
    stats, html, content = shown(client, client.get("/repeated/"))
    assert stats["count"] == 4
    [group] = stats["groups"]
    assert (group["count"], group["rows"]) == (4, 6)
    assert "4 loads" in html
    assert "<strong>4&times;</strong>" in content


def test_requests_do_not_see_each_other(client, products):
    client.get("/lazy/")
    assert Product.objects.first().stock == 0
    assert shown(client, client.get("/lazy/"))[0]["count"] == 1


def test_collecting_ends_with_a_request_that_fails(client, products):
    from bdmodels import lazy_loads

    with pytest.raises(ZeroDivisionError):
        client.get("/failing/")
    assert lazy_loads._collecting.get() == ()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("view", ["lazy", "asynchronous"])
def test_a_request_of_an_asynchronous_server_is_watched(client, async_client, products, view):
    response = async_to_sync(async_client.get)(f"/{view}/")
    stats, html, _ = shown(client, response)
    assert "0 1 2" in html
    assert [(g["part"], g["rows"]) for g in stats["groups"]] == [("split.ProductStock", 3)]


@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_time_are_kept_apart(client, async_client, products):
    import asyncio

    async def get():
        return await asyncio.gather(*map(async_client.get, ["/asynchronous/", "/eager/"] * 2))

    responses = async_to_sync(get)()
    assert [shown(client, response)[0]["count"] for response in responses] == [1, 0, 1, 0]


def test_the_panel_can_be_switched_off(client, products):
    client.cookies["djdtLazyPartsPanel"] = "off"
    html = client.get("/lazy/").content.decode()
    assert "0 1 2" in html
    assert not re.search(r"<small>\s*1 load\s*</small>", html)
