"""The admin of the models that django-simple-history and its like follow, and of trees."""

from auditlog.mixins import AuditlogHistoryAdminMixin
from django.contrib import admin
from django.urls import path
from guardian.admin import GuardedModelAdmin
from mptt.admin import DraggableMPTTAdmin
from simple_history.admin import SimpleHistoryAdmin
from tree_queries.admin import TreeAdmin

from bdmodels.contrib.reversion import VersionAdmin

from .split import models as split
from .wide import models as wide

site = admin.AdminSite()


class ContractAdmin(AuditlogHistoryAdminMixin, admin.ModelAdmin):
    show_auditlog_history_link = True


for app in (wide, split):
    links = type("Links", (admin.TabularInline,), {"model": app.PageLink, "extra": 0})
    site.register(app.Article, SimpleHistoryAdmin)
    site.register(app.Page, type("PageAdmin", (VersionAdmin,), {"inlines": [links]}))
    site.register(app.Contract, ContractAdmin)
    site.register(app.Product, GuardedModelAdmin)
    site.register(app.Folder, DraggableMPTTAdmin)
    site.register(app.Topic, TreeAdmin)

urlpatterns = [path("admin/", site.urls)]
