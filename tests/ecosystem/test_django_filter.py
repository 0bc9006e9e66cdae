"""django-filter: filter sets of a split model, alone and in a REST API."""

import django_filters
import pytest
from django_filters.filterset import filterset_factory
from django_filters.rest_framework import DjangoFilterBackend
from django_filters.views import FilterView
from rest_framework import serializers, viewsets
from rest_framework.test import APIRequestFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.compatibility(
        "django-filter",
        package="django-filter",
        holds="Filter sets of all fields have the wide model's filters, in its order, and none "
        "for links; moved fields and relations filter and sort, also in a REST API.",
    ),
]


def filters_of(model, fields="__all__"):
    return filterset_factory(model, fields=fields)


@pytest.fixture
def products(app):
    brands = [app.Brand.objects.create(name=name) for name in ("Acme", "Best")]
    for n in range(4):
        app.Product.objects.create(
            title=f"t{n}", slug=f"s{n}", seo_title=f"Seo {n}", stock=n, brand=brands[n % 2]
        )
    return app.Product.objects.all()


def titles(found):
    return [product.title for product in found]


@pytest.mark.parametrize("name", ["Product", "Gadget", "GadgetProxy"])
def test_filters_of_all_fields_are_those_of_the_wide_model(apps, name):
    wide, split = [filters_of(getattr(app, name)).base_filters for app in apps]
    assert list(wide) == list(split)
    for field in wide:
        assert type(wide[field]) is type(split[field])
        extras = [dict(filters[field].extra) for filters in (wide, split)]
        for extra in extras:
            queryset = extra.pop("queryset", None)
            extra["model"] = queryset is not None and queryset.model.__name__
        assert extras[0] == extras[1]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"seo_title": "Seo 2"}, ["t2"]),
        ({"seo_title__icontains": "seo", "stock__gte": 2}, ["t2", "t3"]),
        ({"stock__in": "1,3"}, ["t1", "t3"]),
        ({"stock__range": "1,2"}, ["t1", "t2"]),
        ({"restocked__isnull": False}, []),
        ({"brand__name": "Best"}, ["t1", "t3"]),
    ],
)
def test_moved_fields_filter_by_lookups(app, products, query, expected):
    fields = {
        "seo_title": ["exact", "icontains"],
        "stock": ["gte", "in", "range"],
        "restocked": ["isnull"],
        "brand__name": ["exact"],
    }
    filterset = filters_of(app.Product, fields)(query, products)
    assert filterset.is_valid(), filterset.errors
    assert titles(filterset.qs) == expected


def test_a_moved_foreign_key_offers_its_choices(app, products):
    brand = app.Brand.objects.get(name="Best")
    filterset = filters_of(app.Product)({"brand": brand.pk}, products)
    assert titles(filterset.qs) == ["t1", "t3"]
    assert f'<option value="{brand.pk}" selected>Best</option>' in str(filterset.form["brand"])
    assert not filters_of(app.Product)({"brand": 0}, products).is_valid()


def test_declared_filters_and_orderings_find_moved_fields(app, products):
    class Filters(django_filters.FilterSet):
        seo = django_filters.CharFilter("seo_title", lookup_expr="icontains")
        maker = django_filters.AllValuesFilter("brand__name")
        order = django_filters.OrderingFilter(fields=["stock", "brand__name"])

        class Meta:
            model = app.Product
            fields = ["seo", "maker", "order"]

    assert titles(Filters({"seo": "SEO", "order": "-stock"}).qs) == ["t3", "t2", "t1", "t0"]
    assert titles(Filters({"maker": "Acme"}).qs) == ["t0", "t2"]
    assert titles(Filters({"order": "-brand__name,-stock"}).qs) == ["t3", "t1", "t2", "t0"]


def test_relations_to_a_split_model_filter(app, products):
    for product in products:
        app.Review.objects.create(product=product, text=product.title)
    filters = filters_of(app.Review, {"product__seo_title": ["exact"], "product": ["exact"]})
    assert [r.text for r in filters({"product__seo_title": "Seo 1"}).qs] == ["t1"]
    assert [r.text for r in filters({"product": products[2].pk}).qs] == ["t2"]


@pytest.mark.parametrize("name", ["Gadget", "GadgetProxy"])
def test_unusual_fields_filter(app, name):
    model = getattr(app, name)
    brand = app.Brand.objects.create(name="Acme")
    model.objects.create(code="a", name="a", serial="1", colour="red", maker=brand, weight=3)
    model.objects.create(code="b", name="b", serial="2", number=1)

    def found(**query):
        return [gadget.code for gadget in filters_of(model)(query).qs.order_by("code")]

    assert found(colour="red") == found(maker=brand.pk) == found(weight=3) == ["a"]
    assert found(colour="grey") == found(number=1) == ["b"]
    empty = filters_of(model, {"weight": ["isnull"]})({"weight__isnull": True})
    assert [gadget.code for gadget in empty.qs] == ["b"]


def test_a_rest_api_filters(app, products):
    class Serializer(serializers.ModelSerializer):
        class Meta:
            model = app.Product
            fields = ["title"]

    class View(viewsets.ModelViewSet):
        queryset = products
        serializer_class = Serializer
        filter_backends = [DjangoFilterBackend]
        filterset_fields = "__all__"

    view = View.as_view({"get": "list"})
    response = view(APIRequestFactory().get("/", {"seo_title": "Seo 3", "stock": 3}))
    assert response.data == [{"title": "t3"}]
    assert view(APIRequestFactory().get("/", {"stock": "many"})).status_code == 400


def test_a_filter_view_shows_moved_fields(app, products, rf, django_assert_num_queries):
    view = FilterView.as_view(model=app.Product, filterset_fields=["seo_title", "stock"])
    response = view(rf.get("/", {"stock": "2"}))
    assert titles(response.context_data["object_list"]) == ["t2"]
    with django_assert_num_queries(1):
        assert filters_of(app.Product)({"seo_title": "Seo 1"}).qs.count() == 1
