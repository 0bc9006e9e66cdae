"""django-reversion: versions of a split model are those of the wide one."""

import json

import pytest
import reversion
from django.contrib import admin
from django.contrib.auth.models import User
from reversion.admin import VersionAdmin as PlainVersionAdmin
from reversion.models import Version

from bdmodels.contrib.reversion import VersionAdmin, register

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.ecosystem.urls_tracking"),
    pytest.mark.compatibility(
        "django-reversion",
        package="django-reversion",
        holds="Versions hold the fields of all parts, in the wide model's format; versions from "
        "before a split can be reverted to after it. Reverting, following, recovering and "
        "`VersionAdmin` work.",
        needs="`register()` and `VersionAdmin` of `bdmodels.contrib.reversion` in place of "
        "reversion's, which take the fields of one table; a system check finds what was forgotten.",
    ),
]


@pytest.fixture(autouse=True)
def registered(apps):
    """Each test has the two models registered, with the links of a page followed."""
    before = {m: reversion.is_registered(m) for app in apps for m in (app.Page, app.PageLink)}
    for model, there in before.items():
        if there:
            reversion.unregister(model)
    for app in apps:
        register(app.Page, follow=["links"])
        register(app.PageLink)
    yield
    for model, there in before.items():
        reversion.unregister(model)
        if there:
            register(model, follow=["links"] if model.__name__ == "Page" else [])


@pytest.fixture
def page(app):
    with reversion.create_revision():
        brand = app.Brand.objects.create(name="b")
        page = app.Page.objects.create(title="one", body="first", brand=brand)
        page.topics.add(brand)
        page.links.create(url="/a")
    with reversion.create_revision():
        page = app.Page.objects.get()
        page.body, page.brand = "second", None
        page.save()
        page.links.create(url="/b")
    return page


def test_versions_have_the_format_of_the_wide_model(apps):
    texts = []
    for app in apps:
        with reversion.create_revision():
            app.Page.objects.create(pk=7, title="one", body="first")
        data = Version.objects.get_for_model(app.Page).get().serialized_data
        texts.append(data.replace(app.Page._meta.app_label, "app"))
    assert json.loads(texts[0]) == json.loads(texts[1])
    assert list(json.loads(texts[0])[0]["fields"]) == list(json.loads(texts[1])[0]["fields"])


def test_there_are_no_versions_of_parts(app, page):
    models = [v.content_type.model for v in Version.objects.order_by("pk")]
    assert sorted(models) == ["page", "page", "pagelink", "pagelink", "pagelink"]


def test_the_fields_of_a_version(app, page):
    new, old = Version.objects.get_for_object(page)
    assert old.field_dict == {
        "id": page.pk, "title": "one", "body": "first", "brand_id": app.Brand.objects.get().pk,
        "topics": [app.Brand.objects.get().pk],
    }  # fmt: skip
    assert (new.field_dict["body"], new.field_dict["brand_id"]) == ("second", None)


def test_reverting_brings_back_what_parts_had(app, page):
    Version.objects.get_for_object(page).last().revision.revert(delete=True)
    page = app.Page.objects.get()
    assert (page.title, page.body, page.brand.name) == ("one", "first", "b")
    assert [link.url for link in page.links.all()] == ["/a"]


def test_a_deleted_page_is_recovered(app, page):
    key = page.pk
    page.delete()
    (version,) = Version.objects.get_deleted(app.Page)
    version.revision.revert()
    page = app.Page.objects.get(pk=key)
    assert (page.title, page.body) == ("one", "second")
    assert page.links.count() == 2


def test_versions_from_before_the_split_are_reverted_to_after_it(apps):
    wide, split = apps
    with reversion.create_revision():
        wide.Page.objects.create(pk=3, title="one", body="first")
    page = split.Page.objects.create(pk=3, title="now", body="other")
    version = Version.objects.get_for_model(wide.Page).get()
    # The same row of the same model, as a project has it that split its model in place.
    version.serialized_data = version.serialized_data.replace('"wide.', '"split.')
    version.content_type = version.content_type.__class__.objects.get_for_model(split.Page)
    version.save()
    Version.objects.get_for_object(page).get().revision.revert()
    page = split.Page.objects.get()
    assert (page.title, page.body, page.brand) == ("one", "first", None)


def test_a_version_without_changes_is_left_out(apps):
    for app in apps:
        reversion.unregister(app.Page)
        register(app.Page, ignore_duplicates=True)
        page = app.Page.objects.create(title="one", body="first")
        for body in ("first", "first", "second"):
            with reversion.create_revision():
                page.body = body
                page.save()
        assert Version.objects.get_for_object(page).count() == 2


def test_a_child_is_versioned_with_its_parent(app):
    """A multi-table child, by the admin class: reversion lets it follow its parent."""
    VersionAdmin(app.Leaflet, admin.site)
    try:
        with reversion.create_revision():
            leaflet = app.Leaflet.objects.create(title="one", body="first", folds=2)
        with reversion.create_revision():
            leaflet.body, leaflet.folds = "second", 3
            leaflet.save()
        versions = Version.objects.order_by("pk").values_list("content_type__model", flat=True)
        assert sorted(versions) == ["leaflet", "leaflet", "page", "page"]
        old = Version.objects.get_for_object(leaflet).last()
        found = old.field_dict
        assert (found["title"], found["body"], found["folds"]) == ("one", "first", 2)
        old.revision.revert()
        leaflet = app.Leaflet.objects.get()
        assert (leaflet.title, leaflet.body, leaflet.folds) == ("one", "first", 2)
    finally:
        reversion.unregister(app.Leaflet)


def test_register_decorates_and_obeys_explicit_fields(apps):
    for app in apps:
        reversion.unregister(app.Page)
        assert register(fields=["title", "body"])(app.Page) is app.Page
        with reversion.create_revision():
            page = app.Page.objects.create(title="one", body="first")
        assert Version.objects.get_for_object(page).get().field_dict == {
            "title": "one", "body": "first",
        }  # fmt: skip


def test_the_admin_shows_reverts_and_recovers(app, page, admin_client):
    base = f"/admin/{app.Page._meta.app_label}/page/"
    old = Version.objects.get_for_object(page).last()
    page_of_version = admin_client.get(f"{base}{page.pk}/history/{old.pk}/")
    form = page_of_version.context["adminform"].form
    assert form["body"].value() == "first"
    assert app.Page.objects.get().body == "second"
    data = posted(page_of_version)
    response = admin_client.post(f"{base}{page.pk}/history/{old.pk}/", data)
    assert response.status_code == 302
    assert app.Page.objects.get().body == "first"
    assert Version.objects.get_for_object(page).count() == 3
    user = User.objects.get(is_superuser=True)
    assert Version.objects.get_for_object(page).first().revision.user == user
    page.delete()
    assert "one" in admin_client.get(f"{base}recover/").content.decode()


def posted(response):
    """What a browser sends of a form as it is shown."""
    form = response.context["adminform"].form
    data = {name: form[name].value() for name in form.fields}
    for inline in response.context["inline_admin_formsets"]:
        for f in (inline.formset.management_form, *inline.formset.forms):
            data.update({f.add_prefix(name): f[name].value() for name in f.fields})
    return {name: "" if value is None else value for name, value in data.items()}


def test_reversions_own_register_is_refused_for_a_core(apps):
    wide, split = apps
    assert [e for e in (*wide.Page.check(), *split.Page.check()) if e.id == "bdmodels.E021"] == []
    reversion.unregister(split.Page)
    PlainVersionAdmin(split.Page, admin.site)
    assert reversion.is_registered(split.PageText)
    for model in (split.PageText, split.PageOwner):
        reversion.unregister(model)
    (error,) = [e for e in split.Page.check() if e.id == "bdmodels.E021"]
    assert "split.PageText, split.PageOwner" in error.msg
    assert "bdmodels.contrib.reversion" in error.hint
