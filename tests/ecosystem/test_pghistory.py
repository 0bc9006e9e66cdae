"""django-pghistory: triggers that write an event for each change of a row."""

import pytest

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.only_on("postgresql"),
    pytest.mark.compatibility(
        "django-pghistory",
        package="django-pghistory",
        holds="`pghistory.track()` on the core and on its parts: each has the events of its own "
        "table, with the fields of that table; the link is left out.",
        needs="Track the parts, too, each with a name of its own for its events: "
        "`obj_field=ObjForeignKey(related_name=...)`.",
        limits="A trigger sees the row of one table, so an event has the fields of one table, and "
        "only the tables that a save writes have one.",
    ),
]


@pytest.fixture(autouse=True)
def triggers(db):
    """The tables of these tests are made without migrations, which install triggers otherwise."""
    import pgtrigger
    from pghistory.models import Context

    Context.install_pgh_attach_context_func(using="default")
    pgtrigger.install(database="default")


def scenario(app):
    offer = app.Offer.objects.create(title="a", body="first", price=1)
    offer = app.Offer.objects.get()
    offer.body = "second"
    offer.save()
    app.Offer.objects.update(title="b")
    app.Offer.objects.update(title="c", price=3)
    return offer


def events(model, *names):
    found = model.objects.order_by("pgh_id")
    return [tuple(event) for event in found.values_list("pgh_label", *names)]


def test_the_wide_model_has_one_series_of_events(apps):
    wide, _ = apps
    scenario(wide)
    assert events(wide.OfferEvent, "title", "body", "price") == [
        ("insert", "a", "first", 1),
        ("update", "a", "second", 1),
        ("update", "b", "second", 1),
        ("update", "c", "second", 3),
    ]


def test_core_and_parts_have_a_series_each(apps):
    _, split = apps
    offer = scenario(split)
    assert events(split.OfferEvent, "title") == [("insert", "a"), ("update", "b"), ("update", "c")]
    assert events(split.OfferTextEvent, "body", "price") == [
        ("insert", "first", 1), ("update", "second", 1), ("update", "second", 3),
    ]  # fmt: skip
    assert offer.events.earliest("pgh_id").pgh_label == "insert"
    assert offer.events.count() == offer.text_events.count() == 3


def test_events_have_the_columns_of_one_table_and_no_link(apps):
    _, split = apps
    fields = [f.name for f in split.OfferEvent._meta.fields if not f.name.startswith("pgh_")]
    assert fields == ["id", "title"]
    link = split.Offer._meta.get_field("offertext_ptr")
    assert link.model is split.Offer
    assert [f.name for f in split.Offer._meta.fields] == ["id", "title", "body", "price"]


def test_an_event_is_reverted_to(apps):
    _, split = apps
    scenario(split)
    split.OfferTextEvent.objects.earliest("pgh_id").revert()
    offer = split.Offer.objects.get()
    assert (offer.title, offer.body, offer.price) == ("c", "first", 1)


def test_context_is_stored_with_the_events_of_all_tables(apps):
    import pghistory

    _, split = apps
    with pghistory.context(why="import"):
        split.Offer.objects.create(title="a", body="first")
    for model in (split.OfferEvent, split.OfferTextEvent):
        assert model.objects.get().pgh_context.metadata == {"why": "import"}
