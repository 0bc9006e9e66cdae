"""The admin of a split model, as of any model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from .models import Product

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Product]
else:
    ModelAdmin = admin.ModelAdmin


@admin.register(Product)
class ProductAdmin(ModelAdmin):
    list_display = ("title", "seo_title", "stock")
    list_filter = ("language",)
    search_fields = ("title", "seo_title")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        return Product.objects.with_parts("productsearch_ptr", "productstock_ptr")
