"""The metaclasses: how a core and its parts are put together."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldError
from django.db.models import Field
from django.db.models.base import ModelBase
from django.db.models.options import Options

from .fetching import part_attribute
from .fields import KeyAlias, VirtualParentLink, plain_key_like
from .late_fields import adopt_attribute, adopt_field
from .options import BreakdownOptions, order_counters
from .parent_lists import Parents
from .relations import adopt_relations, connect_image_fields
from .validation import name_core

if TYPE_CHECKING:
    from typing import Literal

    from .managers import BreakdownManager
    from .typed import T

#: Stands for True where mypy reads it, and only there.
MYPY = False


class PartBase(ModelBase):
    """Adds the part's key, ``<model>_id``, to a part that declares none."""

    _meta: Any

    def __setattr__(cls, name: str, value: Any) -> None:
        old = cls.__dict__.get(name)
        super().__setattr__(name, value)
        adopt_attribute(cls, name, old, value)

    def add_to_class(cls, name: str, value: Any) -> None:
        super().add_to_class(name, value)
        if isinstance(value, Field):
            adopt_field(cls, value)

    def _prepare(cls) -> None:
        opts = cls._meta
        if opts.pk is None and not opts.parents and not isinstance(opts, BreakdownOptions):
            key: Any = plain_key_like(opts._get_default_pk_class()())
            key.follows_core = True
            # Keys that Django adds count downwards too, and come first.
            key.creation_counter = Field.auto_creation_counter
            Field.auto_creation_counter -= 1
            cls.add_to_class(f"{opts.model_name}_id", key)
        super()._prepare()  # type: ignore[misc]


class NoManager:
    """Stands where a core would inherit the ``objects`` of a part."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        raise AttributeError(f"type object {cls.__name__!r} has no attribute {self.name!r}")


class BreakdownBase(PartBase):
    """Metaclass of cores, their proxies and their multi-table children.

    Concrete bases that are not cores themselves are parts: each gets a link, and the core
    an explicit key, where they are not declared. The rest is Django's.
    """

    if TYPE_CHECKING and not MYPY:
        # The manager of a core that declares none, for Pyright, as ModelBase has it in
        # django-stubs; for mypy, its plugin adds the manager that it finds at runtime.
        def __getattr__(cls: "type[T]", name: 'Literal["objects"]') -> "BreakdownManager[T]": ...

    def __new__(
        mcs, name: str, bases: tuple[Any, ...], attrs: dict[str, Any], **kwargs: Any
    ) -> Any:
        meta = attrs.get("Meta")
        if not getattr(meta, "proxy", False):
            for part in bases:
                if is_part_base(part):
                    refuse_unfit(name, part, attrs, bases)
                    add_link(name, part, attrs, bases)
        return super().__new__(mcs, name, bases, attrs, **kwargs)

    def add_to_class(cls, name: str, value: Any) -> None:
        # ModelBase.__new__() creates the Options itself; this is where it hands them over.
        if name == "_meta" and type(value) is Options:
            value.__class__ = BreakdownOptions
            value.parents = Parents()
        super().add_to_class(name, value)

    def _prepare(cls) -> None:
        opts: Any = cls._meta
        opts._expire_cache()
        if opts.managers and "objects" not in {*opts.managers_map, *cls.__dict__}:
            if any("objects" in part.__dict__ for part in opts.family_parts):
                cls.add_to_class("objects", NoManager("objects"))
        if opts.own_parts and not opts.proxy:
            # Who listens to class_prepared, which super() sends, may copy the fields.
            order_counters(cls)  # type: ignore[arg-type]
            opts._expire_cache()
        super()._prepare()
        for part, link in opts.own_parts.items():
            if opts.proxy or part._meta.apps is not opts.apps:
                # A proxy has it already; SQLite's table remake works on a copy of the core.
                continue
            join_family(cls, part, link)
        if opts.own_parts and not opts.proxy:
            opts._expire_cache()
            order_counters(cls)  # type: ignore[arg-type]


def is_part_base(base: Any) -> bool:
    """Whether a base of a core is one of its parts."""
    return (
        isinstance(base, ModelBase)
        and not isinstance(base, BreakdownBase)
        and hasattr(base, "_meta")
        and not base._meta.abstract
    )


def declared(attrs: dict[str, Any], bases: tuple[Any, ...]) -> list[Any]:
    """The fields in a class body and those of its abstract bases."""
    found = [f for f in attrs.values() if isinstance(f, Field)]
    for base in bases:
        if hasattr(base, "_meta") and base._meta.abstract:
            found += base._meta.local_fields
    return found


def refuse_unfit(name: str, part: Any, attrs: dict[str, Any], bases: tuple[Any, ...]) -> None:
    """Say what is wrong with a part's key before Django says something less clear."""
    names = {n for n, f in attrs.items() if isinstance(f, Field)}
    keys = [f.name or n for n, f in attrs.items() if isinstance(f, Field) and f.primary_key]
    keys += [f.name for f in declared({}, bases) if f.primary_key]
    core_key = keys[0] if keys else "id"
    pk = part._meta.pk
    if pk.name == core_key or pk.name in names:
        raise FieldError(
            f"Part {part._meta.label} has no key of its own: its key {pk.name!r} has the name of "
            f"a field of the core {name}. Let the part inherit from bdmodels.models.PartModel, or "
            f"declare a key with another name, such as {part._meta.model_name}_id = "
            "models.BigIntegerField(primary_key=True)."
        )


def add_link(name: str, part: Any, attrs: dict[str, Any], bases: tuple[Any, ...]) -> None:
    """Declare the link to a part in the class body, unless there is a parent link to it."""
    label = part._meta.label_lower
    for field in declared(attrs, bases):
        remote: Any = field.remote_field
        if remote is None or not getattr(remote, "parent_link", False):
            continue
        to = remote.model
        if to is part or (isinstance(to, str) and to.lower() in (label, part._meta.model_name)):
            return
    kwargs: dict[str, Any] = {}
    if hasattr(part, name.lower()) or name.lower() in {f.name for f in part._meta.fields}:
        # The part's own field of that name would be hidden by the reverse accessor.
        kwargs["related_name"] = "+"
    attrs[f"{part._meta.model_name}_ptr"] = VirtualParentLink(part, **kwargs)


def join_family(core: Any, part: Any, link: VirtualParentLink) -> None:
    """Make one part a part of the core: its key, its columns and its relations."""
    match_key(core, part)
    setattr(core, part._meta.pk.attname, KeyAlias(core))
    for field in part._meta.local_concrete_fields:
        if field.primary_key or field.attname in core.__dict__:
            continue
        setattr(core, field.attname, part_attribute(part.__dict__[field.attname]))
    adopt_relations(core, part, link)
    connect_image_fields(core, part)
    name_core(core, part)
    part._meta.core_link = link


def match_key(core: Any, part: Any) -> None:
    """Give a key that was added for the part the type of the core's key."""
    old = part._meta.pk
    if not getattr(old, "follows_core", False):
        return
    new: Any = plain_key_like(core._meta.pk)
    if new.deconstruct()[1:] == old.deconstruct()[1:]:
        return
    new.creation_counter = old.creation_counter
    new.follows_core = True
    part._meta.local_fields.remove(old)
    part._meta.pk = None
    new.contribute_to_class(part, old.name)
    part._meta._expire_cache()
