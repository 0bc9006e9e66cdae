"""Polymorphic models that are split; `tests.poly.wide` has the same ones in one table each."""

from django.db import models

from bdmodels.contrib.polymorphic import PolymorphicBreakdownModel
from bdmodels.fields import VirtualParentLink
from bdmodels.models import PartModel
from tests.poly.common import (
    CheapManager,
    Dated,
    LoudManager,
    LoudQuerySet,
    Party,
    ShowFieldTypeAndContent,
)


class Brand(Party):
    pass


class Tag(models.Model):
    name = models.CharField(max_length=50)


class ProductText(PartModel):
    slug = models.SlugField(unique=True, null=True, blank=True)
    text = models.TextField(blank=True, default="")
    brand = models.ForeignKey(Brand, models.CASCADE, null=True, blank=True)


class ProductStock(PartModel):
    stock = models.IntegerField(default=0)
    supplier = models.ForeignKey(
        Brand, models.PROTECT, null=True, blank=True, related_name="supplies"
    )
    successor = models.ForeignKey(
        "Product", models.SET_NULL, null=True, blank=True, related_name="predecessors"
    )


class ProductNote(PartModel):
    note = models.CharField(max_length=100, null=True, blank=True)


class Product(PolymorphicBreakdownModel, ProductText, ProductStock, ProductNote):
    title = models.CharField(max_length=50)
    price = models.IntegerField(default=0)
    maker = models.ForeignKey(Brand, models.CASCADE, null=True, blank=True, related_name="made")
    tags = models.ManyToManyField(Tag, blank=True)
    productnote_ptr = VirtualParentLink(ProductNote, null=True)

    def __str__(self):
        return self.title


class BookDetails(PartModel):
    isbn = models.CharField(max_length=20, blank=True, default="")
    publisher = models.ForeignKey(Brand, models.CASCADE, null=True, blank=True)


class BookBlurb(PartModel):
    blurb = models.TextField(null=True, blank=True)


class Book(Product, BookDetails, BookBlurb):
    pages = models.IntegerField(default=100)
    bookblurb_ptr = VirtualParentLink(BookBlurb, null=True)


class ComicPanels(PartModel):
    panels = models.IntegerField(default=6)


class Comic(Book, ComicPanels):
    artist = models.CharField(max_length=20, default="")


class Shirt(Dated, Product):
    """A child without parts of its own."""

    colour = models.CharField(max_length=20, default="white")


class Bargain(Product):
    class Meta:
        proxy = True


class Textbook(Book):
    class Meta:
        proxy = True


class Review(models.Model):
    product = models.ForeignKey(Product, models.CASCADE)
    stars = models.IntegerField(default=0)


class Warranty(models.Model):
    product = models.OneToOneField(Product, models.CASCADE)
    years = models.IntegerField(default=2)


class Chapter(models.Model):
    book = models.ForeignKey(Book, models.CASCADE)
    name = models.CharField(max_length=20)


class Vehicle(PolymorphicBreakdownModel):
    """A base in one table; only a child is split."""

    plate = models.CharField(max_length=10, primary_key=True)


class CarEngine(PartModel):
    power = models.IntegerField(default=50)


class Car(Vehicle, CarEngine):
    doors = models.IntegerField(default=4)


class Bike(Vehicle):
    gears = models.IntegerField(default=7)


class SoundLevel(PartModel):
    volume = models.IntegerField(default=1)


class Sound(ShowFieldTypeAndContent, PolymorphicBreakdownModel, SoundLevel):
    cost = models.IntegerField(default=1)

    objects = LoudManager()
    cheap = CheapManager()
    plain = LoudQuerySet.as_manager()

    class Meta:
        ordering = ["volume"]


class SongText(PartModel):
    verses = models.IntegerField(default=3)


class Song(Sound, SongText):
    singer = models.CharField(max_length=20, default="")


class MeterLimit(PartModel):
    limit = models.IntegerField(default=7)


class Meter(PolymorphicBreakdownModel, MeterLimit):
    """Its proxies are made by a new object, because the class has an `__init__()`."""

    unit = models.CharField(max_length=10)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.made = True


class Gauge(Meter):
    class Meta:
        proxy = True


class MediaSize(PartModel):
    size = models.IntegerField(default=0)


class Media(PolymorphicBreakdownModel, MediaSize):
    """Its children have keys of their own."""

    label = models.CharField(max_length=20)


class DiscTracks(PartModel):
    tracks = models.IntegerField(default=1)


class Disc(Media, DiscTracks):
    disctracks_ptr = VirtualParentLink(DiscTracks, related_name="disc_of_tracks")
    code = models.CharField(max_length=5, primary_key=True)
    media = models.OneToOneField(Media, models.CASCADE, parent_link=True, related_name="as_disc")
