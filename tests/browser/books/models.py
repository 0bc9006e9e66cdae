"""Books: a core and three parts, the last one sparse. The migrations begin with the wide model."""

from django.db import models

from bdmodels.fields import VirtualParentLink
from bdmodels.models import BreakdownModel, PartModel


class Author(models.Model):
    name = models.CharField(max_length=60)

    def __str__(self):
        return self.name


class Publisher(models.Model):
    name = models.CharField(max_length=60)

    def __str__(self):
        return self.name


class BookPage(PartModel):
    slug = models.SlugField(blank=True)
    meta_title = models.CharField(max_length=100, blank=True)
    meta_description = models.TextField(blank=True)

    class Meta:
        verbose_name = "web page"


class BookStock(PartModel):
    stock = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    publisher = models.ForeignKey(Publisher, models.PROTECT, null=True, blank=True)

    class Meta:
        verbose_name = "stock"


class BookAward(PartModel):
    award = models.CharField(max_length=60, null=True, blank=True)
    award_year = models.IntegerField(null=True, blank=True)

    class Meta:
        verbose_name = "award"


class Book(BreakdownModel, BookPage, BookStock, BookAward):
    title = models.CharField(max_length=100)
    author = models.ForeignKey(Author, models.CASCADE)
    price = models.DecimalField(max_digits=6, decimal_places=2)
    bookaward_ptr = VirtualParentLink(BookAward, null=True)

    def __str__(self):
        return self.title
