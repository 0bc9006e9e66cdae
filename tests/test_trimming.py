"""Queries about one part read the part's table alone, and find what they found with a join."""

import pytest
from django.db import connection, transaction
from django.db.models import (
    Count,
    Exists,
    F,
    FilteredRelation,
    Max,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Concat, Lower
from django.test.utils import CaptureQueriesContext

from tests.shop.models import Bargain
from tests.shop.models import Product as Split
from tests.wide.models import Product as Wide
from tests.zoo.models import Ticket

pytestmark = pytest.mark.django_db

CORE = f"{connection.ops.quote_name(Split._meta.db_table)}."


@pytest.fixture(autouse=True)
def products():
    for model, brand in (
        (Split, Split._meta.get_field("brand").related_model.objects.create(name="B")),
        (Wide, Wide._meta.get_field("brand").related_model.objects.create(name="B")),
    ):
        for n in range(6):
            model.objects.create(
                title=f"t{n}", price=n, seo_title=f"s{n % 2}", stock=10 * n, reserved=n,
                brand=brand if n > 2 else None, note="n" if n == 2 else None,
            )  # fmt: skip


ALONE = {
    "sum": lambda q: q.aggregate(s=Sum("stock"), m=Max(F("stock") - F("reserved"))),
    "filtered sum": lambda q: q.filter(stock__gt=10).aggregate(s=Sum("reserved")),
    "aggregate filter": lambda q: q.aggregate(s=Sum("stock", filter=Q(reserved__lt=3))),
    "count": lambda q: q.filter(stock__gt=10).count(),
    "count of keys": lambda q: q.filter(stock__gt=10).aggregate(n=Count("pk")),
    "exclude": lambda q: q.exclude(stock=10).count(),
    "exists": lambda q: q.filter(stock=10).exists(),
    "contains nothing": lambda q: q.filter(stock=11).exists(),
    "values": lambda q: sorted(q.values_list("stock", "reserved")),
    "distinct": lambda q: sorted(q.values_list("seo_title").distinct()),
    "keys": lambda q: len(q.filter(seo_title="s1").values_list("pk", flat=True)),
    "by key": lambda q: q.filter(pk__lt=0, stock=3).count(),
    "key and column": lambda q: [s for _, s in sorted(q.values_list("pk", "stock"))],
    "annotated": lambda q: sorted(q.annotate(low=Lower("seo_title")).values_list("low", flat=True)),
    "groups": lambda q: sorted(
        q.values("seo_title").annotate(n=Count("pk")).values_list("seo_title", "n")
    ),
    "key of a relation": lambda q: q.filter(brand__isnull=False).count(),
    "through a relation": lambda q: q.filter(brand__name="B").count(),
    "groups by a relation": lambda q: sorted(
        q.filter(brand__isnull=False).values_list("brand__name").annotate(Count("pk"))
    ),
}


def sql_of(run):
    with CaptureQueriesContext(connection) as queries:
        found = run(Split.objects)
    (query,) = queries.captured_queries
    return found, query["sql"]


@pytest.mark.parametrize("run", ALONE.values(), ids=ALONE)
def test_the_core_is_not_read(run):
    found, sql = sql_of(run)
    assert CORE not in sql.replace(f"{CORE[:-1]}_", ""), sql
    assert " JOIN " not in sql or "brand" in sql, sql
    assert found == run(Wide.objects)


NOT_ALONE = {
    "a column of the core": lambda q: q.filter(stock__gt=10).aggregate(s=Sum("price")),
    "a condition on the core": lambda q: q.filter(price__gt=1, stock__gt=10).count(),
    "either": lambda q: q.filter(Q(price__gt=1) | Q(stock__gt=10)).count(),
    "two parts": lambda q: q.filter(stock__gt=10, seo_title="s1").count(),
    "a sparse part": lambda q: q.filter(note=None).count(),
    "a relation to the core": lambda q: q.filter(stock__gt=10, review=None).count(),
    "an order": lambda q: list(q.order_by("-price").values_list("stock", flat=True)),
    "a group by the core": lambda q: sorted(q.values_list("price").annotate(Sum("stock"))),
    "a subquery": lambda q: q.filter(
        Exists(Wide.objects.filter(price=OuterRef("price"))), stock__gt=10
    ).count(),
    "a subquery for a value": lambda q: sorted(
        q.annotate(
            x=Subquery(Wide.objects.filter(price=OuterRef("price")).values("title")[:1])
        ).values_list("stock", "x")
    ),
    "whole objects": lambda q: sorted(p.price for p in q.filter(stock__gt=10)),
}


@pytest.mark.parametrize("run", NOT_ALONE.values(), ids=NOT_ALONE)
def test_the_core_is_read_where_it_is_needed(run):
    found, sql = sql_of(run)
    assert f"FROM {CORE[:-1]}" in sql
    assert found == run(Wide.objects)


def test_raw_sql_may_name_the_core():
    named = RawSQL(f"{CORE}price", ())
    found = Split.objects.filter(stock__gt=10).annotate(raw=named).values_list("raw", flat=True)
    assert sorted(found) == [2, 3, 4, 5]


def test_a_queryset_can_go_on_after_it_was_compiled():
    rows = Split.objects.filter(stock__gt=10).values_list("stock", flat=True)
    assert sorted(rows) == [20, 30, 40, 50]
    assert list(rows.filter(price=3)) == [30]
    assert sorted(rows.exclude(reserved=3)) == [20, 40, 50]


def test_in_a_subquery_of_another_queryset():
    keys = Split.objects.filter(stock__gt=30).values("pk")
    assert sorted(Split.objects.filter(pk__in=keys).values_list("price", flat=True)) == [4, 5]
    inner = Split.objects.filter(pk=OuterRef("pk"), stock__gt=30).values("pk")
    assert sorted(p.price for p in Split.objects.filter(Exists(inner))) == [4, 5]


def test_in_a_combined_queryset():
    rows = Split.objects.values_list("stock", flat=True)
    assert sorted(rows.filter(stock__lt=20).union(rows.filter(stock=50))) == [0, 10, 50]


def test_a_proxy_of_a_core():
    assert Bargain.objects.filter(stock__gt=30).count() == 2


def test_rows_to_be_locked_are_those_of_the_core():
    with transaction.atomic():
        rows = Split.objects.filter(stock__gt=30).select_for_update()
        assert len(rows.values_list("pk", flat=True)) == 2


def test_the_condition_of_a_filtered_relation_may_be_about_the_core():
    named = FilteredRelation("brand", condition=Q(brand__name=Concat(Value("B"), F("title"))))
    rows = Split.objects.alias(own=named).filter(own__isnull=False)
    assert list(rows.values_list("own__name")) == []


def test_a_compiler_may_write_its_query_twice():
    compiler = Split.objects.filter(stock=10).values("reserved").query.get_compiler("default")
    assert compiler.as_sql() == compiler.as_sql()


def test_a_key_is_converted_once():
    ticket = Ticket.objects.create(subject="s", body="b")
    query = Ticket.objects.filter(body="b").values_list("pk").query
    compiler = query.get_compiler("default")
    compiler.pre_sql_setup()
    ((column, _, _),) = compiler.select
    converters = column.get_db_converters(connection)
    assert converters == Ticket._meta.pk.get_db_converters(connection)
    assert compiler.query.get_initial_alias() == "zoo_ticketbody"
    assert list(Ticket.objects.filter(body="b").values_list("pk", flat=True)) == [ticket.pk]
