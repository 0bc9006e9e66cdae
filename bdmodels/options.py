"""What a core's ``_meta`` answers: the fields of the wide model, in its order.

The link and the keys of the parts are plumbing. ``get_field()`` finds them, and so do joins,
but no list of fields shows them: to forms, serializers and other packages the core has the
fields that the wide model had.
"""

import copy
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db import models
from django.db.models.fields.files import FileDescriptor
from django.db.models.options import Options, make_immutable_fields_list
from django.db.models.query_utils import DeferredAttribute
from django.utils.functional import cached_property

from .automatic import sets_value
from .fields import VirtualParentLink, is_link
from .managers import adopt_manager
from .parent_lists import AllParents

#: The field that Django adds last to a model with ``order_with_respect_to``.
ADDED_ORDER = "_order"

#: What is worked out once, until Django says that fields have changed.
KEPT = (
    "arranged_lists",
    "own_parts",
    "family_parts",
    "core_columns",
    "part_fields",
    "part_attnames",
    "automatic_fields",
    "self_setters",
    "foreign_setters",
    "hidden_fields",
    "foreign_keys",
)

PlainOptions: Any = Options


class BreakdownOptions(PlainOptions):  # type: ignore[misc]
    """Django's Options, for cores, their proxies and their multi-table children."""

    @cached_property
    def own_parts(self) -> dict[Any, VirtualParentLink]:
        """The parts that this model itself was split into: ``{part: link}``."""
        concrete: Any = self.concrete_model
        parents: dict[Any, Any] = concrete._meta.parents
        return {p: link for p, link in parents.items() if is_link(link) and link.model is concrete}

    @cached_property
    def family_parts(self) -> dict[Any, VirtualParentLink]:
        """The parts of this model and of the cores that it inherits from."""
        if self.concrete_model is None:  # ModelBase.__new__() is still at work.
            return {}
        found: dict[Any, VirtualParentLink] = {}
        for parent in self.concrete_model._meta.parents:
            found.update(getattr(parent._meta, "family_parts", {}))
        return {**found, **self.own_parts}

    @cached_property
    def core_columns(self) -> dict[Any, dict[Any, Any]]:
        """The select mask of what a query loads when nobody asks for parts."""
        return {f: {} for f in self.concrete_fields if f.model not in self.family_parts}

    @cached_property
    def part_fields(self) -> dict[Any, list[Any]]:
        """The fields with a column, except the key, of each part of the family."""
        return {
            part: [f for f in part._meta.local_concrete_fields if not f.primary_key]
            for part in self.family_parts
        }

    @cached_property
    def part_attnames(self) -> frozenset[str]:
        """The attnames of all fields of the parts."""
        return frozenset(f.attname for fields in self.part_fields.values() for f in fields)

    @cached_property
    def automatic_fields(self) -> dict[Any, list[Any]]:
        """The fields of each part that set their value when the object is saved."""
        return {
            part: [f for f in fields if not f.generated and sets_value(f)]
            for part, fields in self.part_fields.items()
        }

    @cached_property
    def self_setters(self) -> set[str]:
        """The attnames of fields whose attribute does something when it is set."""
        found = {f.attname: getattr(self.model, f.attname, None) for f in self.concrete_fields}
        # A FileDescriptor keeps what it is given in the object's __dict__.
        return {
            name
            for name, attribute in found.items()
            if hasattr(type(attribute), "__set__") and not isinstance(attribute, FileDescriptor)
        }

    @cached_property
    def foreign_setters(self) -> set[str]:
        """Those whose attribute is not Django's, and may set other fields as well."""
        found = {name: getattr(self.model, name) for name in self.self_setters}
        return {n for n, attribute in found.items() if not isinstance(attribute, DeferredAttribute)}

    @cached_property
    def hidden_fields(self) -> dict[str, Any]:
        """Links and part keys by name and attname: what ``get_field()`` finds all the same."""
        found: dict[str, Any] = {}
        for part, link in self.family_parts.items():
            for field in (link, part._meta.pk):
                found[field.name] = found[field.attname] = field
        return found

    @cached_property
    def foreign_keys(self) -> dict[Any, Any]:
        """The keys of inherited cores that are other ones than this model's, by core and part.

        A child that has its own key, or two cores as parents.
        """
        found = {}
        for part, link in self.family_parts.items():
            key, core = self.pk, link.model
            while key.model is not core and key.remote_field is not None:
                key = key.target_field
            if key is not core._meta.pk:
                found[part] = found[core] = core._meta.pk
        return found

    @cached_property
    def all_parents(self) -> tuple[Any, ...]:
        return AllParents(super().all_parents, self.family_parts)

    def __setattr__(self, name: str, value: Any) -> None:
        # django-modeltranslation (0.19, 0.20) gives the models that it knows Options of its own.
        if name == "__class__" and not issubclass(value, BreakdownOptions):
            value = adopted_options_class(value)
        super().__setattr__(name, value)

    def _get_fields(self, *args: Any, **kwargs: Any) -> Any:
        """Django's list (since 1.8), without the plumbing and in the core's order.

        The relation graph asks with ``include_parents=False`` and gets the plain answer, so
        that a part knows its link from the other side.
        """
        fields = super()._get_fields(*args, **kwargs)
        if kwargs.get("include_parents", True) is False or not self.family_parts:
            return fields
        # Django's lists are kept, and the same list comes for the same question.
        known = self.arranged_lists.get(id(fields))
        if known is None:
            hidden = set(self.hidden_fields.values())
            arranged = self._arrange([f for f in fields if f not in hidden])
            known = (fields, make_immutable_fields_list("get_fields()", arranged))
            self.arranged_lists[id(fields)] = known
        return known[1]

    @cached_property
    def arranged_lists(self) -> dict[int, tuple[Any, Any]]:
        """What :meth:`_get_fields` made of Django's lists, by the identity of those."""
        return {}

    def _arrange(self, fields: list[Any]) -> list[Any]:
        """The parts' fields after the core's own, or all as ``field_order`` says."""
        parts = {part: n for n, part in enumerate(self.own_parts, 1)}
        ordered = sorted(fields, key=lambda f: parts.get(getattr(f, "model", None), 0))
        wanted = self.order_of_fields
        if not wanted:
            return ordered
        places = [i for i, f in enumerate(ordered) if getattr(f, "name", None) in wanted]
        chosen = sorted((ordered[i] for i in places), key=lambda f: wanted[f.name])
        for i, field in zip(places, chosen, strict=True):
            ordered[i] = field
        return ordered

    @cached_property
    def order_of_fields(self) -> dict[str, int]:
        """``field_order`` of the model as ``{name: position}``; empty when not declared."""
        names: Iterable[str] = getattr(self.concrete_model, "field_order", None) or ()
        found = {name: n for n, name in enumerate(names)}
        if found:
            found.setdefault(ADDED_ORDER, len(found))
        return found

    @cached_property
    def _forward_fields_map(self) -> dict[str, Any]:
        # What Options.get_field() looks names up in (since 1.8).
        return {**super()._forward_fields_map, **self.hidden_fields}

    def _prepare(self, model: Any) -> None:
        # Options._prepare() makes the first parent link the key of a model without one.
        if self.pk is None and not self.proxy and self.parents and not self.parents.values():
            key = self._get_default_pk_class()
            model.add_to_class("id", key(verbose_name="ID", primary_key=True, auto_created=True))
        super()._prepare(model)

    def _expire_cache(self, forward: bool = True, reverse: bool = True) -> None:
        super()._expire_cache(forward, reverse)
        for name in KEPT:
            self.__dict__.pop(name, None)

    @cached_property
    def managers(self) -> Any:
        """Django's managers, without those of the parts: the wide model did not have them."""
        parts, model = self.family_parts, self.model
        own = {c for base in model.__bases__ if base not in parts for c in base.__mro__}
        foreign = {c for part in parts for c in part.__mro__ if c not in own}
        found: dict[str, Any] = {}
        for depth, base in enumerate(c for c in model.__mro__ if c not in foreign):
            for manager in base._meta.local_managers if hasattr(base, "_meta") else ():
                if manager.name not in found:
                    manager = copy.copy(manager)
                    manager.model = model
                    found[manager.name] = (depth, manager.creation_counter, manager)
        ordered = sorted(found.values(), key=lambda entry: entry[:2])
        return make_immutable_fields_list("managers", [adopt_manager(m) for *_, m in ordered])

    @cached_property
    def base_manager(self) -> Any:
        return adopt_manager(super().base_manager)


@cache
def adopted_options_class(cls: Any) -> Any:
    """A class that is both ``cls`` and BreakdownOptions."""
    return type(cls.__name__, (cls, BreakdownOptions), {"__module__": cls.__module__})


def order_counters(core: type[models.Model]) -> None:
    """Make creation counters say what the order of the fields says.

    ModelForm and several packages sort ``_meta.fields`` by ``creation_counter``, and parts
    are written before their core. A field moves up only where its counter contradicts.
    """
    step = 1e-6
    last = float("-inf")
    opts: Any = core._meta
    fields, order = list(opts.concrete_fields), opts.order_of_fields
    if order:
        # Forms show many-to-many fields among the others: where field_order names them.
        fields += [f for f in opts.local_many_to_many if f.name in order]
        fields.sort(key=lambda f: order.get(f.name, len(order)))
    for field in fields:
        if field.creation_counter <= last:
            field.creation_counter = last + step
        last = field.creation_counter
