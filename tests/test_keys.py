"""Keys of any type: the core's is the only one there is."""

import uuid

import pytest
from django.core import serializers
from django.db import IntegrityError, connection, models, transaction

from tests.zoo.models import (
    Asset,
    AssetFile,
    City,
    Country,
    CountryFacts,
    Passport,
    PassportScan,
    Shelf,
    ShelfSize,
    Ticket,
    TicketBody,
)

pytestmark = pytest.mark.django_db


def test_a_uuid_key_is_made_once():
    asset = Asset(name="a", path="p")
    key = asset.pk
    assert isinstance(key, uuid.UUID)
    asset.save()
    assert Asset.objects.get().pk == AssetFile.objects.get().pk == asset.pk == key
    assert Asset.objects.get(path="p").assetfile_id == key


def test_a_uuid_key_can_be_given():
    key = uuid.uuid4()
    Asset.objects.create(id=key, name="a", path="p")
    asset = Asset.objects.get(pk=str(key))
    asset.name, asset.path = "b", "q"
    asset.save()
    assert Asset.objects.values_list("pk", "name", "path").get() == (key, "b", "q")
    assert Asset.objects.in_bulk([key])[key].path == "q"


def test_a_string_key_is_kept():
    country = Country(name="Chile", population=19)
    assert country.pk == ""
    country.code = "cl"
    assert country.countryfacts_id == "cl"
    country.save()
    assert Country.objects.values_list("code", "name", "population").get() == ("cl", "Chile", 19)
    assert CountryFacts.objects.get().pk == "cl"


@pytest.mark.parametrize("how", [{"code": "cl"}, {"pk": "cl"}])
def test_a_string_key_is_set_by_any_name(how):
    Country.objects.create(name="Chile", population=19, **how)
    assert Country.objects.get(pk="cl").population == 19


def test_a_string_key_of_a_loaded_object_survives_saving():
    Country.objects.create(code="cl", name="Chile", population=19)
    country = Country.objects.get()
    country.name = "Republic"
    country.save()
    country.population = 20
    country.save(update_fields=["population"])
    assert Country.objects.values_list("code", "name", "population").get() == ("cl", "Republic", 20)


def test_a_string_key_may_be_empty():
    Country.objects.create(code="", name="Nowhere", population=1)
    country = Country.objects.get(code="")
    assert country.population == 1
    country.population = 2
    country.save()
    assert Country.objects.get(population=2).code == ""


def test_relations_by_a_string_key():
    country = Country.objects.create(code="cl", name="Chile", population=19)
    city = City.objects.create(country=country)
    assert City.objects.get(country__population=19) == city
    assert Country.objects.get(city=city).capital is None
    assert City.objects.select_related("country").get().country.population == 19


def test_a_key_with_another_column():
    ticket = Ticket.objects.create(subject="s", body="b")
    with connection.cursor() as cursor:
        cursor.execute("SELECT body_no FROM zoo_ticketbody")
        assert cursor.fetchone() == (ticket.ref,)
        cursor.execute("SELECT ticket_no, subj FROM zoo_ticket")
        assert cursor.fetchone() == (ticket.ref, "s")
    assert (ticket.number, ticket.pk) == (ticket.ref, ticket.ref)
    found = Ticket.objects.filter(body="b", ref=ticket.ref).order_by("ref", "body").get()
    assert (found.subject, found.body) == ("s", "b")
    assert Ticket.objects.values_list("ref", "body").get() == (ticket.ref, "b")
    Ticket.objects.update(body="c", subject="t")
    assert TicketBody.objects.get().body == "c"
    found.refresh_from_db()
    assert (found.subject, found.body) == ("t", "c")
    assert ticket.delete()[0] == 1
    assert not TicketBody.objects.exists()


def test_a_key_that_is_a_relation():
    country = Country.objects.create(code="cl", name="Chile", population=19)
    passport = Passport.objects.create(country=country, scan="x")
    assert type(PassportScan._meta.pk) is models.CharField
    assert passport.passportscan_id == "cl"
    found = Passport.objects.get(scan="x", country__population=19)
    assert (found.country, found.scan, found.pages) == (country, "x", 32)
    found.scan = "y"
    found.save()
    assert Passport.objects.get(country="cl").scan == "y"
    country = Country.objects.get()
    assert country.passport.scan == "y"
    country.delete()
    assert not PassportScan.objects.exists()


def test_a_key_of_a_part_named_by_hand():
    shelf = Shelf.objects.create(label="a", width=5)
    assert ShelfSize.objects.values_list("shelf_no", "width").get() == (shelf.pk, 5)
    assert shelf.shelf_no == shelf.size_id == shelf.pk


@pytest.mark.parametrize("model", [Asset, Country, Ticket, Shelf])
def test_the_part_key_cannot_lead_the_core_astray(model):
    obj = model()
    obj.pk = key = {Asset: uuid.uuid4(), Country: "xx"}.get(model, 42)
    part = next(iter(model._meta.family_parts))
    assert getattr(obj, part._meta.pk.attname) == key
    obj.save()
    assert part.objects.get().pk == model.objects.get().pk == key


@pytest.mark.parametrize("model", [Asset, Country, Ticket, Shelf])
def test_objects_survive_serialization(model):
    obj = model()
    obj.pk = key = {Asset: uuid.uuid4(), Country: "xx"}.get(model, 42)
    obj.save()
    text = serializers.serialize("json", model.objects.all())
    model.objects.all().delete()
    for restored in serializers.deserialize("json", text):
        restored.save()
    assert model.objects.get().pk == key
    assert next(iter(model._meta.family_parts)).objects.get().pk == key


def test_fields_of_a_new_object_with_a_key_that_is_taken_are_not_updated():
    taken = Asset.objects.create(name="a", path="p")
    asset = Asset(pk=taken.pk, name="b", path="q")
    with pytest.raises(IntegrityError), transaction.atomic():
        asset.save(update_fields=["name", "path"])
    assert Asset.objects.values_list("name", "path").get() == ("a", "p")
