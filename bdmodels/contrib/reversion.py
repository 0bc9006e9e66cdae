"""django-reversion: versions of a core hold the fields of its parts.

By itself, reversion takes the fields of the model's own table, and a version of its own for each
parent. Use ``register()`` and ``VersionAdmin`` of this module in place of reversion's: a version
is then what it was for the wide model, and versions from before a split can be reverted to.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.checks import Error
from django.utils.functional import cached_property

from ..family import parts_of
from ..fields import is_link
from ..serialization import WholeOptions


def fields_of(model: Any) -> list[str]:
    """Names of the fields that a version of the wide model has."""
    opts = model._meta.concrete_model._meta
    return [field.name for field in (*WholeOptions(opts).local_fields, *opts.local_many_to_many)]


def register(model: Any = None, **options: Any) -> Any:
    """As ``reversion.register()``; the fields are by default those of the whole family.

    :param model: a core or any other model; without one, a class decorator is returned.
    :param options: as for ``reversion.register()``.
    :raises reversion.RegistrationError: if the model is registered already.
    """
    from reversion import revisions

    if model is None:
        return lambda decorated: register(decorated, **options)
    if options.get("fields") is None:
        options["fields"] = fields_of(model)
    return revisions.register(model, **options)


def __getattr__(name: str) -> Any:
    # reversion.admin imports models, and this module is imported by models.
    if name == "VersionAdmin":
        from .reversion_admin import VersionAdmin

        return VersionAdmin
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def install() -> None:
    """Let ``version.field_dict`` of a core look for no versions of parts."""
    from reversion.models import Version

    plain = Version.field_dict

    def field_dict(version: Any) -> dict[str, Any]:
        model = version._model
        if not parts_of(model):
            return dict(plain.func(version))
        # Version.field_dict (reversion 6) adds what the version of each parent says.
        found = dict(version._local_field_dict)
        for parent, link in model._meta.concrete_model._meta.parents.items():
            if not is_link(link):
                versions = version.revision.version_set.get_for_model(parent, version.db)
                found.update(versions.get(object_id=found[link.attname]).field_dict)
        return found

    if not getattr(plain.func, "knows_parts", False):
        field_dict.knows_parts = True  # type: ignore[attr-defined]
        Version.field_dict = cached_property(field_dict)
        Version.field_dict.__set_name__(Version, "field_dict")


def check_registered(model: Any, parts: Iterable[Any]) -> Iterator[Error]:
    """Reversion's own ``register()`` leaves the parts out, and reverting would empty them."""
    from reversion import revisions

    if not revisions.is_registered(model):
        return
    # revisions._get_options() (reversion 6) has what a model was registered with.
    fields = set(revisions._get_options(model).fields)
    if not any(field.name in fields for own in model._meta.part_fields.values() for field in own):
        yield Error(
            f"Versions of {model._meta.label} by django-reversion have none of the fields of "
            f"{', '.join(part._meta.label for part in parts)}: reverting would empty them.",
            hint="Use register() and VersionAdmin of bdmodels.contrib.reversion, or name fields=.",
            obj=model,
            id="bdmodels.E021",
        )
