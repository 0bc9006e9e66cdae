"""Deletion: the core, its parts unseen, and what depends on either."""

import pytest
from django.db import connection
from django.db.models import ProtectedError
from django.db.models.signals import post_delete, pre_delete
from django.test.utils import CaptureQueriesContext

from tests.shop.models import Brand, Product, ProductNote, ProductSeo, ProductStock, Review
from tests.zoo.models import (
    Animal,
    AnimalBody,
    AnimalCare,
    Bird,
    Footnote,
    Meter,
    Page,
    PageText,
    Parrot,
    ParrotWords,
    Pet,
)

pytestmark = pytest.mark.django_db

FAMILY = (Product, ProductSeo, ProductStock, ProductNote)


def counts(*models):
    return [model._base_manager.count() for model in models]


@pytest.fixture
def products():
    return [Product.objects.create(title=f"t{i}", note="n", stock=i) for i in range(3)]


def test_deleting_an_object_deletes_its_parts(products):
    assert products[0].delete() == (1, {"shop.Product": 1})
    assert products[0].pk is None
    assert counts(*FAMILY) == [2, 2, 2, 2]


def test_deleting_an_object_with_unloaded_parts(products):
    assert Product.objects.first().delete()[0] == 1
    assert counts(*FAMILY) == [2, 2, 2, 2]


def test_a_deleted_object_keeps_its_values(app):
    app.Product.objects.create(title="t", seo_title="s", stock=4, note="n")
    product = app.Product.objects.get()
    product.delete()
    assert (product.seo_title, product.stock, product.note) == ("s", 4, "n")
    product.save()
    assert app.Product.objects.values_list("seo_title", "stock", "note").get() == ("s", 4, "n")


def test_values_for_a_deleted_object_are_read_in_one_query(products):
    product = Product.objects.get(title="t0")
    with CaptureQueriesContext(connection) as captured:
        product.delete()
    reading = [q["sql"] for q in captured if "seo_title" in q["sql"]]
    assert len(reading) == 1
    assert all(name in reading[0] for name in ("seo_title", "stock", "note"))


def test_deleting_a_queryset(products):
    assert Product.objects.filter(stock__gt=0).delete() == (2, {"shop.Product": 2})
    assert counts(*FAMILY) == [1, 1, 1, 1]


def test_deleting_all(products):
    Product.objects.all().delete()
    assert counts(*FAMILY) == [0, 0, 0, 0]


def test_deleting_many_needs_no_statement_per_row(django_assert_max_num_queries):
    Product.objects.bulk_create([Product(title="t", note="n") for _ in range(50)])
    with django_assert_max_num_queries(14):
        Product.objects.all().delete()
    assert counts(*FAMILY) == [0, 0, 0, 0]


def test_what_is_deleted_is_reported_as_before(app):
    product = app.Product.objects.create(title="t")
    product.tags.add(app.Tag.objects.create(name="x"))
    app.Review.objects.create(product=product, text="r")
    app.Warranty.objects.create(product=product)
    label = app.Product._meta.app_label
    expected = {"Product": 1, "Review": 1, "Warranty": 1, "Product_tags": 1}
    total, by_model = app.Product.objects.filter(seo_title="").delete()
    assert (total, by_model) == (4, {f"{label}.{k}": n for k, n in expected.items()})


def test_a_cascade_over_a_field_of_a_part_deletes_cores(app):
    brand = app.Brand.objects.create(name="B")
    for i in range(3):
        product = app.Product.objects.create(title=f"t{i}", brand=brand, note="n")
        app.Review.objects.create(product=product, text="r")
    app.Product.objects.create(title="other")
    label = app.Product._meta.app_label
    assert brand.delete()[1] == {
        f"{label}.Brand": 1, f"{label}.Product": 3, f"{label}.Review": 3,
    }  # fmt: skip
    assert app.Product.objects.get().title == "other"


def test_a_cascade_leaves_no_rows_of_parts(django_assert_max_num_queries):
    brand = Brand.objects.create(name="B")
    for i in range(20):
        Product.objects.create(title=f"t{i}", brand=brand, note="n")
    with django_assert_max_num_queries(16):
        brand.delete()
    assert counts(*FAMILY) == [0, 0, 0, 0]


def test_a_cascade_over_a_field_of_the_core(app):
    brand = app.Brand.objects.create(name="B")
    app.Product.objects.create(title="t", maker=brand, note="n")
    brand.delete()
    assert not app.Product.objects.exists()
    assert counts(*FAMILY) == [0, 0, 0, 0]


def test_protected_objects_are_cores(app):
    supplier = app.Supplier.objects.create(name="S")
    product = app.Product.objects.create(title="t", supplier=supplier)
    with pytest.raises(
        ProtectedError, match=r"protected foreign keys: 'Product\.supplier'"
    ) as info:
        supplier.delete()
    assert info.value.protected_objects == {product}
    assert type(info.value.protected_objects.pop()) is app.Product


def test_set_null_over_a_field_of_a_part(app):
    old = app.Product.objects.create(title="old")
    for i in range(3):
        app.Product.objects.create(title=f"t{i}", successor=old)
    assert old.delete()[0] == 1
    assert app.Product.objects.filter(successor=None).count() == 3


def test_signals_are_about_cores_and_tell_everything():
    Product.objects.create(title="t", seo_title="s", stock=4)
    seen = []

    def before(sender, instance, **kwargs):
        seen.append(("pre", sender.__name__))

    def after(sender, instance, **kwargs):
        seen.append(("post", sender.__name__, instance.seo_title, instance.stock, instance.note))

    pre_delete.connect(before)
    post_delete.connect(after)
    try:
        Product.objects.filter(title="t").delete()
    finally:
        pre_delete.disconnect(before)
        post_delete.disconnect(after)
    assert seen == [("pre", "Product"), ("post", "Product", "s", 4, None)]


def test_listeners_do_not_cause_a_query_per_row(django_assert_max_num_queries):
    def after(instance, **kwargs):
        assert instance.seo_title == ""

    Product.objects.bulk_create([Product(title="t") for _ in range(30)])
    post_delete.connect(after, sender=Product)
    try:
        with django_assert_max_num_queries(16):
            Product.objects.all().delete()
    finally:
        post_delete.disconnect(after, sender=Product)
    assert counts(*FAMILY) == [0, 0, 0, 0]


def test_raw_deletion_takes_the_parts_along(products):
    assert Product.objects.filter(title="t1")._raw_delete("default") == 1
    assert counts(*FAMILY) == [2, 2, 2, 2]


def test_deleting_by_a_proxy():
    Animal.objects.create(name="Rex", keeper="Bo")
    assert Pet.objects.get().delete() == (1, {"zoo.Pet": 1})
    assert counts(Animal, AnimalBody, AnimalCare) == [0, 0, 0]


def test_deleting_a_child_deletes_the_family_above():
    Bird.objects.create(name="Tit")
    Parrot.objects.create(name="Polly", words=3)
    assert Bird.objects.get(name="Tit").delete() == (2, {"zoo.Bird": 1, "zoo.Animal": 1})
    assert counts(Animal, AnimalBody, AnimalCare, Bird) == [1, 1, 1, 1]
    Parrot.objects.all().delete()
    assert counts(Animal, AnimalBody, AnimalCare, Bird, Parrot, ParrotWords) == [0] * 6


def test_deleting_a_core_deletes_its_child():
    Parrot.objects.create(name="Polly", words=3)
    Animal.objects.get().delete()
    assert counts(Animal, AnimalBody, AnimalCare, Bird, Parrot, ParrotWords) == [0] * 6


def test_deleting_a_child_but_not_its_core():
    Parrot.objects.create(name="Polly", words=3, keeper="Bo")
    Parrot.objects.get().delete(keep_parents=True)
    assert counts(Parrot, ParrotWords) == [0, 0]
    assert Bird.objects.get().keeper == "Bo"


def test_keeping_parents_of_a_core_is_nothing_special(products):
    products[0].delete(keep_parents=True)
    assert counts(*FAMILY) == [2, 2, 2, 2]


def test_what_points_to_a_part_goes_with_it():
    page = Page.objects.create(text="x")
    Footnote.objects.create(on_id=page.pk)
    _, by_model = Page.objects.filter(pk=page.pk).delete()
    assert by_model == {"zoo.Page": 1, "zoo.Footnote": 1}
    assert counts(Page, PageText, Footnote) == [0, 0, 0]


def test_a_tree_is_deleted():
    root = Page.objects.create(text="root")
    for _ in range(2):
        Page.objects.create(parent=Page.objects.create(parent=root, text="x"), text="y")
    root.delete()
    assert counts(Page, PageText) == [0, 0]


def test_only_the_rows_of_the_deleted_object_go(products):
    Review.objects.create(product=products[1], text="stays")
    products[0].delete()
    assert Review.objects.get().product.stock == 1


@pytest.mark.django_db(databases=["default", "other"])
def test_deleting_in_another_database(products):
    Product.objects.using("other").create(title="t", note="n")
    Product.objects.using("other").get().delete()
    assert counts(*FAMILY) == [3, 3, 3, 3]
    assert [m.objects.using("other").count() for m in FAMILY] == [0, 0, 0, 0]


def test_an_object_without_a_row_can_be_deleted_while_somebody_listens():
    told = []

    def listen(instance, **kwargs):
        told.append(instance.serial)

    post_delete.connect(listen, sender=Meter)
    try:
        assert Meter(pk=5, serial="a").delete()[0] == 0
    finally:
        post_delete.disconnect(listen, sender=Meter)
    assert told == ["a"]


def test_an_object_that_refers_to_itself_by_a_part():
    product = Product.objects.create(title="t", note="n")
    Product.objects.filter(pk=product.pk).update(successor=product)
    Product.objects.filter(pk=product.pk)._raw_delete("default")
    assert not Product.objects.exists()
