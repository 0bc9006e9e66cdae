from django.contrib import admin
from polymorphic.admin import (
    PolymorphicChildModelAdmin,
    PolymorphicChildModelFilter,
    PolymorphicInlineSupportMixin,
    PolymorphicParentModelAdmin,
    StackedPolymorphicInline,
)

from .models import Book, Brand, Comic, Product, Review, Shirt


class ReviewInline(admin.TabularInline):
    model = Review
    extra = 0


class ProductChildAdmin(PolymorphicChildModelAdmin):
    base_model = Product
    inlines = [ReviewInline]


@admin.register(Book)
class BookAdmin(ProductChildAdmin):
    list_display = ["title", "text", "isbn", "publisher"]
    list_filter = ["isbn"]
    search_fields = ["text", "isbn"]


@admin.register(Comic)
class ComicAdmin(ProductChildAdmin):
    pass


@admin.register(Shirt)
class ShirtAdmin(ProductChildAdmin):
    base_fieldsets = (
        (None, {"fields": ["title", "text", "stock", "supplier"]}),
    )  # The child's own fields follow.


@admin.register(Product)
class ProductAdmin(PolymorphicParentModelAdmin):
    base_model = Product
    child_models = [Product, Book, Comic, Shirt]
    polymorphic_list = True
    list_display = ["title", "text", "stock", "brand", "kind", "note"]
    list_filter = [PolymorphicChildModelFilter, "brand", "stock"]
    list_editable = ["stock"]
    search_fields = ["title", "text", "note"]
    ordering = ["text", "-stock"]

    def kind(self, obj):
        return f"{type(obj).__name__} {getattr(obj, 'isbn', '')}"


class ProductInline(StackedPolymorphicInline):
    class ProductChild(StackedPolymorphicInline.Child):
        model = Product
        fields = ["title", "text", "stock"]

    class BookChild(StackedPolymorphicInline.Child):
        model = Book
        fields = ["title", "text", "isbn", "pages"]

    class ComicChild(StackedPolymorphicInline.Child):
        model = Comic
        fields = ["title", "panels"]

    class ShirtChild(StackedPolymorphicInline.Child):
        model = Shirt
        fields = ["title", "colour"]

    model = Product
    fk_name = "brand"
    child_inlines = [ProductChild, BookChild, ComicChild, ShirtChild]


@admin.register(Brand)
class BrandAdmin(PolymorphicInlineSupportMixin, admin.ModelAdmin):
    inlines = [ProductInline]
