"""Seeing lazy loads: the signal, collections, the log, the assertion, and what is no lazy load."""

import contextvars
import inspect
import logging
import pickle

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core import serializers
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Engine, Origin
from django.template.base import TextNode, Token, TokenType

from bdmodels import lazy_loads, stacks
from bdmodels.lazy_loads import assert_no_lazy_parts, collect, part_loaded_lazily
from bdmodels.loading import LazyPartLoad
from tests.shop.models import Bargain, Brand, Product, ProductNote, ProductSeo, ProductStock
from tests.zoo.models import Animal, Parrot

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def products():
    brand = Brand.objects.create(name="B")
    return [
        Product.objects.create(title=f"t{i}", seo_title=f"s{i}", stock=i, brand=brand)
        for i in range(3)
    ]


def facts(loads):
    return [(load.model, load.part, load.attname, load.rows) for load in loads]


def test_a_load_is_announced_once_for_all_rows_of_its_query():
    received = []

    def note(sender, load, **kwargs):
        received.append((sender, load))

    part_loaded_lazily.connect(note)
    try:
        line = inspect.currentframe().f_lineno + 1
        assert [p.seo_title for p in Product.objects.order_by("pk")] == ["s0", "s1", "s2"]
    finally:
        part_loaded_lazily.disconnect(note)
    [(sender, load)] = received
    assert sender is load.core is load.model is Product
    assert (load.part, load.link, load.attname) == (ProductSeo, "productseo_ptr", "seo_title")
    assert (load.rows, load.using) == (3, "default")
    assert 0 < load.duration < 10
    assert load.suggestion == 'with_parts("productseo_ptr")'
    assert load.place[:2] == (__file__, line)
    assert "p.seo_title for p in" in load.place.text
    assert load.stack[-1] == load.place


def test_rows_are_the_objects_that_got_values():
    one, two, three = Product.objects.order_by("pk")
    two.refresh_from_db(fields=["stock"])
    with collect() as loads:
        assert (one.stock, three.stock) == (0, 2)
    assert facts(loads) == [(Product, ProductStock, "stock", 2)]


def test_each_part_is_told_by_itself_a_sparse_one_too():
    with collect() as loads:
        product = Product.objects.first()
        assert (product.note, product.brand.name) == (None, "B")
    assert facts(loads) == [
        (Product, ProductNote, "note", 1),
        (Product, ProductSeo, "brand_id", 1),
    ]


def test_a_proxy_is_named_and_belongs_to_its_core():
    with collect() as loads:
        assert [b.seo_title for b in Bargain.objects.order_by("pk")] == ["s0", "s1", "s2"]
    assert [(load.core, load.model, load.rows) for load in loads] == [(Product, Bargain, 3)]


def test_a_child_of_a_core_belongs_to_it():
    Parrot.objects.create(name="p")
    with collect() as loads:
        parrot = Parrot.objects.get()
        for part in Parrot._meta.part_fields:
            getattr(parrot, Parrot._meta.part_fields[part][0].attname)
    assert {load.model for load in loads} == {Parrot}
    assert {load.core for load in loads} == {Animal, Parrot}
    for load in loads:
        assert Parrot.objects.with_parts(load.link).get()
        assert load.core._meta.get_field(load.link).related_model is load.part


@pytest.mark.django_db(databases=["default", "other"])
def test_the_database_is_named():
    Product(title="x").save(using="other")
    with collect() as loads:
        assert Product.objects.using("other").get().stock == 0
    assert [load.using for load in loads] == ["other"]


@pytest.mark.only_on(django=(6, 1))
def test_fetch_peers_is_told_once():
    from django.db.models import FETCH_ONE, FETCH_PEERS

    with collect() as loads:
        assert sum(p.stock for p in Product.objects.fetch_mode(FETCH_PEERS)) == 3
        assert sum(p.stock for p in Product.objects.fetch_mode(FETCH_ONE)) == 3
    assert facts(loads) == [(Product, ProductStock, "stock", rows) for rows in (3, 1, 1, 1)]


def test_an_object_that_gets_another_key_tells_of_the_row_it_came_from():
    product = Product.objects.order_by("pk").last()
    product.pk = None
    with collect() as loads:
        assert product.stock == 2
    assert facts(loads) == [(Product, ProductStock, "stock", 1)]


def bulk_create(product):
    product.pk = None
    product._state.adding = True
    Product.objects.bulk_create([product])


def save_elsewhere(product):
    Brand.objects.get().save(using="other")
    product.save(using="other")


def save_as_new(product):
    product.pk = None
    product._state.adding = True
    product.save()


def serialize(product):
    assert '"seo_title": "s0"' in serializers.serialize("json", Product.objects.order_by("pk"))


ON_PURPOSE = [
    bulk_create,
    save_elsewhere,
    save_as_new,
    serialize,
    lambda product: product.delete(),
    lambda product: Product.objects.all().delete(),
    lambda product: product.refresh_from_db(),
    lambda product: product.refresh_from_db(fields=["stock"]),
    lambda product: product.refresh_from_db(all_parents=True),
    lambda product: product.save(),
    lambda product: Product.objects.update(stock=8),
    lambda product: Product.objects.with_parts().get(pk=product.pk).seo_title,
    lambda product: pickle.loads(pickle.dumps(product)),
    lambda product: product.getattr_if_loaded("stock"),
]


@pytest.mark.django_db(databases=["default", "other"])
@pytest.mark.parametrize("do", ON_PURPOSE)
@pytest.mark.parametrize("way", ["allow", "raise"])
def test_what_is_loaded_on_purpose_is_no_lazy_load(do, way, settings):
    product = Product.objects.order_by("pk").first()
    settings.BDMODELS_LAZY_PARTS = way
    with assert_no_lazy_parts():
        do(product)


def test_totals_count_what_nobody_watches(monkeypatch):
    monkeypatch.setattr(lazy_loads, "take_stack", None)  # Calling it would raise.
    before = lazy_loads.totals().get(("shop.Product", "shop.ProductStock"), 0)
    for product in Product.objects.all():
        assert product.stock in range(3)
    assert Product.objects.first().stock == 0
    assert lazy_loads.totals()["shop.Product", "shop.ProductStock"] == before + 2


def test_a_line_of_a_template_is_a_place(tmp_path):
    (tmp_path / "list.html").write_text("{% for p in products %}\n  {{ p.stock }}\n{% endfor %}\n")
    template = Engine(dirs=[str(tmp_path)]).get_template("list.html")
    with collect() as loads:
        template.render(Context({"products": Product.objects.all()}))
    [load] = loads
    assert load.place == (str(tmp_path / "list.html"), 2, "template", "{{ p.stock }}")
    lines = [frame.line for frame in load.stack if frame.file.endswith("list.html")]
    assert lines == [1, 2]
    assert f'{tmp_path / "list.html"}:2 in template ("{{{{ p.stock }}}}")' in str(load)


def test_a_template_without_a_file_is_no_obstacle():
    with collect() as loads:
        Engine().from_string("{{ p.stock }}").render(Context({"p": Product.objects.first()}))
    assert [load.place.function for load in loads] == ["template"]


@pytest.mark.parametrize(
    ("folder", "own"), [("django/contrib", False), ("bdmodels", False), ("django_tables2", True)]
)
def test_templates_of_django_and_bdmodels_are_not_the_project_s(folder, own):
    root = stacks.FOLDERS["bdmodels" if folder == "bdmodels" else "django"].parent
    origin = Origin(str(root / folder / "templates" / "x.html"))
    node = TextNode("x")
    node.origin, node.token = origin, Token(TokenType.TEXT, "x", lineno=3)
    line = stacks.template_line(node)
    assert [raw[1:] for raw in line] == [(origin.name, 3, "template")]
    assert (stacks.own_frame(line) is not None) == own


def test_the_log_names_all_that_it_takes_to_avoid_the_load(settings, caplog):
    settings.BDMODELS_LAZY_PARTS = "log"
    with caplog.at_level(logging.WARNING, "bdmodels.lazy_loads"):
        line = inspect.currentframe().f_lineno + 1
        assert sum(p.stock for p in Product.objects.all()) == 3
    [record] = caplog.records
    assert record.levelname == "WARNING"
    assert record.load.part is ProductStock
    message = record.getMessage()
    load = "Part shop.ProductStock of shop.Product was loaded lazily for 3 rows"
    assert message.startswith(f"{load} at {__file__}:{line} in ")
    assert message.endswith('; load it with the query by with_parts("productstock_ptr").')


def test_nothing_is_logged_by_default(caplog):
    assert Product.objects.first().stock == 0
    assert not caplog.records


@pytest.mark.parametrize("name", ["BDMODELS_LAZY_PARTS", "BDMODELS_PART_LOADING"])
def test_lazy_loads_can_be_forbidden(name, settings, django_assert_num_queries):
    product = Product.objects.first()
    setattr(settings, name, "raise")
    advice = r'load it with the query by with_parts\("productstock_ptr"\)'
    with django_assert_num_queries(0), pytest.raises(LazyPartLoad, match=advice):
        product.stock  # noqa: B018


@pytest.mark.only_on(django=(6, 1))
def test_lazy_loads_of_peers_are_forbidden_too(settings, django_assert_num_queries):
    from django.db.models import FETCH_PEERS

    settings.BDMODELS_LAZY_PARTS = "raise"
    one, _, _ = Product.objects.fetch_mode(FETCH_PEERS)
    with django_assert_num_queries(0), pytest.raises(LazyPartLoad):
        one.stock  # noqa: B018


def test_an_unknown_answer_to_lazy_parts_is_refused(settings):
    product = Product.objects.first()
    settings.BDMODELS_LAZY_PARTS = "warn"
    with pytest.raises(ImproperlyConfigured, match="'allow', 'log' or 'raise'"):
        product.stock  # noqa: B018


def test_the_assertion_lists_every_load_and_counts_those_of_one_place():
    with pytest.raises(AssertionError) as caught, assert_no_lazy_parts():  # noqa: PT012
        for _ in range(2):
            assert Product.objects.first().stock == 0
        assert len({p.seo_title for p in Product.objects.all()}) == 3
    first, *lines = str(caught.value).splitlines()
    assert first == "3 parts were loaded lazily:"
    assert len(lines) == 2
    assert "shop.ProductStock of shop.Product was loaded lazily for 1 row at" in lines[0]
    assert lines[0].endswith('by with_parts("productstock_ptr") (2 times)')
    assert "shop.ProductSeo of shop.Product was loaded lazily for 3 rows at" in lines[1]


def test_the_assertion_holds_where_parts_come_with_the_query():
    with assert_no_lazy_parts():
        assert sum(p.stock for p in Product.objects.with_parts("productstock_ptr")) == 3


def test_an_error_in_the_block_is_not_replaced_by_the_assertion():
    with pytest.raises(ZeroDivisionError), assert_no_lazy_parts():
        assert Product.objects.first().stock / 0


def test_another_thread_is_seen_by_the_assertion_and_not_by_a_collection():
    product = Product.objects.first()
    with collect() as loads, lazy_loads.listen() as all_loads:
        contextvars.Context().run(lambda: product.stock)  # A thread begins with an empty context.
    assert (facts(loads), facts(all_loads)) == ([], [(Product, ProductStock, "stock", 1)])


@pytest.mark.django_db(transaction=True)
def test_a_collection_follows_asynchronous_code_and_tasks_do_not_mix():
    import asyncio

    async def one(attname):
        with collect() as loads:
            product = await Product.objects.afirst()
            await asyncio.sleep(0)
            await sync_to_async(getattr)(product, attname)
        return [load.attname for load in loads]

    async def both():
        return await asyncio.gather(one("stock"), one("seo_title"))

    assert async_to_sync(both)() == [["stock"], ["seo_title"]]


def test_collections_nest_and_end():
    with collect() as outer:
        with collect() as inner:
            assert Product.objects.first().stock == 0
        assert Product.objects.first().stock == 0
    assert Product.objects.first().stock == 0
    assert (len(outer), len(inner)) == (2, 1)


def test_a_receiver_that_raises_makes_the_read_fail():
    def refuse(**kwargs):
        raise PermissionError

    part_loaded_lazily.connect(refuse)
    try:
        with pytest.raises(PermissionError):
            Product.objects.first().stock  # noqa: B018
    finally:
        part_loaded_lazily.disconnect(refuse)


def test_a_row_that_is_gone_is_no_load():
    product = Product.objects.first()
    Product.objects.filter(pk=product.pk).delete()
    with assert_no_lazy_parts(), pytest.raises(Product.DoesNotExist):
        product.stock  # noqa: B018
