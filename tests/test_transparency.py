"""The same expression on the wide model and on the core: equal results, equal errors."""

import pytest
from django.core.exceptions import FieldError, MultipleObjectsReturned, ObjectDoesNotExist
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    FilteredRelation,
    Max,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce

from tests.shop import models as shop
from tests.wide import models as wide

pytestmark = pytest.mark.django_db

ERRORS = (
    FieldError,
    ValueError,
    AttributeError,
    TypeError,
    ObjectDoesNotExist,
    MultipleObjectsReturned,
)


def error(call, *args, **kwargs):
    with pytest.raises(ERRORS) as info:
        call(*args, **kwargs)
    # Which names there are to choose from is tested elsewhere.
    return str(info.value).partition("Choices")[0]


def objects(app):
    brand = app.Brand.objects.create(name="B")
    first = app.Product.objects.create(title="a", stock=1, seo_title="x", brand=brand, price=3)
    app.Product.objects.create(
        title="b", stock=2, brand=brand, note="n", successor=first, slug="bb"
    )
    app.Review.objects.create(product=first, text="r")
    app.Warranty.objects.create(product=first)
    return app.Product.objects


CASES = {
    "prefetched_slice": lambda app, q: [
        [p.title for p in b.top]
        for b in app.Brand.objects.prefetch_related(
            Prefetch("product_set", q.order_by("-stock")[:1], to_attr="top")
        )
    ],
    "deferred_and_followed": lambda app, q: error(
        lambda: list(q.select_related("brand").defer("brand"))
    ).replace("ProductSeo", "Product"),
    "rev_only": lambda app, q: [
        r.product.seo_title
        for r in app.Review.objects.select_related("product").only("text", "product__seo_title")
    ],
    "rev_defer": lambda app, q: [
        r.product.title
        for r in app.Review.objects.select_related("product").defer("product__seo_title")
    ],
    "rev_nested": lambda app, q: [
        r.product.successor for r in app.Review.objects.select_related("product__successor__brand")
    ],
    "w_rev": lambda app, q: [
        p.warranty.years for p in q.select_related("warranty").filter(warranty__isnull=False)
    ],
    "w_rev_only": lambda app, q: [
        p.warranty.years
        for p in q.select_related("warranty")
        .only("title", "warranty__years")
        .filter(warranty__isnull=False)
    ],
    "w_fwd": lambda app, q: [
        w.product.brand.name for w in app.Warranty.objects.select_related("product__brand")
    ],
    "chain": lambda app, q: [
        p.successor.brand.name for p in q.select_related("successor__brand").exclude(successor=None)
    ],
    "chain_only": lambda app, q: [
        p.successor.brand.name
        for p in q.select_related("successor__brand")
        .only("title", "successor__brand__name", "successor__title")
        .exclude(successor=None)
    ],
    "values_chain": lambda app, q: list(
        q.order_by("title").values_list(
            "successor__seo_title", "successor__brand__name", "successor__successor__note"
        )
    ),
    "pref_succ": lambda app, q: [
        p.successor and p.successor.seo_title
        for p in q.order_by("title").prefetch_related("successor__brand")
    ],
    "pref_pred": lambda app, q: [
        [x.seo_title for x in p.predecessors.all()]
        for p in q.order_by("title").prefetch_related("predecessors__brand")
    ],
    "pref_qs": lambda app, q: [
        [x.title for x in b.product_set.all()]
        for b in app.Brand.objects.prefetch_related(
            Prefetch("product_set", q.only("title").order_by("title"))
        )
    ],
    "pref_qs2": lambda app, q: [
        [x.title for x in b.product_set.all()]
        for b in app.Brand.objects.prefetch_related(
            Prefetch("product_set", q.defer("brand").order_by("title"))
        )
    ],
    "agg_rev": lambda app, q: list(
        app.Brand.objects.annotate(m=Max("product__stock"), n=Count("product__review")).values_list(
            "m", "n"
        )
    ),
    "agg_filter": lambda app, q: list(
        app.Brand.objects.annotate(
            m=Count("product", filter=Q(product__stock__gt=1, product__price=0))
        ).values_list("m", flat=True)
    ),
    "q_neg": lambda app, q: sorted(
        app.Brand.objects.exclude(product__stock=5).values_list("name", flat=True)
    ),
    "q_neg2": lambda app, q: sorted(
        app.Brand.objects.exclude(product__note="n").values_list("name", flat=True)
    ),
    "q_neg3": lambda app, q: sorted(
        q.exclude(predecessors__note="n").values_list("title", flat=True)
    ),
    "isnull": lambda app, q: sorted(
        q.filter(predecessors__isnull=True).values_list("title", flat=True)
    ),
    "isnull2": lambda app, q: sorted(
        q.filter(brand__isnull=False, successor__isnull=True).values_list("title", flat=True)
    ),
    "isnull3": lambda app, q: sorted(
        q.filter(successor__note__isnull=True).values_list("title", flat=True)
    ),
    "ex_succ": lambda app, q: sorted(q.exclude(successor__stock=1).values_list("title", flat=True)),
    "ex_succ2": lambda app, q: sorted(
        q.exclude(successor__title="a", stock=2).values_list("title", flat=True)
    ),
    "sub_update2": lambda app, q: (
        q.update(
            stock=Coalesce(Subquery(q.filter(pk=OuterRef("successor")).values("price")[:1]), 50)
        ),
        list(q.order_by("title").values_list("price", "stock")),
    ),
    "exists_update": lambda app, q: (
        q.update(
            title=Case(
                When(
                    Exists(app.Review.objects.filter(product=OuterRef("pk"), product__stock=1)),
                    then=Value("yes"),
                ),
                default=Value("no"),
            )
        ),
        sorted(q.values_list("title", flat=True)),
    ),
    "case_part": lambda app, q: (
        q.update(
            stock=Case(When(price=3, then=F("price")), When(note="n", then=7), default=F("stock"))
        ),
        sorted(q.values_list("stock", flat=True)),
    ),
    "agg_sub": lambda app, q: q.annotate(x=F("stock") * F("price")).aggregate(
        s=Sum("x"), m=Max("seo_title")
    ),
    "values_agg": lambda app, q: list(
        q.values("brand").annotate(s=Sum("stock")).values_list("s", flat=True)
    ),
    "having": lambda app, q: list(
        q.values("brand__name")
        .annotate(s=Sum("stock"))
        .filter(s__gt=2)
        .values_list("brand__name", "s")
    ),
    "window_filter": lambda app, q: [
        p.title
        for p in q.annotate(r=Window(Max("stock"), partition_by="brand")).filter(r=F("stock"))
    ],
    "reverse_m2m": lambda app, q: list(app.Tag.objects.filter(product__stock=1)),
    "or_rel": lambda app, q: sorted(
        p.title for p in q.filter(Q(brand__name="B") | Q(successor__seo_title="x")).distinct()
    ),
    "filtered_rel": lambda app, q: sorted(
        q.annotate(
            s=FilteredRelation("successor", condition=Q(successor__stock__gt=0))
        ).values_list("title", "s__title"),
        key=str,
    ),
    "filtered_rel2": lambda app, q: sorted(
        q.annotate(s=FilteredRelation("brand", condition=Q(brand__name="B")))
        .filter(s__isnull=False)
        .values_list("title", flat=True)
    ),
    "alias": lambda app, q: q.alias(x=F("stock") + F("price")).order_by("-x").first().title,
    "exclude_f": lambda app, q: sorted(q.exclude(stock=F("price")).values_list("title", flat=True)),
    "datetimes": lambda app, q: len(q.datetimes("counted", "day")),
    "earliest": lambda app, q: q.earliest("counted").title,
    "pk_order": lambda app, q: [p.title for p in q.order_by("-pk")],
    "brand_order": lambda app, q: [p.title for p in q.order_by("brand", "title")],
    "succ_order": lambda app, q: [
        p.title for p in q.order_by(F("successor__stock").asc(nulls_first=True))
    ],
    "random": lambda app, q: len(q.order_by("?")),
    "values_distinct": lambda app, q: list(q.values_list("brand__name").distinct()),
    "combine": lambda app, q: sorted(
        p.stock for p in q.filter(title="a") | q.filter(seo_title="", brand__name="B")
    ),
    "in_qs": lambda app, q: sorted(
        app.Review.objects.filter(product__in=q.filter(stock=1)).values_list("text", flat=True)
    ),
    "in_vals": lambda app, q: sorted(
        app.Review.objects.filter(product__successor__in=q.all()).values_list("text", flat=True)
    ),
    "m2m_add": lambda app, q: (
        app.Tag.objects.create(name="t").product_set.add(*q.all()),
        sorted(t for t in app.Tag.objects.values_list("product__stock", flat=True)),
    ),
    "get_multi": lambda app, q: error(q.get, brand__name="B"),
    "get_none": lambda app, q: error(q.get, stock=77),
    "bad_lookup": lambda app, q: error(q.filter, stock__nonsense=77),
    "bad_rel": lambda app, q: error(q.filter, brand__nonsense=77),
    "bad_obj": lambda app, q: error(q.filter, brand=q.get(title="a")),
    "bad_assign": lambda app, q: error(setattr, q.get(title="a"), "brand", q.get(title="b")),
    "bad_select": lambda app, q: error(lambda: list(q.select_related("nonsense"))),
    "bad_pref": lambda app, q: error(lambda: list(q.prefetch_related("nonsense"))),
    "bad_order": lambda app, q: error(lambda: list(q.order_by("nonsense"))),
    "bad_values": lambda app, q: error(lambda: list(q.values("nonsense"))),
    "select_title": lambda app, q: error(lambda: list(q.select_related("title"))),
}


@pytest.mark.parametrize("name", CASES)
def test_the_core_gives_what_the_wide_model_gives(name):
    whole, split = (CASES[name](app, objects(app)) for app in (wide, shop))
    assert repr(split) == repr(whole)
