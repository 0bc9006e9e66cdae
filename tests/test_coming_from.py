"""The names and behaviours that users of broken-down-models 0.5 rely on."""

import warnings

import django
import pytest
from django.db import models
from django.test.utils import isolate_apps

from bdmodels import migration_ops
from bdmodels.fields import VirtualForeignKey, VirtualOneToOneField, VirtualParentLink
from bdmodels.models import (
    BreakdownManager,
    BreakdownModel,
    BreakdownQuerySet,
    BrokenDownManager,
    BrokenDownModel,
    BrokenDownQuerySet,
)
from tests.shop.models import Product
from tests.zoo.models import Page, Shelf


def test_the_old_names_are_there():
    assert BrokenDownModel is BreakdownModel
    assert BrokenDownManager is BreakdownManager
    assert BrokenDownQuerySet is BreakdownQuerySet
    assert callable(migration_ops.AddVirtualField)
    assert callable(migration_ops.CopyDataToPartial)


@isolate_apps("tests.shop")
def test_a_model_written_for_it_works():
    class Left(models.Model):
        left_id = models.IntegerField(primary_key=True)
        a = models.IntegerField(null=True)

        class Meta:
            app_label = "shop"

    class Right(models.Model):
        right_id = models.IntegerField(primary_key=True)
        b = models.CharField(max_length=5)

        class Meta:
            app_label = "shop"

    class Whole(BrokenDownModel, Left, Right):
        id = models.AutoField(primary_key=True)
        left = VirtualParentLink(Left)
        right = VirtualParentLink(Right)
        own = models.IntegerField()

        class Meta:
            app_label = "shop"

    assert [f.name for f in Whole._meta.fields] == ["id", "own", "a", "b"]
    assert Whole._meta.pk.name == "id"
    assert Whole.check() == []
    assert Whole(7).left_id == Whole(7).right_id == 7


@pytest.mark.parametrize("field", [VirtualForeignKey, VirtualOneToOneField, VirtualParentLink])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"default": 1}, "default"),
        ({"db_default": 1}, "default"),
        ({"editable": True}, "Virtual field cannot be editable"),
        ({"db_index": True}, "Virtual field cannot have an index"),
    ],
)
def test_options_of_a_column_are_refused(field, options, message):
    with pytest.raises(ValueError, match=message):
        field(Page, from_field="id", on_delete=models.CASCADE, **options)


@pytest.mark.parametrize("field", [VirtualForeignKey, VirtualOneToOneField, VirtualParentLink])
@pytest.mark.parametrize("option", ["editable", "db_index"])
def test_redundant_options_are_warned_of(field, option):
    with pytest.warns(UserWarning, match=f"{option}=False is implied"):
        made = field(Page, from_field="id", on_delete=models.CASCADE, **{option: False})
    assert getattr(made, option) is False


def test_arguments_by_position():
    link = VirtualParentLink(Page, "id", models.CASCADE)
    assert link.from_field == "id"
    assert link.remote_field.on_delete is models.CASCADE
    key = VirtualForeignKey(Page, "number", models.DO_NOTHING, to_field="pageno")
    assert (key.from_field, key.remote_field.on_delete) == ("number", models.DO_NOTHING)
    assert key.to_fields == ["pageno"]


def ids(model):
    return [message.id for message in model.check()]


@isolate_apps("tests.shop")
def test_an_unknown_from_field_is_reported():
    class Number(models.Model):
        page = VirtualForeignKey(Page, from_field="nonsense", on_delete=models.CASCADE)

        class Meta:
            app_label = "shop"

    assert "bdmodels.E001" in ids(Number)


@isolate_apps("tests.shop")
@pytest.mark.parametrize("on_delete", [models.SET_NULL, models.SET_DEFAULT, models.SET(3)])
def test_an_on_delete_that_changes_the_value_is_reported(on_delete):
    class Number(models.Model):
        number = models.IntegerField(null=True)
        page = VirtualForeignKey(Page, from_field="number", on_delete=on_delete, null=True)

        class Meta:
            app_label = "shop"

    assert "bdmodels.E002" in ids(Number)


@isolate_apps("tests.shop")
def test_a_parent_link_with_a_column_is_reported():
    class Part(models.Model):
        part_id = models.IntegerField(primary_key=True)

        class Meta:
            app_label = "shop"

    class Core(BrokenDownModel, Part):
        id = models.AutoField(primary_key=True)
        part = models.OneToOneField(Part, models.CASCADE, parent_link=True)

        class Meta:
            app_label = "shop"

    assert "bdmodels.E003" in ids(Core)


# Behaviours


pytestmark = pytest.mark.django_db


@pytest.fixture
def product():
    return Product.objects.create(title="t", seo_title="s", stock=3, note="n")


def test_fetch_all_parents(product, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = Product.objects.fetch_all_parents().get()
        assert (found.seo_title, found.stock, found.note) == ("s", 3, "n")


def test_select_related_without_names_loads_all_parents(product, django_assert_num_queries):
    with warnings.catch_warnings(), django_assert_num_queries(1):
        if django.VERSION >= (6, 1):
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", PendingDeprecationWarning)
        found = Product.objects.select_related().get()
        assert (found.seo_title, found.stock, found.note) == ("s", 3, "n")


def test_select_related_by_the_name_of_a_link(django_assert_num_queries):
    Shelf.objects.create(label="a", width=3)
    with django_assert_num_queries(1):
        assert Shelf.objects.select_related("size").get().width == 3


def test_refreshing_all_parents(product, django_assert_num_queries):
    found = Product.objects.get()
    found.refresh_from_db(all_parents=True)
    with django_assert_num_queries(0):
        assert (found.seo_title, found.stock, found.note) == ("s", 3, "n")


def test_getattr_if_loaded(product, django_assert_num_queries):
    found = Product.objects.get()
    with django_assert_num_queries(0):
        assert found.getattr_if_loaded("title") == "t"
        assert found.getattr_if_loaded("seo_title") is None
        assert found.getattr_if_loaded("seo_title", "?") == "?"
        assert found.getattr_if_loaded("brand", "?") == "?"
    found.seo_text  # noqa: B018
    with django_assert_num_queries(0):
        assert found.getattr_if_loaded("seo_title", "?") == "s"


def test_getattr_if_loaded_of_other_attributes(product):
    found = Product.objects.get()
    assert found.getattr_if_loaded("pk") == product.pk
    with pytest.warns(UserWarning, match="Product instance has no attribute 'nonsense'"):
        assert found.getattr_if_loaded("nonsense", 5) == 5


def test_deleting_a_loaded_object_takes_few_statements(product, django_assert_max_num_queries):
    from tests.zoo.models import Animal

    animal = Animal.objects.create(name="Rex")
    # Two parts, the core, and one look for children.
    with django_assert_max_num_queries(5):
        animal.delete()


def test_loading_a_part_takes_one_query(product, django_assert_num_queries):
    found = Product.objects.get()
    with django_assert_num_queries(1):
        assert (found.seo_title, found.seo_text, found.slug) == ("s", "", None)


def test_lazy_parts_are_loaded_by_related_access(product, django_assert_num_queries):
    found = Product.objects.get()
    assert found.productseo_ptr.seo_title == "s"
    assert found.productseo_ptr_id == found.pk
