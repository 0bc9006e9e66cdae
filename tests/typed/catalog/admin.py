"""The admin of a split model: its parts as fieldsets, loaded with the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from bdmodels.admin_mixin import BreakdownAdminMixin, BreakdownInlineMixin
from bdmodels.admin_page import BreakdownsAdmin
from bdmodels.overview_model import Breakdown

from .models import Brand, Product

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Product]
    BrandModelAdmin = admin.ModelAdmin[Brand]
    TabularInline = admin.TabularInline[Product, Brand]
else:
    ModelAdmin = BrandModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline


@admin.register(Product)
class ProductAdmin(BreakdownAdminMixin, ModelAdmin):
    list_display = ("title", "seo_title", "stock")
    list_filter = ("language",)
    list_parts = ("productnote_ptr",)
    search_fields = ("title", "seo_title")

    def get_list_parts(self, request: HttpRequest) -> list[str]:
        return [*super().get_list_parts(request), "productstock_ptr"]

    def get_fieldsets(self, request: HttpRequest, obj: Product | None = None) -> Any:
        return super().get_fieldsets(request, obj)


class ProductInline(BreakdownInlineMixin, TabularInline):
    model = Product
    fk_name = "supplier"


@admin.register(Brand)
class BrandAdmin(BrandModelAdmin):
    inlines = [ProductInline]


site = admin.AdminSite("office")
site.register(Breakdown, BreakdownsAdmin)
