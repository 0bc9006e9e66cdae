"""For django-simple-history."""

from django.db import models
from simple_history.models import HistoricalRecords

from bdmodels.models import BreakdownModel, PartModel

from .general import Brand


class ArticleText(PartModel):
    body = models.TextField(blank=True)
    section = models.ForeignKey(Brand, models.SET_NULL, null=True, blank=True)


class ArticleNumbers(PartModel):
    owner = models.OneToOneField(
        "auth.User", models.SET_NULL, null=True, blank=True, related_name="%(app_label)s_article"
    )
    views = models.IntegerField(default=0)


class Article(BreakdownModel, ArticleText, ArticleNumbers):
    title = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)
    readers = models.ManyToManyField(Brand, related_name="read_%(app_label)s", blank=True)

    field_order = ("id", "title", "body", "slug", "section", "owner", "views")
    history = HistoricalRecords(m2m_fields=[readers])

    def __str__(self):
        return self.title
