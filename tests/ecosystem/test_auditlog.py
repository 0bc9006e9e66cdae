"""django-auditlog: the log of a split model is that of the wide one."""

import datetime as dt

import pytest
from auditlog.context import set_actor
from auditlog.models import LogEntry
from django.contrib.auth.models import User

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.ecosystem.urls_tracking"),
    pytest.mark.compatibility(
        "django-auditlog",
        package="django-auditlog",
        holds="Changes of moved fields are logged under the core, with the same differences, "
        "masks, serialized data, many-to-many changes and deletions; parts have no entries. The "
        "admin shows them.",
        needs="Register the core, not the parts.",
    ),
]

SIGNED = dt.datetime(2024, 5, 6, tzinfo=dt.timezone.utc)


def log(app):
    """All entries, with what differs between the twins made equal."""
    label, found = app.Contract._meta.app_label, []
    for entry in LogEntry.objects.filter(content_type__app_label=label).order_by("pk"):
        data = entry.serialized_data and {
            **entry.serialized_data,
            "model": entry.serialized_data["model"].replace(label, "app"),
        }
        changes = {name: entry.changes[name] for name in sorted(entry.changes or {})}
        found.append((entry.content_type.model, entry.action, changes, data, entry.object_repr))
    return found


def scenario(app, brands):
    one, two = brands
    contract = app.Contract.objects.create(
        pk=5, title="a", terms="long", secret="abcdefgh", brand=one, signed=SIGNED
    )
    contract = app.Contract.objects.get()
    contract.terms, contract.brand = "longer", two
    contract.save()
    contract = app.Contract.objects.get()
    contract.title, contract.secret = "b", "hgfedcba"
    contract.save()
    contract = app.Contract.objects.get()
    contract.terms = "longest"
    contract.save(update_fields=["terms"])
    app.Contract.objects.get().save()
    contract.parties.add(one, two)
    contract.parties.remove(one)
    app.Contract.objects.get().delete()


def test_the_log_is_that_of_the_wide_model(apps):
    logs = []
    for app in apps:
        brands = [app.Brand.objects.create(pk=pk, name=f"brand {pk}") for pk in (11, 12)]
        scenario(app, brands)
        logs.append(log(app))
    wide, split = logs
    assert wide == split
    assert {model for model, *_ in split} == {"contract"}
    assert [action for _, action, *_ in split] == [0, 1, 1, 1, 1, 1, 2]
    assert split[1][2] == {"brand": ["11", "12"], "terms": ["long", "longer"]}
    assert split[2][2]["secret"] == ["****efgh", "****dcba"]
    assert split[0][3]["fields"]["terms"] == "long"


def test_entries_of_an_object_and_who_made_them(app):
    user = User.objects.create_user("me")
    with set_actor(user):
        contract = app.Contract.objects.create(title="a", terms="long")
    contract = app.Contract.objects.get()
    contract.terms = "longer"
    contract.save()
    created, changed = contract.entries.order_by("pk")
    assert created.actor == user
    assert created.changes_dict["terms"] == ["None", "long"]
    assert changed.changes_display_dict["terms"] == ["long", "longer"]
    assert list(LogEntry.objects.get_for_object(contract).order_by("pk")) == [created, changed]


def test_a_save_that_changes_the_core_does_not_cost_a_query_per_object(app):
    """Auditlog reads the old row; its parts come with it."""
    app.Contract.objects.create(title="a", terms="long")
    contract = app.Contract.objects.get()
    contract.title = "b"
    contract.save()
    (entry,) = contract.entries.filter(action=LogEntry.Action.UPDATE)
    assert entry.changes == {"title": ["a", "b"]}


def test_the_admin_lists_the_changes(app, admin_client):
    contract = app.Contract.objects.create(title="a", terms="long")
    label = app.Contract._meta.app_label
    page = admin_client.get(f"/admin/{label}/contract/{contract.pk}/auditlog/")
    assert page.status_code == 200
    assert "long" in page.content.decode()
