"""Who belongs to whom: the parts of a model."""

from typing import Any

from .fields import VirtualParentLink


def parts_of(model: Any) -> dict[Any, VirtualParentLink]:
    """The parts of the family that a model belongs to: ``{part: link}``, or nothing."""
    return getattr(model._meta, "family_parts", {})


def own_parts_of(model: Any) -> dict[Any, VirtualParentLink]:
    """The parts that a model itself was split into: ``{part: link}``, or nothing."""
    return getattr(model._meta, "own_parts", {})
