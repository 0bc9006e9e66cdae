"""For django-reversion."""

from django.db import models

from .general import Brand


class Page(models.Model):
    title = models.CharField(max_length=100)
    body = models.TextField(blank=True)
    brand = models.ForeignKey(Brand, models.CASCADE, null=True, blank=True)
    topics = models.ManyToManyField(Brand, related_name="+", blank=True)

    def __str__(self):
        return self.title


class PageLink(models.Model):
    page = models.ForeignKey(Page, models.CASCADE, related_name="links")
    url = models.CharField(max_length=100)


class Leaflet(Page):
    folds = models.IntegerField(default=1)
