"""What is unusual: a string key, columns with names of their own, a sparse part, a proxy."""

from django.db import models

from bdmodels.fields import VirtualParentLink
from bdmodels.models import BreakdownModel, PartModel

from .general import Brand


class GadgetTrade(PartModel):
    colour = models.CharField(max_length=20, default="grey", db_column="paint")
    maker = models.ForeignKey(
        Brand, models.CASCADE, null=True, blank=True, db_column="made_by", related_name="gadgets"
    )
    serial = models.CharField(max_length=20, unique=True)
    line = models.CharField(max_length=20, default="a")
    number = models.IntegerField(default=0)

    class Meta:
        unique_together = [("line", "number")]


class GadgetRemark(PartModel):
    remark = models.CharField(max_length=50, null=True, blank=True)
    weight = models.IntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["remark", "weight"], name="split_weighed")]


class Gadget(BreakdownModel, GadgetTrade, GadgetRemark):
    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=50)
    gadgetremark_ptr = VirtualParentLink(GadgetRemark, null=True)

    def __str__(self):
        return self.name


class GadgetProxy(Gadget):
    class Meta:
        proxy = True
