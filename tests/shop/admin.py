from django.contrib import admin

from .models import Brand, Product, Review


class ReviewInline(admin.TabularInline):
    model = Review
    extra = 0


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ["title", "price", "stock", "seo_title", "brand", "supplier", "note"]
    list_editable = ["stock", "price"]
    list_filter = ["brand", "stock", "maker"]
    list_select_related = ["brand", "supplier"]
    search_fields = ["title", "seo_title", "brand__name"]
    ordering = ["seo_title", "-stock"]
    date_hierarchy = "counted"
    inlines = [ReviewInline]


class ProductInline(admin.StackedInline):
    model = Product
    fk_name = "brand"
    fields = ["title", "seo_title", "stock"]
    extra = 0


@admin.register(Brand)
class BrandAdmin(admin.ModelAdmin):
    inlines = [ProductInline]
