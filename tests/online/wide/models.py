from django.db import models


class Brand(models.Model):
    name = models.CharField(max_length=50)


class Product(models.Model):
    label = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=60)
    stock = models.IntegerField(default=0)
    sku = models.CharField(max_length=60, unique=True)
    seo_title = models.CharField(max_length=60)
    seo_rank = models.IntegerField(db_index=True)
    data = models.JSONField(null=True)
    image = models.CharField(max_length=60, null=True)
    width = models.BigIntegerField(null=True)
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    published = models.DateTimeField(null=True)
    brand = models.ForeignKey(Brand, models.PROTECT, null=True)
    views = models.IntegerField(db_default=0)
    rating = models.IntegerField(null=True)
    note = models.CharField(max_length=60, null=True)
    weight = models.IntegerField(null=True)
