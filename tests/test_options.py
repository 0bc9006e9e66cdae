"""What `_meta` says: the fields of the wide model, in its order, without plumbing."""

import pytest
from django.core.checks import run_checks
from django.db import models
from django.db.models.signals import class_prepared
from django.forms import modelform_factory
from django.test.utils import isolate_apps

from bdmodels.models import BreakdownModel, PartModel
from tests.shop.models import Product
from tests.wide.models import Product as Wide
from tests.zoo.models import Animal, Bird, Shelf

NAMES = [
    "id", "title", "price", "maker", "slug", "seo_title", "seo_text", "brand", "stock", "reserved",
    "supplier", "successor", "counted", "note", "weight",
]  # fmt: skip


def names(fields):
    return [f.name for f in fields]


def test_the_key_comes_first_then_the_core_then_the_parts():
    assert names(Product._meta.fields) == NAMES
    assert names(Product._meta.concrete_fields) == NAMES


def test_the_fields_are_those_of_the_wide_model():
    assert names(Product._meta.fields) == names(Wide._meta.fields)
    assert [f.attname for f in Product._meta.fields] == [f.attname for f in Wide._meta.fields]
    assert [type(f) for f in Product._meta.fields] == [type(f) for f in Wide._meta.fields]


def test_all_fields_and_relations_are_those_of_the_wide_model():
    assert {f.name for f in Product._meta.get_fields()} == {f.name for f in Wide._meta.get_fields()}
    assert set(names(Product._meta.related_objects)) == set(names(Wide._meta.related_objects))
    assert names(Product._meta.many_to_many) == ["tags"]


def test_a_declared_order_is_obeyed():
    assert names(Animal._meta.fields) == list(Animal.field_order)


def test_a_declared_order_reaches_children():
    assert names(Bird._meta.fields) == [*Animal.field_order, "animal_ptr", "wingspan"]


def test_positional_arguments_follow_the_order():
    animal = Animal(1, "Rex", 3, "wau", 7, "Bo", 2, "me")
    assert (animal.id, animal.name, animal.legs, animal.sound) == (1, "Rex", 3, "wau")
    assert (animal.age, animal.keeper, animal.fed, animal.created_by) == (7, "Bo", 2, "me")
    product = Product(5, "t", 9, None, "slug", "seo")
    assert (product.pk, product.title, product.price, product.seo_title) == (5, "t", 9, "seo")
    with pytest.raises(IndexError, match="Number of args exceeds number of fields"):
        Product(*range(len(NAMES) + 1))


@pytest.mark.django_db
def test_values_list_follows_the_order():
    animal = Animal.objects.create(name="Rex", legs=3, sound="wau", keeper="Bo", fed=2)
    assert Animal.objects.values_list().get() == (animal.pk, "Rex", 3, "wau", 1, "Bo", 2, "nobody")
    assert list(Animal.objects.values().get()) == list(Animal.field_order)


def test_sorting_by_creation_counter_gives_the_same_order():
    # ModelForm, django-filter and import-export sort by it.
    for model in (Product, Animal, Shelf):
        fields = model._meta.concrete_fields
        assert sorted(fields) == list(fields)


@isolate_apps("tests.zoo")
def test_who_is_told_of_a_new_class_sees_that_order():
    # django-simple-history copies the fields then.
    seen = []

    def copy_fields(sender, **kwargs):
        if sender.__name__ == "Late":
            seen.extend(sorted(f.name for f in sender._meta.concrete_fields))
            seen.append([f.name for f in sorted(sender._meta.concrete_fields)])

    class_prepared.connect(copy_fields)
    try:

        class LateDetails(PartModel):
            b = models.IntegerField()
            d = models.IntegerField()

            class Meta:
                app_label = "zoo"

        class Late(BreakdownModel, LateDetails):
            a = models.IntegerField()
            c = models.IntegerField()
            field_order = ("id", "a", "b", "c", "d")

            class Meta:
                app_label = "zoo"

    finally:
        class_prepared.disconnect(copy_fields)
    assert seen == ["a", "b", "c", "d", "id", ["id", "a", "b", "c", "d"]]


def test_forms_have_the_order_of_the_model():
    form = modelform_factory(Animal, fields="__all__")()
    assert list(form.fields) == list(Animal.field_order)[1:]
    form = modelform_factory(Product, fields="__all__")()
    assert list(form.fields) == [n for n in NAMES if n not in ("id", "counted")] + ["tags"]


def test_a_field_belongs_to_its_part():
    assert Product._meta.get_field("stock").model.__name__ == "ProductStock"
    assert Product._meta.get_field("price").model is Product


def test_the_local_fields_of_a_core_have_no_other_columns():
    columns = [f.column for f in Product._meta.local_concrete_fields]
    assert columns == ["id", "title", "price", "maker_id"]


@isolate_apps("tests.shop")
def test_order_within_the_core_and_of_the_bases():
    class Second(PartModel):
        c = models.IntegerField()
        d = models.IntegerField()

        class Meta:
            app_label = "shop"

    class First(PartModel):
        b = models.IntegerField()

        class Meta:
            app_label = "shop"

    class Core(BreakdownModel, First, Second):
        z = models.IntegerField()
        a = models.IntegerField()

        class Meta:
            app_label = "shop"

    assert names(Core._meta.fields) == ["id", "z", "a", "b", "c", "d"]


@isolate_apps("tests.shop")
def test_an_incomplete_order_is_reported():
    class Part(PartModel):
        b = models.IntegerField()

        class Meta:
            app_label = "shop"

    class Core(BreakdownModel, Part):
        field_order = ("b", "id", "nonsense")
        a = models.IntegerField()

        class Meta:
            app_label = "shop"

    (error,) = Core.check()
    assert error.id == "bdmodels.E008"
    assert "unknown: nonsense; missing: a" in error.msg
    assert sorted(names(Core._meta.fields)) == ["a", "b", "id"]


@isolate_apps("tests.shop")
def test_the_order_need_not_name_the_field_of_order_with_respect_to():
    class Shelf(models.Model):
        class Meta:
            app_label = "shop"

    class Part(PartModel):
        b = models.IntegerField()

        class Meta:
            app_label = "shop"

    class Core(BreakdownModel, Part):
        field_order = ("id", "b", "shelf")
        shelf = models.ForeignKey(Shelf, models.CASCADE)

        class Meta:
            app_label = "shop"
            order_with_respect_to = "shelf"

    assert Core.check() == []
    assert names(Core._meta.fields) == ["id", "b", "shelf", "_order"]


@pytest.mark.django_db(databases=["default", "other"])
def test_every_model_of_the_tests_passes_the_checks():
    # MariaDB has no conditional constraints, and says so.
    assert [message for message in run_checks() if message.id != "models.W036"] == []
