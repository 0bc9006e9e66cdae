"""How many statements operations take, BEGIN and COMMIT included.

`docs/explanation/statements.md` has the same numbers for the users.
"""

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.db.models import Count, F, Sum
from django.test.utils import CaptureQueriesContext

from tests.databases import chosen
from tests.shop import models as shop
from tests.shop.models import Brand, Product, Review, Warranty
from tests.wide import models as wide
from tests.zoo.models import Animal, Asset

T = 2  # BEGIN and COMMIT

# MariaDB deletes from several tables by one statement, but does not tell how many rows of each.
DELETE = {"sqlite": 2 + T, "mariadb": 1}
DELETE_READING = {"sqlite": 3 + T, "mariadb": 2}
DELETE_FOUND = {"sqlite": 2 + T, "mariadb": 3 + T}

# An Animal has two parts, AnimalBody and AnimalCare; an Asset has one, and nothing depends on it.


def nothing():
    return None


def animals(count=1, batch_size=None):
    objs = [Animal(name=f"a{i}", keeper="k") for i in range(count)]
    return Animal.objects.bulk_create(objs, batch_size)


def core():
    animals()
    return Animal.objects.get()


def whole():
    animals()
    return Animal.objects.with_parts().get()


def three():
    return animals(3)


def hundred():
    return animals(100)


def thousand():
    return animals(1000)


def assets():
    Asset.objects.bulk_create([Asset(name="a", path="p") for _ in range(3)])


def asset():
    assets()
    return Asset.objects.first()


def whole_asset():
    assets()
    return Asset.objects.with_parts().first()


def save(animal, names=None, **values):
    for name, value in values.items():
        setattr(animal, name, value)
    animal.save(update_fields=names)


def values(rows, *names):
    return {tuple(getattr(row, name) for name in names) for row in rows}


def waiting(function, *args, **kwargs):
    async def wait():
        return await function(*args, **kwargs)

    return async_to_sync(wait)()


async def listed(rows):
    return [row async for row in rows]


#: What an operation takes on PostgreSQL; on MariaDB and SQLite; what is there; what is done.
STATEMENTS = {
    "creating": {
        "create()": (1, 3 + T, nothing, lambda _: Animal.objects.create(name="a", legs=2)),
        "create() with a key": (1, 2 + T, nothing, lambda _: Asset.objects.create(name="a")),
        "create() without values for a sparse part": (
            1, 3 + T, nothing, lambda _: Product.objects.create(title="t"),
        ),
        "save() of a new object": (1, 3 + T, nothing, lambda _: Animal(name="a").save()),
        "get_or_create()": (
            2 + T, 4 + T, nothing, lambda _: Animal.objects.get_or_create(name="a"),
        ),
        "acreate()": (1, 3 + T, nothing, lambda _: waiting(Animal.objects.acreate, name="a")),
    },
    "saving": {
        "save(), no part loaded": (1, 1, core, lambda a: save(a, age=2)),
        "save(), no part changed": (1, 1, whole, lambda a: save(a, age=2)),
        "save(), one part changed": (1, 2 + T, whole, lambda a: save(a, legs=2)),
        "save(), one part assigned": (1, 2 + T, core, lambda a: save(a, legs=2)),
        "save(), two parts changed": (1, 3 + T, whole, lambda a: save(a, legs=2, fed=2)),
        "update_fields: the core": (1, 1, whole, lambda a: save(a, ["age"], age=2)),
        "update_fields: one part": (1, 1, whole, lambda a: save(a, ["legs"], legs=2)),
        "update_fields: one part assigned": (1, 1, core, lambda a: save(a, ["legs"], legs=2)),
        "update_fields: core and part": (1, 2 + T, whole, lambda a: save(a, ["age", "legs"])),
        "update_fields: two parts": (1, 2 + T, whole, lambda a: save(a, ["legs", "fed"])),
        "update_or_create() of the core": (
            2 + T, 2 + T, three,
            lambda _: Animal.objects.update_or_create(name="a0", defaults={"age": 2}),
        ),
        "update_or_create() of one part": (
            2 + T, 2 + T, three,
            lambda _: Animal.objects.update_or_create(name="a0", defaults={"legs": 2}),
        ),
        "asave()": (1, 1, core, lambda a: waiting(a.asave)),
        "asave(), one part changed": (
            1, 2 + T, whole, lambda a: [setattr(a, "legs", 2), waiting(a.asave)],
        ),
    },
    "deleting": {
        # The part is read before, or the DELETE brings it back.
        "delete()": (1, DELETE_READING, asset, lambda a: a.delete()),
        "delete(), all parts loaded": (1, DELETE, whole_asset, lambda a: a.delete()),
        "delete() of a queryset": (
            1 + T, DELETE_FOUND, assets, lambda _: Asset.objects.filter(name="a").delete(),
        ),
        "adelete()": (1, DELETE_READING, asset, lambda a: waiting(a.adelete)),
    },
    "writing many rows": {
        "bulk_create() of 1000": (3 + T, 3 + T, nothing, lambda _: animals(1000)),
        "bulk_create() in two batches": (
            4 + T, 6 + T, nothing, lambda _: animals(100, batch_size=50),
        ),
        "bulk_update() of the core": (
            1 + T, 1 + T, hundred, lambda objs: Animal.objects.bulk_update(objs, ["age"]),
        ),
        "bulk_update() of one part": (
            1 + T, 1 + T, hundred, lambda objs: Animal.objects.bulk_update(objs, ["legs", "sound"]),
        ),
        "bulk_update() of two tables": (
            3 + T, 3 + T, hundred, lambda objs: Animal.objects.bulk_update(objs, ["age", "legs"]),
        ),
        "update() of the core": (
            1, 1, three, lambda _: Animal.objects.filter(name="a0").update(age=2),
        ),
        "update() of one part": (
            1, 1, three, lambda _: Animal.objects.filter(name="a0").update(legs=2, sound="s"),
        ),
        "update() of one part, all rows": (
            1, 1, three, lambda _: Animal.objects.update(legs=2),
        ),
        "update() of two tables": (
            3 + T, 3 + T, three, lambda _: Animal.objects.filter(name="a0").update(age=2, legs=2),
        ),
        "update() from another table": (
            2 + T, 2 + T, three,
            lambda _: Animal.objects.filter(name="a0").update(legs=F("age")),
        ),
    },
    "reading": {
        "get()": (1, 1, three, lambda _: Animal.objects.get(name="a0")),
        "get() with parts": (
            1, 1, three, lambda _: Animal.objects.with_parts().get(name="a0").keeper,
        ),
        "get(), then a moved field": (
            2, 2, three, lambda _: values([Animal.objects.get(name="a0")], "legs", "sound"),
        ),
        "refresh_from_db()": (1, 1, core, lambda a: a.refresh_from_db()),
        "refresh_from_db(), all parts loaded": (1, 1, whole, lambda a: a.refresh_from_db()),
        "1000 rows": (1, 1, thousand, lambda _: values(Animal.objects.all(), "age")),
        "1000 rows with parts": (
            1, 1, thousand, lambda _: values(Animal.objects.with_parts(), "age", "legs", "fed"),
        ),
        "1000 rows, fields of one part": (
            2, 2, thousand, lambda _: values(Animal.objects.all(), "legs", "sound"),
        ),
        "1000 rows, fields of two parts": (
            3, 3, thousand, lambda _: values(Animal.objects.all(), "legs", "fed"),
        ),
        "aget()": (1, 1, three, lambda _: waiting(Animal.objects.aget, name="a0")),
        "async for": (1, 1, three, lambda _: waiting(listed, Animal.objects.all())),
        "async for, with parts": (
            1, 1, three, lambda _: values(waiting(listed, Animal.objects.with_parts()), "fed"),
        ),
    },
}  # fmt: skip

#: Where a statement takes 999 parameters only: SQLite, as Django 5.2 sees it.
WITH_FEW_PARAMETERS = {
    "bulk_create() of 1000": 12 + T,
    "1000 rows, fields of one part": 3,
    "1000 rows, fields of two parts": 5,
}


def expected(name, postgresql, others):
    if name in WITH_FEW_PARAMETERS and (connection.features.max_query_params or 1000) < 1000:
        return WITH_FEW_PARAMETERS[name]
    if chosen() == "postgresql":
        return postgresql
    return others[chosen()] if isinstance(others, dict) else others


@pytest.mark.django_db(transaction=True)  # Or there would be no BEGIN.
@pytest.mark.parametrize("kind", STATEMENTS)
def test_operations_take_the_statements_that_they_need(kind, django_assert_num_queries):
    for name, (postgresql, others, prepare, act) in STATEMENTS[kind].items():
        for model in (Animal, Asset, Product):
            model.objects.all().delete()
        given = prepare()
        count = expected(name, postgresql, others)
        with django_assert_num_queries(count, info=f"{name} on {chosen()}"):
            act(given)


# What concerns the core alone


@pytest.fixture
def data():
    brand = Brand.objects.create(name="B")
    for title in "ab":
        product = Product.objects.create(title=title, maker=brand, price=3, seo_title="s", note="n")
        Review.objects.create(product=product, text=title)
        Warranty.objects.create(product=product)


def tables_of_parts(captured):
    tables = [part._meta.db_table for part in Product._meta.own_parts]
    return {table for query in captured for table in tables if table in query["sql"]}


CORE_READS = {
    "all rows": lambda: [p.title for p in Product.objects.all()],
    "a filter and an order": lambda: Product.objects.filter(price=3).order_by("title").first(),
    "iterator": lambda: [p.price for p in Product.objects.iterator()],
    "values": lambda: list(Product.objects.values_list("title", "price")),
    "count": lambda: Product.objects.count(),
    "count of a filter": lambda: Product.objects.filter(title="a").count(),
    "exists": lambda: Product.objects.filter(title="a").exists(),
    "aggregate": lambda: Product.objects.aggregate(Sum("price")),
    "a count of related rows": lambda: list(Product.objects.annotate(n=Count("review"))),
    "a filter of related rows": lambda: list(Product.objects.filter(review__text="a")),
    "a filter by the core": lambda: list(Review.objects.filter(product__title="a")),
    "select_related of the core": lambda: [
        r.product.title for r in Review.objects.select_related("product")
    ],
    "select_related by the core": lambda: [
        p.maker.name for p in Product.objects.select_related("maker")
    ],
    "select_related of a reverse one-to-one": lambda: [
        p.warranty.years for p in Product.objects.select_related("warranty")
    ],
}


@pytest.mark.django_db
@pytest.mark.parametrize("read", CORE_READS)
def test_reading_the_core_takes_one_statement_without_parts(data, read, django_assert_num_queries):
    with django_assert_num_queries(1) as captured:
        assert CORE_READS[read]()
    assert not tables_of_parts(captured)


PREFETCHES = {
    "of the core": lambda: [r.product.title for r in Review.objects.prefetch_related("product")],
    "by the core": lambda: [
        len(p.review_set.all()) for p in Product.objects.prefetch_related("review_set")
    ],
    "of cores by a foreign key": lambda: [
        len(b.made.all()) for b in Brand.objects.prefetch_related("made")
    ],
}


@pytest.mark.django_db
@pytest.mark.parametrize("read", PREFETCHES)
def test_prefetching_takes_two_statements_without_parts(data, read, django_assert_num_queries):
    with django_assert_num_queries(2) as captured:
        assert PREFETCHES[read]()
    assert not tables_of_parts(captured)


@pytest.mark.django_db
def test_a_foreign_key_to_the_core_reads_the_core_only(data, django_assert_num_queries):
    review = Review.objects.first()
    with django_assert_num_queries(1) as captured:
        product = review.product
    assert "JOIN" not in captured[0]["sql"]
    assert not tables_of_parts(captured)
    assert product.getattr_if_loaded("seo_title") is None


@pytest.mark.django_db
def test_a_filter_by_a_moved_field_joins_its_part_only(data, django_assert_num_queries):
    with django_assert_num_queries(3) as captured:
        assert Product.objects.filter(seo_title="s").count() == 2
        assert Product.objects.filter(seo_title="s").exists()
        assert len(Product.objects.filter(seo_title="s")) == 2
    assert tables_of_parts(captured) == {"shop_productseo"}


# Deleting what others depend on


def depended_on(app):
    brand = app.Brand.objects.create(name="B")
    product = app.Product.objects.create(title="t", maker=brand, brand=brand)
    app.Review.objects.create(product=product, text="r")
    app.Warranty.objects.create(product=product)
    app.Product.objects.create(title="u", successor=product)
    return app.Product.objects.filter(pk=product.pk)


WAYS = {
    "an object": (1, lambda rows: rows.get().delete()),  # Its parts are read before.
    "an object with parts": (
        0,
        lambda rows: getattr(rows, "with_parts", rows.all)().get().delete(),
    ),
    "a queryset": (0, lambda rows: rows.delete()),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", WAYS)
def test_deleting_what_others_depend_on_takes_one_statement_more_per_part_at_most(way):
    more, delete = WAYS[way]
    counts = []
    for app in (wide, shop):
        rows = depended_on(app)
        with CaptureQueriesContext(connection) as captured:
            delete(rows)
        counts.append(len(captured))
    parts = {"postgresql": 0, "mariadb": 1, "sqlite": len(Product._meta.own_parts)}
    assert counts[1] == counts[0] + more + parts[chosen()]
