"""`bulk_create()`: the core's rows, then those of each part, with every option."""

import pytest
from django.db import IntegrityError, connection, transaction

from tests.shop.models import Product, ProductNote, ProductSeo
from tests.zoo.models import Asset, Bird, Country

pytestmark = pytest.mark.django_db

NAMES = ("title", "price", "slug", "seo_title", "stock", "note")


def rows(app):
    return list(app.Product.objects.order_by("title").values_list(*NAMES))


def test_rows_of_all_tables_are_created(app):
    brand = app.Brand.objects.create(name="B")
    objs = [app.Product(title=f"t{i}", seo_title=f"s{i}", stock=i, brand=brand) for i in range(3)]
    assert app.Product.objects.bulk_create(objs) == objs
    assert rows(app) == [(f"t{i}", 0, None, f"s{i}", i, None) for i in range(3)]
    assert brand.product_set.count() == 3
    assert all(obj.pk and not obj._state.adding and obj._state.db == "default" for obj in objs)


def test_created_objects_can_be_saved_again(app):
    objs = app.Product.objects.bulk_create([app.Product(title=f"t{i}") for i in range(2)])
    for obj in objs:
        obj.seo_title, obj.note = obj.title.upper(), "n"
        obj.save()
    assert [row[3:] for row in rows(app)] == [("T0", 0, "n"), ("T1", 0, "n")]


def test_one_statement_per_table(django_assert_max_num_queries):
    with django_assert_max_num_queries(6) as captured:
        Product.objects.bulk_create([Product(title="t", note="n") for _ in range(50)])
    assert len([q for q in captured if q["sql"].startswith(("INSERT", "COPY"))]) == 4


def test_sparse_rows_only_where_something_is_set():
    Product.objects.bulk_create([Product(title="a"), Product(title="b", note="n")])
    assert [n.product.title for n in ProductNote.objects.all()] == ["b"]
    assert ProductSeo.objects.count() == 2


def test_batches(app):
    objs = [app.Product(title=f"t{i:02}", stock=i) for i in range(25)]
    app.Product.objects.bulk_create(objs, batch_size=10)
    assert [row[4] for row in rows(app)] == list(range(25))


def test_keys_given_and_not_given(app):
    objs = [app.Product(title="a", pk=500, stock=1), app.Product(title="b", stock=2)]
    app.Product.objects.bulk_create(objs)
    assert [row[4] for row in rows(app)] == [1, 2]
    assert app.Product.objects.get(pk=500).stock == 1


def test_nothing_to_create(app):
    assert app.Product.objects.bulk_create([]) == []


def test_auto_fields_are_set(app):
    app.Product.objects.bulk_create([app.Product(title="t")])
    assert app.Product.objects.get().counted is not None


def test_a_conflict_leaves_nothing_behind(app):
    objs = [app.Product(title="a", slug="x"), app.Product(title="b", slug="x")]
    with pytest.raises(IntegrityError), transaction.atomic():
        app.Product.objects.bulk_create(objs)
    assert rows(app) == []


def test_conflicts_in_a_part_are_ignored(app):
    app.Product.objects.create(title="a", slug="x", stock=1)
    objs = [app.Product(title="b", slug="x", stock=2), app.Product(title="c", slug="y", stock=3)]
    app.Product.objects.bulk_create(objs, ignore_conflicts=True)
    assert rows(app) == [("a", 0, "x", "", 1, None), ("c", 0, "y", "", 3, None)]


def test_conflicts_of_the_key_are_ignored(app):
    app.Product.objects.create(id=3, title="a", stock=1)
    app.Product.objects.bulk_create(
        [app.Product(id=3, title="b", stock=2), app.Product(id=4, title="c", stock=3)],
        ignore_conflicts=True,
    )
    assert rows(app) == [("a", 0, None, "", 1, None), ("c", 0, None, "", 3, None)]


@pytest.mark.only_on("sqlite", "postgresql")
def test_conflicts_of_the_key_are_updated(app):
    app.Product.objects.create(id=3, title="a", stock=1, seo_title="s")
    app.Product.objects.bulk_create(
        [app.Product(id=3, title="b", stock=2), app.Product(id=4, title="c", stock=3)],
        update_conflicts=True,
        update_fields=["stock", "title"],
        unique_fields=["pk"],
    )
    assert rows(app) == [("b", 0, None, "s", 2, None), ("c", 0, None, "", 3, None)]


@pytest.mark.only_on("sqlite", "postgresql")
def test_conflicts_in_a_part_are_updated(app):
    app.Product.objects.create(title="a", slug="x", stock=1)
    app.Product.objects.bulk_create(
        [
            app.Product(title="b", slug="x", stock=2, note="n"),
            app.Product(title="c", slug="y", stock=3),
        ],
        update_conflicts=True,
        update_fields=["stock", "title", "note"],
        unique_fields=["slug"],
    )
    assert rows(app) == [("b", 0, "x", "", 2, "n"), ("c", 0, "y", "", 3, None)]


@pytest.mark.only_on("mariadb")
def test_conflicts_are_updated_without_naming_them(app):
    app.Product.objects.create(title="a", slug="x", stock=1)
    app.Product.objects.bulk_create(
        [app.Product(title="b", slug="x", stock=2), app.Product(title="c", slug="y", stock=3)],
        update_conflicts=True,
        update_fields=["stock", "title"],
    )
    assert rows(app) == [("b", 0, "x", "", 2, None), ("c", 0, "y", "", 3, None)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ignore_conflicts": True, "update_conflicts": True}, "mutually exclusive"),
        ({"update_conflicts": True}, "must be provided"),
        (
            {"update_conflicts": True, "update_fields": ["id"], "unique_fields": ["slug"]},
            "primary key",
        ),
        (
            {"update_conflicts": True, "update_fields": ["tags"], "unique_fields": ["slug"]},
            "concrete",
        ),
        ({"batch_size": -1}, "positive integer"),
    ],
)
def test_impossible_options_are_refused(app, options, message):
    if connection.vendor == "mysql":
        options = {k: v for k, v in options.items() if k != "unique_fields"}
    with pytest.raises((ValueError, AssertionError), match=message):
        app.Product.objects.bulk_create([app.Product(title="t", slug="x")], **options)


def test_other_keys():
    Asset.objects.bulk_create([Asset(name="a", path="p"), Asset(name="b", path="q")])
    assert dict(Asset.objects.values_list("name", "path")) == {"a": "p", "b": "q"}
    Country.objects.bulk_create([Country(code="de", name="D", population=83)])
    assert Country.objects.get(population=83).pk == "de"


def test_multi_table_children_are_refused_as_ever():
    with pytest.raises(ValueError, match="multi-table inherited"):
        Bird.objects.bulk_create([Bird(name="x")])


def test_proxies(app):
    app.Bargain.objects.bulk_create([app.Bargain(title="t", stock=3, note="n")])
    assert rows(app) == [("t", 0, None, "", 3, "n")]


def test_copies_of_objects_with_unloaded_parts(app):
    app.Product.objects.create(title="a", seo_title="s", stock=3, note="n")
    copies = list(app.Product.objects.all())
    for copy in copies:
        copy.pk = None
    app.Product.objects.bulk_create(copies)
    assert rows(app) == [("a", 0, None, "s", 3, "n")] * 2


def test_creating_by_a_related_manager(app):
    brand = app.Brand.objects.create(name="B")
    brand.product_set.bulk_create([app.Product(title="a", brand=brand)])
    assert brand.product_set.get().title == "a"


@pytest.mark.django_db(databases=["default", "other"])
def test_creating_in_another_database(app):
    app.Product.objects.using("other").bulk_create(
        [app.Product(title="a", seo_title="s", note="n")]
    )
    assert app.Product.objects.using("other").values_list("seo_title", "note").get() == ("s", "n")
    assert rows(app) == []


def test_in_bulk_by_a_unique_field_of_a_part(app):
    one = app.Product.objects.create(title="a", slug="x", stock=4)
    found = app.Product.objects.in_bulk(["x", "y"], field_name="slug")
    assert found == {"x": one}
    assert found["x"].stock == 4
