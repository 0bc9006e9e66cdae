"""Querysets: what is loaded, and every method with fields of any table."""

import datetime

import pytest
from django.core.exceptions import FieldError
from django.db import transaction
from django.db.models import (
    Avg,
    BooleanField,
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    Window,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Length, RowNumber, Upper

from tests.shop import models as shop
from tests.shop.models import Product
from tests.wide import models as wide

pytestmark = pytest.mark.django_db


@pytest.fixture
def products(app):
    brand = app.Brand.objects.create(name="B")
    for i in range(4):
        app.Product.objects.create(
            title=f"t{i}", price=i, slug=f"g{i}", seo_title=f"s{i % 2}", stock=10 * i,
            brand=brand if i else None, note="n" if i == 2 else None,
        )  # fmt: skip
    return app.Product.objects


def titles(queryset):
    return [p.title for p in queryset]


def loaded(product):
    return [
        name
        for name in ("title", "price", "seo_title", "seo_text", "stock", "note")
        if name in product.__dict__
    ]


# What is loaded


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        (lambda q: q.all(), ["title", "price"]),
        (lambda q: q.with_parts("productseo_ptr"), ["title", "price", "seo_title", "seo_text"]),
        (lambda q: q.select_related("productseo_ptr"), ["title", "price", "seo_title", "seo_text"]),
        (lambda q: q.with_parts("productnote_ptr"), ["title", "price", "note"]),
        (
            lambda q: q.with_parts("productseo_ptr").with_parts("productstock_ptr"),
            ["title", "price", "seo_title", "seo_text", "stock"],
        ),
        (lambda q: q.with_parts(), ["title", "price", "seo_title", "seo_text", "stock", "note"]),
        (lambda q: q.with_parts().select_related(None), ["title", "price"]),
        (lambda q: q.only("title"), ["title"]),
        (lambda q: q.only("seo_title"), ["seo_title"]),
        (lambda q: q.only("title", "seo_title", "stock"), ["title", "seo_title", "stock"]),
        (lambda q: q.only("title").only("price"), ["price"]),
        (lambda q: q.only("title", "seo_title").defer("seo_title"), ["title"]),
        (lambda q: q.defer("price"), ["title"]),
        (lambda q: q.defer("seo_text"), ["title", "price"]),
        (lambda q: q.with_parts("productseo_ptr").defer("seo_text"),
         ["title", "price", "seo_title"]),
        (lambda q: q.with_parts("productseo_ptr").defer("price"),
         ["title", "seo_title", "seo_text"]),
        (lambda q: q.with_parts().defer("price").defer(None),
         ["title", "price", "seo_title", "seo_text", "stock", "note"]),
        (lambda q: q.select_related("brand"), ["title", "price", "seo_title", "seo_text"]),
        (lambda q: q.select_related("maker"), ["title", "price"]),
        (lambda q: q.filter(stock__gt=0).order_by("seo_title"), ["title", "price"]),
        (lambda q: q.annotate(n=Length("seo_title")), ["title", "price"]),
        (lambda q: q.annotate(n=Count("review")), ["title", "price"]),
        (lambda q: q.distinct(), ["title", "price"]),
    ],
)  # fmt: skip
def test_what_a_query_loads(chain, expected, django_assert_num_queries):
    Product.objects.create(title="t", stock=1)
    with django_assert_num_queries(1):
        assert loaded(chain(Product.objects).get()) == expected


def test_fetch_all_parents(django_assert_num_queries):
    Product.objects.create(title="t", seo_title="s", stock=1)
    with django_assert_num_queries(1):
        product = Product.objects.fetch_all_parents().get()
        assert (product.seo_title, product.stock, product.note) == ("s", 1, None)


def test_an_unknown_link_is_refused():
    message = r"shop.Product has no link named 'nonsense'. Its links are: productnote_ptr, "
    with pytest.raises(FieldError, match=message):
        Product.objects.with_parts("nonsense")


def test_a_foreign_key_is_no_link():
    with pytest.raises(FieldError, match="no link named 'brand'"):
        Product.objects.with_parts("brand")


def test_only_a_part_key_brings_no_part(django_assert_num_queries):
    Product.objects.create(title="t")
    with django_assert_num_queries(1) as captured:
        Product.objects.only("pk").get()
    assert "JOIN" not in captured[0]["sql"]


# Methods, on the wide model and on the core


@pytest.mark.parametrize(
    "condition",
    [
        Q(stock__gt=10),
        Q(stock__gt=10, price__gt=1),
        Q(seo_title="s1") | Q(price=0),
        ~Q(seo_title="s1"),
        ~Q(note="n"),
        Q(note=None),
        Q(note__isnull=False),
        ~Q(note=None) | Q(stock=0),
        Q(note="n") | Q(weight=None),
        Q(stock__gt=F("price")),
        Q(price__lt=F("stock") / 10 + 1),
        Q(brand__name="B"),
        ~Q(brand__name="B"),
        Q(brand=None),
        Q(brand__product__title="t1"),
        Q(stock__in=[0, 30]),
        Q(stock__range=(5, 25)),
        Q(pk__in=[]),
        Q(seo_title__startswith="s") & ~Q(stock=20) & Q(note=None),
    ],
    ids=str,
)
def test_conditions(condition):
    for models in (shop, wide):
        brand = models.Brand.objects.create(name="B")
        for i in range(4):
            models.Product.objects.create(
                title=f"t{i}", price=i, seo_title=f"s{i % 2}", stock=10 * i,
                brand=brand if i else None, note="n" if i == 2 else None,
            )  # fmt: skip
    split, whole = (
        titles(models.Product.objects.filter(condition).order_by("title").distinct())
        for models in (shop, wide)
    )
    assert split == whole


def test_ordering(products):
    assert titles(products.order_by("seo_title", "-stock")) == ["t2", "t0", "t3", "t1"]
    assert titles(products.order_by(F("note").desc(nulls_last=True), "-price")) == [
        "t2", "t3", "t1", "t0",
    ]  # fmt: skip
    assert titles(products.order_by("stock").reverse()) == ["t3", "t2", "t1", "t0"]
    assert titles(products.order_by(Upper("slug").desc())[:2]) == ["t3", "t2"]
    assert titles(products.order_by("brand__name", "-pk"))[-1] in ("t0", "t1")


def test_first_last_earliest_latest(products):
    assert products.order_by("stock").first().title == "t0"
    assert products.order_by("stock").last().title == "t3"
    assert products.earliest("stock").title == "t0"
    assert products.latest("stock", "price").title == "t3"


def test_counting_and_existence(products):
    assert products.filter(seo_title="s1").count() == 2
    assert products.filter(stock=20, note="n").exists()
    assert not products.filter(stock=20, note=None).exists()
    assert products.filter(stock=20).contains(products.get(title="t2"))


def test_values(products):
    assert list(products.filter(price=2).values("title", "seo_title", "note")) == [
        {"title": "t2", "seo_title": "s0", "note": "n"}
    ]
    assert list(products.order_by("pk").values_list("stock", flat=True)) == [0, 10, 20, 30]
    assert products.values_list("title", "brand__name", named=True).get(price=1).brand__name == "B"


def test_values_without_names_are_those_of_the_wide_model(products):
    names = {
        "id", "title", "price", "maker_id", "slug", "seo_title", "seo_text", "brand_id", "stock",
        "reserved", "supplier_id", "successor_id", "counted", "note", "weight",
    }  # fmt: skip
    row = products.values().get(title="t2")
    assert set(row) == names
    assert (row["seo_title"], row["stock"], row["note"]) == ("s0", 20, "n")
    assert len(products.values_list().get(title="t2")) == len(names)


def test_aggregates(products):
    sums = {"a": Sum("stock"), "b": Max("price"), "c": Avg("reserved"), "d": Count("note")}
    assert products.aggregate(**sums) == {"a": 60, "b": 3, "c": 0, "d": 1}
    assert products.filter(price__gt=0).aggregate(n=Sum(F("stock") * F("price")))["n"] == 140


def test_groups(products):
    groups = products.values("seo_title").annotate(n=Count("pk"), s=Sum("stock"), p=Max("price"))
    assert list(groups.order_by("seo_title").values_list("seo_title", "n", "s", "p")) == [
        ("s0", 2, 20, 2), ("s1", 2, 40, 3),
    ]  # fmt: skip
    assert list(groups.filter(s__gt=30).values_list("seo_title", flat=True)) == ["s1"]


def test_groups_by_the_whole_object(products, app):
    product = products.get(title="t1")
    for text in "ab":
        app.Review.objects.create(product=product, text=text)
    found = products.annotate(n=Count("review")).filter(n__gt=1, stock__gt=0)
    assert [(p.title, p.n, p.seo_title, p.stock) for p in found] == [("t1", 2, "s1", 10)]
    found = products.annotate(n=Count("review"), m=Length("seo_title")).order_by("-n", "title")
    assert [(p.title, p.n, p.m) for p in found][:2] == [("t1", 2, 2), ("t0", 0, 2)]


def test_groups_with_all_parts_loaded(app):
    product = app.Product.objects.create(title="t", seo_title="s", stock=3)
    app.Review.objects.create(product=product, text="r")
    found = app.Product.objects.select_related("brand").annotate(n=Count("review")).get()
    assert (found.n, found.seo_title, found.stock, found.brand) == (1, "s", 3, None)


def test_subqueries(products, app):
    app.Review.objects.create(product=products.get(title="t1"), text="r")
    reviews = app.Review.objects.filter(product=OuterRef("pk"), product__stock=OuterRef("stock"))
    assert titles(products.filter(Exists(reviews))) == ["t1"]
    dearest = (
        products.filter(seo_title=OuterRef("seo_title")).order_by("-stock").values("stock")[:1]
    )
    found = products.annotate(top=Subquery(dearest)).order_by("title")
    assert [p.top for p in found] == [20, 30, 20, 30]
    assert titles(products.filter(pk__in=products.filter(stock__gt=10)).order_by("pk")) == [
        "t2",
        "t3",
    ]
    slugs = products.filter(stock__gt=10).values("slug")
    assert products.filter(slug__in=slugs).count() == 2


def test_windows(products):
    numbered = products.annotate(
        n=Window(RowNumber(), partition_by="seo_title", order_by=F("stock").desc())
    ).order_by("title")
    assert [p.n for p in numbered] == [2, 2, 1, 1]


def test_combined_querysets(products):
    low, high = products.filter(stock__lt=15), products.filter(stock__gt=5)
    assert sorted(titles(low.union(high))) == ["t0", "t1", "t2", "t3"]
    assert [p.seo_title for p in low.union(high).order_by("-stock")] == ["s1", "s0", "s1", "s0"]
    assert sorted(low.union(high, all=True).values_list("stock", flat=True)) == [0, 10, 10, 20, 30]
    assert titles(low | high.filter(seo_title="s1")) == titles(products.exclude(title="t2"))
    assert titles(low & high) == ["t1"]


@pytest.mark.only_on("sqlite", "mariadb")
def test_a_combined_queryset_may_have_been_meant_to_lock(products):
    low, high = products.filter(stock__lt=15), products.filter(stock__gt=5)
    with transaction.atomic():
        assert len(low.union(high.select_for_update())) == 4


@pytest.mark.only_on("sqlite", "postgresql")
def test_intersections_and_differences(products):
    low, high = products.filter(stock__lt=15), products.filter(stock__gt=5)
    assert titles(low.intersection(high)) == ["t1"]
    assert [p.stock for p in low.difference(high)] == [0]


def test_dates(products):
    today = datetime.datetime.now(datetime.timezone.utc).date()
    assert list(products.dates("counted", "year")) == [today.replace(month=1, day=1)]
    assert products.filter(counted__year=today.year).count() == 4


def test_distinct(products):
    assert sorted(products.values_list("seo_title", flat=True).distinct()) == ["s0", "s1"]
    assert products.filter(brand__product__stock__gt=0).distinct().count() == 3


@pytest.mark.only_on("postgresql")
def test_distinct_on_a_field_of_a_part(products):
    found = products.order_by("seo_title", "-stock").distinct("seo_title")
    assert titles(found) == ["t2", "t3"]


def test_aliases_and_annotations(products):
    assert titles(products.alias(n=F("stock") + F("price")).filter(n=11)) == ["t1"]
    product = products.annotate(loud=Upper("seo_title"), one=Value(1)).get(title="t1")
    assert (product.loud, product.one, product.seo_title) == ("S1", 1, "s1")


def test_raw_queries_by_column(products, django_assert_num_queries):
    table = products.model._meta.db_table
    found = products.raw(f"SELECT * FROM {table} ORDER BY title")
    assert [(p.title, p.seo_title, p.stock) for p in found][1] == ("t1", "s1", 10)
    found = products.raw(f"SELECT id, 5 AS stock FROM {table} WHERE title = %s", ["t2"])[0]
    assert (found.stock, found.title, found.seo_title) == (5, "t2", "s0")


def test_raw_expressions_by_column(products):
    assert titles(products.filter(RawSQL("stock > 15", (), BooleanField())).order_by("pk")) == [
        "t2",
        "t3",
    ]
    found = products.annotate(n=RawSQL("stock + price + %s", (100,))).order_by("-n")
    assert [p.n for p in found] == [133, 122, 111, 100]
    assert products.filter(price__gt=RawSQL("reserved", ())).count() == 3


def test_extra_columns(products):
    table = products.model._meta.db_table
    found = products.extra(select={"twice": f"{table}.price * 2"}).get(title="t2")
    assert (found.twice, found.seo_title) == (4, "s0")


def test_iterators(products):
    found = [(p.title, p.stock) for p in products.order_by("title").iterator(chunk_size=2)]
    assert found == [("t0", 0), ("t1", 10), ("t2", 20), ("t3", 30)]


def test_slices_and_steps(products):
    ordered = products.order_by("-stock")
    assert titles(ordered[1:3]) == ["t2", "t1"]
    assert titles(ordered[::2]) == ["t3", "t1"]
    assert ordered[3].title == "t0"


def test_only_and_defer_give_the_right_values(products):
    for queryset in (
        products.only("seo_title"), products.defer("seo_title"), products.only("brand", "title"),
        products.select_related("brand").only("title", "brand__name"),
        products.select_related("brand").defer("seo_text", "brand__name"),
    ):  # fmt: skip
        product = queryset.get(title="t2")
        assert (product.title, product.seo_title, product.stock) == ("t2", "s0", 20)
        assert product.brand.name == "B"


@pytest.mark.parametrize("call", ["only", "defer"])
def test_unknown_names_are_refused(products, call):
    with pytest.raises(Exception, match="nonsense"):
        list(getattr(products, call)("nonsense"))


def test_messages_name_the_choices_of_the_wide_model(products):
    with pytest.raises(FieldError) as info:
        products.filter(nonsense=1)
    choices = str(info.value).partition("Choices are: ")[2].split(", ")
    assert not [name for name in choices if name.startswith("product")]
    assert {"seo_title", "stock", "brand", "note", "pk" if "pk" in choices else "id"} <= set(
        choices
    )


def test_explaining(products):
    assert products.filter(stock=1).explain()
