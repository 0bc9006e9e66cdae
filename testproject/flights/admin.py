"""The admin of flights. The split changes nothing here."""

from django.contrib import admin

from flights.models import Airline, Airport, Flight, Remark


@admin.register(Airline)
class AirlineAdmin(admin.ModelAdmin):
    list_display = ["code", "name"]
    search_fields = ["code", "name"]


@admin.register(Airport)
class AirportAdmin(admin.ModelAdmin):
    list_display = ["code", "name"]
    search_fields = ["code", "name"]


class RemarkInline(admin.TabularInline):
    model = Remark
    extra = 0


@admin.register(Flight)
class FlightAdmin(admin.ModelAdmin):
    list_display = ["__str__", "origin", "dest", "status", "arr_delay", "plane_model"]
    list_filter = [
        "status",
        "carrier",
        ("origin", admin.RelatedOnlyFieldListFilter),
        "plane_type",
    ]
    list_select_related = ["origin"]
    search_fields = ["=number", "tailnum", "dest_name"]
    date_hierarchy = "date"
    autocomplete_fields = ["carrier", "origin", "dest_airport"]
    inlines = [RemarkInline]
