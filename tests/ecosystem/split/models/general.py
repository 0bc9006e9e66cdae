from django.db import models

from bdmodels.models import BreakdownModel, PartModel


class Brand(models.Model):
    name = models.CharField(max_length=50, unique=True)

    def __str__(self):
        return self.name


class ProductSeo(PartModel):
    seo_title = models.CharField(max_length=100, blank=True)
    seo_text = models.TextField(blank=True)


class ProductStock(PartModel):
    stock = models.IntegerField(default=0)
    brand = models.ForeignKey(Brand, models.CASCADE, null=True, blank=True)
    restocked = models.DateField(null=True, blank=True)


class Product(BreakdownModel, ProductSeo, ProductStock):
    title = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)
    price = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    related = models.ManyToManyField("self", blank=True)

    field_order = (
        "id", "title", "seo_title", "slug", "price", "seo_text", "stock", "brand", "restocked",
    )  # fmt: skip

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.title


class Review(models.Model):
    product = models.ForeignKey(Product, models.CASCADE)
    text = models.CharField(max_length=100)
