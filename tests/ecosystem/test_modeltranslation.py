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
def articles(app):
    """Three articles with texts in both languages, the last without German ones."""
    for n in range(3):
        texts = {"title_en": f"title {n}", "heading_en": f"heading {n}", "summary_en": "sum"}
        if n < 2:
            texts |= {"title_de": f"Titel {9 - n}", "heading_de": f"Kopf {9 - n}"}
        app.Article.objects.create(views=n, **texts)
    return app.Article.objects


def test_fields_are_those_of_the_wide_model(apps):
    wide, split = [app.Article._meta for app in apps]
    assert [f.name for f in wide.fields] == [f.name for f in split.fields]
    assert [f.name for f in wide.get_fields()] == [f.name for f in split.get_fields()]
    assert [f.column for f in wide.fields] == [f.column for f in split.fields]


def test_columns_of_languages_are_in_the_table_of_their_field(apps):
    _, split = apps
    columns = {}
    for model in (split.Article, split.ArticleText):
        with connection.cursor() as cursor:
            found = connection.introspection.get_table_description(cursor, model._meta.db_table)
        columns[model] = {column.name for column in found}
    assert {"title_en", "title_de"} <= columns[split.Article]
    assert {"head_en", "head_de", "summary_en", "series_de_id"} <= columns[split.ArticleText]
    assert not {"head_en", "summary_en", "series_de_id"} & columns[split.Article]


def test_migrations_add_the_fields_to_the_part(apps):
    state = ProjectState.from_apps(registry)
    assert "heading_de" in state.models["split", "articletext"].fields
    assert "heading_de" not in state.models["split", "article"].fields
    assert "title_de" in state.models["split", "article"].fields
    article = state.apps.get_model("split", "Article")
    assert article.objects.filter(heading_de="x").count() == 0


def test_values_go_by_the_language(app):
    with override("de"):
        article = app.Article.objects.create(title="Titel", heading="Kopf")
        assert (article.title_de, article.heading_de) == ("Titel", "Kopf")
    article = app.Article.objects.get()
    assert (article.heading_en, article.heading_de) == ("", "Kopf")
    article.heading = "Heading"
    article.save()
    article = app.Article.objects.get()
    assert (article.heading, article.heading_en, article.heading_de) == (
        "Heading",
        "Heading",
        "Kopf",
    )
    with override("de"):
        assert (article.title, article.heading) == ("Titel", "Kopf")


def test_a_missing_translation_falls_back(articles):
    with override("de"):
        last = articles.get(views=2)
        assert (last.title, last.heading) == ("title 2", "heading 2")
        assert list(articles.order_by("views").values_list("heading", flat=True)) == [
            "Kopf 9",
            "Kopf 8",
            "heading 2",
        ]


def test_queries_go_by_the_language(articles):
    def views(queryset):
        return list(queryset.values_list("views", flat=True))

    assert views(articles.filter(heading="heading 1")) == [1]
    assert views(articles.order_by("-heading")) == [2, 1, 0]
    with override("de"):
        assert views(articles.filter(heading="heading 1")) == []
        assert views(articles.filter(heading__startswith="Kopf").order_by("heading")) == [1, 0]
        assert views(articles.filter(Q(heading="Kopf 9") | Q(title="Titel 8"))) == [1, 0]
        assert views(articles.exclude(heading="").order_by("-heading")) == [0, 1]
        assert views(articles.filter(heading_en="heading 2")) == [2]
        found = articles.filter(views=0).values("title", "heading")
        assert list(found) == [{"title": "Titel 9", "heading": "Kopf 9"}]
        assert articles.rewrite(False).filter(heading_de="Kopf 9").count() == 1
        annotated = articles.annotate(h=F("heading")).get(views=1)
        assert annotated.h == "Kopf 8"


def stored(app, *names):
    return list(app.Article.objects.rewrite(False).order_by("views").values_list(*names))


def test_update_goes_by_the_language(app, articles):
    with override("de"):
        assert articles.filter(heading="Kopf 9").update(heading="neu", title="auch neu") == 1
        assert articles.filter(views=1).update(heading="nur Kopf") == 1
        assert articles.filter(views=2).update(heading=F("title"), views=5) == 1
    names = ["heading_en", "heading_de", "title_de"]
    assert stored(app, *names) == [
        ("heading 0", "neu", "auch neu"),
        ("heading 1", "nur Kopf", "Titel 8"),
        ("heading 2", None, None),
    ]
    with override("de"):
        articles.filter(views=0).update(heading=F("title_en"))
    assert stored(app, "heading_de")[0] == ("title 0",)


def test_saving_some_fields_goes_by_the_language(app, articles):
    article = articles.get(views=0)
    with override("de"):
        article.heading = "neu"
        article.save(update_fields=["heading"])
    assert stored(app, "heading", "heading_en", "heading_de")[0] == ("neu", "heading 0", "neu")


def test_a_save_stores_what_the_language_says(app, articles):
    with override("de"):
        article = articles.get(views=0)
        assert article.summary == "sum"
        article.heading_de = "neu"
        article.save()
    assert stored(app, "heading", "heading_en", "heading_de")[0] == ("neu", "heading 0", "neu")


def test_the_untranslated_column_is_not_written_if_the_part_is_not_loaded(apps):
    found = []
    for app in apps:
        app.Article.objects.create(title="t", heading_en="h")
        article = app.Article.objects.get()
        article.heading_en = "new"
        article.save()
        found += stored(app, "heading", "heading_en")
    assert found == [("new", "new"), ("h", "new")]


def test_what_was_assigned_stays_when_the_part_is_loaded(app, articles):
    article = articles.get(views=0)
    article.heading_en = "new"
    assert article.summary == "sum"
    assert (article.heading, article.heading_de) == ("new", "Kopf 9")
    with override("de"):
        article = articles.get(views=0)
        article.heading = "neu"
        assert (article.summary, article.heading, article.heading_en) == ("sum", "neu", "heading 0")
        article.save()
    assert stored(app, "heading_en", "heading_de")[0] == ("heading 0", "neu")


def test_only_and_defer_know_the_languages(articles, django_assert_num_queries):
    with django_assert_num_queries(1):
        article = articles.only("heading").get(views=1)
        assert article.heading == "heading 1"
        with override("de"):
            assert article.heading == "Kopf 8"
    assert articles.defer("heading").get(views=1).heading == "heading 1"
    article = articles.get(views=1)
    articles.filter(views=1).update(heading="new")
    article.refresh_from_db(fields=["heading"])
    assert article.heading == "new"
    article.refresh_from_db()
    assert article.heading == "new"


def test_headings_are_loaded_for_all_rows_at_once(articles, django_assert_max_num_queries):
    with django_assert_max_num_queries(2), override("de"):
        assert {article.heading for article in articles.all()} == {"Kopf 9", "Kopf 8", "heading 2"}


def test_rows_are_created_in_bulk(app):
    with override("de"):
        app.Article.objects.bulk_create(
            [app.Article(title=f"Titel {n}", heading=f"Kopf {n}", views=n) for n in range(3)]
        )
    assert stored(app, "title_de", "heading_de", "heading_en")[2] == ("Titel 2", "Kopf 2", "")


def test_every_language_is_filled_when_asked_to(app):
    app.Article.objects.populate("all").create(title="t", heading="h")
    assert stored(app, "title_de", "heading_de", "heading_en") == [("t", "h", "h")]
    article, created = app.Article.objects.get_or_create(heading="h", defaults={"title": "u"})
    assert (article.title, created) == ("t", False)


def test_moved_relations_are_translated(app, django_assert_max_num_queries):
    english, german = [app.Series.objects.create(name_en=name, name_de=name) for name in ("s", "S")]
    article = app.Article.objects.create(title="t", series_en=english, series_de=german)
    assert app.Article.objects.get().series == english
    with override("de"):
        assert app.Article.objects.get().series == german
        assert app.Article.objects.get(series__name="S") == article
        assert list(german.article_set_de.all()) == [article]
    assert app.Article.objects.get(series__name="s") == article
    assert list(english.article_set_en.all()) == [article]
    assert not english.article_set_de.exists()
    with django_assert_max_num_queries(2):
        (found,) = app.Series.objects.filter(pk=german.pk).prefetch_related("article_set_de")
        assert list(found.article_set_de.all()) == [article]
    assert list(app.Series.objects.filter(article_de__views=0)) == [german]
    german.delete()
    assert not app.Article.objects.exists()


def test_a_proxy_is_translated(app, articles):
    with override("de"):
        assert app.ArticleProxy.objects.get(heading_de="Kopf 9").heading == "Kopf 9"


def test_forms_have_a_field_for_each_language(apps, articles):
    names = ["title", "heading"]
    wide, split = [forms.modelform_factory(app.Article, fields="__all__")().fields for app in apps]
    assert list(wide) == list(split)
    for app in apps:
        form = forms.modelform_factory(app.Article, fields=names)
        with override("de"):
            article = form({"title": "T", "heading": "H"}).save()
        assert (article.title_de, article.heading_de, article.heading_en) == ("T", "H", "")


def test_the_admin_edits_every_language(app, articles, client, settings):
    site = admin.AdminSite()
    site.register(app.Article, TranslationAdmin)
    settings.ROOT_URLCONF = (path("admin/", site.urls),)
    client.force_login(User.objects.create_superuser("root"))
    article = articles.get(views=0)
    url = f"/admin/{app.Article._meta.app_label}/article/{article.pk}/change/"
    form = client.get(url).context["adminform"].form
    assert {"heading_en", "heading_de"} <= form.fields.keys()
    assert "heading" not in form.fields
    data = {name: value for name, value in form.initial.items() if value is not None}
    response = client.post(url, {**data, "heading_de": "neu", "title_en": "new"})
    assert response.status_code == 302, response.context["errors"]
    assert stored(app, "title_en", "heading_en", "heading_de")[0] == ("new", "heading 0", "neu")


def test_querysets_and_objects_can_be_pickled(articles):
    article = pickle.loads(pickle.dumps(articles.get(views=0)))
    assert article.heading == "heading 0"


def test_what_the_core_registers_of_a_part_is_refused(apps):
    _, split = apps

    class Options(TranslationOptions):
        fields = ["seo_title"]

    with pytest.raises(NotRegistered, match='"ProductSeo" is not registered'):
        translator.register(split.Product, Options)
    assert not hasattr(split.Product, "seo_title_en")
