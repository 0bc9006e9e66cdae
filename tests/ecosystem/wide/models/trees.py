"""For django-mptt and django-tree-queries."""

from django.db import models
from mptt.models import MPTTModel, TreeForeignKey
from tree_queries.models import TreeNode


class Folder(MPTTModel):
    name = models.CharField(max_length=50, unique=True)
    parent = TreeForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    note = models.TextField(blank=True)
    size = models.IntegerField(default=0)

    class MPTTMeta:
        order_insertion_by = ["name"]

    def __str__(self):
        return self.name


class Topic(TreeNode):
    name = models.CharField(max_length=50)
    position = models.IntegerField(default=0)
    summary = models.TextField(blank=True)
    weight = models.IntegerField(default=0)

    class Meta:
        ordering = ["position"]

    def __str__(self):
        return self.name
