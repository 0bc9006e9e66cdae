"""Found by the autodiscovery of Django's admin: registers the page "Breakdowns"."""

from django.contrib import admin

from .admin_page import BreakdownsAdmin
from .overview_model import Breakdown

admin.site.register(Breakdown, BreakdownsAdmin)
