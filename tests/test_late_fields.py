"""What a part, a core or its ``_meta`` is given after the family was put together."""

import copy

import pytest
from django.db import connection, models
from django.db.models.options import Options
from django.test.utils import isolate_apps

from bdmodels.models import BreakdownModel, BreakdownQuerySet, PartModel
from bdmodels.options import BreakdownOptions


class Upper:
    """Stands for a descriptor of a package: setting it sets another field as well."""

    def __set__(self, instance, value):
        instance.__dict__["note"] = value
        instance.__dict__["echo"] = f"{value}!"

    def __get__(self, instance, owner):
        if instance is None:
            return self
        return (instance.echo and instance.__dict__["note"]).upper()


@pytest.fixture
def family(transactional_db):
    """A core whose part is given a field, a foreign key and a descriptor; with tables."""
    with isolate_apps("tests.shop"):

        class Maker(models.Model):
            name = models.CharField(max_length=20)

            class Meta:
                app_label = "shop"

        class GearPart(PartModel):
            note = models.CharField(max_length=20, default="n")

            class Meta:
                app_label = "shop"

        class Gear(BreakdownModel, GearPart):
            title = models.CharField(max_length=20, default="t")

            class Meta:
                app_label = "shop"

        class GearProxy(Gear):
            class Meta:
                app_label = "shop"
                proxy = True

        assert [f.name for f in GearProxy._meta.fields] == ["id", "title", "note"]
        GearPart.add_to_class("echo", models.CharField(max_length=20, default="e", unique=True))
        GearPart.add_to_class("maker", models.ForeignKey(Maker, models.CASCADE, null=True))
        with connection.schema_editor() as editor:
            for model in (Maker, GearPart, Gear):
                editor.create_model(model)
        yield Gear, GearProxy, GearPart, Maker
        with connection.schema_editor() as editor:
            for model in (GearPart, Gear, Maker):
                editor.delete_model(model)


def test_a_field_that_a_part_is_given_is_one_of_the_core(family, django_assert_num_queries):
    gear, proxy, part, _ = family
    names = ["id", "title", "note", "echo", "maker"]
    assert [f.name for f in gear._meta.fields] == names
    assert [f.name for f in proxy._meta.fields] == names
    gear.objects.create(echo="a")
    gear.objects.create(echo="b")
    with django_assert_num_queries(2):
        assert [obj.echo for obj in gear.objects.order_by("pk")] == ["a", "b"]
    with django_assert_num_queries(2):
        assert {obj.echo for obj in proxy.objects.all()} == {"a", "b"}
    params = {"model_name": part._meta.verbose_name, "field_label": "echo"}
    message = gear._meta.get_field("echo").error_messages["unique"] % params
    assert message == "gear with this echo already exists."


def test_a_relation_that_a_part_is_given_leads_to_the_core(family):
    gear, _, _, maker = family
    acme = maker.objects.create(name="Acme")
    made = gear.objects.create(maker=acme)
    assert list(acme.gear_set.all()) == [made]
    assert maker.objects.get(gear__note="n") == acme
    assert not hasattr(maker, "gearpart_set")
    acme.delete()
    assert not gear.objects.exists()


def test_a_descriptor_that_a_part_is_given_is_the_cores(family):
    gear, _, part, _ = family
    pk = gear.objects.create(note="abc", echo="e").pk
    part.note = Upper()
    obj = gear.objects.get()
    assert obj.note == "ABC"
    assert obj.echo == "e", "loading a part sets no other field"
    obj = gear.objects.get()
    obj.echo = "mine"
    assert obj.maker is None  # The part is loaded now.
    assert (obj.note, obj.echo) == ("ABC", "mine")
    obj.save()
    assert part.objects.filter(pk=pk).values_list("note", "echo").get() == ("ABC", "mine")


def test_a_descriptor_of_the_core_itself_stays():
    with isolate_apps("tests.shop"):

        class CogPart(PartModel):
            note = models.CharField(max_length=20)

            class Meta:
                app_label = "shop"

        class Cog(BreakdownModel, CogPart):
            note = property(lambda self: "mine")

            class Meta:
                app_label = "shop"

        CogPart.note = Upper()
        assert isinstance(Cog.note, property)


def test_other_options_are_joined_with_those_of_the_core(family):
    gear, _, part, _ = family

    class Other(Options):
        pass

    for model in (gear, part):
        model._meta.__class__ = Other
        assert isinstance(model._meta, Other)
    assert isinstance(gear._meta, BreakdownOptions)
    assert type(part._meta) is Other
    gear._meta._expire_cache()
    assert "gearpart_ptr" not in [f.name for f in gear._meta.fields]


def test_a_copied_relation_object_is_another_one(family):
    rel = family[0]._meta.get_field("maker").remote_field
    other = copy.copy(rel)
    other.related_name = "others"
    assert (rel.related_name, other.core) == (None, rel.core)


def test_querysets_that_others_put_behind_go_before_the_familys():
    class Others(models.QuerySet):
        pass

    class Own(BreakdownQuerySet):
        pass

    patched = type("Patched", (Own, Others), {})
    assert patched.__mro__[1:5] == (Own, Others, BreakdownQuerySet, models.QuerySet)
