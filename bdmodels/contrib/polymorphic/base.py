"""The metaclass of polymorphic cores: that of cores and that of polymorphic models in one."""

from typing import Any

from django.core.exceptions import FieldError
from polymorphic.base import PolymorphicModelBase

from ...base import BreakdownBase, is_part_base
from ...fields import is_link
from ...managers import adopt_manager
from .downcasting import RealObjects


class PolymorphicBreakdownBase(BreakdownBase, PolymorphicModelBase):
    """Metaclass of polymorphic cores, their proxies and their polymorphic children."""

    #: What the check bdmodels.E020 looks for.
    knows_polymorphic = True

    def __new__(
        mcs, name: str, bases: tuple[Any, ...], attrs: dict[str, Any], **kwargs: Any
    ) -> Any:
        for base in bases:
            if isinstance(base, PolymorphicModelBase) and is_part_base(base):
                label = base._meta.label  # type: ignore[attr-defined]
                raise FieldError(
                    f"{label}, a base of {name}, is polymorphic, but cannot have children with "
                    f"parts. Let {base.__name__} inherit from PolymorphicBreakdownModel, too: "
                    "it needs no parts of its own."
                )
        return super().__new__(mcs, name, bases, attrs, **kwargs)

    def _prepare(cls) -> None:
        # polymorphic.query_translate (4.0 on) follows the first parent link of a model to its
        # polymorphic parent; the links to parts go after it.
        cls._meta.local_fields.sort(key=is_link)
        super()._prepare()

    @property
    def _base_objects(cls) -> Any:
        # By this manager rows are read again as objects of their real class (4.0 on).
        manager = RealObjects()
        manager.name = "base_objects"
        manager.model = cls
        return adopt_manager(manager)
