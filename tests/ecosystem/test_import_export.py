"""django-import-export: a split model goes out and comes in as the wide one."""

import pytest
import tablib
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import path
from import_export import fields, resources, widgets
from import_export.admin import ImportExportModelAdmin

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.compatibility(
        "django-import-export",
        package="django-import-export",
        holds="A resource has the wide model's columns and none for links; what is exported to "
        "CSV, TSV or JSON can be imported again, row by row or in bulk, and in the admin. An "
        "export makes one query more for each part.",
    ),
]


def resource_of(model, **options):
    return resources.modelresource_factory(model, meta_options=options)


def make_products(app, number=3):
    brand, _ = app.Brand.objects.get_or_create(name="Acme")
    for n in range(number):
        app.Product.objects.create(
            title=f"t{n}", slug=f"s{n}", seo_title=f"Seo, {n}", stock=n, price=n, brand=brand
        )


def states(app):
    return list(app.Product.objects.values().order_by("pk"))


@pytest.mark.parametrize("name", ["Product", "Gadget", "GadgetProxy"])
def test_columns_are_those_of_the_wide_model(apps, name):
    wide, split = [resource_of(getattr(app, name))() for app in apps]
    assert wide.get_export_headers() == split.get_export_headers()
    assert list(wide.fields) == list(split.fields)
    for field in wide.fields:
        assert type(wide.fields[field].widget) is type(split.fields[field].widget)


@pytest.mark.parametrize("form", ["csv", "tsv", "json"])
def test_what_was_exported_comes_back(app, form):
    make_products(app)
    app.Product.objects.first().related.set(app.Product.objects.all()[1:])
    exported = resource_of(app.Product)().export().export(form)
    before = states(app)
    app.Product.objects.all().delete()

    result = resource_of(app.Product)().import_data(
        tablib.Dataset().load(exported, form), raise_errors=True
    )
    assert result.totals["new"] == 3
    assert states(app) == before
    assert app.Product.objects.first().related.count() == 2


def test_a_file_of_the_wide_model_is_read_by_the_split_one(apps):
    wide, split = apps
    make_products(wide)
    brand = wide.Brand.objects.get()
    split.Brand.objects.create(pk=brand.pk, name=brand.name)
    exported = resource_of(wide.Product)().export()
    resource_of(split.Product)().import_data(exported, raise_errors=True)
    assert states(split) == states(wide)
    assert resource_of(split.Product)().export().csv == exported.csv


def test_an_import_updates_and_skips_what_is_unchanged(app):
    make_products(app)
    resource = resource_of(app.Product, skip_unchanged=True, report_skipped=True)
    dataset = resource().export()
    rows = [dict(row) for row in dataset.dict]
    rows[1].update(seo_title="new", stock="9", brand="")
    changed = tablib.Dataset()
    changed.dict = rows
    result = resource().import_data(changed, raise_errors=True)
    assert [row.import_type for row in result] == ["skip", "update", "skip"]
    product = app.Product.objects.get(title="t1")
    assert (product.seo_title, product.stock, product.brand) == ("new", 9, None)
    assert "new" in "".join(result.rows[1].diff)


def test_columns_that_are_missing_are_left_as_they_are(app):
    make_products(app, 1)
    product = app.Product.objects.get()
    dataset = tablib.Dataset([product.pk, "moved on"], headers=["id", "seo_title"])
    resource_of(app.Product)().import_data(dataset, raise_errors=True)
    product = app.Product.objects.get()
    assert (product.seo_title, product.stock, product.brand.name) == ("moved on", 0, "Acme")


def test_an_import_goes_by_a_moved_key_and_a_name(app):
    class Resource(resources.ModelResource):
        maker = fields.Field("maker", "maker", widgets.ForeignKeyWidget(app.Brand, "name"))

        class Meta:
            model = app.Gadget
            import_id_fields = ["serial"]
            clean_model_instances = True

    app.Brand.objects.create(name="Acme")
    app.Gadget.objects.create(code="g", name="old", serial="1")
    headers = ["code", "name", "colour", "maker", "serial", "line", "number", "remark", "weight"]
    rows = [
        ["g", "new", "red", "Acme", "1", "a", 1, "", ""],
        ["h", "n", "blue", "", "2", "a", 2, "r", 3],
    ]
    result = Resource().import_data(tablib.Dataset(*rows, headers=headers))
    assert not result.has_errors()
    assert not result.has_validation_errors()
    first, second = app.Gadget.objects.order_by("code")
    assert (first.name, first.colour, first.maker.name, first.weight) == (
        "new",
        "red",
        "Acme",
        None,
    )
    assert (second.colour, second.maker, second.weight) == ("blue", None, 3)
    twice = tablib.Dataset(["i", "n", "", "", "3", "a", 2, "", ""], headers=headers)
    (invalid,) = Resource().import_data(twice).invalid_rows
    assert invalid.non_field_specific_errors == ["Gadget with this Line and Number already exists."]


def test_bulk_mode_creates_updates_and_deletes(app):
    class Resource(resource_of(app.Product, exclude=["related"], use_bulk=True, batch_size=2)):
        def for_delete(self, row, instance):
            return row["title"] == "gone"

    make_products(app, 5)
    before = states(app)
    exported = Resource().export()
    app.Product.objects.all().delete()
    Resource().import_data(exported, raise_errors=True)
    assert states(app) == before

    rows = [{**row, "seo_title": "new", "title": f"u{row['stock']}"} for row in exported.dict]
    rows[-1]["title"] = "gone"
    changed = tablib.Dataset()
    changed.dict = rows
    result = Resource().import_data(changed, raise_errors=True)
    assert (result.totals["update"], result.totals["delete"]) == (4, 1)
    found = app.Product.objects.values_list("title", "seo_title", "stock")
    assert list(found) == [(f"u{n}", "new", n) for n in range(4)]


def test_bulk_mode_leaves_no_rows_of_parts_behind(apps):
    _, split = apps
    make_products(split, 3)

    class Resource(resource_of(split.Product, use_bulk=True)):
        def for_delete(self, row, instance):
            return True

    Resource().import_data(Resource().export(), raise_errors=True)
    assert not split.ProductSeo.objects.exists()
    assert not split.ProductStock.objects.exists()


def test_an_export_makes_no_query_per_row(app, django_assert_max_num_queries):
    for number in (2, 8):
        app.Product.objects.all().delete()
        make_products(app, number)
        resource = resource_of(app.Product, exclude=["related"])()
        with django_assert_max_num_queries(1 + 2):
            assert len(resource.export()) == number


def test_the_admin_exports_and_imports(app, client, settings):
    class ProductAdmin(ImportExportModelAdmin):
        resource_classes = [resource_of(app.Product)]

    site = admin.AdminSite()
    site.register(app.Product, ProductAdmin)
    settings.ROOT_URLCONF = (path("admin/", site.urls),)
    client.force_login(User.objects.create_superuser("root"))
    make_products(app)
    before = states(app)
    url = f"/admin/{app.Product._meta.app_label}/product/"

    form = client.get(f"{url}export/").context["form"]
    chosen = {name: "on" for name in form.fields if name.startswith("productresource_")}
    exported = client.post(f"{url}export/", {"format": "0", "resource": "", **chosen}).content
    header = exported.decode().splitlines()[0]
    assert header == "id,title,seo_title,slug,price,seo_text,stock,brand,restocked,related"

    app.Product.objects.all().delete()
    upload = SimpleUploadedFile("p.csv", exported, "text/csv")
    page = client.post(f"{url}import/", {"format": "0", "import_file": upload, "resource": ""})
    assert not page.context["result"].has_errors(), page.context["result"].row_errors()
    assert "Seo, 2" in page.content.decode()
    client.post(f"{url}process_import/", page.context["confirm_form"].initial)
    assert states(app) == before
