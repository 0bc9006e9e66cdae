"""django-simple-history: what it stores of a split model, and brings back."""

import pytest
from django.contrib.auth.models import User
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

pytest_plugins = ["tests.migrations_project.fixtures"]
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.ecosystem.urls_tracking"),
    pytest.mark.compatibility(
        "django-simple-history",
        package="django-simple-history",
        holds="`HistoricalRecords` on a core makes the same history table, with all fields in the "
        "same order; a split does not change it, and records from before stay usable. `as_of()`, "
        "`diff_against()`, reverting, the bulk functions and the admin work.",
        needs="`HistoricalRecords` is declared on the core, not on a part.",
    ),
]


@pytest.fixture
def article(app):
    """One article with three records: created, changed in a part, changed in the core."""
    section = app.Brand.objects.create(name="news")
    article = app.Article.objects.create(title="a", body="first", slug="a", section=section)
    article = app.Article.objects.get()
    article.body, article.views = "second", 5
    article.save()
    article = app.Article.objects.get()
    article.title = "b"
    article._change_reason = "because"
    article.save()
    return article


def values(record):
    return [record.title, record.body, record.slug, record.section_id, record.views]


def test_the_history_has_the_wide_models_fields(apps):
    wide, split = [
        [
            (f.name, type(f), f.null, f.unique, f.db_index, f.max_length, f.editable)
            for f in app.Article.history.model._meta.fields
        ]
        for app in apps
    ]
    assert wide == split


def test_each_save_leaves_one_record_with_all_values(app, article):
    records = list(app.Article.history.order_by("history_id"))
    assert [r.history_type for r in records] == ["+", "~", "~"]
    assert [(r.title, r.body, r.views) for r in records] == [
        ("a", "first", 0), ("a", "second", 5), ("b", "second", 5),
    ]  # fmt: skip
    assert records[-1].history_change_reason == "because"
    assert article.history.most_recent().body == "second"
    assert article.history.count() == 3


def test_as_of_gives_the_article_of_that_time(app, article):
    second = article.history.order_by("history_id")[1]
    was = article.history.as_of(second.history_date)
    assert (was.title, was.body, was.views) == ("a", "second", 5)
    (was,) = app.Article.history.as_of(second.history_date)
    assert values(was) == ["a", "second", "a", article.section_id, 5]


def test_differences_name_moved_fields(app, article):
    new, old = article.history.order_by("-history_id")[:1].get(), article.history.earliest()
    delta = new.diff_against(old)
    assert sorted(delta.changed_fields) == ["body", "title", "views"]
    assert ("body", "first", "second") in [(c.field, c.old, c.new) for c in delta.changes]
    assert new.prev_record.body == "second"


def test_a_record_can_be_restored(app, article):
    old = article.history.earliest()
    old.instance.save()
    assert values(app.Article.objects.get()) == ["a", "first", "a", article.section_id, 0]
    assert app.Article.history.count() == 4


def test_a_deleted_article_comes_back_whole(app, article):
    key = article.pk
    app.Article.objects.all().delete()
    record = app.Article.history.filter(history_type="-").get()
    assert (record.title, record.body, record.views) == ("b", "second", 5)
    record.instance.save()
    assert values(app.Article.objects.get(pk=key)) == ["b", "second", "a", article.section_id, 5]


def test_deleting_one_object_stores_parts_that_were_not_loaded(app, article):
    app.Article.objects.get().delete()
    assert app.Article.history.latest().body == "second"


def test_objects_in_bulk(app):
    articles = [app.Article(title=f"t{n}", body=f"b{n}", slug=f"s{n}") for n in range(3)]
    bulk_create_with_history(articles, app.Article)
    articles = list(app.Article.objects.order_by("pk"))
    for article in articles:
        article.title += "!"
        article.body += "!"
    bulk_update_with_history(articles, app.Article, ["title", "body"])
    assert [(a.title, a.body) for a in app.Article.objects.order_by("pk")] == [
        (f"t{n}!", f"b{n}!") for n in range(3)
    ]
    bodies = app.Article.history.order_by("history_id").values_list("history_type", "body")
    assert list(bodies) == [
        *[("+", f"b{n}") for n in range(3)],
        *[("~", f"b{n}!") for n in range(3)],
    ]


def test_many_to_many_fields_are_in_the_history(app, article):
    reader = app.Brand.objects.create(name="reader")
    article.readers.add(reader)
    latest = article.history.latest()
    assert [row.brand for row in latest.readers.all()] == [reader]
    assert latest.body == "second"


def test_relations_of_the_history_do_not_reach_the_other_models(app, article):
    record = article.history.latest()
    assert record.section == article.section
    with pytest.raises(AttributeError):
        article.section.historicalarticle_set  # noqa: B018


def test_the_admin_shows_and_reverts(app, article, admin_client):
    history = f"/admin/{app.Article._meta.app_label}/article/{article.pk}/history/"
    page = admin_client.get(history).content.decode()
    assert "Body" in page
    assert "second" in page
    first = article.history.earliest()
    form = admin_client.get(f"{history}{first.pk}/").context["adminform"].form
    assert form.initial["body"] == "first"
    data = {k: "" if v is None else v for k, v in form.initial.items()}
    data["readers"] = []
    response = admin_client.post(f"{history}{first.pk}/", data)
    assert response.status_code == 302, response.context["errors"]
    assert values(app.Article.objects.get())[:2] == ["a", "first"]
    assert app.Article.history.latest().history_user == User.objects.get(is_superuser=True)


WIDE = """
from simple_history.models import HistoricalRecords

class Owner(models.Model):
    name = models.CharField(max_length=50)

class Product(models.Model):
    title = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)
    owner = models.ForeignKey(Owner, models.CASCADE)
    history = HistoricalRecords()
"""
SPLIT = """
from simple_history.models import HistoricalRecords

class Owner(models.Model):
    name = models.CharField(max_length=50)

class ProductSeo(PartModel):
    slug = models.SlugField(unique=True)
    owner = models.ForeignKey(Owner, models.CASCADE)

class Product(BreakdownModel, ProductSeo):
    title = models.CharField(max_length=100)
    history = HistoricalRecords()
"""


def test_a_split_leaves_the_history_table_and_its_records(project):
    project.installed.append("simple_history")
    project.models(WIDE)
    before = project.run(
        "make(); migrate()\n"
        "owner = models.Owner.objects.create(name='me')\n"
        "models.Product.objects.create(title='t', slug='s', owner=owner)\n"
        "answer(schema('shop_historicalproduct'))"
    )
    project.models(SPLIT)
    after, restored = project.run(
        "make(); migrate(); check()\n"
        "product = models.Product.objects.get()\n"
        "product.slug = 'other'; product.save()\n"
        "product.history.earliest().instance.save()\n"
        "product = models.Product.objects.get()\n"
        "answer([schema('shop_historicalproduct'), [product.slug, product.owner.name,"
        " product.history.count()]])"
    )
    assert after == before
    assert restored == ["s", "me", 3]
    for name in project.migrations()[1:]:
        assert "historical" not in project.migration(name[:4]).read_text().lower()
