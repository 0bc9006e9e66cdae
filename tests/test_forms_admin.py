"""ModelForm, formsets and the admin, on the wide model and on the core."""

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.forms import inlineformset_factory, modelform_factory, modelformset_factory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.shop.models import Brand, Product, ProductStock, Supplier
from tests.wide.models import Product as WideProduct
from tests.zoo.models import Animal

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.compatibility(
        "Admin and ModelForm",
        holds="Forms have the wide model's fields, without links and keys of parts; "
        "`field_order` orders them. `list_display`, filters, search, sorting, inlines, editing, "
        "deletion and bulk actions work; the changelist makes no query per row.",
    ),
]


@pytest.fixture
def admin(client):
    client.force_login(User.objects.create_superuser("root", password="x"))
    return client


def url(app, page, *args, model="product"):
    return reverse(f"admin:{app.Product._meta.app_label}_{model}_{page}", args=args)


@pytest.fixture
def products(app):
    brand = app.Brand.objects.create(name="Acme")
    supplier = app.Supplier.objects.create(name="Best")
    return [
        app.Product.objects.create(
            title=f"lamp{i}", price=i, seo_title=f"light{i}", stock=10 + i, brand=brand,
            supplier=supplier, slug=f"s{i}",
        )
        for i in range(3)
    ]  # fmt: skip


# Forms


def test_a_form_creates_and_changes(app):
    form_class = modelform_factory(app.Product, fields=["title", "seo_title", "stock", "note"])
    form = form_class({"title": "t", "seo_title": "s", "stock": 3, "note": ""})
    assert form.is_valid(), form.errors
    product = form.save()
    assert app.Product.objects.values_list("title", "seo_title", "stock").get() == ("t", "s", 3)
    form = form_class({"title": "t", "seo_title": "S", "stock": 4, "note": "n"}, instance=product)
    assert form.is_valid()
    form.save()
    assert app.Product.objects.values_list("seo_title", "stock", "note").get() == ("S", 4, "n")


def test_a_form_shows_the_values_of_unloaded_parts(app, products):
    form = modelform_factory(app.Product, fields="__all__")(instance=app.Product.objects.first())
    assert form.initial["seo_title"] == "light0"
    assert form["stock"].value() == 10
    assert 'value="light0"' in form.as_p()


def test_a_form_has_no_plumbing(app):
    form = modelform_factory(app.Product, fields="__all__")()
    assert not [name for name in form.fields if name.startswith("product")]


def test_a_form_has_the_fields_of_the_wide_model_in_the_order_that_the_core_names():
    fields = [{*modelform_factory(m, fields="__all__")().fields} for m in (WideProduct, Product)]
    assert fields[0] == fields[1]
    ordered = list(modelform_factory(Animal, fields="__all__")().fields)
    assert ordered == [name for name in Animal.field_order if name in ordered]


def test_a_form_keeps_parts_that_it_does_not_show():
    product = Product.objects.create(title="t", seo_title="s")
    form = modelform_factory(Product, fields=["title"])(
        {"title": "new"}, instance=Product.objects.get()
    )
    assert form.is_valid()
    Product.objects.filter(pk=product.pk).update(seo_title="kept")
    form.save()
    assert Product.objects.values_list("title", "seo_title").get() == ("new", "kept")


def test_formsets(app, products):
    formset_class = modelformset_factory(app.Product, fields=["title", "stock"], extra=1)
    data = {"form-TOTAL_FORMS": 4, "form-INITIAL_FORMS": 3}
    for i, product in enumerate(products):
        data |= {f"form-{i}-id": product.pk, f"form-{i}-title": f"x{i}", f"form-{i}-stock": i}
    data |= {"form-3-id": "", "form-3-title": "new", "form-3-stock": 9}
    formset = formset_class(data, queryset=app.Product.objects.order_by("pk"))
    assert formset.is_valid(), formset.errors
    formset.save()
    rows = app.Product.objects.order_by("pk").values_list("title", "stock")
    assert list(rows) == [("x0", 0), ("x1", 1), ("x2", 2), ("new", 9)]


def test_inline_formsets_over_a_relation_of_a_part(app, products):
    brand = app.Brand.objects.get()
    formset_class = inlineformset_factory(app.Brand, app.Product, fk_name="brand", fields=["title"])
    data = {"product_set-TOTAL_FORMS": 4, "product_set-INITIAL_FORMS": 3}
    for i, product in enumerate(products):
        data |= {f"product_set-{i}-id": product.pk, f"product_set-{i}-title": f"x{i}"}
        data |= {f"product_set-{i}-brand": brand.pk}
    data |= {"product_set-3-title": "new", "product_set-0-DELETE": "on"}
    formset = formset_class(data, instance=brand)
    assert formset.is_valid(), formset.errors
    formset.save()
    assert sorted(p.title for p in brand.product_set.all()) == ["new", "x1", "x2"]


# The admin


def test_the_changelist(app, products, admin):
    page = admin.get(url(app, "changelist")).content.decode()
    assert page.count("Acme") >= 3
    order = re.findall(r">(lamp\d)<", page)
    assert order == ["lamp0", "lamp1", "lamp2"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "light1"}, ["lamp1"]),
        ({"q": "acme lamp2"}, ["lamp2"]),
        ({"stock": "11"}, ["lamp1"]),
        ({"brand__id__exact": "0"}, []),
        ({"o": "-3"}, ["lamp2", "lamp1", "lamp0"]),
        ({"o": "-4"}, ["lamp2", "lamp1", "lamp0"]),
    ],
)
def test_the_changelist_searches_filters_and_sorts(app, products, admin, query, found):
    page = admin.get(url(app, "changelist"), query).content.decode()
    assert re.findall(r">(lamp\d)<", page) == found


def test_the_changelist_has_no_query_per_row(admin):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert admin.get("/admin/shop/product/").status_code == 200
        return len(captured)

    brand, supplier = Brand.objects.create(name="B"), Supplier.objects.create(name="S")
    Product.objects.create(title="t", brand=brand, supplier=supplier, note="n")
    few = queries()
    for i in range(20):
        Product.objects.create(title=f"t{i}", brand=brand, supplier=supplier)
    assert queries() == few


def test_the_changelist_edits(app, products, admin):
    data = {"form-TOTAL_FORMS": 3, "form-INITIAL_FORMS": 3, "_save": "Save"}
    for i, product in enumerate(products):
        data |= {f"form-{i}-id": product.pk, f"form-{i}-stock": 50 + i, f"form-{i}-price": 7}
    response = admin.post(url(app, "changelist"), data)
    assert response.status_code == 302
    rows = app.Product.objects.order_by("pk").values_list("stock", "price", "seo_title")
    assert list(rows) == [(50, 7, "light0"), (51, 7, "light1"), (52, 7, "light2")]


def inline(prefix="review_set"):
    return {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}


def test_adding(app, products, admin):
    page = admin.get(url(app, "add")).content.decode()
    assert 'name="seo_title"' in page
    assert 'name="productseo' not in page
    brand = app.Brand.objects.get()
    data = {
        "title": "new",
        "price": 1,
        "stock": 2,
        "reserved": 0,
        "seo_title": "s",
        "brand": brand.pk,
    }
    response = admin.post(url(app, "add"), data | inline())
    assert response.status_code == 302, response.context["adminform"].errors
    product = app.Product.objects.get(title="new")
    assert (product.stock, product.seo_title, product.brand) == (2, "s", brand)


def test_changing(app, products, admin):
    product = products[0]
    page = admin.get(url(app, "change", product.pk)).content.decode()
    assert 'value="light0"' in page
    data = {"title": "new", "price": 1, "stock": 2, "reserved": 0, "seo_title": "s", "weight": 4}
    data |= {
        "review_set-TOTAL_FORMS": 1,
        "review_set-INITIAL_FORMS": 0,
        "review_set-0-text": "good",
    }
    response = admin.post(url(app, "change", product.pk), data)
    assert response.status_code == 302
    found = app.Product.objects.get(pk=product.pk)
    assert (found.title, found.stock, found.seo_title, found.weight) == ("new", 2, "s", 4)
    assert [r.text for r in found.review_set.all()] == ["good"]
    history = admin.get(url(app, "history", product.pk)).content.decode()
    assert "Changed" in history


def test_mistakes_are_shown_at_their_fields(app, products, admin):
    data = {"title": "", "price": 1, "stock": "many", "reserved": 0, "slug": "s1"}
    response = admin.post(url(app, "change", products[0].pk), data | inline())
    assert set(response.context["adminform"].errors) == {"title", "stock", "slug"}


def test_deleting(app, products, admin):
    app.Review.objects.create(product=products[0], text="gone")
    page = admin.get(url(app, "delete", products[0].pk)).content.decode()
    assert "Product: " in page
    assert "Review: " in page
    assert "seo" not in page.lower().replace("lightseo", "")
    assert admin.post(url(app, "delete", products[0].pk), {"post": "yes"}).status_code == 302
    assert app.Product.objects.count() == 2
    assert not app.Review.objects.exists()


def test_deleting_selected_rows(app, products, admin):
    data = {"action": "delete_selected", "_selected_action": [p.pk for p in products[:2]]}
    page = admin.post(url(app, "changelist"), data).content.decode()
    assert "Products: 2" in page
    admin.post(url(app, "changelist"), data | {"post": "yes"})
    assert app.Product.objects.get().title == "lamp2"


def test_deleting_what_is_pointed_to_lists_cores(app, products, admin):
    page = admin.get(url(app, "delete", app.Brand.objects.get().pk, model="brand")).content.decode()
    assert page.count("Product: ") == 3
    admin.post(url(app, "delete", app.Brand.objects.get().pk, model="brand"), {"post": "yes"})
    assert not app.Product.objects.exists()
    assert not ProductStock.objects.exists()


def test_inlines_over_a_relation_of_a_part(app, products, admin):
    brand = app.Brand.objects.get()
    page = admin.get(url(app, "change", brand.pk, model="brand")).content.decode()
    assert page.count('value="light') == 3
    data = {"name": "Acme", "product_set-TOTAL_FORMS": 3, "product_set-INITIAL_FORMS": 3}
    for i, product in enumerate(products):
        data |= {
            f"product_set-{i}-id": product.pk, f"product_set-{i}-brand": brand.pk,
            f"product_set-{i}-title": "x", f"product_set-{i}-seo_title": f"y{i}",
            f"product_set-{i}-stock": i,
        }  # fmt: skip
    response = admin.post(url(app, "change", brand.pk, model="brand"), data)
    assert response.status_code == 302
    rows = app.Product.objects.order_by("pk").values_list("title", "seo_title", "stock")
    assert list(rows) == [("x", "y0", 0), ("x", "y1", 1), ("x", "y2", 2)]
