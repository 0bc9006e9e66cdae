"""Relation fields without a column: they join on a column that is there already."""

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core import checks
from django.db import models
from django.db.models import CASCADE, DO_NOTHING, PROTECT, RESTRICT, Field

if TYPE_CHECKING:
    from typing import Literal

    from django.db.models.expressions import Combinable
    from typing_extensions import Unpack, overload

    from .typed import GT, ST, LinkOptions, P, RelationOptions  # noqa: F401 (GT, ST: in strings)

__all__ = ["VirtualForeignKey", "VirtualOneToOneField", "VirtualParentLink"]

KEEPS_VALUE = (CASCADE, PROTECT, RESTRICT, DO_NOTHING)
UNSET = object()


class ColumnAlias:
    """Makes an attribute read and write another field of the same object.

    The other field is looked up by ``source(owner)`` on first use, when all is loaded.
    """

    def __init__(self, owner: type[models.Model], source: Any) -> None:
        self.owner, self.source = owner, source
        self.attname: str | None = None

    def target(self) -> str:
        if self.attname is None:
            self.attname = self.source(self.owner).attname
        return self.attname

    def __get__(self, instance: models.Model | None, cls: Any = None) -> Any:
        if instance is None:
            return self
        return getattr(instance, self.attname or self.target())

    def __set__(self, instance: models.Model, value: Any) -> None:
        setattr(instance, self.attname or self.target(), value)


class KeyAlias(ColumnAlias):
    """The key of a part, on the core: it is the core's own key and nothing else.

    With one place for the value there is nothing to copy back and forth, whatever its type.
    """

    def __init__(self, owner: type[models.Model]) -> None:
        super().__init__(owner, lambda model: model._meta.pk)


class VirtualRelation(models.ForeignKey["ST", "GT"]):
    """What the three virtual fields share: a relation over ``from_field``, without a column.

    ``get_attname_column()`` answers no column and ``db_type()`` no type, so that schema
    editors leave the field out; ``resolve_related_fields()`` pairs ``from_field`` with the
    target's key, so that joins need no column of their own.
    """

    from_field: str | None

    def __init__(
        self,
        to: "type[models.Model] | str",
        from_field: str | None = None,
        on_delete: Callable[..., None] = CASCADE,
        **options: "Unpack[RelationOptions]",
    ) -> None:
        kwargs: dict[str, Any] = {**options}
        for name, problem in (
            ("default", "Virtual field cannot have a default"),
            ("db_default", "Virtual field cannot have a database default"),
        ):
            if name in kwargs:
                raise ValueError(f"{problem}: it has no column of its own.")
        for name, problem in (
            ("editable", "Virtual field cannot be editable"),
            ("db_index", "Virtual field cannot have an index"),
        ):
            value = kwargs.pop(name, UNSET)
            if value is UNSET:
                continue
            if value:
                raise ValueError(problem)
            warnings.warn(f"{name}=False is implied for a virtual field.", stacklevel=3)
        for name in ("db_constraint", "serialize", "auto_created"):
            kwargs.pop(name, None)
        self.from_field = from_field
        super().__init__(
            to, on_delete, db_constraint=False, editable=False, serialize=False, **kwargs
        )
        self.db_index = False

    def get_attname_column(self) -> tuple[str, None]:  # type: ignore[override]
        return self.get_attname(), None

    def db_type(self, connection: Any) -> None:
        return None

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        return {"type": None, "check": None}

    def source_of(self, model: type[models.Model]) -> Any:
        """The field whose column this relation joins on."""
        return model._meta.pk if self.from_field is None else model._meta.get_field(self.from_field)

    def resolve_related_fields(self) -> list[tuple[Any, Any]]:
        target: Any = self.remote_field.model
        if isinstance(target, str):
            raise ValueError(f"Related model {target!r} cannot be resolved.")
        # ForeignObject.to_fields is [None] for "the key of the target".
        to_field = self.to_fields[0]
        to = target._meta.get_field(to_field) if to_field else target._meta.pk
        return [(self.source_of(self.model), to)]

    def contribute_to_class(
        self, cls: Any, name: str, private_only: bool = False, **kw: Any
    ) -> None:
        super().contribute_to_class(cls, name, private_only, **kw)
        setattr(cls, self.attname, ColumnAlias(cls, self.source_of))

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for implied in ("db_constraint", "editable", "serialize", "db_index", "unique"):
            kwargs.pop(implied, None)
        if self.from_field is not None:
            kwargs["from_field"] = self.from_field
        if kwargs.get("on_delete") is CASCADE and self.on_delete_is_implied:
            del kwargs["on_delete"]
        return name, path, args, kwargs

    on_delete_is_implied = False

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        # Django 6.1 wants all relations of a model to delete in the same way; this one does
        # not delete across the relations of the part.
        errors = [error for error in super().check(**kwargs) if error.id != "fields.E323"]
        errors += self._check_from_field()
        if self.remote_field.on_delete not in KEEPS_VALUE:
            errors.append(
                checks.Error(
                    f"{self.model._meta.label}.{self.name} has no column of its own, but its "
                    "on_delete would change the value.",
                    hint="Use CASCADE, PROTECT, RESTRICT or DO_NOTHING.",
                    obj=self,
                    id="bdmodels.E002",
                )
            )
        return errors

    def _check_from_field(self) -> list[checks.CheckMessage]:
        if self.from_field is None:
            return []
        names = {f.name for f in self.model._meta.concrete_fields}
        if self.from_field in names:
            return []
        return [
            checks.Error(
                f"{self.model._meta.label}.{self.name} refers to from_field={self.from_field!r}, "
                "which is not a field with a column of this model.",
                hint="Name a concrete field of the same model, such as its key.",
                obj=self,
                id="bdmodels.E001",
            )
        ]

    # A column-less foreign key has no second name to clash with.
    def _check_unique(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return []


class VirtualForeignKey(VirtualRelation["ST", "GT"]):
    """A foreign key over a column that another field of the model already has.

    :param to: the target model, or its label.
    :param from_field: name of the field whose column holds the value.
    :param on_delete: CASCADE (default), PROTECT, RESTRICT or DO_NOTHING; anything that
        would change the value is refused by the check ``bdmodels.E002``.
    :raises ValueError: for ``default``, ``db_default``, ``editable=True``, ``db_index=True``.
    """


class VirtualOneToOneField(VirtualRelation["ST", "GT"], models.OneToOneField["ST", "GT"]):
    """The same as :class:`VirtualForeignKey`, for at most one object on either side."""


class VirtualParentLink(VirtualOneToOneField["ST", "GT"]):
    """The link from a core to one of its parts: a parent link without a column.

    It joins the core's key with the part's key. The metaclass adds one for each part that
    has none; declared by hand it is the same.

    :param to: the part, or its label.
    :param from_field: accepted for compatibility; a link always goes by the core's key.
    :param on_delete: CASCADE.
    :param null: True makes the part *sparse*: it has a row only where something is set,
        and its fields read as None elsewhere.
    :raises ValueError: as for :class:`VirtualForeignKey`.
    """

    on_delete_is_implied = True

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: "VirtualParentLink[P | Combinable, P]",
            to: type[P],
            from_field: str | None = ...,
            on_delete: Callable[..., None] = ...,
            *,
            null: Literal[False] = ...,
            **options: Unpack[LinkOptions],
        ) -> None: ...

        @overload
        def __init__(
            self: "VirtualParentLink[P | Combinable | None, P | None]",
            to: type[P],
            from_field: str | None = ...,
            on_delete: Callable[..., None] = ...,
            *,
            null: bool,
            **options: Unpack[LinkOptions],
        ) -> None: ...

        @overload
        def __init__(
            self,
            to: str,
            from_field: str | None = ...,
            on_delete: Callable[..., None] = ...,
            *,
            null: bool = ...,
            **options: Unpack[LinkOptions],
        ) -> None: ...

    def __init__(
        self,
        to: "type[models.Model] | str",
        from_field: str | None = None,
        on_delete: Callable[..., None] = CASCADE,
        **options: Any,
    ) -> None:
        kwargs: dict[str, Any] = {**options}
        kwargs.pop("parent_link", None)
        kwargs.pop("primary_key", None)
        super().__init__(to, from_field, on_delete, parent_link=True, **kwargs)

    def source_of(self, model: type[models.Model]) -> Any:
        return model._meta.pk

    def contribute_to_class(
        self, cls: Any, name: str, private_only: bool = False, **kw: Any
    ) -> None:
        owner = getattr(self, "model", None)
        if owner is not None and not issubclass(cls, owner):
            return  # Copies of a model, such as django-pghistory's, are no cores.
        super().contribute_to_class(cls, name, private_only, **kw)
        setattr(cls, self.attname, KeyAlias(cls))

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for implied in ("parent_link", "from_field"):
            kwargs.pop(implied, None)
        return name, path, args, kwargs

    def _check_from_field(self) -> list[checks.CheckMessage]:
        pk = self.model._meta.pk
        if self.from_field in (None, "pk", pk.name):
            return []
        return [
            checks.Error(
                f"{self.model._meta.label}.{self.name} refers to from_field={self.from_field!r}, "
                f"but a link joins on the key, which is {pk.name!r}.",
                hint="Leave from_field out.",
                obj=self,
                id="bdmodels.E001",
            )
        ]


def is_link(field: Any) -> bool:
    """Whether a field is the link from a core to one of its parts."""
    return isinstance(field, VirtualParentLink)


def plain_key_like(key: "Field[Any, Any]") -> "Field[Any, Any]":
    """A key for a part: of the type of the core's ``key``, but never generated.

    :param key: the core's key.
    :returns: a new field that is a primary key, not editable, and blank.
    """
    # AutoFieldMixin.rel_db_type stands for the same three integer types.
    for auto, plain in (
        (models.BigAutoField, models.BigIntegerField),
        (models.SmallAutoField, models.SmallIntegerField),
        (models.AutoField, models.IntegerField),
    ):
        if isinstance(key, auto):
            return plain(primary_key=True, editable=False, blank=True)
    if key.remote_field is not None:
        return plain_key_like(key.target_field)  # type: ignore[attr-defined]
    _, _, args, kwargs = key.deconstruct()
    for name in ("default", "db_default", "db_column", "verbose_name", "auto_created", "help_text"):
        kwargs.pop(name, None)
    kwargs.update(primary_key=True, editable=False, blank=True)
    return type(key)(*args, **kwargs)
