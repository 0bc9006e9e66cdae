"""Pickles and copies of objects and querysets."""

import copy
import pickle

import pytest
from django.core.cache import cache

from tests.shop.models import Product
from tests.zoo.models import Animal, Asset, Bird, Pet

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.compatibility(
        "Pickling and copying",
        holds="Objects and querysets are pickled, copied and cached, with loaded and unloaded "
        "parts; `obj.pk = None` copies the row with all its parts.",
    ),
]

PROTOCOLS = range(2, pickle.HIGHEST_PROTOCOL + 1)


@pytest.fixture
def product(app):
    brand = app.Brand.objects.create(name="B")
    return app.Product.objects.create(title="t", seo_title="s", stock=3, brand=brand, note="n")


def same(obj, protocol=pickle.HIGHEST_PROTOCOL):
    return pickle.loads(pickle.dumps(obj, protocol))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_saved_object(product, protocol):
    found = same(product, protocol)
    assert found == product
    assert (found.seo_title, found.stock, found.note, found.brand.name) == ("s", 3, "n", "B")


def test_an_unsaved_object(app):
    found = same(app.Product(title="t", seo_title="s"))
    assert (found.pk, found.title, found.seo_title) == (None, "t", "s")
    found.save()
    assert app.Product.objects.get().seo_title == "s"


def test_an_object_with_unloaded_parts(product, app):
    found = same(app.Product.objects.get())
    app.Product.objects.update(stock=4)
    assert (found.seo_title, found.brand.name) == ("s", "B")
    found.title = "new"
    found.save()
    assert app.Product.objects.values_list("title", "seo_title").get() == ("new", "s")


def test_unloaded_parts_stay_unloaded(django_assert_num_queries):
    Product.objects.create(title="t", seo_title="s")
    product = Product.objects.with_parts("productseo_ptr").get()
    with django_assert_num_queries(0):
        found = same(product)
        assert found.seo_title == "s"
    with django_assert_num_queries(1):
        assert found.stock == 0


def test_objects_of_one_query_are_peers_no_more(django_assert_num_queries):
    Product.objects.bulk_create([Product(title="t", stock=i) for i in range(3)])
    found = same(list(Product.objects.order_by("pk")))
    with django_assert_num_queries(3):
        assert [p.stock for p in found] == [0, 1, 2]


def test_a_pickle_does_not_hold_the_peers():
    Product.objects.bulk_create([Product(title="t" * 40) for _ in range(100)])
    one = Product.objects.first()
    many = Product.objects.all()[0:100]
    assert abs(len(pickle.dumps(one)) - len(pickle.dumps(many[0]))) < 50


def test_a_queryset(product, app):
    query = same(app.Product.objects.filter(seo_title="s").order_by("stock").query)
    queryset = app.Product.objects.all()
    queryset.query = query
    assert queryset.get() == product
    evaluated = same(app.Product.objects.filter(stock=3))
    assert [p.title for p in evaluated] == ["t"]


def test_a_queryset_with_parts(django_assert_num_queries):
    Product.objects.create(title="t", stock=3)
    queryset = same(Product.objects.with_parts("productstock_ptr"))
    with django_assert_num_queries(0):
        assert queryset[0].stock == 3
    with django_assert_num_queries(1):
        assert queryset.filter(title="t").get().stock == 3


def test_querysets_of_the_users_own_class(django_assert_num_queries):
    Animal.objects.create(name="Rex")
    queryset = same(Animal.objects.quiet().with_parts())
    assert type(queryset) is type(Animal.objects.all())
    with django_assert_num_queries(1):
        assert queryset.quiet().get().legs == 4


def test_prefetched_objects(product, app):
    brand = app.Brand.objects.prefetch_related("product_set").get()
    found = same(brand)
    assert [p.seo_title for p in found.product_set.all()] == ["s"]


@pytest.mark.parametrize("model", [Pet, Bird, Asset])
def test_other_kinds_of_models(model):
    obj = model.objects.create(name="x")
    found = same(model.objects.get())
    assert found == obj
    assert type(found) is model


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_copies_do_not_share_values(product, app, copied):
    one = app.Product.objects.get()
    other = copied(one)
    other.seo_title = "changed"
    assert one.seo_title == "s"
    other.stock = 5
    other.save()
    assert app.Product.objects.values_list("seo_title", "stock").get() == ("changed", 5)


@pytest.mark.parametrize("loaded", [True, False])
def test_a_row_is_copied_by_setting_its_key_to_none(product, app, loaded):
    one = app.Product.objects.get()
    if loaded:
        assert (one.seo_title, one.stock, one.note) == ("s", 3, "n")
    first = one.pk
    one.pk, one._state.adding = None, True
    one.title = "copy"
    one.save()
    assert one.pk != first
    names = ("title", "seo_title", "stock", "note", "brand__name")
    rows = app.Product.objects.order_by("pk").values_list(*names)
    assert list(rows) == [("t", "s", 3, "n", "B"), ("copy", "s", 3, "n", "B")]


def test_an_object_comes_back_from_the_cache(product, app):
    cache.set("product", app.Product.objects.get())
    found = cache.get("product")
    cache.clear()
    assert (found, found.seo_title, found.note) == (product, "s", "n")


def test_copies_of_querysets(product, app):
    queryset = copy.deepcopy(app.Product.objects.filter(stock=3).select_related("brand"))
    assert queryset.get().brand.name == "B"
