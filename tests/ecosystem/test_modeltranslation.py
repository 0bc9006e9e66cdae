"""django-modeltranslation: fields of a core and of a part in several languages."""

import pickle

import pytest
from django import forms
from django.apps import apps as registry
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.db.migrations.state import ProjectState
from django.db.models import F, Q
from django.urls import path
from django.utils.translation import override
from modeltranslation.admin import TranslationAdmin
from modeltranslation.translator import NotRegistered, TranslationOptions, translator

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.compatibility(
        "django-modeltranslation",
        package="django-modeltranslation",
        holds="Fields of the core and of parts are translated: values, queries, `update()`, "
        "forms and the admin go by the language; the columns of the languages are in the table "
        "of the field.",
        needs="Register each part with its fields first, then the core with its own (`fields = "
        "()` if it has none to translate); what the core registers of a part raises "
        "`NotRegistered`.",
        limits="The column without a language, which the package writes and does not read, is "
        "written only if the part is loaded. `refresh_from_db()` of a registered model takes no "
        "`all_parents`.",
    ),
]


@pytest.fixture
def stories(app):
    """Three stories with texts in both languages, the last without German ones."""
    for n in range(3):
        texts = {"title_en": f"title {n}", "heading_en": f"heading {n}", "summary_en": "sum"}
        if n < 2:
            texts |= {"title_de": f"Titel {9 - n}", "heading_de": f"Kopf {9 - n}"}
        app.Story.objects.create(views=n, **texts)
    return app.Story.objects


def test_fields_are_those_of_the_wide_model(apps):
    wide, split = [app.Story._meta for app in apps]
    assert [f.name for f in wide.fields] == [f.name for f in split.fields]
    assert [f.name for f in wide.get_fields()] == [f.name for f in split.get_fields()]
    assert [f.column for f in wide.fields] == [f.column for f in split.fields]


def test_columns_of_languages_are_in_the_table_of_their_field(apps):
    _, split = apps
    columns = {}
    for model in (split.Story, split.StoryText):
        with connection.cursor() as cursor:
            found = connection.introspection.get_table_description(cursor, model._meta.db_table)
        columns[model] = {column.name for column in found}
    assert {"title_en", "title_de"} <= columns[split.Story]
    assert {"head_en", "head_de", "summary_en", "series_de_id"} <= columns[split.StoryText]
    assert not {"head_en", "summary_en", "series_de_id"} & columns[split.Story]


def test_migrations_add_the_fields_to_the_part(apps):
    state = ProjectState.from_apps(registry)
    assert "heading_de" in state.models["split", "storytext"].fields
    assert "heading_de" not in state.models["split", "story"].fields
    assert "title_de" in state.models["split", "story"].fields
    story = state.apps.get_model("split", "Story")
    assert story.objects.filter(heading_de="x").count() == 0


def test_values_go_by_the_language(app):
    with override("de"):
        story = app.Story.objects.create(title="Titel", heading="Kopf")
        assert (story.title_de, story.heading_de) == ("Titel", "Kopf")
    story = app.Story.objects.get()
    assert (story.heading_en, story.heading_de) == ("", "Kopf")
    story.heading = "Heading"
    story.save()
    story = app.Story.objects.get()
    assert (story.heading, story.heading_en, story.heading_de) == (
        "Heading",
        "Heading",
        "Kopf",
    )
    with override("de"):
        assert (story.title, story.heading) == ("Titel", "Kopf")


def test_a_missing_translation_falls_back(stories):
    with override("de"):
        last = stories.get(views=2)
        assert (last.title, last.heading) == ("title 2", "heading 2")
        assert list(stories.order_by("views").values_list("heading", flat=True)) == [
            "Kopf 9",
            "Kopf 8",
            "heading 2",
        ]


def test_queries_go_by_the_language(stories):
    def views(queryset):
        return list(queryset.values_list("views", flat=True))

    assert views(stories.filter(heading="heading 1")) == [1]
    assert views(stories.order_by("-heading")) == [2, 1, 0]
    with override("de"):
        assert views(stories.filter(heading="heading 1")) == []
        assert views(stories.filter(heading__startswith="Kopf").order_by("heading")) == [1, 0]
        assert views(stories.filter(Q(heading="Kopf 9") | Q(title="Titel 8"))) == [1, 0]
        assert views(stories.exclude(heading="").order_by("-heading")) == [0, 1]
        assert views(stories.filter(heading_en="heading 2")) == [2]
        found = stories.filter(views=0).values("title", "heading")
        assert list(found) == [{"title": "Titel 9", "heading": "Kopf 9"}]
        assert stories.rewrite(False).filter(heading_de="Kopf 9").count() == 1
        annotated = stories.annotate(h=F("heading")).get(views=1)
        assert annotated.h == "Kopf 8"


def stored(app, *names):
    return list(app.Story.objects.rewrite(False).order_by("views").values_list(*names))


def test_update_goes_by_the_language(app, stories):
    with override("de"):
        assert stories.filter(heading="Kopf 9").update(heading="neu", title="auch neu") == 1
        assert stories.filter(views=1).update(heading="nur Kopf") == 1
        assert stories.filter(views=2).update(heading=F("title"), views=5) == 1
    names = ["heading_en", "heading_de", "title_de"]
    assert stored(app, *names) == [
        ("heading 0", "neu", "auch neu"),
        ("heading 1", "nur Kopf", "Titel 8"),
        ("heading 2", None, None),
    ]
    with override("de"):
        stories.filter(views=0).update(heading=F("title_en"))
    assert stored(app, "heading_de")[0] == ("title 0",)


def test_saving_some_fields_goes_by_the_language(app, stories):
    story = stories.get(views=0)
    with override("de"):
        story.heading = "neu"
        story.save(update_fields=["heading"])
    assert stored(app, "heading", "heading_en", "heading_de")[0] == ("neu", "heading 0", "neu")


def test_a_save_stores_what_the_language_says(app, stories):
    with override("de"):
        story = stories.get(views=0)
        assert story.summary == "sum"
        story.heading_de = "neu"
        story.save()
    assert stored(app, "heading", "heading_en", "heading_de")[0] == ("neu", "heading 0", "neu")


def test_the_untranslated_column_is_not_written_if_the_part_is_not_loaded(apps):
    found = []
    for app in apps:
        app.Story.objects.create(title="t", heading_en="h")
        story = app.Story.objects.get()
        story.heading_en = "new"
        story.save()
        found += stored(app, "heading", "heading_en")
    assert found == [("new", "new"), ("h", "new")]


def test_what_was_assigned_stays_when_the_part_is_loaded(app, stories):
    story = stories.get(views=0)
    story.heading_en = "new"
    assert story.summary == "sum"
    assert (story.heading, story.heading_de) == ("new", "Kopf 9")
    with override("de"):
        story = stories.get(views=0)
        story.heading = "neu"
        assert (story.summary, story.heading, story.heading_en) == ("sum", "neu", "heading 0")
        story.save()
    assert stored(app, "heading_en", "heading_de")[0] == ("heading 0", "neu")


def test_only_and_defer_know_the_languages(stories, django_assert_num_queries):
    with django_assert_num_queries(1):
        story = stories.only("heading").get(views=1)
        assert story.heading == "heading 1"
        with override("de"):
            assert story.heading == "Kopf 8"
    assert stories.defer("heading").get(views=1).heading == "heading 1"
    story = stories.get(views=1)
    stories.filter(views=1).update(heading="new")
    story.refresh_from_db(fields=["heading"])
    assert story.heading == "new"
    story.refresh_from_db()
    assert story.heading == "new"


def test_headings_are_loaded_for_all_rows_at_once(stories, django_assert_max_num_queries):
    with django_assert_max_num_queries(2), override("de"):
        assert {story.heading for story in stories.all()} == {"Kopf 9", "Kopf 8", "heading 2"}


def test_rows_are_created_in_bulk(app):
    with override("de"):
        app.Story.objects.bulk_create(
            [app.Story(title=f"Titel {n}", heading=f"Kopf {n}", views=n) for n in range(3)]
        )
    assert stored(app, "title_de", "heading_de", "heading_en")[2] == ("Titel 2", "Kopf 2", "")


def test_every_language_is_filled_when_asked_to(app):
    app.Story.objects.populate("all").create(title="t", heading="h")
    assert stored(app, "title_de", "heading_de", "heading_en") == [("t", "h", "h")]
    story, created = app.Story.objects.get_or_create(heading="h", defaults={"title": "u"})
    assert (story.title, created) == ("t", False)


def test_moved_relations_are_translated(app, django_assert_max_num_queries):
    english, german = [app.Series.objects.create(name_en=name, name_de=name) for name in ("s", "S")]
    story = app.Story.objects.create(title="t", series_en=english, series_de=german)
    assert app.Story.objects.get().series == english
    with override("de"):
        assert app.Story.objects.get().series == german
        assert app.Story.objects.get(series__name="S") == story
        assert list(german.story_set_de.all()) == [story]
    assert app.Story.objects.get(series__name="s") == story
    assert list(english.story_set_en.all()) == [story]
    assert not english.story_set_de.exists()
    with django_assert_max_num_queries(2):
        (found,) = app.Series.objects.filter(pk=german.pk).prefetch_related("story_set_de")
        assert list(found.story_set_de.all()) == [story]
    assert list(app.Series.objects.filter(story_de__views=0)) == [german]
    german.delete()
    assert not app.Story.objects.exists()


def test_a_proxy_is_translated(app, stories):
    with override("de"):
        assert app.StoryProxy.objects.get(heading_de="Kopf 9").heading == "Kopf 9"


def test_forms_have_a_field_for_each_language(apps, stories):
    names = ["title", "heading"]
    wide, split = [forms.modelform_factory(app.Story, fields="__all__")().fields for app in apps]
    assert list(wide) == list(split)
    for app in apps:
        form = forms.modelform_factory(app.Story, fields=names)
        with override("de"):
            story = form({"title": "T", "heading": "H"}).save()
        assert (story.title_de, story.heading_de, story.heading_en) == ("T", "H", "")


def test_the_admin_edits_every_language(app, stories, client, settings):
    site = admin.AdminSite()
    site.register(app.Story, TranslationAdmin)
    settings.ROOT_URLCONF = (path("admin/", site.urls),)
    client.force_login(User.objects.create_superuser("root"))
    story = stories.get(views=0)
    url = f"/admin/{app.Story._meta.app_label}/story/{story.pk}/change/"
    form = client.get(url).context["adminform"].form
    assert {"heading_en", "heading_de"} <= form.fields.keys()
    assert "heading" not in form.fields
    data = {name: value for name, value in form.initial.items() if value is not None}
    response = client.post(url, {**data, "heading_de": "neu", "title_en": "new"})
    assert response.status_code == 302, response.context["errors"]
    assert stored(app, "title_en", "heading_en", "heading_de")[0] == ("new", "heading 0", "neu")


def test_querysets_and_objects_can_be_pickled(stories):
    story = pickle.loads(pickle.dumps(stories.get(views=0)))
    assert story.heading == "heading 0"


def test_what_the_core_registers_of_a_part_is_refused(apps):
    _, split = apps

    class Options(TranslationOptions):
        fields = ["seo_title"]

    with pytest.raises(NotRegistered, match='"ProductSeo" is not registered'):
        translator.register(split.Product, Options)
    assert not hasattr(split.Product, "seo_title_en")
