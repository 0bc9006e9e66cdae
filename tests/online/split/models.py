from django.db import models

from bdmodels.fields import VirtualParentLink
from bdmodels.models import BreakdownModel, PartModel


class Brand(models.Model):
    name = models.CharField(max_length=50)


class ProductSeo(PartModel):
    """Three values are required, and no default helps."""

    sku = models.CharField(max_length=60, unique=True)
    seo_title = models.CharField(max_length=60)
    seo_rank = models.IntegerField(db_index=True)
    data = models.JSONField(null=True)


class ProductMedia(PartModel):
    """Every value may be missing: its row can be made by a trigger."""

    image = models.CharField(max_length=60, null=True)
    width = models.BigIntegerField(null=True)
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    published = models.DateTimeField(null=True)
    brand = models.ForeignKey(Brand, models.PROTECT, null=True)


class ProductUse(PartModel):
    """A counter with a default of the database."""

    views = models.IntegerField(db_default=0)
    rating = models.IntegerField(null=True)


class ProductNote(PartModel):
    """Sparse: a row only where something is set."""

    note = models.CharField(max_length=60, null=True)
    weight = models.IntegerField(null=True)


class Product(BreakdownModel, ProductSeo, ProductMedia, ProductUse, ProductNote):
    label = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=60)
    stock = models.IntegerField(default=0)
    productnote_ptr = VirtualParentLink(ProductNote, null=True)
