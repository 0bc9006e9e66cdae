"""What widgets of the admin say about a moved field: that it belongs to the core.

A popup that adds a related object, and autocompletion, are told the model of the field whose form
they work for; the admin knows the core by that name, and so do overridden methods of projects.
"""

from typing import Any

from django.contrib.admin.widgets import AutocompleteMixin, RelatedFieldWidgetWrapper

from .relations import CoreRel

plain_context = RelatedFieldWidgetWrapper.get_context
plain_attrs = AutocompleteMixin.build_attrs


def get_context(widget: Any, name: Any, value: Any, attrs: Any) -> Any:
    """Django's context; its ``url_params`` name the source model (since 6.0)."""
    context = plain_context(widget, name, value, attrs)
    if isinstance(widget.rel, CoreRel) and "url_params" in context:
        part, core = widget.rel.field.model._meta, widget.rel.core._meta
        context["url_params"] = context["url_params"].replace(
            f"={part.label_lower}", f"={core.label_lower}"
        )
    return context


def build_attrs(widget: Any, base_attrs: Any, extra_attrs: Any = None) -> Any:
    """Django's attributes; ``data-model-name`` is what autocomplete views get (since 3.2)."""
    attrs = plain_attrs(widget, base_attrs, extra_attrs)
    rel = widget.field.remote_field
    if isinstance(rel, CoreRel):
        attrs["data-app-label"] = rel.core._meta.app_label
        attrs["data-model-name"] = rel.core._meta.model_name
    return attrs


def install() -> None:
    """Put both in their places."""
    wrapper: Any = RelatedFieldWidgetWrapper
    mixin: Any = AutocompleteMixin
    wrapper.get_context, mixin.build_attrs = get_context, build_attrs
