from django.db import models


class Brand(models.Model):
    name = models.CharField(max_length=50, unique=True)

    def __str__(self):
        return self.name


class Product(models.Model):
    title = models.CharField(max_length=100)
    seo_title = models.CharField(max_length=100, blank=True)
    slug = models.SlugField(unique=True)
    price = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    seo_text = models.TextField(blank=True)
    stock = models.IntegerField(default=0)
    brand = models.ForeignKey(Brand, models.CASCADE, null=True, blank=True)
    restocked = models.DateField(null=True, blank=True)
    related = models.ManyToManyField("self", blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.title


class Review(models.Model):
    product = models.ForeignKey(Product, models.CASCADE)
    text = models.CharField(max_length=100)
