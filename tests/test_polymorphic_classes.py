"""How polymorphic cores are put together, and what is said where that cannot be."""

import importlib
import subprocess
import sys

import pytest
from django.core.checks import run_checks
from django.core.exceptions import FieldError
from django.db import models
from django.test.utils import isolate_apps
from polymorphic.base import PolymorphicModelBase
from polymorphic.managers import PolymorphicManager
from polymorphic.models import PolymorphicModel
from polymorphic.query import PolymorphicQuerySet
from polymorphic.query_translate import translate_polymorphic_field_path

from bdmodels import lazy_loads
from bdmodels.base import BreakdownBase
from bdmodels.contrib.polymorphic import (
    PolymorphicBreakdownManager,
    PolymorphicBreakdownModel,
    PolymorphicBreakdownQuerySet,
)
from bdmodels.fields import VirtualParentLink
from bdmodels.models import BreakdownManager, BreakdownModel, BreakdownQuerySet, PartModel
from tests.poly.split.models import Book, BookDetails, Comic, Media, Product, ProductText, Sound

HERE = "tests.poly.split.models"

isolated = isolate_apps("tests.poly.split")


def ids(model):
    return [error.id for error in model.check(databases=[])]


@pytest.mark.django_db(databases=["default", "other"])
def test_the_models_of_the_tests_pass_all_checks():
    found = [
        error for error in run_checks() if error.id.split(".")[0] in ("bdmodels", "polymorphic")
    ]
    assert found == []


def test_links_survive_the_accessors_of_polymorphic_models():
    for model, name, part in [
        (Product, "producttext_ptr", ProductText),
        (Comic, "producttext_ptr", ProductText),
        (Comic, "bookdetails_ptr", BookDetails),
    ]:
        link = model._meta.get_field(name)
        assert isinstance(link, VirtualParentLink)
        assert link.related_model is part
    comic = Comic(id=7, book_ptr_id=7, product_ptr_id=7)
    assert comic.producttext_ptr_id == comic.bookdetails_ptr_id == comic.comicpanels_ptr_id == 7
    assert next(f.name for f in Book._meta.local_fields) == "product_ptr"


@pytest.mark.django_db
def test_parts_and_parents_lead_to_each_other():
    comic = Comic.objects.create(title="c", text="t", isbn="i", panels=3)
    assert ProductText.objects.get().product == BookDetails.objects.get().book == comic
    with_text = Product.objects.non_polymorphic().get()
    assert (with_text.producttext_ptr.text, with_text.book.comic.panels) == ("t", 3)
    assert type(comic.product_ptr) is Product
    assert type(Comic.objects.get().book_ptr) is Book
    assert Comic.objects.get().book_ptr.isbn == "i"


def test_managers_are_polymorphic_and_know_parts():
    for model in (Product, Book, Sound):
        for manager in (model._default_manager, model._base_manager, model.objects):
            assert isinstance(manager, PolymorphicManager)
            assert isinstance(manager, BreakdownManager)
            assert isinstance(manager.all(), PolymorphicBreakdownQuerySet)
    assert isinstance(Product.objects, PolymorphicBreakdownManager)
    plain = Product._base_objects.all()
    assert isinstance(plain, BreakdownQuerySet)
    assert not isinstance(plain, PolymorphicQuerySet)


@isolated
def test_managers_of_all_kinds_are_adopted():
    class Loud(PolymorphicQuerySet):
        def loud(self):
            return self.filter(volume__gt=1)

    class Plain(PolymorphicBreakdownManager):
        queryset_class = Loud

    class Level(PartModel):
        __module__ = HERE
        volume = models.IntegerField(default=0)

    class Noise(PolymorphicBreakdownModel, Level):
        __module__ = HERE
        objects = Plain()
        own = PolymorphicBreakdownQuerySet.as_manager()
        made = PolymorphicBreakdownManager.from_queryset(Loud)()

    class Bang(Noise):
        __module__ = HERE

    for model in (Noise, Bang):
        for manager in (model.objects, model.own, model.made):
            assert isinstance(manager.all(), PolymorphicBreakdownQuerySet)
            assert manager.all().with_parts("level_ptr").query.select_related == {"level_ptr": {}}
        assert "volume" in str(model.objects.all().loud().query)
        assert "volume" in str(model.made.loud().query)


def test_a_parent_link_is_found_whatever_is_declared_first():
    assert translate_polymorphic_field_path(Media, "Disc___tracks") == "as_disc__tracks"


@isolated
def test_abstract_bases_and_proxies():
    class Size(PartModel):
        __module__ = HERE
        width = models.IntegerField(default=0)

    class Common(PolymorphicBreakdownModel):
        __module__ = HERE
        name = models.CharField(max_length=5)

        class Meta:
            abstract = True
            ordering = ["name"]

    class Box(Common, Size):
        __module__ = HERE

    class Crate(Box):
        __module__ = HERE

        class Meta:
            proxy = True

    assert Box._meta.ordering == ["name"]
    assert [f.name for f in Crate._meta.fields] == ["id", "polymorphic_ctype", "name", "width"]
    assert type(Box) is type(Crate)


# What cannot be


@isolated
def test_both_base_classes_at_once_are_a_conflict_of_metaclasses():
    class Size(PartModel):
        __module__ = HERE
        width = models.IntegerField(default=0)

    with pytest.raises(TypeError, match="metaclass conflict"):

        class Box(BreakdownModel, PolymorphicModel, Size):
            __module__ = HERE

    class Thing(PolymorphicModel):
        __module__ = HERE

    with pytest.raises(TypeError, match="metaclass conflict"):

        class Case(Thing, Size):
            __module__ = HERE


@isolated
def test_a_metaclass_of_ones_own_is_no_help():
    class Both(BreakdownBase, PolymorphicModelBase):
        pass

    class Size(PartModel):
        __module__ = HERE
        width = models.IntegerField(default=0)

    class Box(BreakdownModel, PolymorphicModel, Size, metaclass=Both):
        __module__ = HERE

    assert "bdmodels.E020" in ids(Box)


@isolated
def test_a_polymorphic_base_has_to_be_a_core():
    class Size(PartModel):
        __module__ = HERE
        width = models.IntegerField(default=0)

    class Thing(PolymorphicModel):
        __module__ = HERE

    with pytest.raises(FieldError, match="Let Thing inherit from PolymorphicBreakdownModel"):

        class Box(PolymorphicBreakdownModel, Thing, Size):
            __module__ = HERE


@isolated
def test_two_children_cannot_share_a_part():
    class Size(PartModel):
        __module__ = HERE
        width = models.IntegerField(default=0)

    class Thing(PolymorphicBreakdownModel):
        __module__ = HERE

    class Box(Thing, Size):
        __module__ = HERE

    class Bag(Thing, Size):
        __module__ = HERE

    apps = Thing._meta.apps
    from bdmodels import checks

    original = checks.apps
    checks.apps = apps
    try:
        assert [e.id for e in checks.check_owner(Box, Size)] == ["bdmodels.E011"]
    finally:
        checks.apps = original


@pytest.mark.only_on(django=(6, 1))
@isolated
def test_a_cascade_in_the_database_is_seen_through_the_guard():
    class Size(PartModel):
        __module__ = HERE
        other = models.ForeignKey("Thing", models.DB_CASCADE)

    class Thing(PolymorphicBreakdownModel, Size):
        __module__ = HERE

    assert "bdmodels.E017" in ids(Thing)


def test_without_django_polymorphic_an_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "polymorphic", None)
    monkeypatch.delitem(sys.modules, "bdmodels.contrib.polymorphic")
    with pytest.raises(ImportError, match=r"pip install 'bdmodels\[polymorphic\]'"):
        importlib.import_module("bdmodels.contrib.polymorphic")


def test_without_content_types_an_error_says_what_to_add():
    script = (
        "from django.conf import settings; settings.configure(INSTALLED_APPS=['bdmodels']);"
        "import django; django.setup(); import bdmodels.contrib.polymorphic"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "needs 'django.contrib.contenttypes' in INSTALLED_APPS" in done.stderr


@pytest.mark.django_db
def test_the_advice_for_a_lazy_load_names_the_class():
    Comic.objects.create(title="c", panels=3)
    for queryset, advice in [
        (Product.objects.all(), 'with_parts("Comic___comicpanels_ptr")'),
        (Comic.objects.all(), 'with_parts("comicpanels_ptr")'),
    ]:
        with lazy_loads.collect() as loads:
            assert [o.panels for o in queryset] == [3]
        assert [load.suggestion for load in loads] == [advice]
        with lazy_loads.assert_no_lazy_parts():
            name = advice.split('"')[1]
            assert [o.panels for o in queryset.with_parts(name)] == [3]
