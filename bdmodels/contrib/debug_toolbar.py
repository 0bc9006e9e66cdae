"""A panel of django-debug-toolbar: the parts that a request loaded lazily."""

from collections.abc import Iterable
from typing import Any

from debug_toolbar.panels import Panel
from django.utils.translation import gettext_lazy, ngettext

from bdmodels.lazy_loads import PartLoad, start_collecting, stop_collecting


class LazyPartsPanel(Panel):
    """``"bdmodels.contrib.debug_toolbar.LazyPartsPanel"`` in ``DEBUG_TOOLBAR_PANELS``."""

    is_async = True
    title = gettext_lazy("Parts loaded lazily")
    nav_title = gettext_lazy("Lazy parts")
    template = "bdmodels/lazy_parts_panel.html"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.loads: list[PartLoad] = []

    @property
    def nav_subtitle(self) -> str:
        count = self.get_stats().get("count", 0)
        return ngettext("%(count)d load", "%(count)d loads", count) % {"count": count}

    def enable_instrumentation(self) -> None:
        start_collecting(self.loads)

    def disable_instrumentation(self) -> None:
        stop_collecting(self.loads)

    def generate_stats(self, request: Any, response: Any) -> None:
        self.record_stats(
            {
                "count": len(self.loads),
                "milliseconds": sum(load.duration for load in self.loads) * 1000,
                "groups": grouped(self.loads),
            }
        )


def grouped(loads: Iterable[PartLoad]) -> list[dict[str, Any]]:
    """The loads of one part from one place together, as JSON takes them."""
    groups: dict[Any, dict[str, Any]] = {}
    for load in loads:
        key = (load.model, load.part, load.using, load.trace)
        group = groups.get(key) or groups.setdefault(key, described(load))
        if load.attname not in group["attnames"]:
            group["attnames"].append(load.attname)
        group["count"] += 1
        group["rows"] += load.rows
        group["milliseconds"] += load.duration * 1000
    return list(groups.values())


def described(load: PartLoad) -> dict[str, Any]:
    place = load.place
    return {
        "model": load.model._meta.label,
        "part": load.part._meta.label,
        "using": load.using,
        "place": list(place) if place else None,
        "stack": [list(frame) for frame in load.stack],
        "suggestion": load.suggestion,
        "attnames": [],
        "count": 0,
        "rows": 0,
        "milliseconds": 0.0,
    }
