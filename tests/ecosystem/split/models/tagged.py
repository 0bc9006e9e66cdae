"""What carries tags."""

from django.db import models
from taggit.managers import TaggableManager
from taggit.models import GenericTaggedItemBase, Tag, TaggedItemBase

from bdmodels.models import BreakdownModel, PartModel

from .general import Brand


class NoteText(PartModel):
    text = models.CharField(max_length=50, default="")
    brand = models.ForeignKey(Brand, models.CASCADE, null=True, blank=True)


class Note(BreakdownModel, NoteText):
    title = models.CharField(max_length=50)
    tags = TaggableManager(blank=True, related_name="split_notes")


class NoteProxy(Note):
    class Meta:
        proxy = True


class LabelTag(TaggedItemBase):
    content_object = models.ForeignKey("Label", models.CASCADE)


class LabelText(PartModel):
    text = models.CharField(max_length=50, default="", db_column="words")


class Label(BreakdownModel, LabelText):
    code = models.CharField(max_length=20, primary_key=True)
    tags = TaggableManager(through=LabelTag, blank=True, related_name="split_labels")


class WordTag(GenericTaggedItemBase):
    object_id = models.CharField(max_length=20, db_index=True)
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="%(app_label)s_items")


class WordText(PartModel):
    text = models.CharField(max_length=50, default="")


class Word(BreakdownModel, WordText):
    code = models.CharField(max_length=20, primary_key=True)
    tags = TaggableManager(through=WordTag, blank=True, related_name="split_words")
