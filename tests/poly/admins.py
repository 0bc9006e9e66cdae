"""The admin of one table per class and of the split models, which is the same."""

from django.contrib import admin
from polymorphic.admin import (
    PolymorphicChildModelAdmin,
    PolymorphicChildModelFilter,
    PolymorphicInlineSupportMixin,
    PolymorphicParentModelAdmin,
    StackedPolymorphicInline,
)


def register(models):
    class ReviewInline(admin.TabularInline):
        model = models.Review
        extra = 0

    class ProductChildAdmin(PolymorphicChildModelAdmin):
        base_model = models.Product
        inlines = [ReviewInline]

    @admin.register(models.Book)
    class BookAdmin(ProductChildAdmin):
        list_display = ["title", "text", "isbn", "publisher"]
        list_filter = ["isbn"]
        search_fields = ["text", "isbn"]

    @admin.register(models.Comic)
    class ComicAdmin(ProductChildAdmin):
        pass

    @admin.register(models.Shirt)
    class ShirtAdmin(ProductChildAdmin):
        base_fieldsets = (
            (None, {"fields": ["title", "text", "stock", "supplier"]}),
        )  # The child's own fields follow.

    @admin.register(models.Product)
    class ProductAdmin(PolymorphicParentModelAdmin):
        base_model = models.Product
        child_models = [models.Product, models.Book, models.Comic, models.Shirt]
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
            model = models.Product
            fields = ["title", "text", "stock"]

        class BookChild(StackedPolymorphicInline.Child):
            model = models.Book
            fields = ["title", "text", "isbn", "pages"]

        class ComicChild(StackedPolymorphicInline.Child):
            model = models.Comic
            fields = ["title", "panels"]

        class ShirtChild(StackedPolymorphicInline.Child):
            model = models.Shirt
            fields = ["title", "colour"]

        model = models.Product
        fk_name = "brand"
        child_inlines = [ProductChild, BookChild, ComicChild, ShirtChild]

    @admin.register(models.Brand)
    class BrandAdmin(PolymorphicInlineSupportMixin, admin.ModelAdmin):
        inlines = [ProductInline]
