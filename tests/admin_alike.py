"""An admin that uses all that ModelAdmin offers, the same for the wide and the split model.

Below /plain/ both have it as Django makes it; below /mixed/ the split one has the mixin.
"""

import django
from django.contrib import admin
from django.urls import include, path

from bdmodels.admin_mixin import BreakdownAdminMixin, BreakdownInlineMixin
from tests.shop import models as shop
from tests.wide import models as wide


class Site(admin.AdminSite):
    enable_nav_sidebar = False


@admin.action(description="Sell out")
def sell_out(modeladmin, request, queryset):
    queryset.update(stock=0, price=1, note="sold out")


class ProductOptions:
    list_display = ["title", "price", "stock", "brand", "supplier", "shelf", "note"]
    list_editable = ["stock", "price"]
    list_filter = [
        ("brand", admin.RelatedOnlyFieldListFilter),
        "supplier",
        "stock",
        ("counted", admin.DateFieldListFilter),
        ("note", admin.EmptyFieldListFilter),
        "tags",
    ]
    list_select_related = ["brand", "supplier"]
    date_hierarchy = "counted"
    search_fields = ["title", "=slug", "^supplier__name", "brand__name"]
    ordering = ["-stock", "title"]
    actions = [sell_out]
    show_facets = admin.ShowFacets.ALWAYS
    autocomplete_fields = ["supplier"]
    raw_id_fields = ["successor"]
    readonly_fields = ["counted", "shelf"]
    filter_horizontal = ["tags"]
    prepopulated_fields = {"slug": ["title"]}
    save_as = True
    view_on_site = False

    @admin.display(description="On the shelf", ordering="stock", boolean=True)
    def shelf(self, product):
        return product.stock is not None and product.stock > 0


def register(site, app, admin_mixin=object, inline_mixin=object):
    def bases(base, mixin):
        return (base,) if mixin is object else (mixin, base)

    def inline(base, model, mixin=object, **options):
        name = f"{model.__name__}Inline"
        return type(name, bases(base, mixin), {"model": model, "extra": 1, **options})

    inlines = [
        inline(admin.TabularInline, app.Review),
        inline(admin.StackedInline, app.Warranty),
        inline(admin.TabularInline, app.Product.tags.through),
    ]
    options = {"inlines": inlines, "filter_horizontal": [], "exclude": ["tags"]}
    if django.VERSION >= (5, 1):
        options["list_display"] = [*ProductOptions.list_display, "supplier__name"]
    kind = type("ProductAdmin", (ProductOptions, *bases(admin.ModelAdmin, admin_mixin)), options)
    site.register(app.Product, kind)
    products = [
        inline(
            admin.TabularInline,
            app.Product,
            inline_mixin,
            fk_name="brand",
            exclude=["tags"],
            raw_id_fields=["successor"],
        ),
        inline(admin.StackedInline, app.Product, inline_mixin, fk_name="maker", exclude=["tags"]),
    ]
    site.register(app.Brand, type("BrandAdmin", (admin.ModelAdmin,), {"inlines": products}))
    site.register(app.Supplier, type("Admin", (admin.ModelAdmin,), {"search_fields": ["name"]}))
    site.register(app.Tag)
    site.register(
        app.Review,
        type(
            "ReviewAdmin",
            bases(admin.ModelAdmin, admin_mixin),
            {
                "list_display": ["text", "product"]
                + (["product__stock"] if django.VERSION >= (5, 1) else []),
                "list_select_related": ["product"],
                "list_filter": ["product__brand", "product__stock"],
                "search_fields": ["product__seo_title"],
                "autocomplete_fields": ["product"],
            },
        ),
    )


plain, mixed = Site("plain"), Site("mixed")
register(plain, wide)
register(plain, shop)
register(mixed, wide)
register(mixed, shop, BreakdownAdminMixin, BreakdownInlineMixin)

urlpatterns = [
    path("plain/doc/", include("django.contrib.admindocs.urls")),
    path("own/", admin.site.urls),
    path("plain/", plain.urls),
    path("mixed/", mixed.urls),
]
