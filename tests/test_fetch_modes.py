"""Django's fetch modes (since 6.1), on fields of parts."""

import pytest

from tests.shop.models import Brand, Product, Review

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.only_on(django=(6, 1)),
    pytest.mark.compatibility(
        "Fetch modes",
        holds="`FETCH_ONE`, `FETCH_PEERS` and `RAISE` (Django 6.1) decide about parts as about "
        "deferred fields; without a mode, parts come for all rows of the query.",
    ),
]


@pytest.fixture
def modes():
    from django.db import models

    return models


@pytest.fixture(autouse=True)
def products():
    brand = Brand.objects.create(name="B")
    for i in range(3):
        Product.objects.create(title=f"t{i}", price=i, stock=i, brand=brand)


def test_without_a_mode_parts_come_for_all_rows(django_assert_num_queries):
    with django_assert_num_queries(2):
        assert [p.stock for p in Product.objects.order_by("pk")] == [0, 1, 2]


def test_fetch_one_is_obeyed(modes, django_assert_num_queries):
    with django_assert_num_queries(4):
        found = Product.objects.order_by("pk").fetch_mode(modes.FETCH_ONE)
        assert [p.stock for p in found] == [0, 1, 2]


def test_fetch_one_brings_the_whole_part(modes, django_assert_num_queries):
    product = Product.objects.fetch_mode(modes.FETCH_ONE).first()
    with django_assert_num_queries(1):
        assert (product.stock, product.reserved) == (0, 0)


def test_fetch_peers_brings_parts_and_fields_for_all_rows(modes, django_assert_num_queries):
    with django_assert_num_queries(3):
        found = Product.objects.order_by("pk").defer("price").fetch_mode(modes.FETCH_PEERS)
        assert [(p.stock, p.reserved, p.price) for p in found] == [(0, 0, 0), (1, 0, 1), (2, 0, 2)]


def test_fetch_peers_brings_related_objects_over_a_part(modes, django_assert_num_queries):
    with django_assert_num_queries(3):
        found = Product.objects.order_by("pk").fetch_mode(modes.FETCH_PEERS)
        assert [p.brand.name for p in found] == ["B", "B", "B"]


def test_fetch_peers_keeps_assigned_values(modes):
    one, two, _ = Product.objects.order_by("pk").fetch_mode(modes.FETCH_PEERS)
    two.reserved = 9
    assert one.reserved == 0
    assert two.reserved == 9


def test_raise_is_obeyed(modes, django_assert_num_queries):
    from django.core.exceptions import FieldFetchBlocked

    product = Product.objects.fetch_mode(modes.FETCH_RAISE).first()
    with django_assert_num_queries(0), pytest.raises(FieldFetchBlocked, match=r"Product\.stock"):
        product.stock  # noqa: B018
    found = Product.objects.with_parts("productstock_ptr").fetch_mode(modes.FETCH_RAISE).first()
    assert found.stock == 0


def test_the_mode_of_another_model_reaches_the_core(modes, django_assert_num_queries):
    for product in Product.objects.all():
        Review.objects.create(product=product, text="x")
    with django_assert_num_queries(3):
        found = Review.objects.order_by("pk").fetch_mode(modes.FETCH_PEERS)
        assert [r.product.stock for r in found] == [0, 1, 2]


def test_a_mode_can_be_asked_of_a_related_manager(modes, django_assert_num_queries):
    brand = Brand.objects.get()
    with django_assert_num_queries(4):
        found = brand.product_set.order_by("pk").fetch_mode(modes.FETCH_ONE)
        assert [p.stock for p in found] == [0, 1, 2]
    with django_assert_num_queries(4):
        assert len([p.stock for p in brand.product_set.fetch_mode(modes.FETCH_ONE)]) == 3


@pytest.mark.parametrize("name", ["product", "predecessors", "product_set"])
def test_related_objects_are_peers_whatever_mode_django_hands_on(name, django_assert_num_queries):
    products = list(Product.objects.all())
    for product in products:
        Review.objects.create(product=product, text="x")
        Product.objects.create(title="old", successor=product)
    model = {"product": Review, "predecessors": Product, "product_set": Brand}[name]
    found = []
    for obj in model.objects.prefetch_related(name):
        related = getattr(obj, name)
        found += [related] if name == "product" else related.all()
    assert len(found) == 3
    with django_assert_num_queries(1):
        assert {p.reserved for p in found} == {0}


def test_the_setting_does_not_override_an_explicit_mode(modes, settings, django_assert_num_queries):
    settings.BDMODELS_PART_LOADING = "one"
    with django_assert_num_queries(2):
        found = Product.objects.order_by("pk").fetch_mode(modes.FETCH_PEERS)
        assert [p.stock for p in found] == [0, 1, 2]


def test_modes_survive_pickling(modes):
    import pickle

    product = pickle.loads(pickle.dumps(Product.objects.fetch_mode(modes.FETCH_ONE).first()))
    assert product.stock == 0
