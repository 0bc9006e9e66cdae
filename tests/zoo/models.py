"""Split models that are unusual: their keys, their bases, their managers."""

import datetime
import uuid

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.functions import Upper

from bdmodels.fields import VirtualForeignKey, VirtualOneToOneField, VirtualParentLink
from bdmodels.models import BreakdownManager, BreakdownModel, BreakdownQuerySet, PartModel

# Keys


class AssetFile(PartModel):
    path = models.CharField(max_length=50, default="")


class Asset(BreakdownModel, AssetFile):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=20)


class CountryFacts(PartModel):
    population = models.IntegerField(default=0)
    capital = models.CharField(max_length=20, null=True, blank=True)


class CountryRecord(PartModel):
    recorded = models.DateTimeField(auto_now_add=True, null=True)
    source = models.CharField(max_length=20, null=True, blank=True)


class Country(BreakdownModel, CountryFacts, CountryRecord):
    code = models.CharField(max_length=2, primary_key=True)
    record = VirtualParentLink(CountryRecord, null=True)
    name = models.CharField(max_length=20)


class City(models.Model):
    country = models.ForeignKey(Country, models.CASCADE)


class TicketBody(models.Model):
    number = models.IntegerField(primary_key=True, db_column="body_no")
    body = models.TextField(default="")


class Ticket(BreakdownModel, TicketBody):
    ref = models.AutoField(primary_key=True, db_column="ticket_no")
    subject = models.CharField(max_length=20, db_column="subj")


class PassportScan(PartModel):
    scan = models.CharField(max_length=20, default="")


class Passport(BreakdownModel, PassportScan):
    country = models.OneToOneField(Country, models.CASCADE, primary_key=True)
    pages = models.IntegerField(default=32)


# Bases


class Stamped(models.Model):
    created_by = models.CharField(max_length=20, default="nobody")

    class Meta:
        abstract = True

    def signature(self):
        return f"{self.created_by}!"


class Shouting:
    def shout(self):
        return self.name.upper()


class AnimalBody(Stamped, PartModel):
    legs = models.IntegerField(default=4)
    sound = models.CharField(max_length=20, blank=True, default="")

    def legs_and_a_half(self):
        return self.legs + 0.5


class AnimalCare(PartModel):
    keeper = models.CharField(max_length=20, blank=True, default="")
    fed = models.IntegerField(default=0)


class Named(models.Model):
    name = models.CharField(max_length=20)

    class Meta:
        abstract = True
        ordering = ("-legs", "name")


class QuietQuerySet(models.QuerySet):
    def quiet(self):
        return self.filter(sound="")


class TameManager(models.Manager):
    def get_queryset(self):
        return super().get_queryset().exclude(keeper="")


class Animal(Shouting, Named, BreakdownModel, AnimalBody, AnimalCare):
    age = models.IntegerField(default=1)

    objects = QuietQuerySet.as_manager()
    tame = TameManager()

    field_order = ("id", "name", "legs", "sound", "age", "keeper", "fed", "created_by")

    class Meta(Named.Meta):
        get_latest_by = "fed"
        constraints = [models.CheckConstraint(condition=models.Q(age__gte=0), name="zoo_age")]


class Pet(Animal):
    class Meta:
        proxy = True
        ordering = ("name",)


class Bird(Animal):
    wingspan = models.IntegerField(default=10)


class ParrotWords(PartModel):
    words = models.IntegerField(default=0)


class Parrot(Bird, ParrotWords):
    """A multi-table child of a core that is split itself."""

    colour = models.CharField(max_length=20, default="green")


# Relations


class PageText(PartModel):
    text = models.TextField(default="")
    # Without a constraint: these tables are made before those of apps with migrations.
    content_type = models.ForeignKey(ContentType, models.CASCADE, null=True, db_constraint=False)
    object_id = models.BigIntegerField(null=True)
    about = GenericForeignKey()
    cover = models.OneToOneField("Cover", models.SET_NULL, null=True)


class Cover(models.Model):
    title = models.CharField(max_length=20)


class Page(BreakdownModel, PageText):
    pageno = models.IntegerField(default=1)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")


class Topic(models.Model):
    name = models.CharField(max_length=20)
    pages = GenericRelation(Page)


class Footnote(models.Model):
    """Points to a part, not to its core."""

    on = models.ForeignKey(PageText, models.CASCADE)


class Reading(models.Model):
    page_number = models.IntegerField()
    page = VirtualForeignKey(Page, from_field="page_number")


class PageStats(models.Model):
    number = models.BigIntegerField(primary_key=True)
    page = VirtualOneToOneField(Page, from_field="number", related_name="stats")
    visits = models.IntegerField(default=0)


# Uniqueness and dates


class EventPlace(PartModel):
    room = models.CharField(max_length=20)
    seat = models.IntegerField()
    day = models.DateField(null=True, blank=True)
    label = models.CharField(max_length=20, unique_for_date="day", blank=True, default="")

    class Meta:
        unique_together = [("room", "seat")]
        constraints = [
            models.CheckConstraint(condition=models.Q(seat__gt=0), name="zoo_seat_positive"),
            models.UniqueConstraint(
                fields=["day"], condition=models.Q(room="hall"), name="zoo_hall_once_a_day"
            ),
        ]


class Event(BreakdownModel, EventPlace):
    name = models.CharField(max_length=20, unique=True)


# Fields that do something by themselves


class Revision(models.IntegerField):
    """Counts how often it was stored; the attribute stays what it was."""

    def pre_save(self, model_instance, add):
        return getattr(model_instance, self.attname) + 1


class Shouted(models.CharField):
    """Lets the database make capitals of it, if there is anything."""

    def pre_save(self, model_instance, add):
        value = getattr(model_instance, self.attname)
        return Upper(models.Value(value)) if value else value


class MeterReading(PartModel):
    amount = models.IntegerField(db_default=7)
    doubled = models.GeneratedField(
        expression=models.F("amount") * 2, output_field=models.IntegerField(), db_persist=True
    )
    unit = models.CharField(max_length=5, choices=[("k", "kilowatt"), ("m", "metre")], default="k")
    photo = models.FileField(upload_to="photos", blank=True)
    read_on = models.DateField(default=datetime.date(2024, 1, 1))
    extras = models.JSONField(default=dict)
    revision = Revision(default=0)


class Meter(BreakdownModel, MeterReading):
    serial = models.CharField(max_length=10)
    place = Shouted(max_length=10, default="")
    label = models.GeneratedField(
        expression=Upper("serial"), output_field=models.CharField(max_length=10), db_persist=True
    )


# Declared by hand, with the names of broken-down-models


class ShelfSize(models.Model):
    shelf_no = models.BigIntegerField(primary_key=True)
    width = models.IntegerField(default=0)

    objects = models.Manager()


class ShelfQuerySet(BreakdownQuerySet):
    def wide(self):
        return self.filter(width__gt=10)


class Shelf(BreakdownModel, ShelfSize):
    id = models.BigAutoField(primary_key=True)
    label = models.CharField(max_length=20)
    size = VirtualParentLink(ShelfSize, from_field="id")

    objects = BreakdownManager.from_queryset(ShelfQuerySet)()


# Children whose key is not that of their core


class Visa(Ticket, Country):
    """Has two cores for parents, and the key of the first."""

    days = models.IntegerField(default=30)


class PageNote(PartModel):
    mark = models.CharField(max_length=20, default="")


class Sheet(Page, PageNote):
    code = models.CharField(max_length=5, primary_key=True)
    page = models.OneToOneField(Page, models.CASCADE, parent_link=True, related_name="as_sheet")
