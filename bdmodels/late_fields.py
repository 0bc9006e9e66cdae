"""What a part is given after its core was made, as by packages that translate fields.

The core has descriptors of its own for the columns of its parts, and the relations of a part
lead to the core: what is added to a part, or replaced on it, has to reach the core.
"""

from typing import Any

from django.db.models import ForeignKey

from .fetching import PartAttribute, part_attribute
from .relations import CoreRel, connect_image_fields, forget_cached, lead_to
from .validation import name_core


def core_link_of(part: Any) -> Any:
    """The link that leads to a part, once its core was made."""
    return getattr(part.__dict__.get("_meta"), "core_link", None)


def adopt_field(part: Any, field: Any) -> None:
    """Let a field that a part was given be one of its core, too."""
    link = core_link_of(part)
    if link is None:
        return
    core = link.model
    if isinstance(field, ForeignKey):
        rel = field.remote_field
        if isinstance(rel, CoreRel):  # A copy of one that leads to the core, with its own name.
            forget_cached(rel)
            target: Any = field.related_model
            target._meta._expire_cache()
        else:
            lead_to(core, field, link)
    connect_image_fields(core, part)
    name_core(core, part)
    expire(core)


def expire(model: Any) -> None:
    """Let a core, its proxies and its children work out again what they know of fields."""
    model._meta._expire_cache()
    for child in type.__subclasses__(model):
        expire(child)


def adopt_attribute(part: Any, name: str, old: Any, new: Any) -> None:
    """Let what replaces the descriptor of a part's column do so on the core.

    :param old: what the part had under this name before.
    """
    link = core_link_of(part)
    if link is None or not hasattr(new, "__get__"):
        return
    core, columns = link.model, part._meta.local_concrete_fields
    if any(f.attname == name and not f.primary_key for f in columns):
        mine = core.__dict__.get(name)
        if mine is None or mine is old or isinstance(mine, PartAttribute):
            setattr(core, name, part_attribute(new))
            expire(core)
