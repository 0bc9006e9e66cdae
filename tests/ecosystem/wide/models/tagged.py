"""What carries tags."""

from django.db import models
from taggit.managers import TaggableManager
from taggit.models import GenericTaggedItemBase, Tag, TaggedItemBase

from .general import Brand


class Note(models.Model):
    title = models.CharField(max_length=50)
    text = models.CharField(max_length=50, default="")
    brand = models.ForeignKey(Brand, models.CASCADE, null=True, blank=True)
    tags = TaggableManager(blank=True, related_name="wide_notes")


class NoteProxy(Note):
    class Meta:
        proxy = True


class LabelTag(TaggedItemBase):
    content_object = models.ForeignKey("Label", models.CASCADE)


class Label(models.Model):
    code = models.CharField(max_length=20, primary_key=True)
    text = models.CharField(max_length=50, default="", db_column="words")
    tags = TaggableManager(through=LabelTag, blank=True, related_name="wide_labels")


class WordTag(GenericTaggedItemBase):
    object_id = models.CharField(max_length=20, db_index=True)
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="%(app_label)s_items")


class Word(models.Model):
    code = models.CharField(max_length=20, primary_key=True)
    text = models.CharField(max_length=50, default="")
    tags = TaggableManager(through=WordTag, blank=True, related_name="wide_words")
