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
def chapters(app):
    """Three chapters with texts in both languages, the last without German ones."""
    for n in range(3):
        texts = {"title_en": f"title {n}", "heading_en": f"heading {n}", "summary_en": "sum"}
        if n < 2:
            texts |= {"title_de": f"Titel {9 - n}", "heading_de": f"Kopf {9 - n}"}
        app.Chapter.objects.create(views=n, **texts)
    return app.Chapter.objects


def test_fields_are_those_of_the_wide_model(apps):
    wide, split = [app.Chapter._meta for app in apps]
    assert [f.name for f in wide.fields] == [f.name for f in split.fields]
    assert [f.name for f in wide.get_fields()] == [f.name for f in split.get_fields()]
    assert [f.column for f in wide.fields] == [f.column for f in split.fields]


def test_columns_of_languages_are_in_the_table_of_their_field(apps):
    _, split = apps
    columns = {}
    for model in (split.Chapter, split.ChapterText):
        with connection.cursor() as cursor:
            found = connection.introspection.get_table_description(cursor, model._meta.db_table)
        columns[model] = {column.name for column in found}
    assert {"title_en", "title_de"} <= columns[split.Chapter]
    assert {"head_en", "head_de", "summary_en", "series_de_id"} <= columns[split.ChapterText]
    assert not {"head_en", "summary_en", "series_de_id"} & columns[split.Chapter]


def test_migrations_add_the_fields_to_the_part(apps):
    state = ProjectState.from_apps(registry)
    assert "heading_de" in state.models["split", "chaptertext"].fields
    assert "heading_de" not in state.models["split", "chapter"].fields
    assert "title_de" in state.models["split", "chapter"].fields
    chapter = state.apps.get_model("split", "Chapter")
    assert chapter.objects.filter(heading_de="x").count() == 0


def test_values_go_by_the_language(app):
    with override("de"):
        chapter = app.Chapter.objects.create(title="Titel", heading="Kopf")
        assert (chapter.title_de, chapter.heading_de) == ("Titel", "Kopf")
    chapter = app.Chapter.objects.get()
    assert (chapter.heading_en, chapter.heading_de) == ("", "Kopf")
    chapter.heading = "Heading"
    chapter.save()
    chapter = app.Chapter.objects.get()
    assert (chapter.heading, chapter.heading_en, chapter.heading_de) == (
        "Heading",
        "Heading",
        "Kopf",
    )
    with override("de"):
        assert (chapter.title, chapter.heading) == ("Titel", "Kopf")


def test_a_missing_translation_falls_back(chapters):
    with override("de"):
        last = chapters.get(views=2)
        assert (last.title, last.heading) == ("title 2", "heading 2")
        assert list(chapters.order_by("views").values_list("heading", flat=True)) == [
            "Kopf 9",
            "Kopf 8",
            "heading 2",
        ]


def test_queries_go_by_the_language(chapters):
    def views(queryset):
        return list(queryset.values_list("views", flat=True))

    assert views(chapters.filter(heading="heading 1")) == [1]
    assert views(chapters.order_by("-heading")) == [2, 1, 0]
    with override("de"):
        assert views(chapters.filter(heading="heading 1")) == []
        assert views(chapters.filter(heading__startswith="Kopf").order_by("heading")) == [1, 0]
        assert views(chapters.filter(Q(heading="Kopf 9") | Q(title="Titel 8"))) == [1, 0]
        assert views(chapters.exclude(heading="").order_by("-heading")) == [0, 1]
        assert views(chapters.filter(heading_en="heading 2")) == [2]
        found = chapters.filter(views=0).values("title", "heading")
        assert list(found) == [{"title": "Titel 9", "heading": "Kopf 9"}]
        assert chapters.rewrite(False).filter(heading_de="Kopf 9").count() == 1
        annotated = chapters.annotate(h=F("heading")).get(views=1)
        assert annotated.h == "Kopf 8"


def stored(app, *names):
    return list(app.Chapter.objects.rewrite(False).order_by("views").values_list(*names))


def test_update_goes_by_the_language(app, chapters):
    with override("de"):
        assert chapters.filter(heading="Kopf 9").update(heading="neu", title="auch neu") == 1
        assert chapters.filter(views=1).update(heading="nur Kopf") == 1
        assert chapters.filter(views=2).update(heading=F("title"), views=5) == 1
    names = ["heading_en", "heading_de", "title_de"]
    assert stored(app, *names) == [
        ("heading 0", "neu", "auch neu"),
        ("heading 1", "nur Kopf", "Titel 8"),
        ("heading 2", None, None),
    ]
    with override("de"):
        chapters.filter(views=0).update(heading=F("title_en"))
    assert stored(app, "heading_de")[0] == ("title 0",)


def test_saving_some_fields_goes_by_the_language(app, chapters):
    chapter = chapters.get(views=0)
    with override("de"):
        chapter.heading = "neu"
        chapter.save(update_fields=["heading"])
    assert stored(app, "heading", "heading_en", "heading_de")[0] == ("neu", "heading 0", "neu")


def test_a_save_stores_what_the_language_says(app, chapters):
    with override("de"):
        chapter = chapters.get(views=0)
        assert chapter.summary == "sum"
        chapter.heading_de = "neu"
        chapter.save()
    assert stored(app, "heading", "heading_en", "heading_de")[0] == ("neu", "heading 0", "neu")


def test_the_untranslated_column_is_not_written_if_the_part_is_not_loaded(apps):
    found = []
    for app in apps:
        app.Chapter.objects.create(title="t", heading_en="h")
        chapter = app.Chapter.objects.get()
        chapter.heading_en = "new"
        chapter.save()
        found += stored(app, "heading", "heading_en")
    assert found == [("new", "new"), ("h", "new")]


def test_what_was_assigned_stays_when_the_part_is_loaded(app, chapters):
    chapter = chapters.get(views=0)
    chapter.heading_en = "new"
    assert chapter.summary == "sum"
    assert (chapter.heading, chapter.heading_de) == ("new", "Kopf 9")
    with override("de"):
        chapter = chapters.get(views=0)
        chapter.heading = "neu"
        assert (chapter.summary, chapter.heading, chapter.heading_en) == ("sum", "neu", "heading 0")
        chapter.save()
    assert stored(app, "heading_en", "heading_de")[0] == ("heading 0", "neu")


def test_only_and_defer_know_the_languages(chapters, django_assert_num_queries):
    with django_assert_num_queries(1):
        chapter = chapters.only("heading").get(views=1)
        assert chapter.heading == "heading 1"
        with override("de"):
            assert chapter.heading == "Kopf 8"
    assert chapters.defer("heading").get(views=1).heading == "heading 1"
    chapter = chapters.get(views=1)
    chapters.filter(views=1).update(heading="new")
    chapter.refresh_from_db(fields=["heading"])
    assert chapter.heading == "new"
    chapter.refresh_from_db()
    assert chapter.heading == "new"


def test_headings_are_loaded_for_all_rows_at_once(chapters, django_assert_max_num_queries):
    with django_assert_max_num_queries(2), override("de"):
        assert {chapter.heading for chapter in chapters.all()} == {"Kopf 9", "Kopf 8", "heading 2"}


def test_rows_are_created_in_bulk(app):
    with override("de"):
        app.Chapter.objects.bulk_create(
            [app.Chapter(title=f"Titel {n}", heading=f"Kopf {n}", views=n) for n in range(3)]
        )
    assert stored(app, "title_de", "heading_de", "heading_en")[2] == ("Titel 2", "Kopf 2", "")


def test_every_language_is_filled_when_asked_to(app):
    app.Chapter.objects.populate("all").create(title="t", heading="h")
    assert stored(app, "title_de", "heading_de", "heading_en") == [("t", "h", "h")]
    chapter, created = app.Chapter.objects.get_or_create(heading="h", defaults={"title": "u"})
    assert (chapter.title, created) == ("t", False)


def test_moved_relations_are_translated(app, django_assert_max_num_queries):
    english, german = [app.Series.objects.create(name_en=name, name_de=name) for name in ("s", "S")]
    chapter = app.Chapter.objects.create(title="t", series_en=english, series_de=german)
    assert app.Chapter.objects.get().series == english
    with override("de"):
        assert app.Chapter.objects.get().series == german
        assert app.Chapter.objects.get(series__name="S") == chapter
        assert list(german.chapter_set_de.all()) == [chapter]
    assert app.Chapter.objects.get(series__name="s") == chapter
    assert list(english.chapter_set_en.all()) == [chapter]
    assert not english.chapter_set_de.exists()
    with django_assert_max_num_queries(2):
        (found,) = app.Series.objects.filter(pk=german.pk).prefetch_related("chapter_set_de")
        assert list(found.chapter_set_de.all()) == [chapter]
    assert list(app.Series.objects.filter(chapter_de__views=0)) == [german]
    german.delete()
    assert not app.Chapter.objects.exists()


def test_a_proxy_is_translated(app, chapters):
    with override("de"):
        assert app.ChapterProxy.objects.get(heading_de="Kopf 9").heading == "Kopf 9"


def test_forms_have_a_field_for_each_language(apps, chapters):
    names = ["title", "heading"]
    wide, split = [forms.modelform_factory(app.Chapter, fields="__all__")().fields for app in apps]
    assert list(wide) == list(split)
    for app in apps:
        form = forms.modelform_factory(app.Chapter, fields=names)
        with override("de"):
            chapter = form({"title": "T", "heading": "H"}).save()
        assert (chapter.title_de, chapter.heading_de, chapter.heading_en) == ("T", "H", "")


def test_the_admin_edits_every_language(app, chapters, client, settings):
    site = admin.AdminSite()
    site.register(app.Chapter, TranslationAdmin)
    settings.ROOT_URLCONF = (path("admin/", site.urls),)
    client.force_login(User.objects.create_superuser("root"))
    chapter = chapters.get(views=0)
    url = f"/admin/{app.Chapter._meta.app_label}/chapter/{chapter.pk}/change/"
    form = client.get(url).context["adminform"].form
    assert {"heading_en", "heading_de"} <= form.fields.keys()
    assert "heading" not in form.fields
    data = {name: value for name, value in form.initial.items() if value is not None}
    response = client.post(url, {**data, "heading_de": "neu", "title_en": "new"})
    assert response.status_code == 302, response.context["errors"]
    assert stored(app, "title_en", "heading_en", "heading_de")[0] == ("new", "heading 0", "neu")


def test_querysets_and_objects_can_be_pickled(chapters):
    chapter = pickle.loads(pickle.dumps(chapters.get(views=0)))
    assert chapter.heading == "heading 0"


def test_what_the_core_registers_of_a_part_is_refused(apps):
    _, split = apps

    class Options(TranslationOptions):
        fields = ["seo_title"]

    with pytest.raises(NotRegistered, match='"ProductSeo" is not registered'):
        translator.register(split.Product, Options)
    assert not hasattr(split.Product, "seo_title_en")
