"""For django-reversion."""

from django.db import models

from bdmodels.models import BreakdownModel, PartModel

from .general import Brand


class PageText(PartModel):
    body = models.TextField(blank=True)


class PageOwner(PartModel):
    brand = models.ForeignKey(Brand, models.CASCADE, null=True, blank=True)


class Page(BreakdownModel, PageText, PageOwner):
    title = models.CharField(max_length=100)
    topics = models.ManyToManyField(Brand, related_name="+", blank=True)

    def __str__(self):
        return self.title


class PageLink(models.Model):
    page = models.ForeignKey(Page, models.CASCADE, related_name="links")
    url = models.CharField(max_length=100)


class Leaflet(Page):
    folds = models.IntegerField(default=1)
