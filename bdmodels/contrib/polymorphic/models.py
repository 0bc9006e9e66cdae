"""The base class of polymorphic cores."""

from typing import Any, ClassVar

from polymorphic.models import PolymorphicModel

from ...models import BreakdownModel
from . import downcasting
from .base import PolymorphicBreakdownBase
from .query import PolymorphicBreakdownManager

downcasting.install()


class PolymorphicBreakdownModel(
    BreakdownModel, PolymorphicModel, metaclass=PolymorphicBreakdownBase
):
    """Base class of a polymorphic core: what BreakdownModel and PolymorphicModel are together.

    Its children are cores as well; each may have parts of its own: ``class Shirt(Product,
    ShirtSizes)``. A model whose children have parts needs none itself.
    """

    objects: ClassVar[Any] = PolymorphicBreakdownManager()

    # As with BreakdownModel: no class statement.
    Meta: Any = type("Meta", (), {"abstract": True})


# As with BreakdownModel: it would hide the Meta of abstract bases that follow.
del PolymorphicBreakdownModel.Meta
