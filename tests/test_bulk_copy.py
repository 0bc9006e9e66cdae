"""On PostgreSQL bulk_create() stores rows of parts by COPY, where that does as INSERT does."""

import datetime

import pytest
from django.db import DataError, IntegrityError, connection, connections
from django.db.models import Value
from django.db.models.functions import Upper

from tests.shop.models import Brand, Product, ProductSeo, ProductStock
from tests.zoo.models import Event, Meter

pytestmark = [pytest.mark.django_db, pytest.mark.only_on("postgresql")]

SEO, STOCK = (part._meta.db_table for part in (ProductSeo, ProductStock))


@pytest.fixture
def copied(django_assert_max_num_queries):
    """The tables that bulk_create() of some objects copied to."""

    def create(objs):
        with django_assert_max_num_queries(8) as captured:
            type(objs[0]).objects.bulk_create(objs)
        return {q["sql"].split('"')[1] for q in captured if q["sql"].startswith("COPY")}

    return create


def products(**kwargs):
    return [Product(title=f"t{n}", stock=n, **kwargs) for n in range(20)]


def test_parts_are_copied(copied):
    brand = Brand.objects.create(name="B")
    text = "tab\t, newline\n, backslash \\, \\N and quote '"
    objs = products(seo_text=text, brand=brand)
    before = datetime.datetime.now(datetime.timezone.utc)
    assert copied(objs) == {SEO, STOCK}
    found = Product.objects.with_parts().order_by("pk")
    assert [(p.pk, p.stock, p.seo_text, p.brand_id, p.slug) for p in found] == [
        (obj.pk, n, text, brand.pk, None) for n, obj in enumerate(objs)
    ]
    assert all(p.counted >= before for p in found)


def test_a_few_rows_are_inserted(copied):
    assert copied(products()[:5]) == set()


def test_an_expression_is_inserted(copied):
    objs = products()
    objs[3].seo_title = Upper(Value("x"))
    assert copied(objs) == {STOCK}
    assert Product.objects.filter(seo_title="X").count() == 1


@pytest.mark.parametrize(
    "change",
    [
        f"ALTER TABLE {SEO} ENABLE ROW LEVEL SECURITY",
        f"CREATE RULE loud AS ON INSERT TO {SEO} DO ALSO NOTIFY loud",
    ],
)
def test_a_table_that_does_more_is_inserted_into(copied, change):
    with connection.cursor() as cursor:
        cursor.execute(change)
    vars(connections["default"]).pop("bdmodels_statements", None)
    try:
        assert copied(products()) == {STOCK}
    finally:
        vars(connections["default"]).pop("bdmodels_statements", None)
    assert ProductSeo.objects.count() == 20


def test_execute_wrappers_see_all_statements(copied):
    seen = []

    def wrapper(execute, sql, *args):
        seen.append(sql)
        return execute(sql, *args)

    with connection.execute_wrapper(wrapper):
        assert copied(products()) == set()
    assert sum(SEO in sql for sql in seen) == 1


def test_a_part_with_values_of_the_database_is_inserted(copied):
    objs = [Meter(serial=str(n), amount=n) for n in range(20)]
    assert copied(objs) == set()
    assert [obj.doubled for obj in objs] == [2 * n for n in range(20)]


def test_a_conflict_raises_what_an_insert_raises(copied):
    Product.objects.create(title="first", slug="taken")
    with pytest.raises(IntegrityError, match="unique"):
        Product.objects.bulk_create(products(slug="taken"))


def test_a_value_that_does_not_fit_raises_what_an_insert_raises():
    objs = [Event(name=str(n), room="r" * 21, seat=n) for n in range(20)]
    with pytest.raises(DataError):
        Event.objects.bulk_create(objs)


def test_nothing_is_stored_if_a_part_fails():
    with pytest.raises(IntegrityError):
        Product.objects.bulk_create(products(slug="twice"))
