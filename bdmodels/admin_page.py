"""The admin page "Breakdowns". A site of one's own registers it as :mod:`.admin` does."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.http import Http404, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from .compat import BREADCRUMBS_ARE_LIST
from .overview import live, overview

ModelAdmin: Any = admin.ModelAdmin


class BreakdownsAdmin(ModelAdmin):  # type: ignore[misc]
    """Shows how far each family is. Nothing can be changed here.

    For staff with the permission ``bdmodels.view_breakdown``.
    """

    change_list_template = "bdmodels/breakdowns.html"

    def get_urls(self) -> list[Any]:
        def page(route: str, view: Any, name: str) -> Any:
            # Outside of a transaction that ATOMIC_REQUESTS opens: statistics may be refused.
            wrapped = transaction.non_atomic_requests(self.admin_site.admin_view(view))
            return path(route, wrapped, name=f"bdmodels_breakdown_{name}")

        return [
            page("", self.changelist_view, "changelist"),
            page("progress/", self.progress_view, "progress"),
        ]

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: Any, extra_context: Any = None) -> TemplateResponse:
        """The page."""
        alias = self.database(request)
        families = overview(alias)
        query = "" if alias == DEFAULT_DB_ALIAS else f"?database={alias}"
        context = {
            **self.admin_site.each_context(request),
            "title": _("Breakdowns"),
            "opts": self.opts,
            "families": families,
            "live": live(families),
            "alias": alias,
            "aliases": list(connections) if len(list(connections)) > 1 else [],
            "progress_url": self.url("progress") + query,
            "breadcrumbs_are_list": BREADCRUMBS_ARE_LIST,
            "page_url": self.url("changelist"),
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, self.change_list_template, context)

    def progress_view(self, request: Any) -> JsonResponse:
        """The numbers of the page, for its script."""
        return JsonResponse(live(overview(self.database(request))))

    def url(self, name: str) -> str:
        return reverse(f"admin:bdmodels_breakdown_{name}", current_app=self.admin_site.name)

    def database(self, request: Any) -> str:
        """The database that is asked for.

        :raises PermissionDenied: for staff without the permission.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        alias = str(request.GET.get("database", DEFAULT_DB_ALIAS))
        if alias not in connections:
            raise Http404(_("There is no database %(alias)r.") % {"alias": alias})
        return alias
