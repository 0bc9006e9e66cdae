"""The admin of polymorphic models, in one table and split."""

import re

import pytest
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.forms import modelform_factory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from polymorphic.formsets import PolymorphicFormSetChild, polymorphic_modelformset_factory

pytestmark = pytest.mark.django_db
pytest_plugins = ["tests.poly.fixtures"]


@pytest.fixture
def admin(client):
    client.force_login(User.objects.create_superuser("root", password="x"))
    return client


def url(poly, page, *args, model="product"):
    return reverse(f"admin:{poly.Product._meta.app_label}_{model}_{page}", args=args)


def type_of(model):
    return ContentType.objects.get_for_model(model, for_concrete_model=False).pk


def neutral(response):
    """The page without what differs between two apps anyway."""
    text = re.sub(r"poly_(wide|split)", "poly", response.content.decode())
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"|ct_id=\d+', "", text)
    return re.sub(r'value="\d+"', "", text)


def management(prefix, **counts):
    names = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, **counts}
    return {f"{prefix}-{name}": n for name, n in names.items()}


def test_the_list_shows_all_classes(poly, products, admin):
    response = admin.get(url(poly, "changelist"))
    cells = re.findall(
        r"field-(text|kind|brand|note)[^>]*>(?:<a[^>]*>)?([^<]*)", response.content.decode()
    )
    kinds = [value for name, value in cells if name == "kind"]
    assert [k.strip() for k in kinds] == [
        "Product", "Product", "Shirt", "Shirt", "Book i1", "Book i0", "Comic i1", "Comic i0"
    ]  # fmt: skip
    assert [value for name, value in cells if name == "note"][:4] == ["n1", "-", "n1", "-"]
    response = admin.get(url(poly, "changelist"), {"q": "v", "stock": "1"})
    assert [o.title for o in response.context["cl"].result_list] == ["b1"]
    response = admin.get(url(poly, "changelist"), {"polymorphic_ctype": type_of(poly.Shirt)})
    assert {o.title for o in response.context["cl"].result_list} == {"s0", "s1"}
    response = admin.get(url(poly, "changelist", model="book"), {"isbn": "i1"})
    assert {o.title for o in response.context["cl"].result_list} == {"b1", "c1"}


def test_the_list_makes_no_query_per_row(poly, admin):
    counts = []
    for n in range(2):
        for i in range(4):
            poly.Comic.objects.create(title=f"{n}{i}", text="t", isbn="i")
            poly.Shirt.objects.create(title=f"{n}{i}", text="t")
        with CaptureQueriesContext(connection) as queries:
            admin.get(url(poly, "changelist"))
        counts.append(len(queries))
    assert counts[0] >= counts[1]


def test_objects_are_edited_in_the_list(poly, products, admin):
    rows = list(products.order_by("text", "-stock"))
    data = {**management("form", TOTAL_FORMS=8, INITIAL_FORMS=8), "_save": "1"}
    for n, row in enumerate(rows):
        data.update({f"form-{n}-id": row.pk, f"form-{n}-stock": 50 + n})
    assert admin.post(url(poly, "changelist"), data).status_code == 302
    assert [o.stock for o in products.order_by("stock")] == list(range(50, 58))
    assert products.get(stock=56).title == "c1"


def test_an_object_is_added_by_class(poly, admin):
    page = admin.get(url(poly, "add"))
    assert "ct_id" in page.content.decode()
    book = type_of(poly.Book)
    assert admin.get(url(poly, "add"), {"ct_id": book}).status_code == 200
    data = {"title": "t", "text": "x", "isbn": "i", "pages": 5, "price": 1, "stock": 2, "note": ""}
    data |= management("review_set")
    response = admin.post(f"{url(poly, 'add')}?ct_id={book}", data)
    assert response.status_code == 302, response.context["errors"]
    found = poly.Product.objects.get()
    assert (type(found), found.text, found.isbn, found.stock) == (poly.Book, "x", "i", 2)
    data["slug"] = "used"
    for status in (302, 200):
        assert admin.post(f"{url(poly, 'add')}?ct_id={book}", data).status_code == status


def test_an_object_is_changed(poly, products, admin):
    comic = products.get(title="c1")
    page = admin.get(url(poly, "change", comic.pk))
    names = fields_of(page.content.decode())
    assert {"isbn", "panels", "text", "slug", "blurb", "artist"} <= set(names)
    assert not [n for n in names if "_ptr" in n or n.endswith("_id")]
    data = {"title": "C", "text": "X", "isbn": "I", "pages": 5, "price": 1, "stock": 2,
            "note": "N", "artist": "A", "panels": 3, "blurb": "B"}  # fmt: skip
    data |= management("review_set", TOTAL_FORMS=1)
    data |= {"review_set-0-stars": 3, "review_set-0-product": comic.pk}
    response = admin.post(url(poly, "change", comic.pk), data)
    assert response.status_code == 302
    found = poly.Comic.objects.get(title="C")
    assert (found.text, found.isbn, found.panels, found.note, found.blurb) == (
        "X",
        "I",
        3,
        "N",
        "B",
    )
    assert found.review_set.get().stars == 3
    assert admin.get(url(poly, "history", comic.pk)).status_code == 200


def test_the_pages_are_those_of_one_table(admin):
    from tests.poly.rows import fill
    from tests.poly.split import models as split
    from tests.poly.wide import models as wide

    pages = {}
    for poly in (wide, split):
        fill(poly)
        pages[poly] = [neutral(admin.get(url(poly, "changelist")))]
        for title in ("p1", "b1", "s1"):
            pk = poly.Product.objects.get(title=title).pk
            page = neutral(admin.get(url(poly, "change", pk)))
            pages[poly].append(re.sub(rf"/{pk}/", "/", page))
        page = admin.get(url(poly, "add"), {"ct_id": type_of(poly.Shirt)})
        pages[poly].append(neutral(page))
        brand = poly.Brand.objects.get(name="Acme")
        page = neutral(admin.get(url(poly, "change", brand.pk, model="brand")))
        pages[poly].append(re.sub(r"/\d+/", "/", page))
    for one, other in zip(*pages.values(), strict=True):
        assert fields_of(one) == fields_of(other)
        assert labels_of(one) == labels_of(other)


def fields_of(page):
    return re.findall(r'<(?:input|select|textarea)[^>]* name="([\w-]+)"', page)


def labels_of(page):
    return re.findall(r"<label[^>]*>(.*?)</label>|<h2[^>]*>(.*?)</h2>", page, re.S)


def test_objects_are_deleted(poly, products, admin):
    comic = products.get(title="c1")
    page = admin.get(url(poly, "delete", comic.pk)).content.decode()
    assert "c1" in page
    assert not re.search("(?i)details|panels|producttext", page)
    assert admin.post(url(poly, "delete", comic.pk), {"post": "yes"}).status_code == 302
    assert products.count() == 7
    keys = list(products.filter(text__in="uv").values_list("pk", flat=True))
    data = {"action": "delete_selected", "_selected_action": keys, "post": "yes"}
    assert admin.post(url(poly, "changelist"), data).status_code == 302
    assert {o.title for o in products.all()} == {"p0", "p1", "c0"}


def test_inlines_of_several_classes(poly, admin):
    brand = poly.Brand.objects.create(name="B")
    book = poly.Book.objects.create(title="b", isbn="i", text="t", brand=brand)
    page = admin.get(url(poly, "change", brand.pk, model="brand"))
    assert 'value="i"' in page.content.decode()
    data = {"name": "C", **management("product_set", TOTAL_FORMS=2, INITIAL_FORMS=1)}
    data |= {
        "product_set-0-id": book.pk, "product_set-0-brand": brand.pk,
        "product_set-0-polymorphic_ctype": type_of(poly.Book), "product_set-0-title": "b2",
        "product_set-0-text": "t2", "product_set-0-isbn": "i2", "product_set-0-pages": 3,
        "product_set-1-brand": brand.pk, "product_set-1-title": "p",
        "product_set-1-polymorphic_ctype": type_of(poly.Product), "product_set-1-text": "pt",
        "product_set-1-stock": 4,
    }  # fmt: skip
    data["product_set-0-product_ptr"] = book.pk
    response = admin.post(url(poly, "change", brand.pk, model="brand"), data)
    assert response.status_code == 302, response.context["errors"]
    found = brand.product_set.order_by("title")
    assert [(type(o), o.title, o.text) for o in found] == [
        (poly.Book, "b2", "t2"), (poly.Product, "p", "pt")
    ]  # fmt: skip
    assert found[0].isbn == "i2"


def test_forms_and_formsets(poly, products):
    book = poly.Book.objects.get(title="b1")
    form = modelform_factory(poly.Book, fields="__all__")(instance=book)
    assert list(form.fields) == [
        "title", "price", "maker", "slug", "text", "brand", "stock", "supplier", "successor",
        "note", "tags", "pages", "isbn", "publisher", "blurb",
    ]  # fmt: skip
    assert (form.initial["isbn"], form.initial["text"]) == ("i1", "v")
    children = [
        PolymorphicFormSetChild(model, fields=["title", "text"])
        for model in (poly.Product, poly.Shirt, poly.Book, poly.Comic)
    ]
    factory = polymorphic_modelformset_factory(
        poly.Product, fields=["title", "text"], formset_children=children, extra=0
    )
    formset = factory(queryset=products.order_by("pk"))
    assert [f.initial["text"] for f in formset.forms] == ["t", "u", "v", "w"] * 2
