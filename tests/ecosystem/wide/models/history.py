"""For django-simple-history."""

from django.db import models
from simple_history.models import HistoricalRecords

from .general import Brand


class Article(models.Model):
    title = models.CharField(max_length=100)
    body = models.TextField(blank=True)
    slug = models.SlugField(unique=True)
    section = models.ForeignKey(Brand, models.SET_NULL, null=True, blank=True)
    owner = models.OneToOneField(
        "auth.User", models.SET_NULL, null=True, blank=True, related_name="%(app_label)s_article"
    )
    views = models.IntegerField(default=0)
    readers = models.ManyToManyField(Brand, related_name="read_%(app_label)s", blank=True)

    history = HistoricalRecords(m2m_fields=[readers])

    def __str__(self):
        return self.title
