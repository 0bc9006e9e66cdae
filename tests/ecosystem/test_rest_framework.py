"""Django REST framework: serializers and views of a split model."""

import re

import pytest
from rest_framework import filters, pagination, routers, serializers, viewsets
from rest_framework.test import APIClient

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.compatibility(
        "Django REST framework",
        package="djangorestframework",
        holds="`ModelSerializer` with `__all__` has the wide model's fields and validators; "
        "nested, `depth` and hyperlinked serializers, view sets, search, ordering and the "
        "browsable API work as before. A list makes one query more for each part that it shows, "
        "whatever its length, and none with `with_parts()`.",
    ),
]

BRAND = {"name": "Acme"}


def serializer_of(model, base=serializers.ModelSerializer, declared=None, **meta):
    meta = type("Meta", (), {"model": model, "fields": "__all__", **meta})
    return type(f"{model.__name__}Serializer", (base,), {**(declared or {}), "Meta": meta})


def plain(serializer):
    """What it prints, without the names of apps; values are looked up in the table they are in."""
    text = repr(serializer).replace("wide", "").replace("split", "")
    return re.sub(r"Gadget\w*\.objects", "Gadget.objects", text)


def make_products(app, number=3):
    brand = app.Brand.objects.create(**BRAND)
    return [
        app.Product.objects.create(
            title=f"t{n}", slug=f"s{n}", seo_title=f"seo {n}", stock=-n, brand=brand
        )
        for n in range(number)
    ]


@pytest.fixture
def client(app, settings):
    """A client of an API over the products of one shop."""

    class Pages(pagination.PageNumberPagination):
        page_size = 2
        page_size_query_param = "size"

    class Products(viewsets.ModelViewSet):
        queryset = app.Product.objects.prefetch_related("related")
        serializer_class = serializer_of(app.Product)
        filter_backends = [filters.SearchFilter, filters.OrderingFilter]
        search_fields = ["title", "seo_title", "brand__name"]
        ordering_fields = "__all__"
        pagination_class = Pages

    class Brands(viewsets.ModelViewSet):
        queryset = app.Brand.objects.all()
        serializer_class = serializer_of(app.Brand)

    router = routers.DefaultRouter()
    router.register("products", Products)
    router.register("brands", Brands)
    settings.ROOT_URLCONF = tuple(router.urls)
    return APIClient()


@pytest.mark.parametrize("name", ["Product", "Gadget", "GadgetProxy"])
def test_all_fields_are_those_of_the_wide_model(apps, name):
    wide, split = [serializer_of(getattr(app, name))() for app in apps]
    assert list(wide.fields) == list(split.fields)
    for (field, mine), theirs in zip(wide.fields.items(), split.fields.values(), strict=True):
        assert plain(mine) == plain(theirs), field


@pytest.mark.parametrize("name", ["Gadget", "GadgetProxy"])
def test_validators_are_those_of_the_wide_model(apps, name):
    wide, split = [plain(serializer_of(getattr(app, name))()) for app in apps]
    assert wide == split
    assert split.count("UniqueTogetherValidator") == 2


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({"serial": "x"}, {"serial": ["gadget with this serial already exists."]}),
        ({"code": "g"}, {"code": ["gadget with this code already exists."]}),
        (
            {"line": "b", "number": 1},
            {"non_field_errors": ["The fields line, number must make a unique set."]},
        ),
        (
            {"remark": "r", "weight": 3},
            {"non_field_errors": ["The fields remark, weight must make a unique set."]},
        ),
        ({"colour": "c" * 21}, {"colour": ["Ensure this field has no more than 20 characters."]}),
        ({"maker": 0}, {"maker": ['Invalid pk "0" - object does not exist.']}),
    ],
)
def test_moved_fields_are_validated(app, data, errors):
    taken = {"line": "b", "number": 1, "remark": "r", "weight": 3}
    app.Gadget.objects.create(code="g", name="n", serial="x", **taken)
    serializer = serializer_of(app.Gadget)(
        data={"code": "h", "name": "n", "serial": "y", "line": "c", "number": 2, **data}
    )
    serializer.is_valid()
    assert serializer.errors == errors


def test_an_object_does_not_conflict_with_itself(app):
    taken = {"line": "b", "number": 1, "remark": "r", "weight": 3}
    gadget = app.Gadget.objects.create(code="g", name="n", serial="x", **taken)
    data = {"code": "g", "name": "new", "serial": "x", "colour": "red", **taken}
    serializer = serializer_of(app.Gadget)(app.Gadget.objects.get(), data=data)
    assert serializer.is_valid(), serializer.errors
    serializer.save()
    gadget.refresh_from_db()
    assert (gadget.name, gadget.colour, gadget.weight) == ("new", "red", 3)


@pytest.mark.parametrize("name", ["Gadget", "GadgetProxy"])
def test_unusual_fields_go_in_and_out(app, name):
    model = getattr(app, name)
    brand = app.Brand.objects.create(**BRAND)
    data = {
        "code": "g/1",
        "name": "n",
        "colour": "red",
        "maker": brand.pk,
        "serial": "s",
        "line": "l",
        "number": 7,
        "remark": None,
        "weight": None,
    }
    serializer = serializer_of(model)(data=data)
    assert serializer.is_valid(), serializer.errors
    serializer.save()
    assert serializer_of(model)(model.objects.get()).data == data
    changed = serializer_of(model)(model.objects.get(), data={"weight": 5}, partial=True)
    assert changed.is_valid(), changed.errors
    changed.save()
    assert serializer_of(model)(model.objects.get()).data == {**data, "weight": 5}


def test_nested_serializers_read_and_write(app):
    nested_product = serializer_of(
        app.Product,
        declared={"brand": serializer_of(app.Brand)()},
        fields=["title", "slug", "seo_title", "brand"],
    )

    def create(self, validated):
        product = dict(validated.pop("product"))
        brand = app.Brand.objects.create(**product.pop("brand"))
        product = app.Product.objects.create(brand=brand, **product)
        return app.Review.objects.create(product=product, **validated)

    serializer_class = serializer_of(
        app.Review, declared={"product": nested_product(), "create": create}, exclude=["id"]
    )
    del serializer_class.Meta.fields
    product = {"title": "t", "slug": "s", "seo_title": "seo", "brand": {"name": "Acme"}}
    serializer = serializer_class(data={"text": "good", "product": product})
    assert serializer.is_valid(), serializer.errors
    serializer.save()
    data = serializer_class(app.Review.objects.select_related("product").get()).data
    assert data["text"] == "good"
    assert data["product"]["seo_title"] == "seo"
    assert data["product"]["brand"]["name"] == "Acme"


def test_nested_rows_of_a_reverse_relation_are_read(app):
    make_products(app)
    products = serializer_of(app.Product, fields=["title", "seo_title"])(many=True)
    brands = serializer_of(app.Brand, declared={"product_set": products}, fields=["product_set"])
    data = brands(app.Brand.objects.prefetch_related("product_set").get()).data
    assert data["product_set"][1] == {"title": "t1", "seo_title": "seo 1"}


def test_depth_nests_moved_relations(app):
    product, *_ = make_products(app, 1)
    app.Review.objects.create(product=product, text="good")
    review = serializer_of(app.Review, depth=2)(app.Review.objects.get()).data
    assert review["product"]["seo_title"] == "seo 0"
    assert review["product"]["brand"] == {"id": product.brand_id, "name": "Acme"}
    assert list(review["product"]) == [
        "id",
        "title",
        "seo_title",
        "slug",
        "price",
        "seo_text",
        "stock",
        "restocked",
        "brand",
        "related",
    ]


def test_hyperlinks_lead_to_moved_relations(app, client):
    product, *_ = make_products(app, 1)
    base = serializers.HyperlinkedModelSerializer
    serializer_class = serializer_of(app.Product, base)
    data = serializer_class(app.Product.objects.get(), context={"request": None}).data
    assert data["url"] == f"/products/{product.pk}/"
    assert data["brand"] == f"/brands/{product.brand_id}/"
    assert "productseo_ptr" not in data
    changed = serializer_class(
        app.Product.objects.get(), {"brand": None}, partial=True, context={"request": None}
    )
    assert changed.is_valid(), changed.errors
    assert changed.save().brand is None


def test_a_view_set_creates_reads_changes_and_deletes(app, client):
    brand = app.Brand.objects.create(**BRAND)
    data = {"title": "t", "slug": "s", "seo_title": "seo", "stock": 4, "brand": brand.pk}
    created = client.post("/products/", data)
    assert created.status_code == 201, created.data
    url = f"/products/{created.data['id']}/"
    assert client.get(url).data == created.data
    assert created.data["seo_title"] == "seo"

    put = client.put(url, {"title": "u", "slug": "s", "stock": 5})
    assert (put.status_code, put.data["title"], put.data["stock"]) == (200, "u", 5)
    patched = client.patch(url, {"seo_text": "more"})
    assert patched.data == {**put.data, "seo_text": "more"}
    assert app.Product.objects.get().seo_text == "more"
    refused = client.post("/products/", data)
    assert refused.status_code == 400
    assert refused.data == {"slug": ["product with this slug already exists."]}

    assert client.delete(url).status_code == 204
    assert not app.Product.objects.filter(seo_title="seo").exists()


def test_search_ordering_and_pages_go_by_moved_fields(app, client):
    make_products(app, 4)

    def titles(**query):
        page = client.get("/products/", query).data
        return page["count"], [product["title"] for product in page["results"]]

    assert titles(search="seo 2") == (1, ["t2"])
    assert titles(search="acme", ordering="stock") == (4, ["t3", "t2"])
    assert titles(ordering="-seo_title", page=2) == (4, ["t1", "t0"])


def test_a_list_makes_no_query_per_row(app, client, django_assert_max_num_queries):
    make_products(app, 8)
    for size in (2, 8):
        with django_assert_max_num_queries(3 + 2):  # count, rows, related; one for each part
            assert len(client.get("/products/", {"size": size}).data["results"]) == size


def test_a_view_can_load_the_parts_with_its_rows(apps, django_assert_num_queries):
    _, split = apps
    make_products(split)
    queryset = split.Product.objects.with_parts().prefetch_related("related")
    with django_assert_num_queries(2):
        data = serializer_of(split.Product)(queryset, many=True).data
    assert data[1]["seo_title"] == "seo 1"


def test_the_browsable_api_shows_the_form_of_the_wide_model(app, client):
    product, *_ = make_products(app, 1)
    page = client.get(f"/products/{product.pk}/", headers={"accept": "text/html"})
    content = page.content.decode()
    assert 'name="seo_title"' in content
    assert 'name="brand"' in content
    assert "_ptr" not in content
    assert "productseo" not in content
    options = client.options("/products/").data["actions"]["POST"]
    assert options["seo_title"]["max_length"] == 100
