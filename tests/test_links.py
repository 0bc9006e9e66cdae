"""What a core is made of: links, keys, parts, and what it shows of them."""

import pytest
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import connection, models
from django.test.utils import isolate_apps

from bdmodels.fields import VirtualParentLink
from bdmodels.models import BreakdownModel, PartModel
from tests.shop.models import Product, ProductNote, ProductSeo
from tests.zoo.models import Asset, AssetFile, Footnote, Page, PageStats, Reading, Shelf, ShelfSize


def columns(model):
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, model._meta.db_table)
    return {column.name for column in found}


@pytest.mark.django_db
def test_the_core_table_has_the_core_columns_only():
    assert columns(Product) == {"id", "title", "price", "maker_id"}


@pytest.mark.django_db
def test_a_part_table_has_a_key_and_its_columns():
    assert columns(ProductNote) == {"productnote_id", "note", "weight"}


@isolate_apps("tests.shop")
def test_a_link_declared_by_hand_gives_the_same_model():
    class Left(PartModel):
        a = models.IntegerField()

        class Meta:
            app_label = "shop"

    class Implicit(BreakdownModel, Left):
        class Meta:
            app_label = "shop"

    class Explicit(BreakdownModel, Left):
        id = models.BigAutoField(primary_key=True)
        left_ptr = VirtualParentLink(Left, related_name="+")

        class Meta:
            app_label = "shop"

    names = [[f.name for f in m._meta.fields] for m in (Implicit, Explicit)]
    assert names[0] == names[1] == ["id", "a"]
    assert type(Implicit._meta.pk) is type(Explicit._meta.pk)
    assert type(Implicit._meta.get_field("left_ptr")) is VirtualParentLink


def test_an_added_key_has_the_type_of_the_core_key():
    assert type(ProductSeo._meta.pk) is models.BigIntegerField
    assert type(Asset._meta.pk) is models.UUIDField
    assert type(AssetFile._meta.pk) is models.UUIDField
    assert not AssetFile._meta.pk.has_default()


def test_the_key_of_a_core_is_its_own():
    assert Product._meta.pk.model is Product
    assert Product._meta.pk.name == "id"


@isolate_apps("tests.shop")
def test_a_part_with_a_key_named_like_that_of_the_core_is_refused():
    class Keyed(models.Model):
        class Meta:
            app_label = "shop"

    with pytest.raises(FieldError, match=r"Part shop.Keyed has no key of its own"):

        class Core(BreakdownModel, Keyed):
            class Meta:
                app_label = "shop"


@isolate_apps("tests.shop")
def test_a_part_may_have_a_field_named_like_the_core():
    class Text(PartModel):
        book = models.CharField(max_length=5)

        class Meta:
            app_label = "shop"

    class Book(BreakdownModel, Text):
        class Meta:
            app_label = "shop"

    book = Book(book="x")
    assert book.book == "x"
    assert Book.check() == []


@pytest.mark.parametrize("name", ["productseo_ptr", "productseo_id", "productseo_ptr_id"])
def test_links_and_part_keys_are_found_by_name_but_in_no_list(name):
    assert Product._meta.get_field(name)
    shown = Product._meta.get_fields(include_hidden=True)
    assert name not in {getattr(f, "name", "") for f in shown}
    assert name not in {getattr(f, "attname", "") for f in shown}


def test_an_unknown_field_is_still_unknown():
    with pytest.raises(FieldDoesNotExist, match="Product has no field named 'nonsense'"):
        Product._meta.get_field("nonsense")


def test_the_key_of_a_part_is_that_of_the_core():
    product = Product(title="Lamp")
    assert product.productseo_id is None
    product.pk = 7
    assert (product.productseo_id, product.productseo_ptr_id, product.id) == (7, 7, 7)


def test_a_link_deconstructs_to_what_makes_it():
    field = VirtualParentLink(ProductNote, null=True)
    field.set_attributes_from_name("productnote_ptr")
    name, path, args, kwargs = field.deconstruct()
    assert (name, path, args) == ("productnote_ptr", "bdmodels.fields.VirtualParentLink", [])
    assert kwargs == {"null": True, "to": "shop.productnote"}


def test_an_explicit_link_joins_on_the_keys():
    sql = str(Shelf.objects.filter(width=3).query).replace("`", '"')
    assert 'INNER JOIN "zoo_shelfsize" ON ("zoo_shelf"."id" = "zoo_shelfsize"."shelf_no")' in sql


@pytest.mark.django_db
def test_a_virtual_foreign_key_goes_by_the_column_that_is_there(django_assert_num_queries):
    page = Page.objects.create(pageno=5, text="x")
    Reading.objects.create(page_number=page.pk)
    reading = Reading.objects.select_related("page").get(page__text="x")
    with django_assert_num_queries(0):
        assert reading.page == page
        assert reading.page_id == reading.page_number
    assert page.reading_set.get() == reading
    reading.page = Page.objects.create()
    assert reading.page_number == reading.page.pk


@pytest.mark.django_db
def test_a_virtual_one_to_one_field_works_in_both_directions():
    page = Page.objects.create()
    PageStats.objects.create(page=page, visits=3)
    assert page.stats.visits == 3
    assert Page.objects.get(stats__visits=3) == page
    page.delete()
    assert not PageStats.objects.exists()


@pytest.mark.django_db
def test_a_part_is_a_model_that_can_be_used_by_itself():
    shelf = Shelf.objects.create(label="top", width=4)
    size = ShelfSize.objects.get()
    assert (size.pk, size.width, size.shelf) == (shelf.pk, 4, shelf)
    assert shelf.size == size


@pytest.mark.django_db
def test_a_foreign_key_to_a_part_takes_the_core():
    page = Page.objects.create(text="x")
    note = Footnote.objects.create(on=page)
    assert Footnote.objects.get(on=page) == note
    assert Footnote.objects.get(on__page__pageno=1) == note
    page.delete()
    assert not Footnote.objects.exists()
