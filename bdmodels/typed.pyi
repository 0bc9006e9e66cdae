"""What type checkers are told of classes that are put together at runtime; never imported there.

Generated managers, behaviour mixed in by a metaclass and fields that take over the types of their
target cannot be read from the code.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, TypeAlias, TypedDict, overload

from django.core.validators import _ValidatorCallable
from django.db.models import Model, Prefetch, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.fields import related_descriptors
from django.db.models.manager import Manager
from typing_extensions import Self, TypeVar

from .base import BreakdownBase, PartBase
from .query import BreakdownQuerySet

M = TypeVar("M", bound=Model, covariant=True)
Row = TypeVar("Row", covariant=True, default=M)
P = TypeVar("P", bound=Model)
T = TypeVar("T")
ST = TypeVar("ST", contravariant=True, default=Any)
GT = TypeVar("GT", covariant=True, default=Any)

class QuerySetMethods(Manager[M]):
    """The manager that ``Manager.from_queryset(BreakdownQuerySet)`` makes."""

    _queryset_class: Any

    def with_parts(self, *links: str) -> BreakdownQuerySet[M]: ...
    def fetch_all_parents(self) -> BreakdownQuerySet[M]: ...
    def get_queryset(self) -> BreakdownQuerySet[M]: ...
    def all(self) -> BreakdownQuerySet[M]: ...
    def none(self) -> BreakdownQuerySet[M]: ...
    def filter(self, *args: Any, **kwargs: Any) -> BreakdownQuerySet[M]: ...
    def exclude(self, *args: Any, **kwargs: Any) -> BreakdownQuerySet[M]: ...
    def complex_filter(self, filter_obj: Any) -> BreakdownQuerySet[M]: ...
    def union(self, *other_qs: QuerySet[Model, Any], all: bool = ...) -> BreakdownQuerySet[M]: ...
    def intersection(self, *other_qs: QuerySet[Model, Any]) -> BreakdownQuerySet[M]: ...
    def difference(self, *other_qs: QuerySet[Model, Any]) -> BreakdownQuerySet[M]: ...
    def select_for_update(
        self,
        nowait: bool = ...,
        skip_locked: bool = ...,
        of: Sequence[str] = ...,
        no_key: bool = ...,
    ) -> BreakdownQuerySet[M]: ...
    @overload
    def select_related(self, clear: None, /) -> BreakdownQuerySet[M]: ...
    @overload
    def select_related(self, *fields: str) -> BreakdownQuerySet[M]: ...
    @overload
    def prefetch_related(self, clear: None, /) -> BreakdownQuerySet[M]: ...
    @overload
    def prefetch_related(self, *lookups: str | Prefetch[Any, Any, Any]) -> BreakdownQuerySet[M]: ...
    def annotate(self, *args: Any, **kwargs: Any) -> BreakdownQuerySet[M]: ...
    def alias(self, *args: Any, **kwargs: Any) -> BreakdownQuerySet[M]: ...
    def order_by(self, *field_names: str | Combinable) -> BreakdownQuerySet[M]: ...
    def distinct(self, *field_names: str) -> BreakdownQuerySet[M]: ...
    def reverse(self) -> BreakdownQuerySet[M]: ...
    @overload
    def defer(self, clear: None, /) -> BreakdownQuerySet[M]: ...
    @overload
    def defer(self, *fields: str) -> BreakdownQuerySet[M]: ...
    def only(self, *fields: str) -> BreakdownQuerySet[M]: ...
    def using(self, alias: str | None) -> BreakdownQuerySet[M]: ...
    def fetch_mode(self, fetch_mode: Any) -> BreakdownQuerySet[M]: ...  # since Django 6.1

# The mypy plugin of django-stubs (5.2 to 6.1) gives each model `objects` as a ClassVar, unless one
# with a type is found in its bases. Parts have to find one: a core cannot have a manager of its own
# over a ClassVar of theirs. A core itself must find none, and an alias has no type. Pyright takes
# os.name for a constant and sees neither; it would prefer this manager of a part to the core's.
class PartModel(Model, metaclass=PartBase):
    if os.name == "seen by mypy":
        objects: Manager[Any]

class RelatedManager(QuerySetMethods[P], related_descriptors.RelatedManager[P]):
    """For the annotation of a reverse accessor that leads to a core, such as ``product_set``."""

    def __get__(self, instance: object, cls: type[Any] | None = None) -> Self: ...

class CoreModel(Model, metaclass=BreakdownBase):
    """What a core has beside Django's Model: the rest of ``Breakdown`` has Django's signatures."""

    if os.name == "seen by mypy":
        objects: TypeAlias = Any
    field_order: ClassVar[Iterable[str]]

    def refresh_from_db(
        self,
        using: str | None = ...,
        fields: Iterable[str] | None = ...,
        from_queryset: QuerySet[Self] | None = ...,
        *,
        all_parents: bool = ...,
    ) -> None: ...
    def getattr_if_loaded(self, name: str, default: Any = ...) -> Any: ...

class LinkOptions(TypedDict, total=False):
    """The keyword arguments of a link, beside ``null``."""

    related_name: str | None
    related_query_name: str | None
    verbose_name: Any
    name: str | None
    blank: bool
    help_text: Any

class RelationOptions(LinkOptions, total=False):
    """The keyword arguments of a virtual relation."""

    null: bool
    to_field: str | None
    limit_choices_to: Q | dict[str, Any] | Callable[[], Any] | None
    validators: Iterable[_ValidatorCallable]
    error_messages: dict[str, Any] | None
    unique: bool
    parent_link: bool
    swappable: bool
    db_comment: str | None
