from django.contrib import admin

from bdmodels.admin_mixin import BreakdownAdminMixin

from .models import Author, Book, Publisher


@admin.register(Book)
class BookAdmin(BreakdownAdminMixin, admin.ModelAdmin):
    list_display = ["title", "author", "price", "stock", "publisher", "award"]
    list_editable = ["stock"]
    list_filter = ["publisher", "award_year"]
    list_select_related = ["author", "publisher"]
    search_fields = ["title", "meta_title"]
    ordering = ["pk"]
    autocomplete_fields = ["author"]
    prepopulated_fields = {"slug": ["title"]}


@admin.register(Author)
class AuthorAdmin(admin.ModelAdmin):
    search_fields = ["name"]
    ordering = ["name"]


admin.site.register(Publisher)
