"""BreakdownAdminMixin: fieldsets for parts, and what the pages load."""

import subprocess
import sys

import django
import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bdmodels.admin_mixin import BreakdownAdminMixin, BreakdownInlineMixin
from bdmodels.lazy_loads import assert_no_lazy_parts
from tests.shop.models import Bargain, Brand, Product, Review, Supplier

pytestmark = pytest.mark.django_db


class Plain(BreakdownAdminMixin, admin.ModelAdmin):
    pass


@pytest.fixture
def request_(rf):
    request = rf.get("/")
    request.user = User.objects.create_superuser("root", password="x")
    return request


def made(base=Plain, model=Product, **options):
    return type("ProductAdmin", (base,), options)(model, admin.AdminSite())


def titles(fieldsets):
    return [(title, options.get("classes", [])) for title, options in fieldsets]


def fields(fieldsets):
    return [list(options["fields"]) for _, options in fieldsets]


# Fieldsets


def test_each_part_has_a_fieldset(request_):
    found = made().get_fieldsets(request_)
    assert titles(found) == [
        (None, []),
        ("Product seo", []),
        ("Product stock", []),
        ("Product note", ["collapse"]),
    ]
    assert fields(found) == [
        ["title", "price", "maker", "tags"],
        ["slug", "seo_title", "seo_text", "brand"],
        ["stock", "reserved", "supplier", "successor"],
        ["note", "weight"],
    ]


def test_the_fieldset_of_a_sparse_part_is_open_where_it_has_values(request_):
    without, with_values = Product(title="a"), Product(title="b", weight=0)
    assert titles(made().get_fieldsets(request_, without))[-1] == ("Product note", ["collapse"])
    assert titles(made().get_fieldsets(request_, with_values))[-1] == ("Product note", [])


@pytest.mark.parametrize(
    "options",
    [{"fieldsets": [("All", {"fields": ["title", "stock"]})]}, {"fields": ["stock", "title"]}],
)
def test_fieldsets_and_fields_are_obeyed(request_, options):
    expected = type("ProductAdmin", (admin.ModelAdmin,), options)(Product, admin.AdminSite())
    assert made(**options).get_fieldsets(request_) == expected.get_fieldsets(request_)


def test_excluded_and_read_only_fields(request_):
    def total(self, obj):
        return 1

    found = made(
        exclude=["note", "weight", "tags"], readonly_fields=["total", "counted"], total=total
    ).get_fieldsets(request_)
    assert [title for title, _ in titles(found)] == [None, "Product seo", "Product stock"]
    assert fields(found)[0] == ["title", "price", "maker", "total"]
    assert fields(found)[2][-1] == "counted"


def test_models_without_parts_and_proxies(request_):
    assert titles(made(model=Brand).get_fieldsets(request_)) == [(None, [])]
    assert len(made(model=Bargain).get_fieldsets(request_)) == 4
    assert made(model=Bargain, list_display=["stock"]).get_list_parts(request_) == [
        "productstock_ptr"
    ]


def test_columns_of_a_tabular_inline_keep_their_order(request_):
    def inline(base):
        kind = type(
            "ProductInline", (BreakdownInlineMixin, base), {"model": Product, "fk_name": "brand"}
        )
        return kind(Brand, admin.AdminSite())

    assert len(inline(admin.TabularInline).get_fieldsets(request_)) == 1
    stacked = inline(admin.StackedInline)
    assert titles(stacked.get_fieldsets(request_))[1][0] == "Product seo"
    product = Product.objects.create(title="x", brand=Brand.objects.create(name="y"))
    with assert_no_lazy_parts():
        (found,) = stacked.get_queryset(request_)
        assert (found.seo_title, found.stock, found.note) == ("", 0, None)
    assert found == product


# What is loaded


def shelf(self, product):
    return product.stock


shelf.admin_order_field = "-stock"


@pytest.mark.parametrize(
    ("shown", "links"),
    [
        (["title", "price"], []),
        (["title", "seo_title", "slug"], ["productseo_ptr"]),
        (["note", "stock"], ["productnote_ptr", "productstock_ptr"]),
        (["brand__name"], ["productseo_ptr"]),
        (["successor__seo_title"], ["productstock_ptr", "successor__productseo_ptr"]),
        (["warranty__product__stock"], ["warranty__product__productstock_ptr"]),
        (["shelf"], ["productstock_ptr"]),
        ([shelf], ["productstock_ptr"]),
        (["__str__", "nothing", lambda product: 1], []),
    ],
    ids=lambda names: "-".join(getattr(name, "__name__", name) for name in names) or "none",
)
def test_the_changelist_loads_the_parts_of_what_it_shows(request_, shown, links):
    assert made(list_display=shown, shelf=shelf).get_list_parts(request_) == links


def test_more_parts_can_be_named(request_):
    found = made(list_display=["__str__"], list_parts=["productseo_ptr"])
    assert found.get_list_parts(request_) == ["productseo_ptr"]


def test_list_parts_are_checked():
    (error,) = [e for e in made(list_parts=["productseo"]).check() if e.id == "bdmodels.E019"]
    assert "'productseo'" in error.msg
    assert "productseo_ptr" in error.hint
    (error,) = [e for e in made(model=Brand, list_parts=["x"]).check() if e.id == "bdmodels.E019"]
    assert error.hint == "shop.Brand has no parts."
    assert not made(list_parts=["productseo_ptr"]).check()


@pytest.fixture
def rows():
    brand, supplier = Brand.objects.create(name="B"), Supplier.objects.create(name="S")
    for n in range(3):
        Product.objects.create(title=f"t{n}", brand=brand, supplier=supplier, stock=n, note=str(n))
    Review.objects.create(product=Product.objects.first(), text="good")


def rendered(model_admin, request):
    changes = model_admin.get_changelist_instance(request)
    with CaptureQueriesContext(connection) as captured:
        rows = [[str(cell) for cell in row_of(changes, found)] for found in changes.result_list]
    return rows, len(captured)


def row_of(changes, found):
    from django.contrib.admin.templatetags.admin_list import items_for_result

    return list(items_for_result(changes, found, None))


@pytest.mark.parametrize("related", [False, ["supplier"], ["brand", "successor"]], ids=str)
def test_rows_are_one_query(request_, rows, related):
    shown = ["title", "stock", "brand", "note"]
    model_admin = made(list_display=shown, list_select_related=related)
    model_admin.admin_site.register(Product)
    with assert_no_lazy_parts():
        found, queries = rendered(model_admin, request_)
    assert len(found) == 3
    # Django 6.1 selects what is shown by itself; else brands are another for each row.
    selected = "brand" in related if related else django.VERSION >= (6, 1)
    assert queries == (1 if selected else 4)


def test_list_select_related_stays(request_, rows):
    model_admin = made(list_display=["title", "stock"], list_select_related=["supplier"])
    queryset = model_admin.get_changelist_instance(request_).queryset
    assert set(queryset.query.select_related) == {"supplier", "productstock_ptr"}


def test_a_queryset_with_all_parts_stays(request_, rows):
    class Own(BreakdownAdminMixin, admin.ModelAdmin):
        list_display = ("title", "stock")

        def get_queryset(self, request):
            queryset = super().get_queryset(request)
            queryset.query.select_related = True
            return queryset

    queryset = made(Own).get_changelist_instance(request_).queryset
    assert queryset.query.select_related is True


def test_a_queryset_of_ones_own(request_, rows):
    class Own(BreakdownAdminMixin, admin.ModelAdmin):
        list_display = ("title", "stock")

        def get_queryset(self, request):
            return super().get_queryset(request).only("title")

    found, queries = rendered(made(Own), request_)
    assert len(found) == 3
    assert queries == 2  # only() is obeyed: the part follows, for all rows at once.


def test_pages_of_one_object_have_all_parts(request_, rows):
    model_admin = made()
    key = str(Product.objects.first().pk)
    with assert_no_lazy_parts(), CaptureQueriesContext(connection) as captured:
        found = model_admin.get_object(request_, key)
        assert (found.stock, found.note, found.brand_id is None) == (0, "0", False)
    assert len(captured) == 1
    assert not model_admin.get_queryset(request_).query.select_related
    assert model_admin.get_object(request_, "no key") is None
    assert not model_admin.get_queryset(request_).query.select_related


def test_the_list_of_what_points_to_a_core(request_, rows):
    model_admin = made(model=Review, list_display=["text", "product__stock"])
    with assert_no_lazy_parts():
        found = model_admin.get_changelist_instance(request_).queryset.get()
        assert found.product.stock == 0


def test_edited_rows_are_loaded_with_their_parts(request_, rows):
    model_admin = made(list_display=["title", "stock"], list_editable=["stock"])
    keys = Product.objects.values_list("pk", flat=True)
    request_.POST = {f"form-{n}-id": key for n, key in enumerate(keys)}
    with assert_no_lazy_parts():
        found = model_admin._get_list_editable_queryset(request_, "form")
        assert sorted(product.stock for product in found) == [0, 1, 2]


def test_importing_the_mixin_registers_nothing():
    code = """
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.messages",
    "django.contrib.sessions", "bdmodels"])
django.setup()
import bdmodels.admin_mixin
from django.contrib import admin
assert not admin.site._registry
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
