"""What is unusual: a string key, columns with names of their own, optional values, a proxy."""

from django.db import models

from .general import Brand


class Gadget(models.Model):
    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=50)
    colour = models.CharField(max_length=20, default="grey", db_column="paint")
    maker = models.ForeignKey(
        Brand, models.CASCADE, null=True, blank=True, db_column="made_by", related_name="gadgets"
    )
    serial = models.CharField(max_length=20, unique=True)
    line = models.CharField(max_length=20, default="a")
    number = models.IntegerField(default=0)
    remark = models.CharField(max_length=50, null=True, blank=True)
    weight = models.IntegerField(null=True, blank=True)

    class Meta:
        unique_together = [("line", "number")]
        constraints = [models.UniqueConstraint(fields=["remark", "weight"], name="wide_weighed")]

    def __str__(self):
        return self.name


class GadgetProxy(Gadget):
    class Meta:
        proxy = True
