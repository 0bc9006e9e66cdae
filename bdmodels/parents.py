"""From a child of a core to the core: ``bird.animal_ptr``.

Django makes the parent of what the child has loaded, and reads it anew where something is not.
Parts are hardly ever loaded, and the delete collector asks every object for its parents: the parent
is made of what is there, and lacks the parts that the child lacks.
"""

from functools import cache
from typing import Any

from django.db.models import Model
from django.db.models.fields.related_descriptors import ForwardOneToOneDescriptor

from .family import parts_of
from .fields import is_link


class CoreParent:
    """Mixed into the class of the descriptor of a parent link to a core."""

    field: Any

    def get_object(self, instance: Any) -> Any:
        # ForwardOneToOneDescriptor.get_object() (5.2 to 6.1).
        opts = self.field.remote_field.model._meta
        missing = {f.attname for f in opts.concrete_fields}.difference(instance.__dict__)
        if missing and missing <= opts.part_attnames:
            return parent_of(instance, opts.model)
        return super().get_object(instance)  # type: ignore[misc]


def parent_of(instance: Any, model: type[Model]) -> Any:
    """An object of a core with the values that an object of a child has."""
    state, data = instance._state, instance.__dict__
    names = [f.attname for f in model._meta.concrete_fields if f.attname in data]
    batch = getattr(state, "batch", None)
    if batch is not None:
        # Parents of peers are peers: from_db() tells them by one and the same list.
        names = batch.names_of_parents.setdefault((model, *names), names)
    parent: Any = model.from_db(state.db, names, [data[name] for name in names])
    parent._state.adding = state.adding
    parent._state.read = dict(getattr(state, "read", None) or {})
    if hasattr(state, "fetch_mode"):
        parent._state.fetch_mode = state.fetch_mode
    return parent


@cache
def accessor_class(cls: Any) -> Any:
    return type(cls.__name__, (CoreParent, cls), {"__module__": cls.__module__})


def adopt_accessors(child: Any) -> None:
    """Let the accessors of parent links that a class itself has be those of cores."""
    for parent, link in child._meta.parents.items():
        accessor = child.__dict__.get(getattr(link, "name", ""))
        if parts_of(parent) and not is_link(link) and not isinstance(accessor, CoreParent):
            if isinstance(accessor, ForwardOneToOneDescriptor):
                kind: Any = type(accessor)
                accessor.__class__ = accessor_class(kind)
