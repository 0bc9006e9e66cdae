"""The product of `tests.shop` as it was before the split."""

from django.db import models


class Brand(models.Model):
    name = models.CharField(max_length=50)

    def __str__(self):
        return self.name


class Supplier(models.Model):
    name = models.CharField(max_length=50)

    def __str__(self):
        return self.name


class Tag(models.Model):
    name = models.CharField(max_length=50)

    def __str__(self):
        return self.name


class Product(models.Model):
    title = models.CharField(max_length=50)
    price = models.IntegerField(default=0)
    maker = models.ForeignKey(Brand, models.CASCADE, null=True, blank=True, related_name="made")
    tags = models.ManyToManyField(Tag, blank=True)
    slug = models.SlugField(unique=True, null=True, blank=True)
    seo_title = models.CharField(max_length=100, blank=True, default="")
    seo_text = models.TextField(blank=True, default="")
    brand = models.ForeignKey(Brand, models.CASCADE, null=True, blank=True)
    stock = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    supplier = models.ForeignKey(
        Supplier, models.PROTECT, null=True, blank=True, related_name="supplies"
    )
    successor = models.ForeignKey(
        "Product", models.SET_NULL, null=True, blank=True, related_name="predecessors"
    )
    counted = models.DateTimeField(auto_now=True)
    note = models.CharField(max_length=100, null=True, blank=True)
    weight = models.IntegerField(null=True, blank=True)

    def __str__(self):
        return self.title


class Bargain(Product):
    class Meta:
        proxy = True


class Review(models.Model):
    product = models.ForeignKey(Product, models.CASCADE)
    text = models.CharField(max_length=50)


class Warranty(models.Model):
    product = models.OneToOneField(Product, models.CASCADE)
    years = models.IntegerField(default=2)
