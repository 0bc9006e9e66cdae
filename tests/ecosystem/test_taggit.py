"""django-taggit: tags of a split model."""

import pytest
from django import forms
from django.db import connection, models
from django.test.utils import isolate_apps
from taggit.managers import TaggableManager
from taggit.models import Tag, TaggedItem

from bdmodels.models import BreakdownModel, PartModel

pytestmark = [
    pytest.mark.django_db,
    # django-taggit 6.1 calls what Django 6.1 has renamed.
    pytest.mark.filterwarnings("ignore:SQLCompiler.quote_name_unless_alias"),
    pytest.mark.compatibility(
        "django-taggit",
        package="django-taggit",
        holds="Tags of a core: setting, filtering, prefetching, similar objects, forms and "
        "deletion, with generic, own and string-keyed tagged items.",
        limits="The manager of tags stays on the core, as every field without a column; on a "
        "part, `bdmodels.E014` refuses it.",
    ),
]

MODELS = ["Note", "NoteProxy", "Label", "Word"]


@pytest.fixture(params=MODELS)
def model(request, app):
    """A model with tags: generic ones, of a proxy, of their own table, by a string key."""
    return getattr(app, request.param)


def make(model, key, *tags, **values):
    obj = model(**{model._meta.pk.name: key, "text": f"text {key}", **values})
    obj.save()
    obj.tags.add(*tags)
    return obj


def keys(queryset):
    return sorted(str(key) for key in queryset.values_list("pk", flat=True))


def test_tags_are_set_and_read(model):
    obj = make(model, 1, "red", "round")
    assert sorted(obj.tags.names()) == ["red", "round"]
    obj.tags.set(["blue", "round"])
    obj.tags.remove("round")
    assert [tag.name for tag in model.objects.get().tags.all()] == ["blue"]
    obj.tags.clear()
    assert not model.objects.get().tags.exists()


def test_tags_filter_together_with_moved_fields(model):
    make(model, 1, "red", "round")
    make(model, 2, "red")
    make(model, 3, "blue")
    assert keys(model.objects.filter(tags__name="red")) == ["1", "2"]
    assert keys(model.objects.filter(tags__name__in=["red", "round"]).distinct()) == ["1", "2"]
    assert keys(model.objects.filter(tags__name="red", text="text 2")) == ["2"]
    assert keys(model.objects.exclude(tags__name="red")) == ["3"]
    counted = model.objects.annotate(n=models.Count("tags")).filter(text="text 1")
    assert counted.get().n == 2
    assert keys(model.objects.filter(tags__slug="blue").order_by("text")) == ["3"]


def test_tags_are_prefetched(model, django_assert_num_queries):
    for n in range(4):
        make(model, n + 1, "red", f"own {n}")
    model.objects.count()  # Content types are looked up once.
    with django_assert_num_queries(2):
        found = model.objects.prefetch_related("tags").order_by("pk")
        assert [len(obj.tags.all()) for obj in found] == [2, 2, 2, 2]


def test_similar_objects_are_found(app):
    first, *_ = [make(app.Note, n, "red", f"t{n % 2}") for n in range(1, 4)]
    assert [obj.pk for obj in first.tags.similar_objects()] == [3, 2]
    assert [obj.text for obj in first.tags.similar_objects()] == ["text 3", "text 2"]


def test_a_deleted_object_takes_its_tagged_items_along(model):
    first = make(model, 1, "red")
    make(model, 2, "red")
    through = model.tags.through
    first.delete()
    assert through.objects.count() == 1
    model.objects.filter(text="text 2").delete()
    assert through.objects.count() == 0
    assert Tag.objects.get().name == "red"


def test_a_deleted_brand_takes_notes_and_their_tagged_items_along(app):
    brand = app.Brand.objects.create(name="Acme")
    make(app.Note, 1, "red", brand=brand)
    make(app.Note, 2, "red")
    brand.delete()
    assert keys(app.Note.objects) == ["2"]
    assert TaggedItem.objects.count() == 1


def test_forms_edit_tags_and_moved_fields(model):
    obj = make(model, 1, "red")
    form_class = forms.modelform_factory(model, fields=["text", "tags"])
    assert list(form_class(instance=obj).fields) == ["text", "tags"]
    form_class({"text": "new", "tags": "blue, round"}, instance=obj).save()
    found = model.objects.get()
    assert (found.text, sorted(found.tags.names())) == ("new", ["blue", "round"])


def test_tags_lead_to_their_objects(app):
    make(app.Note, 1, "red")
    (item,) = TaggedItem.objects.all()
    assert item.content_object.text == "text 1"
    assert list(TaggedItem.tags_for(app.Note)) == [Tag.objects.get()]
    assert [tag.name for tag in app.Note.tags.most_common()] == ["red"]


def test_a_part_cannot_carry_the_tags(apps):
    with isolate_apps("tests.ecosystem.split"):

        class MemoText(PartModel):
            text = models.CharField(max_length=50)
            tags = TaggableManager()

            class Meta:
                app_label = "split"

        class Memo(BreakdownModel, MemoText):
            class Meta:
                app_label = "split"

        found = {error.id: error for error in Memo.check()}
        assert "split.MemoText.tags" in found["bdmodels.E014"].msg


def test_the_tags_have_no_column(apps):
    _, split = apps
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, split.Note._meta.db_table)
    assert [column.name for column in found] == ["id", "title"]
