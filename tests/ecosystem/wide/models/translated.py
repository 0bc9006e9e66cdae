"""Texts in several languages, and tags."""

from django.db import models


class Series(models.Model):
    name = models.CharField(max_length=50)


class Story(models.Model):
    title = models.CharField(max_length=100)
    heading = models.CharField(max_length=100, default="", db_column="head")
    summary = models.TextField(blank=True, default="")
    series = models.ForeignKey(Series, models.CASCADE, null=True, blank=True)
    views = models.IntegerField(default=0)

    class Meta:
        ordering = ["title"]


class StoryProxy(Story):
    class Meta:
        proxy = True
