"""`update()` and `bulk_update()`, whichever tables the values and conditions are of."""

import datetime

import pytest
from django.core.exceptions import FieldError
from django.db import models, transaction
from django.db.models import Case, Count, F, Max, Q, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, Upper

from tests.databases import chosen
from tests.shop import models as shop
from tests.shop.models import Product, ProductNote
from tests.wide import models as wide

pytestmark = pytest.mark.django_db

#: MySQL and MariaDB evaluate the assignments of one UPDATE from left to right, each with the
#: results of those before; the core gives what the other databases give.
on_old_values = pytest.mark.parametrize(
    "app", ["shop"] if chosen() == "mariadb" else ["wide", "shop"], indirect=True
)


@pytest.fixture
def rows(app):
    brand = app.Brand.objects.create(name="B")
    for i in range(3):
        app.Product.objects.create(
            title=f"t{i}", price=i, seo_title=f"s{i}", stock=10 * i, brand=brand
        )
    return app.Product.objects


def table(rows, *names):
    return list(rows.order_by("title").values_list(*names))


def test_one_value_of_a_part(rows):
    assert rows.update(seo_title="x") == 3
    assert table(rows, "title", "seo_title") == [("t0", "x"), ("t1", "x"), ("t2", "x")]


def test_values_of_several_tables(rows):
    assert rows.filter(price__gt=0).update(price=9, seo_title="x", stock=1) == 2
    assert table(rows, "price", "seo_title", "stock") == [(0, "s0", 0), (9, "x", 1), (9, "x", 1)]


def test_conditions_on_another_part(rows):
    assert (
        rows.filter(stock__gte=10, brand__name="B").exclude(seo_title="s1").update(seo_text="x")
        == 1
    )
    assert table(rows, "seo_text") == [("",), ("",), ("x",)]


def test_a_condition_on_the_value_that_changes(rows):
    assert rows.filter(stock=10, price=1).update(stock=99, price=98) == 1
    assert table(rows, "stock", "price")[1] == (99, 98)


def test_nothing_matches(rows):
    assert rows.filter(stock=-1).update(stock=5, seo_title="x") == 0
    assert rows.none().update(stock=5) == 0


def test_an_expression_within_a_part(rows):
    assert rows.update(stock=F("stock") + 1) == 3
    assert table(rows, "stock") == [(1,), (11,), (21,)]


def test_expressions_across_tables(rows):
    assert (
        rows.update(seo_title=Concat("title", Value("-"), "seo_title"), price=F("stock") + 1) == 3
    )
    assert table(rows, "seo_title", "price") == [("t0-s0", 1), ("t1-s1", 11), ("t2-s2", 21)]


@on_old_values
def test_right_hand_sides_see_the_values_from_before(rows):
    rows.update(price=F("stock"), stock=F("price"))
    assert table(rows, "price", "stock") == [(0, 0), (10, 1), (20, 2)]


@on_old_values
def test_a_local_expression_beside_one_across_tables(rows):
    rows.update(price=F("price") + 1, stock=F("price"), reserved=7)
    assert table(rows, "price", "stock", "reserved") == [(1, 0, 7), (2, 1, 7), (3, 2, 7)]


def test_conditional_values(rows):
    rows.update(seo_title=Case(When(price__gt=1, then=Value("dear")), default=Upper("title")))
    assert table(rows, "seo_title") == [("T0",), ("T1",), ("dear",)]


def test_a_relation_of_a_part(rows, app):
    other = app.Brand.objects.create(name="C")
    assert rows.filter(brand__name="B").update(brand=other) == 3
    assert other.product_set.count() == 3
    assert rows.update(brand_id=None) == 3
    assert not other.product_set.exists()


def test_an_annotation_as_value(rows):
    assert rows.annotate(sum=F("price") + F("stock")).update(reserved=F("sum")) == 3
    assert table(rows, "reserved") == [(0,), (11,), (22,)]


def test_ordered_and_selected_querysets(rows):
    assert rows.order_by("seo_title").select_related("brand").update(stock=1, title="x") == 3
    assert table(rows, "stock", "title") == [(1, "x")] * 3


def test_related_managers_update(rows, app):
    brand = app.Brand.objects.get()
    assert brand.product_set.update(stock=5, price=6) == 3
    assert brand.product_set.filter(stock=5).update(seo_title="x") == 3
    assert table(rows, "stock", "price", "seo_title") == [(5, 6, "x")] * 3


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"seo_title": F("brand__name")}, FieldError),
        ({"stock": F("brand__name"), "title": "x"}, FieldError),
        ({"stock": Max("price")}, FieldError),
        ({"stock": F("nonsense")}, FieldError),
        ({"tags": 1}, FieldError),
        ({"review": 1}, (FieldError, AttributeError)),  # the latter before Django 6.0
    ],
)
def test_what_one_table_refuses_is_refused(rows, values, error):
    with pytest.raises(error), transaction.atomic():
        rows.update(**values)
    assert table(rows, "title", "stock") == [("t0", 0), ("t1", 10), ("t2", 20)]


def test_an_unknown_field_is_refused(rows):
    with pytest.raises(Exception, match="nonsense"):
        rows.update(nonsense=1)


def test_a_slice_is_refused(rows):
    with pytest.raises(TypeError, match="Cannot update a query once a slice has been taken"):
        rows.all()[:2].update(stock=1)


def test_keys_of_parts_are_refused():
    with pytest.raises(FieldError, match="it is the key of a part"):
        Product.objects.update(productseo_id=1)


def test_a_sparse_value_is_stored_where_there_was_no_row(rows):
    assert rows.filter(price__gt=0).update(weight=5) == 2
    assert table(rows, "weight", "note") == [(None, None), (5, None), (5, None)]


def test_sparse_values_beside_others(rows):
    rows.filter(title="t1").update(note="old")
    assert rows.update(note="new", stock=3) == 3
    assert table(rows, "note", "stock", "weight") == [("new", 3, None)] * 3


def test_sparse_values_that_are_computed(rows):
    rows.filter(title="t1").update(weight=1)
    rows.update(weight=Coalesce("weight", 0) + 1)
    assert table(rows, "weight") == [(1,), (2,), (1,)]
    rows.update(weight=F("stock") + F("price"), note=F("title"))
    assert table(rows, "weight", "note") == [(0, "t0"), (11, "t1"), (22, "t2")]


def test_a_sparse_value_is_saved_where_there_was_no_row(rows):
    product = rows.get(title="t1")
    product.weight = 4
    product.save()
    assert table(rows, "weight") == [(None,), (4,), (None,)]
    product.note = "n"
    product.save(update_fields=["note"])
    assert rows.values_list("weight", "note").get(title="t1") == (4, "n")


def test_unsetting_sparse_values_makes_no_rows():
    Product.objects.create(title="t")
    assert Product.objects.update(weight=None, note=None) == 1
    assert not ProductNote.objects.exists()


def test_one_part_needs_one_statement(django_assert_num_queries):
    Product.objects.create(title="t", stock=1)
    with django_assert_num_queries(1):
        Product.objects.update(stock=2, reserved=F("reserved") + 1)
    assert Product.objects.values_list("stock", "reserved").get() == (2, 1)


# bulk_update()


def test_bulk_update_of_several_tables(rows):
    objs = list(rows.order_by("title"))
    for i, obj in enumerate(objs):
        obj.price, obj.seo_title, obj.weight = 100 + i, f"S{i}", i
    assert rows.bulk_update(objs, ["price", "seo_title", "weight"]) == 3
    assert table(rows, "price", "seo_title", "weight") == [
        (100, "S0", 0), (101, "S1", 1), (102, "S2", 2),
    ]  # fmt: skip


def test_bulk_update_of_unloaded_fields_keeps_them(rows):
    assert rows.bulk_update(list(rows.all()), ["seo_title", "brand"]) == 3
    assert table(rows, "seo_title", "brand__name") == [("s0", "B"), ("s1", "B"), ("s2", "B")]


@on_old_values
def test_bulk_update_with_expressions_across_tables(rows):
    objs = list(rows.order_by("title"))
    for obj in objs:
        obj.stock = F("price") + 1
        obj.price = F("stock")
    rows.bulk_update(objs, ["stock", "price"])
    assert table(rows, "stock", "price") == [(1, 0), (2, 10), (3, 20)]


def test_bulk_update_of_a_time_beside_an_expression_across_tables(rows):
    objs = list(rows.order_by("title"))
    moment = datetime.datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=datetime.timezone.utc)
    for obj in objs:
        obj.counted = moment
        obj.seo_title = F("title")
    rows.bulk_update(objs, ["counted", "seo_title"])
    assert table(rows, "counted", "seo_title") == [(moment, f"t{n}") for n in range(3)]


def test_fractions_are_rounded_for_integer_columns_as_the_database_does():
    def halves(model):
        for n in range(4):
            model.objects.create(title=f"t{n}", price=n)
        half = Case(
            When(price=1, then=Value(0.5)), When(price=3, then=Value(1.5)), default=Value(2.5)
        )
        model.objects.update(stock=Cast(half, models.FloatField()))
        return table(model.objects, "stock")

    assert halves(shop.Product) == halves(wide.Product)


def test_bulk_update_in_batches(rows):
    objs = list(rows.order_by("title"))
    for obj in objs:
        obj.seo_title = obj.title
    assert rows.bulk_update(objs, ["seo_title"], batch_size=2) == 3
    assert table(rows, "seo_title") == [("t0",), ("t1",), ("t2",)]


def test_update_with_a_subquery_of_the_same_model(rows):
    cheapest = rows.filter(price=0).values("pk")
    assert rows.filter(pk__in=cheapest).update(stock=77, seo_title="x") == 1
    assert table(rows, "stock", "seo_title")[0] == (77, "x")


def test_update_of_grouped_rows(rows):
    grouped = rows.annotate(n=Count("review")).filter(Q(n=0), stock__gt=0)
    assert grouped.update(seo_title="x", price=5) == 2
    assert table(rows, "seo_title", "price") == [("s0", 0), ("x", 5), ("x", 5)]


@pytest.mark.parametrize(
    "values",
    [
        {"stock": 5},
        {"stock": 5, "price": 6},
        {"stock": F("price") + 1, "price": 6},
        {"weight": 5, "price": 6},
    ],
    ids=str,
)
def test_rows_that_a_join_repeats_are_counted_once(rows, app, values):
    tags = [app.Tag.objects.create(name="x") for _ in range(2)]
    rows.get(title="t1").tags.add(*tags)
    assert rows.filter(Q(tags__name="x") | Q(price=0)).update(**values) == 2


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    "condition",
    [
        Q(),
        Q(pk__in=[1, 2]),
        Q(pk__gte=1, pk__lt=10**9),
        Q(pk=1) & Q(pk__lte=5),
    ],
    ids=str,
)
def test_rows_chosen_by_key_are_updated_in_the_part_alone(condition, django_assert_num_queries):
    with django_assert_num_queries(1) as captured:
        Product.objects.filter(condition).update(stock=5)
    assert '"shop_product"' not in captured[0]["sql"]


@pytest.mark.parametrize(
    "condition",
    [
        lambda first: Q(pk=first.pk) | Q(title="t1"),
        lambda first: ~Q(pk=first.pk) & ~Q(title="t2"),
        lambda first: Q(pk__in=[first.pk, -1], title="t0"),
        lambda first: Q(pk__in=type(first).objects.filter(title="t1").values("pk")),
        lambda first: Q(pk=F("price")) | Q(pk__gt=first.pk),
        lambda first: ~Q(pk=first.pk),
        lambda first: Q(pk__in=[]),
    ],
)
def test_conditions_on_the_key_choose_the_same_rows_in_parts(condition):
    def updated(app):
        rows = app.Product.objects
        for i in range(3):
            rows.create(title=f"t{i}", price=-i)
        count = rows.filter(condition(rows.get(title="t0"))).update(stock=7)
        return count, table(rows, "title", "stock")

    assert updated(shop) == updated(wide)
