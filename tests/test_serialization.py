"""Dumps, fixtures and serializers have the format of the wide model."""

import io
import json

import pytest
from django.core import serializers
from django.core.management import call_command

from tests.shop.models import Product, ProductNote, ProductSeo, ProductStock
from tests.zoo.models import Animal, Bird, Parrot, Pet

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.compatibility(
        "dumpdata and loaddata",
        holds="A dump has the wide model's format, one object with all its fields, and loads from "
        "before the split and after it: JSON, XML, JSON lines, natural keys included.",
    ),
]

FIELDS = [
    "title", "price", "maker", "slug", "seo_title", "seo_text", "brand", "stock", "reserved",
    "supplier", "successor", "counted", "note", "weight", "tags",
]  # fmt: skip


@pytest.fixture
def products(app):
    brand = app.Brand.objects.create(name="B")
    tag = app.Tag.objects.create(name="x")
    one = app.Product.objects.create(
        title="one", price=1, slug="1", seo_title="s", brand=brand, stock=3, note="n"
    )
    one.tags.add(tag)
    app.Product.objects.create(title="two", successor=one)
    return app.Product.objects


def rows(manager):
    names = (
        "pk",
        "title",
        "price",
        "slug",
        "seo_title",
        "brand_id",
        "stock",
        "successor_id",
        "note",
    )
    return list(manager.order_by("pk").values_list(*names))


def dump(*labels, **options):
    out = io.StringIO()
    call_command("dumpdata", *labels, stdout=out, **options)
    return out.getvalue()


@pytest.mark.parametrize("form", ["json", "python", "xml", "jsonl"])
def test_objects_come_back_as_they_were(products, form):
    before = rows(products)
    text = serializers.serialize(form, products.order_by("pk"))
    products.all().delete()
    for restored in serializers.deserialize(form, text):
        restored.save()
    assert rows(products) == before
    assert [t.name for t in products.get(title="one").tags.all()] == ["x"]


def test_an_object_is_dumped_with_all_its_fields(products):
    (one, _) = serializers.serialize("python", products.order_by("pk"))
    assert list(one["fields"]) == FIELDS
    assert (one["fields"]["seo_title"], one["fields"]["stock"]) == ("s", 3)
    assert "productseo_id" not in one["fields"]


def test_serializing_many_loads_each_part_once(django_assert_max_num_queries):
    Product.objects.bulk_create([Product(title="t", stock=i) for i in range(40)])
    with django_assert_max_num_queries(45) as captured:
        serializers.serialize("json", Product.objects.all())
    parts = [q for q in captured if "shop_productstock" in q["sql"]]
    assert len(parts) == 1


def test_chosen_fields(products):
    (one, _) = serializers.serialize(
        "python", products.order_by("pk"), fields=["seo_title", "price"]
    )
    assert one["fields"] == {"price": 1, "seo_title": "s"}


def test_dumpdata_has_no_parts(products):
    label = products.model._meta.app_label
    found = json.loads(dump(label))
    kinds = [entry["model"].partition(".")[2] for entry in found]
    assert sorted(kinds) == ["brand", "product", "product", "tag"]


def test_dumpdata_of_a_part_that_is_named():
    Product.objects.create(title="t", stock=3)
    (entry,) = json.loads(dump("shop.ProductStock"))
    assert (entry["model"], entry["fields"]["stock"]) == ("shop.productstock", 3)


def test_dumpdata_and_loaddata_restore_everything(products, tmp_path, app):
    label = products.model._meta.app_label
    before = rows(products)
    file = tmp_path / "dump.json"
    file.write_text(dump(label))
    for model in (app.Product, app.Brand, app.Tag):
        model.objects.all().delete()
    call_command("loaddata", file, verbosity=0)
    assert rows(products) == before
    call_command("loaddata", file, verbosity=0)  # over what is there
    assert rows(products) == before


def test_a_fixture_of_the_wide_model_loads(tmp_path):
    from tests.wide import models as wide

    brand = wide.Brand.objects.create(name="B")
    wide.Product.objects.create(
        title="t", price=2, slug="s", seo_title="x", brand=brand, stock=4, note="n"
    )
    file = tmp_path / "dump.json"
    file.write_text(dump("wide").replace('"wide.', '"shop.'))
    call_command("loaddata", file, verbosity=0)
    (product,) = Product.objects.all()
    assert (product.seo_title, product.brand.name, product.stock, product.note) == (
        "x",
        "B",
        4,
        "n",
    )
    assert [m.objects.count() for m in (ProductSeo, ProductStock, ProductNote)] == [1, 1, 1]


def test_a_fixture_with_few_fields_takes_the_defaults(tmp_path, app):
    label = app.Product._meta.app_label
    file = tmp_path / "few.json"
    few = {"title": "t", "counted": "2024-01-01T00:00:00Z"}
    file.write_text(json.dumps([{"model": f"{label}.product", "pk": 8, "fields": few}]))
    call_command("loaddata", file, verbosity=0)
    product = app.Product.objects.get(pk=8)
    assert (product.title, product.stock, product.seo_title, product.note) == ("t", 0, "", None)


def test_proxies_and_children_are_dumped():
    Parrot.objects.create(name="Polly", keeper="Bo", words=3, wingspan=7)
    found = {
        e["model"]: e["fields"] for e in serializers.serialize("python", list(Parrot.objects.all()))
    }
    assert found == {"zoo.parrot": {"colour": "green", "words": 3}}
    found = {
        e["model"]: e["fields"] for e in serializers.serialize("python", list(Bird.objects.all()))
    }
    assert found["zoo.bird"] == {"wingspan": 7}
    (pet,) = serializers.serialize("python", Pet.objects.all())
    assert pet["fields"]["keeper"] == "Bo"


def test_children_come_back(tmp_path):
    Parrot.objects.create(name="Polly", keeper="Bo", words=3, wingspan=7)
    file = tmp_path / "zoo.json"
    file.write_text(dump("zoo"))
    Animal.objects.all().delete()
    call_command("loaddata", file, verbosity=0)
    parrot = Parrot.objects.get()
    assert (parrot.name, parrot.keeper, parrot.words, parrot.wingspan) == ("Polly", "Bo", 3, 7)


def test_natural_keys_over_a_field_of_a_part(products, monkeypatch):
    model = products.model
    monkeypatch.setattr(model, "natural_key", lambda self: (self.slug,), raising=False)
    monkeypatch.setattr(
        type(model._default_manager), "get_by_natural_key",
        lambda self, slug: self.get(slug=slug), raising=False,
    )  # fmt: skip
    one = products.get(title="one")
    text = serializers.serialize("json", [one], use_natural_primary_keys=True)
    assert '"pk"' not in text
    one.title = "changed"
    one.save()
    for restored in serializers.deserialize("json", text):
        restored.save()
    assert products.get(slug="1").title == "one"
    assert products.count() == 2
