"""For the admin of a core: a fieldset for each part, and the parts that are shown in the query.

Nothing is registered by importing this module.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.admin import TabularInline
from django.contrib.admin.utils import flatten_fieldsets
from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db.models.constants import LOOKUP_SEP
from django.utils.text import capfirst

from .family import parts_of

WANTED = "_bdmodels_wanted_parts"


class PartFieldsets:
    """Groups the fields of each part in a fieldset."""

    model: Any
    opts: Any
    fields: Any
    fieldsets: Any

    def get_fieldsets(self, request: Any, obj: Any = None) -> Any:
        """As Django's where ``fieldsets`` or ``fields`` are set. Else the core's own fields,
        and one fieldset for each part, in the order of the bases, with the part's verbose name.

        Fields keep the order that they have without fieldsets. The fieldset of a sparse part
        is collapsed as long as the object has no value in it.
        """
        found = super().get_fieldsets(request, obj)  # type: ignore[misc]
        if self.fieldsets or self.fields or not parts_of(self.model):
            return found
        if isinstance(self, TabularInline):
            return found  # Its fields are columns, without titles.
        names = flatten_fieldsets(found)
        of_part: dict[Any, list[str]] = {part: [] for part in parts_of(self.model)}
        own: list[str] = []
        for name in names:
            of_part.get(part_of(self.opts, name), own).append(name)
        grouped: list[Any] = [(None, {"fields": own})] if own else []
        for part, link in parts_of(self.model).items():
            if of_part[part]:
                title = capfirst(part._meta.verbose_name)
                empty = link.null and is_unset(obj, part)
                classes = {"classes": ["collapse"]} if empty else {}
                grouped.append((title, {"fields": of_part[part], **classes}))
        return grouped


class BreakdownAdminMixin(PartFieldsets):
    """Goes before ModelAdmin in the bases: ``class ProductAdmin(BreakdownAdminMixin, ModelAdmin)``.

    The change list loads the parts whose fields it shows in its own query, and so do the pages
    of one object with all of its parts. The form has a fieldset for each part.
    """

    #: Names of links to parts that the change list shows in a way that cannot be seen from
    #: ``list_display``: by ``__str__``, or by a method without an ``ordering``.
    list_parts: Iterable[str] = ()

    def get_list_parts(self, request: Any) -> list[str]:
        """What the change list loads: links of this model, and paths to links of others.

        Found in ``list_display`` - names, ``a__b``, and the ``ordering`` of methods - and in
        :attr:`list_parts`.

        :param request: as for ``get_list_display()``.
        """
        paths = dict.fromkeys(self.list_parts)
        for shown in self.get_list_display(request):  # type: ignore[attr-defined]
            for path in links_in(self.opts, lookup_of(self, shown)):
                paths[path] = None
        return list(paths)

    def get_queryset(self, request: Any) -> Any:
        """As Django's, with the parts that the page needs."""
        queryset = super().get_queryset(request)  # type: ignore[misc]
        return with_links(queryset, getattr(request, WANTED, ()))

    def get_object(self, request: Any, object_id: Any, from_field: Any = None) -> Any:
        # ModelAdmin.get_object() asks get_queryset() (Django 1.8 to 6.1): forms, history and the
        # confirmation of a deletion have an object with all parts.
        with wanting(request, [link.name for link in parts_of(self.model).values()]):
            return super().get_object(request, object_id, from_field)  # type: ignore[misc]

    def get_changelist(self, request: Any, **kwargs: Any) -> Any:
        """As Django's, a class whose queryset loads the parts, after ``list_select_related``."""
        plain = super().get_changelist(request, **kwargs)  # type: ignore[misc]
        return type(plain.__name__, (PartsChangeList, plain), {})

    def _get_list_editable_queryset(self, request: Any, prefix: Any) -> Any:
        # What the change list saves (ModelAdmin, Django 2.2 to 6.1).
        queryset = super()._get_list_editable_queryset(request, prefix)  # type: ignore[misc]
        return with_links(queryset, self.get_list_parts(request))

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return [*super().check(**kwargs), *check_list_parts(self)]  # type: ignore[misc]


class BreakdownInlineMixin(PartFieldsets):
    """The same for an inline whose objects are cores: it goes before TabularInline."""

    def get_queryset(self, request: Any) -> Any:
        """As Django's, with the parts whose fields the inline shows."""
        queryset = super().get_queryset(request)  # type: ignore[misc]
        names = flatten_fieldsets(self.get_fieldsets(request))
        paths = {path: None for name in names for path in links_in(self.opts, name)}
        return with_links(queryset, list(paths))


class PartsChangeList:
    """Goes before ChangeList."""

    model_admin: Any

    def get_queryset(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        queryset = super().get_queryset(request, *args, **kwargs)  # type: ignore[misc]
        return with_links(queryset, self.model_admin.get_list_parts(request))


@contextmanager
def wanting(request: Any, links: list[str]) -> Iterator[None]:
    setattr(request, WANTED, links)
    try:
        yield
    finally:
        delattr(request, WANTED)


def with_links(queryset: Any, paths: Iterable[str]) -> Any:
    """The queryset with these parts, unless it loads them anyhow."""
    paths = list(paths)
    # After select_related() without names every part is loaded; names would narrow that.
    if not paths or queryset.query.select_related is True:
        return queryset
    return queryset.select_related(*paths)


def links_in(opts: Any, lookup: str) -> Iterator[str]:
    """The links on the way of ``a__b__c``, as ``select_related()`` takes them."""
    before: list[str] = []
    for name in lookup.split(LOOKUP_SEP):
        part = part_of(opts, name)
        if part is not None:
            yield LOOKUP_SEP.join([*before, parts_of(opts.model)[part].name])
        field = field_of(opts, name)
        if field is None or not (field.many_to_one or field.one_to_one) or not field.related_model:
            return
        before.append(name)
        opts = field.related_model._meta


def part_of(opts: Any, name: Any) -> Any:
    """The part that a field belongs to; None for the core's own fields and other names."""
    found = getattr(field_of(opts, name), "model", None)
    return found if found in parts_of(opts.model) else None


def field_of(opts: Any, name: Any) -> Any:
    try:
        field = opts.get_field(name)
    except (FieldDoesNotExist, TypeError):
        return None
    return None if field.auto_created and not field.concrete and not field.one_to_one else field


def lookup_of(model_admin: Any, shown: Any) -> str:
    """What an item of ``list_display`` is about, as far as it says so."""
    if isinstance(shown, str):
        if field_of(model_admin.opts, shown.split(LOOKUP_SEP)[0]) is not None:
            return shown
        shown = getattr(model_admin, shown, None) or getattr(model_admin.model, shown, None)
    shown = getattr(shown, "fget", shown)  # A property.
    ordering = getattr(shown, "admin_order_field", "")
    return ordering.lstrip("-") if isinstance(ordering, str) else ""


def is_unset(obj: Any, part: Any) -> bool:
    """Whether an object has no value in a sparse part."""
    fields = [f for f in part._meta.local_concrete_fields if not f.primary_key]
    return obj is None or all(getattr(obj, field.attname) is None for field in fields)


def check_list_parts(model_admin: Any) -> list[checks.CheckMessage]:
    """Names in ``list_parts`` that are not links."""
    known = sorted(link.name for link in parts_of(model_admin.model).values())
    model = model_admin.model._meta.label
    return [
        checks.Error(
            f"{type(model_admin).__name__}.list_parts names {name!r}, which is no link from "
            f"{model} to a part.",
            hint=f"Name links: {', '.join(known)}." if known else f"{model} has no parts.",
            obj=type(model_admin),
            id="bdmodels.E019",
        )
        for name in model_admin.list_parts
        if name not in known
    ]
