"""The admin of django-reversion for cores."""

from typing import Any

from reversion.admin import VersionAdmin as PlainVersionAdmin

from ..fields import is_link
from .reversion import register


class VersionAdmin(PlainVersionAdmin):
    """As reversion's, for cores and all other models; parts are versioned with their core."""

    def reversion_register(self, model: Any, **options: Any) -> None:
        # VersionAdmin registers each parent of a model, and lets the model follow it.
        relations = model._meta.get_fields(include_hidden=True)
        if any(is_link(getattr(relation, "field", None)) for relation in relations):
            return
        follow = options.get("follow", ())
        options["follow"] = [name for name in follow if not is_link(link_named(model, name))]
        register(model, **options)


def link_named(model: Any, name: str) -> Any:
    return getattr(model._meta, "hidden_fields", {}).get(name)
