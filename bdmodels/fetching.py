"""Django's ways of fetching a deferred field, for fields of parts.

Before Django 6.1 a deferred field asks ``refresh_from_db()``; since then the fetch mode of
the object decides: one object, its peers, or an exception. A queryset of ours marks an
explicit ``fetch_mode(FETCH_ONE)``, which Django has as its default, by a mode of its own.
"""

import copy
import sys
from functools import cache
from typing import Any

from django.db.models.query_utils import DeferredAttribute

from .compat import HAS_FETCH_MODES
from .loading import key_of, lazily_load, lazily_load_many


class PartAttribute(DeferredAttribute):
    """A deferred field of a part: fetched for many objects, it brings its whole part.

    ``fetch_one()`` and ``fetch_many()`` are what the fetch modes call (Django 6.1). An
    object whose ``pk`` was changed, to be copied, still has the values that it was read with.
    """

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is not None and self.field.attname not in instance.__dict__:
            key = key_of(instance)
            if key is not None and (not HAS_FETCH_MODES or key != instance.pk):
                # What Django asks first (since 1.10); django-zeal watches it to see the load.
                self._check_parent_chain(instance)  # type: ignore[attr-defined]
                lazily_load(instance, self.field.model, self.field.attname)
        return super().__get__(instance, cls)

    def fetch_one(self, instance: Any) -> None:
        lazily_load(instance, self.field.model, self.field.attname)

    def fetch_many(self, instances: Any) -> None:
        known = [i for i in instances if i.pk is not None]
        lazily_load_many(known, self.field.model, self.field.attname)


@cache
def part_attribute_class(cls: Any) -> Any:
    return type(f"Part{cls.__name__}", (PartAttribute, cls), {"__module__": cls.__module__})


def part_attribute(attribute: Any) -> Any:
    """The descriptor of a part's field, as the core has it."""
    if not isinstance(attribute, DeferredAttribute):
        return attribute
    attribute = copy.copy(attribute)
    kind: Any = type(attribute)
    attribute.__class__ = part_attribute_class(kind)
    return attribute


if HAS_FETCH_MODES:
    from django.db.models import FETCH_ONE
    from django.db.models.fetch_modes import FetchOne

    class FetchOnlyOne(FetchOne):
        """FETCH_ONE, asked for by name: the object's peers stay as they are."""

        __slots__ = ()
        alone = True

        def __reduce__(self) -> Any:
            return "FETCH_ONLY_ONE"

    FETCH_ONLY_ONE: Any = FetchOnlyOne()

    # Where Django hands the mode of an object on to the related ones (6.1).
    HANDS_ON = ("django.db.models.fields.related_descriptors", "django.contrib.contenttypes.fields")

    def explicit(fetch_mode: Any) -> Any:
        """The mode for ``QuerySet.fetch_mode(fetch_mode)``: what a user asked for is marked.

        Django calls the same method with the mode that an object has, which nobody asked for;
        only the caller tells.
        """
        if fetch_mode is not FETCH_ONE:
            return fetch_mode
        caller: Any = sys._getframe(2)
        if caller.f_globals["__name__"] == "django.db.models.manager":
            caller = caller.f_back
        return fetch_mode if caller.f_globals["__name__"] in HANDS_ON else FETCH_ONLY_ONE
