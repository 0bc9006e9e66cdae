"""django-tables2: tables of a split model."""

import django_tables2
import pytest
from django.utils.html import strip_tags
from django_tables2.export import TableExport
from django_tables2.views import SingleTableView

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.compatibility(
        "django-tables2",
        package="django-tables2",
        holds="A table of a model has the wide model's columns; moved columns and relations "
        "sort, are shown and exported. A table makes one query more for each part that it shows.",
    ),
]


def table_of(model, **meta):
    meta = type("Meta", (), {"model": model, "template_name": "django_tables2/table.html", **meta})
    return type("Table", (django_tables2.Table,), {"Meta": meta})


@pytest.fixture
def products(app):
    for n in range(6):
        brand = app.Brand.objects.create(name=f"Brand {n % 2} {n}")
        app.Product.objects.create(
            title=f"t{n}", slug=f"s{n}", seo_title=f"Seo {n}", stock=n % 3, brand=brand
        )
    return app.Product.objects.all()


def titles(table):
    return [row.record.title for row in table.rows]


@pytest.mark.parametrize("name", ["Product", "Gadget", "GadgetProxy"])
def test_columns_are_those_of_the_wide_model(apps, name):
    wide, split = [table_of(getattr(app, name)).base_columns for app in apps]
    assert list(wide) == list(split)
    for column in wide:
        assert type(wide[column]) is type(split[column])
        assert wide[column].verbose_name == split[column].verbose_name


def test_moved_columns_sort(app, products):
    table_class = table_of(app.Product)
    assert titles(table_class(products, order_by="-seo_title"))[:2] == ["t5", "t4"]
    assert titles(table_class(products, order_by=("-stock", "seo_title")))[:3] == ["t2", "t5", "t1"]
    assert titles(table_class(products, order_by="-brand"))[0] == "t5"


def test_accessors_follow_moved_relations(app, products, rf):
    class Table(django_tables2.Table):
        maker = django_tables2.Column(accessor="brand__name")
        seo = django_tables2.Column(accessor="seo_title", linkify=lambda record: f"/{record.slug}/")

        class Meta:
            model = app.Product
            fields = ["title"]

    table = Table(products, order_by="-maker")
    assert titles(table)[0] == "t5"
    html = table.as_html(rf.get("/"))
    assert '<a href="/s5/">Seo 5</a>' in html
    assert "Brand 1 5" in strip_tags(html)


def test_the_page_is_that_of_the_wide_model(apps, rf):
    pages = []
    for app in apps:
        brand = app.Brand.objects.create(pk=1, name="Acme")
        app.Product.objects.create(pk=1, title="t", slug="s", seo_title="seo", brand=brand)
        pages.append(table_of(app.Product)(app.Product.objects.all()).as_html(rf.get("/")))
    assert pages[0] == pages[1]
    assert "seo" in pages[0]


def test_a_table_makes_no_query_per_row(app, products, rf, django_assert_max_num_queries):
    table_class = table_of(app.Product, exclude=["related"])
    for size in (2, 6):
        table = table_class(products.select_related("brand"))
        table.paginate(per_page=size)
        # the number of rows, the rows, and the part that select_related() has not brought
        with django_assert_max_num_queries(3):
            table.as_html(rf.get("/"))


def test_a_view_and_an_export(app, products, rf):
    view = SingleTableView.as_view(
        model=app.Product, table_class=table_of(app.Product), paginate_by=2
    )
    table = view(rf.get("/", {"sort": "-seo_title"})).context_data["table"]
    assert [row.record.title for row in table.page.object_list] == ["t5", "t4"]
    fields = ["title", "seo_title", "stock", "brand"]
    rows = TableExport("csv", table_of(app.Product, fields=fields)(products)).export()
    rows = rows.decode() if isinstance(rows, bytes) else rows
    assert rows.splitlines()[:2] == ["Title,Seo title,Stock,Brand", "t0,Seo 0,0,Brand 0 0"]


@pytest.mark.parametrize("name", ["Gadget", "GadgetProxy"])
def test_unusual_columns_sort_and_show(app, name, rf):
    model = getattr(app, name)
    model.objects.create(code="a", name="a", serial="1", colour="red", weight=3)
    model.objects.create(code="b", name="b", serial="2", number=1, colour="blue")
    table = table_of(model)(model.objects.all(), order_by="colour")
    assert [row.get_cell_value("colour") for row in table.rows] == ["blue", "red"]
    assert [row.get_cell("weight") for row in table.rows] == ["—", 3]
    assert "red" in table.as_html(rf.get("/"))
