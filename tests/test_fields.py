"""Fields of parts that do something by themselves."""

import datetime

import pytest
from django.core.exceptions import FieldError
from django.core.files.base import ContentFile
from django.db import models
from django.db.models.signals import pre_save
from django.test.utils import isolate_apps

from bdmodels.models import BreakdownModel, PartModel
from tests.shop.models import Brand, Product
from tests.zoo.models import Meter, MeterReading

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.compatibility(
        "GeneratedField, db_default, auto_now and file fields",
        holds="Fields that get their value from the database or by being saved work in a part: "
        "after creating, in bulk, after `update()`, and returned by `UPDATE` (Django 6.0).",
    ),
]


def test_database_defaults_are_there_after_creating():
    meter = Meter.objects.create(serial="a")
    assert (meter.amount, meter.doubled) == (7, 14)
    assert Meter.objects.values_list("amount", "doubled").get() == (7, 14)


def test_database_defaults_in_bulk():
    Meter.objects.bulk_create([Meter(serial="a"), Meter(serial="b", amount=3)])
    rows = Meter.objects.order_by("serial").values_list("serial", "amount", "doubled")
    assert list(rows) == [("a", 7, 14), ("b", 3, 6)]


def test_generated_fields_follow_what_they_are_generated_from():
    meter = Meter.objects.create(serial="a", amount=1)
    meter = Meter.objects.get()
    meter.amount = 5
    meter.save()
    meter.refresh_from_db()
    assert (meter.amount, meter.doubled) == (5, 10)
    Meter.objects.filter(doubled=10).update(amount=6, serial="b")
    assert Meter.objects.get(doubled=12).serial == "b"


@pytest.mark.only_on("sqlite", "postgresql", django=(6, 0))
def test_an_update_returns_what_a_part_generates(django_assert_num_queries):
    Meter.objects.create(serial="a", amount=1)
    meter = Meter.objects.get()
    meter.amount = 5
    meter.save()
    with django_assert_num_queries(0):
        assert (meter.amount, meter.doubled) == (5, 10)


def test_a_copy_has_generated_values():
    Meter.objects.create(serial="a", amount=4)
    meter = Meter.objects.get()
    meter.pk = None
    meter.save()
    assert list(Meter.objects.values_list("amount", "doubled")) == [(4, 8), (4, 8)]


def test_displayed_choices():
    Meter.objects.create(serial="a", unit="m")
    assert Meter.objects.get().get_unit_display() == "metre"


def test_the_next_object_by_a_date():
    for day in (3, 1, 2):
        Meter.objects.create(serial=f"{day}", read_on=datetime.date(2024, 1, day))
    first = Meter.objects.get(serial="1")
    assert first.get_next_by_read_on().serial == "2"
    assert type(first.get_next_by_read_on()) is Meter
    with pytest.raises(Meter.DoesNotExist):
        first.get_previous_by_read_on()


def test_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    meter = Meter(serial="a")
    meter.photo.save("x.txt", ContentFile(b"hello"))
    with Meter.objects.get().photo as photo:
        assert photo.read() == b"hello"
    found = Meter.objects.get()
    assert found.photo.name == "photos/x.txt"
    assert found.photo.instance is found
    found.photo = ContentFile(b"other", name="y.txt")
    found.save()
    with Meter.objects.with_parts().get().photo as photo:
        assert photo.read() == b"other"
    assert MeterReading.objects.get().photo.name == "photos/y.txt"


def test_a_file_of_a_copied_or_deleted_object_is_not_loaded_again(django_assert_num_queries):
    Meter.objects.create(serial="a", photo="x.txt")
    meter = Meter.objects.with_parts().get()
    meter.pk = None
    with django_assert_num_queries(0):
        assert meter.photo.name == "x.txt"
    meter = Meter.objects.get()
    meter.delete()
    with django_assert_num_queries(0):
        assert meter.photo.name == "x.txt"


def test_an_unsaved_file_is_saved_once(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    Meter.objects.create(serial="a", photo=ContentFile(b"hello", name="x.txt"))
    assert [p.name for p in (tmp_path / "photos").iterdir()] == ["x.txt"]


def test_lookups_in_json():
    Meter.objects.create(serial="a", extras={"a": {"b": [1, 2]}})
    Meter.objects.create(serial="b", extras={})
    assert Meter.objects.get(extras__a__b__1=2).serial == "a"
    assert Meter.objects.exclude(extras__has_key="a").get().serial == "b"
    meter = Meter.objects.get(serial="a")
    meter.extras["c"] = 1
    meter.save()
    assert Meter.objects.values_list("extras__c", flat=True).get(serial="a") == 1


@isolate_apps("tests.shop")
def test_related_names_may_contain_the_class():
    class Target(models.Model):
        class Meta:
            app_label = "shop"

    class Part(PartModel):
        one = models.ForeignKey(Target, models.CASCADE, related_name="%(app_label)s_%(class)s_ones")
        two = models.ForeignKey(Target, models.CASCADE, related_name="+")
        three = models.ForeignKey(
            Target, models.CASCADE, related_name="threes", related_query_name="%(class)s_three"
        )

        class Meta:
            app_label = "shop"

    class Core(BreakdownModel, Part):
        class Meta:
            app_label = "shop"

    assert hasattr(Target, "shop_core_ones")
    assert not hasattr(Target, "shop_part_ones")
    assert {f.name for f in Target._meta.related_objects} == {"shop_core_ones", "core_three"}
    assert Core.check() == Target.check() == Part.check() == []


@isolate_apps("tests.shop")
def test_a_default_related_name_of_the_core_is_obeyed():
    class Target(models.Model):
        class Meta:
            app_label = "shop"

    class Part(PartModel):
        one = models.ForeignKey(Target, models.CASCADE)

        class Meta:
            app_label = "shop"

    class Core(BreakdownModel, Part):
        class Meta:
            app_label = "shop"
            default_related_name = "cores"

    assert hasattr(Target, "cores")
    assert Target.cores.rel.related_model is Core


@isolate_apps("tests.shop")
def test_a_foreign_key_to_a_field_of_a_part_is_refused_by_django():
    class Part(PartModel):
        code = models.CharField(max_length=5, unique=True)

        class Meta:
            app_label = "shop"

    class Core(BreakdownModel, Part):
        class Meta:
            app_label = "shop"

    class Pointer(models.Model):
        core = models.ForeignKey(Core, models.CASCADE, to_field="code")

        class Meta:
            app_label = "shop"

    with pytest.raises(FieldError, match="refers to field 'code' which is not local to model"):
        Pointer.check()


def test_assigning_by_attname_and_by_object():
    brand = Brand.objects.create(name="B")
    product = Product(title="t", brand=brand)
    assert product.brand_id == brand.pk
    product.brand_id = None
    assert product.brand is None
    product.brand = brand
    product.save()
    assert Product.objects.get(brand=brand).brand == brand


def test_a_generated_column_that_a_save_unloads_makes_the_next_save_no_partial_one():
    Meter.objects.create(serial="a")
    meter = Meter.objects.get()
    meter.save()
    told = []

    def listen(update_fields, **kwargs):
        told.append(update_fields)

    pre_save.connect(listen, sender=Meter)
    try:
        meter.save()
    finally:
        pre_save.disconnect(listen, sender=Meter)
    assert told == [None]
    assert meter.label == "A"


def test_what_pre_save_returns_is_stored_and_the_attribute_is_left_alone():
    stored = Meter.objects.values_list("revision", flat=True)
    meter = Meter.objects.create(serial="a")
    assert (meter.revision, stored.get()) == (0, 1)
    meter.save()
    assert (meter.revision, stored.get()) == (0, 1)
    meter = Meter.objects.get()
    meter.serial = "b"
    meter.save()
    assert (meter.revision, stored.get()) == (1, 2)
    meter = Meter.objects.with_parts().get()
    meter.amount = 3
    meter.save()
    assert (meter.revision, stored.get()) == (2, 3)


def test_pre_save_may_return_a_value_for_one_object_and_an_expression_for_the_next():
    for place in ("hall", "", "roof", ""):
        Meter.objects.create(serial="a", place=place)
    assert sorted(Meter.objects.values_list("place", flat=True)) == ["", "", "HALL", "ROOF"]
