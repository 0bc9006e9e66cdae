"""Uniqueness and constraints, whichever table they are of."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.forms import modelform_factory

from tests.shop.models import Product
from tests.zoo.models import Animal, Asset, Country, Event, Pet

pytestmark = pytest.mark.django_db


@pytest.fixture
def event():
    return Event.objects.create(
        name="a", room="hall", seat=1, day=datetime.date(2024, 5, 1), label="x"
    )


def errors(obj, **kwargs):
    with pytest.raises(ValidationError) as info:
        obj.full_clean(**kwargs)
    return info.value.message_dict


def test_a_new_object_is_valid_without_a_key(app):
    app.Product(title="t").full_clean()


def test_validating_a_new_object_needs_no_query_for_keys(django_assert_num_queries):
    with django_assert_num_queries(0):
        Product(title="t").full_clean()


def test_the_key_of_a_part_is_never_required():
    Country(code="cl", name="Chile").full_clean()
    Asset(name="a", path="p").full_clean()
    assert list(errors(Country(name="Chile"))) == ["code"]


def test_missing_values_are_named(app):
    assert errors(app.Product(title="", stock=None)) == {
        "title": ["This field cannot be blank."], "stock": ["This field cannot be null."],
    }  # fmt: skip


def test_a_unique_field_of_a_part(app):
    app.Product.objects.create(title="a", slug="x")
    found = errors(app.Product(title="b", slug="x"))
    assert found == {"slug": ["Product with this Slug already exists."]}
    assert app.Product(title="b", slug="x").full_clean(exclude=["slug"]) is None


def test_a_message_that_others_fill_in_names_the_core(app):
    field = app.Product._meta.get_field("slug")
    params = {"model_name": field.model._meta.verbose_name, "field_label": field.verbose_name}
    assert field.error_messages["unique"] % params == "product with this slug already exists."
    params["model_name"] = "Thing"
    assert field.error_messages["unique"] % params == "Thing with this slug already exists."
    assert "already exists" in str(field.error_messages["unique"])


def test_a_stored_object_does_not_clash_with_itself(app):
    app.Product.objects.create(title="a", slug="x")
    app.Product.objects.get().full_clean()


def test_a_taken_key(app):
    app.Product.objects.create(pk=5, title="a")
    assert errors(app.Product(pk=5, title="b")) == {"id": ["Product with this ID already exists."]}


def test_unique_together_of_a_part(event):
    found = errors(Event(name="b", room="hall", seat=1))
    assert found == {"__all__": ["Event with this Room and Seat already exists."]}
    Event(name="b", room="hall", seat=2).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.create(name="b", room="hall", seat=1)


def test_unique_for_date_of_a_part(event):
    found = errors(Event(name="b", room="other", seat=1, day=event.day, label="x"))
    assert found == {"label": ["Label must be unique for Day date."]}
    other = event.day + datetime.timedelta(1)
    Event(name="b", room="other", seat=1, day=other, label="x").full_clean()


def test_check_constraints_of_a_part(event):
    found = errors(Event(name="b", room="other", seat=0))
    assert found == {"__all__": ["Constraint “zoo_seat_positive” is violated."]}
    assert Event(name="b", room="other", seat=0).full_clean(validate_constraints=False) is None


def test_conditional_unique_constraints_of_a_part(event):
    found = errors(Event(name="b", room="hall", seat=2, day=event.day, label="y"))
    assert found == {"__all__": ["Constraint “zoo_hall_once_a_day” is violated."]}
    Event(name="b", room="other", seat=2, day=event.day, label="y").full_clean()


def test_check_constraints_of_the_core():
    assert errors(Animal(name="a", age=-1, sound="x", keeper="x")) == {
        "__all__": ["Constraint “zoo_age” is violated."]
    }
    assert "__all__" in errors(Pet(name="a", age=-1, sound="x", keeper="x"))


def test_several_mistakes_at_once(event):
    found = errors(Event(name="a", room="hall", seat=1, label="x"))
    assert found == {
        "name": ["Event with this Name already exists."],
        "__all__": ["Event with this Room and Seat already exists."],
    }


def test_an_object_with_unloaded_parts_is_validated(event):
    event = Event.objects.get()
    event.name = "b"
    event.full_clean()
    event.seat = 0
    assert "__all__" in errors(event)


def test_forms_report_what_is_taken(event):
    form = modelform_factory(Event, fields="__all__")(
        {"name": "b", "room": "hall", "seat": 1, "label": ""}
    )
    assert form.errors == {"__all__": ["Event with this Room and Seat already exists."]}


def test_validate_unique_and_constraints_by_themselves(event):
    other = Event(name="a", room="hall", seat=1)
    with pytest.raises(ValidationError) as info:
        other.validate_unique()
    assert set(info.value.message_dict) == {"name", "__all__"}
    with pytest.raises(ValidationError, match="zoo_seat_positive"):
        Event(name="x", room="r", seat=-1).validate_constraints()


def test_relations_are_validated(app):
    (message,) = errors(app.Product(title="t", brand_id=99))["brand"]
    assert "brand instance with id 99" in message
