"""Managers of a core: whatever manager a model has, it gets the behaviour."""

from functools import cache
from typing import TYPE_CHECKING, Any

from django.db.models import Manager, QuerySet
from django.db.models.manager import BaseManager

from .query import BreakdownQuerySet

if TYPE_CHECKING:
    from .typed import M, QuerySetMethods  # noqa: F401 (M: in a string)
else:
    QuerySetMethods = Manager.from_queryset(BreakdownQuerySet)


class BreakdownManager(QuerySetMethods["M"]):
    """The manager of a core, with ``with_parts()`` and ``fetch_all_parents()``.

    Any other manager of a core is made one, under its own name; Django's own is replaced.
    """


class AdoptingManager:
    """Goes before a manager that knows nothing of parts; its querysets are adopted too."""

    def get_queryset(self) -> Any:
        return adopt_queryset(super().get_queryset())  # type: ignore[misc]


def adopt_manager(manager: BaseManager[Any]) -> BaseManager[Any]:
    """Give a manager's object the behaviour of :class:`BreakdownManager`, in place."""
    if not isinstance(manager, BreakdownManager):
        kind: Any = type(manager)
        manager.__class__ = adopted_manager_class(kind)
    elif not issubclass(manager._queryset_class, BreakdownQuerySet):
        manager._queryset_class = adopted_queryset_class(manager._queryset_class)
    return manager


def adopt_queryset(queryset: QuerySet[Any]) -> QuerySet[Any]:
    """Give a queryset the behaviour of :class:`BreakdownQuerySet`, in place."""
    if not isinstance(queryset, BreakdownQuerySet):
        queryset.__class__ = adopted_queryset_class(type(queryset))
    return queryset


@cache
def adopted_manager_class(cls: Any) -> Any:
    """A class that is both ``cls`` and a BreakdownManager, and goes by the name of ``cls``.

    The name is what migrations write for a manager with ``use_in_migrations``.
    """
    if issubclass(cls, BreakdownManager):
        return cls
    if cls is Manager:
        return BreakdownManager
    own = () if issubclass(BreakdownManager, cls) else (cls,)

    def __reduce_ex__(self: Any, protocol: Any) -> Any:
        if type(self) is not adopted:  # A related manager, made on the fly.
            return super(adopted, self).__reduce_ex__(protocol)
        return rebuild_manager, (cls,), self.__dict__

    body = {
        "__module__": cls.__module__,
        "__qualname__": cls.__qualname__,
        "_queryset_class": adopted_queryset_class(cls._queryset_class),
        "__reduce_ex__": __reduce_ex__,
    }
    # By the name of the first base, django-stubs 5.2 to 6.1 find out from which manager and
    # queryset as_manager() and from_queryset() have made a class.
    like = cls.__bases__[0]
    names = {"__module__": like.__module__, "__qualname__": like.__qualname__}
    first = type("AdoptingManager", (AdoptingManager,), names)
    adopted = type(cls)(cls.__name__, (first, *own, BreakdownManager), body)
    return adopted


def rebuild_manager(cls: Any) -> Any:
    """Make a manager of an adopted class, for unpickling."""
    adopted = adopted_manager_class(cls)
    return adopted.__new__(adopted)


def rebuild_queryset(cls: Any) -> Any:
    """Make an empty queryset of an adopted class, for unpickling."""
    adopted = adopted_queryset_class(cls)
    return adopted.__new__(adopted)


@cache
def adopted_queryset_class(cls: Any) -> Any:
    """A class that is both ``cls`` and a BreakdownQuerySet, and goes by the name of ``cls``.

    It is pickled by way of ``cls``.
    """
    if issubclass(cls, BreakdownQuerySet):
        return cls

    def __reduce__(self: Any) -> Any:
        return rebuild_queryset, (cls,), self.__getstate__()

    body = {
        "__module__": cls.__module__,
        "__qualname__": cls.__qualname__,
        "__reduce__": __reduce__,
    }
    own = () if issubclass(BreakdownQuerySet, cls) else (cls,)
    return type(cls)(cls.__name__, (*own, BreakdownQuerySet), body)
