"""For django-mptt and django-tree-queries."""

from django.db import models
from mptt.models import MPTTModel, MPTTModelBase, TreeForeignKey
from tree_queries.models import TreeNode

from bdmodels.base import BreakdownBase
from bdmodels.models import BreakdownModel, PartModel


class FolderBase(BreakdownBase, MPTTModelBase):
    """Both packages have a metaclass of their own."""


class FolderDetails(PartModel):
    note = models.TextField(blank=True)
    size = models.IntegerField(default=0)


class Folder(BreakdownModel, MPTTModel, FolderDetails, metaclass=FolderBase):
    name = models.CharField(max_length=50, unique=True)
    parent = TreeForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")

    class MPTTMeta:
        order_insertion_by = ["name"]

    def __str__(self):
        return self.name


class TopicDetails(PartModel):
    summary = models.TextField(blank=True)
    weight = models.IntegerField(default=0)


class Topic(BreakdownModel, TreeNode, TopicDetails):
    name = models.CharField(max_length=50)
    position = models.IntegerField(default=0)

    class Meta:
        ordering = ["position"]

    def __str__(self):
        return self.name
