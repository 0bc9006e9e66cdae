"""Managers: a core keeps its own, with the behaviour; those of parts stay with the parts."""

import pytest
from django.db import models
from django.test.utils import isolate_apps

from bdmodels.models import BreakdownManager, BreakdownModel, BreakdownQuerySet, PartModel
from tests.shop.models import Product
from tests.zoo.models import Animal, Bird, Pet, QuietQuerySet, Shelf, TameManager

pytestmark = pytest.mark.django_db


@pytest.fixture
def animals():
    Animal.objects.create(name="a", sound="wau", keeper="Bo")
    Animal.objects.create(name="b", keeper="Bo")
    Animal.objects.create(name="c")


def test_a_manager_of_the_users_keeps_its_methods(animals):
    assert sorted(a.name for a in Animal.objects.quiet()) == ["b", "c"]
    assert sorted(a.name for a in Animal.tame.all()) == ["a", "b"]
    assert isinstance(Animal.objects.all(), QuietQuerySet)
    assert isinstance(Animal.tame, TameManager)


def test_a_manager_of_the_users_gets_the_behaviour(animals, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert Animal.objects.quiet().with_parts("animalbody_ptr").get(name="b").legs == 4
    with django_assert_num_queries(1):
        assert {a.legs for a in Animal.tame.with_parts()} == {4}
    assert Animal.tame.update(name="x", legs=3) == 2
    Animal.tame.bulk_create([Animal(name="d", keeper="Bo", legs=1)])
    assert Animal.tame.get(name="d").legs == 1


def test_children_and_proxies_have_the_managers(animals):
    assert [p.name for p in Pet.tame.all()] == ["a", "b"]
    bird = Bird.objects.create(name="x", keeper="y")
    assert list(Bird.objects.quiet().with_parts()) == [bird]


def test_a_manager_made_from_a_queryset(django_assert_num_queries):
    Shelf.objects.create(label="a", width=20)
    with django_assert_num_queries(1):
        assert Shelf.objects.wide().with_parts("size").get().width == 20


def test_a_default_manager_is_a_breakdown_manager():
    assert type(Product.objects) is BreakdownManager or isinstance(
        Product.objects, BreakdownManager
    )
    assert isinstance(Product.objects.all(), BreakdownQuerySet)
    assert isinstance(Product._base_manager.all(), BreakdownQuerySet)


def test_related_managers_have_the_behaviour(django_assert_num_queries):
    from tests.shop.models import Brand

    brand = Brand.objects.create(name="B")
    Product.objects.create(title="t", brand=brand, stock=3)
    with django_assert_num_queries(1):
        assert brand.product_set.with_parts("productstock_ptr").get().stock == 3


@isolate_apps("tests.shop")
def test_managers_of_a_part_are_not_inherited():
    class Part(PartModel):
        a = models.IntegerField()
        mine = TameManager()

        class Meta:
            app_label = "shop"

    class Core(BreakdownModel, Part):
        class Meta:
            app_label = "shop"

    assert not isinstance(Core._default_manager, TameManager)
    assert Core._default_manager is Core.objects
    assert isinstance(Part.mine, TameManager)


@isolate_apps("tests.shop")
def test_a_core_with_a_manager_of_another_name_has_no_objects():
    class Part(PartModel):
        a = models.IntegerField()

        class Meta:
            app_label = "shop"

    class Core(BreakdownModel, Part):
        things = models.Manager()

        class Meta:
            app_label = "shop"

    with pytest.raises(AttributeError, match="type object 'Core' has no attribute 'objects'"):
        Core.objects  # noqa: B018
    assert isinstance(Core.things, BreakdownManager)


@isolate_apps("tests.shop")
def test_base_manager_name_is_obeyed():
    class Visible(models.Manager):
        def get_queryset(self):
            return super().get_queryset().filter(a=1)

    class Part(PartModel):
        a = models.IntegerField()

        class Meta:
            app_label = "shop"

    class Core(BreakdownModel, Part):
        objects = models.Manager()
        visible = Visible()

        class Meta:
            app_label = "shop"
            base_manager_name = "visible"
            default_manager_name = "visible"

    assert isinstance(Core._base_manager, Visible)
    assert isinstance(Core._default_manager, Visible)
    assert isinstance(Core._base_manager.all(), BreakdownQuerySet)


def test_an_adopted_manager_deconstructs_to_the_users_class():
    as_manager, path, queryset_path, _, _ = Animal.objects.deconstruct()
    assert (as_manager, queryset_path) == (True, "tests.zoo.models.QuietQuerySet")
    as_manager, path, *_ = Animal.tame.deconstruct()
    assert (as_manager, path) == (False, "tests.zoo.models.TameManager")


def test_adoption_leaves_the_users_classes_alone():
    assert not issubclass(TameManager, BreakdownManager)
    assert not issubclass(QuietQuerySet, BreakdownQuerySet)
