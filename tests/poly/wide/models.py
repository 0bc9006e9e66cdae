"""The models of `tests.poly.split` before they were split."""

from django.db import models
from polymorphic.models import PolymorphicModel

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


class Product(PolymorphicModel):
    title = models.CharField(max_length=50)
    price = models.IntegerField(default=0)
    maker = models.ForeignKey(Brand, models.CASCADE, null=True, blank=True, related_name="made")
    slug = models.SlugField(unique=True, null=True, blank=True)
    text = models.TextField(blank=True, default="")
    brand = models.ForeignKey(Brand, models.CASCADE, null=True, blank=True)
    stock = models.IntegerField(default=0)
    supplier = models.ForeignKey(
        Brand, models.PROTECT, null=True, blank=True, related_name="supplies"
    )
    successor = models.ForeignKey(
        "Product", models.SET_NULL, null=True, blank=True, related_name="predecessors"
    )
    note = models.CharField(max_length=100, null=True, blank=True)
    tags = models.ManyToManyField(Tag, blank=True)

    def __str__(self):
        return self.title


class Book(Product):
    pages = models.IntegerField(default=100)
    isbn = models.CharField(max_length=20, blank=True, default="")
    publisher = models.ForeignKey(Brand, models.CASCADE, null=True, blank=True)
    blurb = models.TextField(null=True, blank=True)


class Comic(Book):
    artist = models.CharField(max_length=20, default="")
    panels = models.IntegerField(default=6)


class Shirt(Dated, Product):
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


class Vehicle(PolymorphicModel):
    """A base in one table; only a child is split."""

    plate = models.CharField(max_length=10, primary_key=True)


class Car(Vehicle):
    doors = models.IntegerField(default=4)
    power = models.IntegerField(default=50)


class Bike(Vehicle):
    gears = models.IntegerField(default=7)


class Sound(ShowFieldTypeAndContent, PolymorphicModel):
    cost = models.IntegerField(default=1)
    volume = models.IntegerField(default=1)

    objects = LoudManager()
    cheap = CheapManager()
    plain = LoudQuerySet.as_manager()

    class Meta:
        ordering = ["volume"]


class Song(Sound):
    singer = models.CharField(max_length=20, default="")
    verses = models.IntegerField(default=3)


class Meter(PolymorphicModel):
    """Its proxies are made by a new object, because the class has an `__init__()`."""

    unit = models.CharField(max_length=10)
    limit = models.IntegerField(default=7)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.made = True


class Gauge(Meter):
    class Meta:
        proxy = True


class Media(PolymorphicModel):
    """Its children have keys of their own."""

    label = models.CharField(max_length=20)
    size = models.IntegerField(default=0)


class Disc(Media):
    code = models.CharField(max_length=5, primary_key=True)
    media = models.OneToOneField(Media, models.CASCADE, parent_link=True, related_name="as_disc")
    tracks = models.IntegerField(default=1)
