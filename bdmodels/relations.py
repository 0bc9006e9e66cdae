"""Relations declared on a part belong to the core.

``category.product_set``, ``filter(product__title=...)``, prefetching, deletion and signals
all go by a field's relation object (``remote_field``). When a core is prepared, the relation
objects of its parts become :class:`CoreRel`: they answer the core as ``related_model``, with
the core's names, and their reverse path has two hops, target -> part -> core. The field
itself, its ``model`` and its column stay with the part.
"""

from functools import cache, cached_property
from typing import Any

from django.db.models import ForeignKey, ImageField
from django.db.models.fields.related_descriptors import (
    ReverseManyToOneDescriptor,
    ReverseOneToOneDescriptor,
)
from django.db.models.fields.reverse_related import OneToOneRel
from django.db.models.query_utils import PathInfo
from django.db.models.signals import post_init

from .fields import VirtualParentLink

CACHED = (
    "related_model",
    "name",
    "path_infos",
    "identity",
    "hidden",
    "accessor_name",
    "last_hop",
)


class CoreRel:
    """Mixed into the class of a part's relation object."""

    core: Any
    core_link: VirtualParentLink
    field: Any

    @property
    def related_model(self) -> Any:
        return self.core

    def get_path_info(self, filtered_relation: Any = None) -> Any:
        if filtered_relation is None:
            (last,) = self.core_link.reverse_path_infos
            return [*self.field.reverse_path_infos, last._replace(join_field=self.last_hop)]
        # One hop, whose JOIN holds both tables in parentheses (see FamilyJoin): the
        # condition has to decide about the two together.
        return [
            PathInfo(
                from_opts=self.model._meta,  # type: ignore[attr-defined]
                to_opts=self.core._meta,
                target_fields=(self.core._meta.pk,),
                join_field=self,  # type: ignore[arg-type]
                m2m=not self.field.unique,
                direct=False,
                filtered_relation=filtered_relation,
            )
        ]

    @cached_property
    def last_hop(self) -> Any:
        """This relation to lookups, the link to JOINs: what a path ends with tells lookups."""
        if isinstance(self, LastHop):
            return self
        kind: Any = type(self)
        cls: Any = last_hop_class(kind)
        hop = cls.__new__(cls)
        hop.__dict__.update(self.__dict__)
        return hop

    def __reduce__(self) -> Any:
        return relation_of, (self.field,)

    def __copy__(self) -> Any:
        # Of its own, as a copy of Django's: for another field, under another name.
        cls: Any = type(self)
        copied = cls.__new__(cls)
        copied.__dict__.update(self.__dict__)
        return copied


class LastHop:
    """Mixed into the class of a relation object that stands for the hop part -> core."""

    core_link: Any

    def get_path_info(self, filtered_relation: Any = None) -> Any:
        (last,) = self.core_link.get_reverse_path_info(filtered_relation)
        return [last._replace(join_field=self)]

    def get_joining_fields(self) -> Any:
        return self.core_link.remote_field.get_joining_fields()

    def get_extra_restriction(self, alias: Any, related_alias: Any) -> Any:
        return self.core_link.remote_field.get_extra_restriction(alias, related_alias)


@cache
def last_hop_class(cls: type) -> type:
    return type(cls.__name__, (LastHop, cls), {"__module__": cls.__module__})


def relation_of(field: Any) -> Any:
    """The relation object of a field, for unpickling."""
    return field.remote_field


@cache
def core_rel_class(cls: Any) -> Any:
    # Messages name the class.
    return type(cls.__name__, (CoreRel, cls), {"__module__": cls.__module__})


class CoreReverseManyToOneDescriptor(ReverseManyToOneDescriptor):  # type: ignore[type-arg]
    """``category.product_set``: its objects come with the foreign key that they are found by.

    Django fills the known related object from that column.
    """

    @cached_property
    def related_manager_cls(self) -> Any:
        base: Any = super().related_manager_cls
        field = self.field

        class RelatedManager(base):  # type: ignore[misc]
            def _apply_rel_filters(self, queryset: Any) -> Any:
                return super()._apply_rel_filters(queryset.with_part_columns(field))

            def get_prefetch_querysets(self, instances: Any, querysets: Any = None) -> Any:
                if querysets is None:
                    # What the manager would take itself, past its own get_queryset().
                    querysets = [super(base, self).get_queryset()]
                querysets = [with_columns(queryset, field) for queryset in querysets]
                return super().get_prefetch_querysets(instances, querysets)

        RelatedManager.__name__ = base.__name__
        RelatedManager.__qualname__ = base.__qualname__
        return RelatedManager


class CoreReverseOneToOneDescriptor(ReverseOneToOneDescriptor):  # type: ignore[type-arg]
    """``category.product``, for a one-to-one field of a part."""

    def get_queryset(self, **hints: Any) -> Any:
        return with_columns(super().get_queryset(**hints), self.related.field)


def with_columns(queryset: Any, field: Any) -> Any:
    method = getattr(queryset, "with_part_columns", None)
    return method(field) if method else queryset


def adopt_relations(core: Any, part: Any, link: VirtualParentLink) -> None:
    """Let the relations of a part lead to the core."""
    for field in part._meta.local_fields:
        if isinstance(field, ForeignKey) and not isinstance(field, VirtualParentLink):
            lead_to(core, field, link)


def lead_to(core: Any, field: Any, link: VirtualParentLink) -> None:
    rel = field.remote_field
    target = None if isinstance(rel.model, str) else rel.model._meta.concrete_model
    if target is not None:
        drop_accessor(target, rel)
    rel.core, rel.core_link = core, link
    if not isinstance(rel, CoreRel):  # Migration states make a core anew and keep its parts.
        kind: Any = type(rel)
        rel.__class__ = core_rel_class(kind)
    name_like(core, field, rel)
    forget_cached(rel)
    one = isinstance(rel, OneToOneRel)
    field.related_accessor_class = (
        CoreReverseOneToOneDescriptor if one else CoreReverseManyToOneDescriptor
    )
    if target is not None:
        if not rel.hidden:
            setattr(target, rel.get_accessor_name(), field.related_accessor_class(rel))
        target._meta._expire_cache()


def forget_cached(rel: Any) -> None:
    """Let a relation object work out again what ForeignObjectRel keeps as cached properties."""
    for name in CACHED:
        rel.__dict__.pop(name, None)


def name_like(core: Any, field: Any, rel: Any) -> None:
    """Give the relation the names that it would have if the core had declared the field."""
    template = field._related_name or core._meta.default_related_name
    names = {
        "class": core.__name__.lower(),
        "model_name": core._meta.model_name,
        "app_label": core._meta.app_label,
    }
    rel.related_name = template % names if template else None
    if field._related_query_name:
        rel.related_query_name = field._related_query_name % names
    elif not rel.related_name:
        rel.related_query_name = core._meta.model_name
    else:
        rel.related_query_name = None


def drop_accessor(target: Any, rel: Any) -> None:
    """Remove the accessor that the target had been given under the part's name."""
    name = rel.get_accessor_name()
    descriptor = target.__dict__.get(name)
    if name and rel in (getattr(descriptor, "rel", None), getattr(descriptor, "related", None)):
        delattr(target, name)


def connect_image_fields(core: Any, part: Any) -> None:
    """Keep the dimensions of a moved image: ImageField listens to its own model only."""
    for field in part._meta.local_fields:
        if not isinstance(field, ImageField):
            continue
        image: Any = field
        if image.width_field or image.height_field:
            post_init.connect(image.update_dimension_fields, sender=core)
