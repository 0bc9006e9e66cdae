"""System checks: what cannot work, said before it goes wrong.

Every message names the model and the field, and the hint says what to do. The ids
``bdmodels.E001`` and ``E002`` are checked by the fields themselves.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Warning
from django.db import DEFAULT_DB_ALIAS, connections, models, router
from django.db.migrations.loader import MigrationLoader

from .base import PartBase
from .family import own_parts_of, parts_of
from .fields import VirtualRelation, is_link
from .options import ADDED_ORDER

SIZES = {"SmallIntegerField": 1, "IntegerField": 2, "BigIntegerField": 3}


def check_core(model: Any, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """The checks of a core; nothing for its proxies and children without parts."""
    if model._meta.abstract or model._meta.proxy:
        return []
    return [*check_parents(model), *(check_family(model, databases) if own_parts_of(model) else ())]


def check_family(model: Any, databases: Any) -> Iterator[CheckMessage]:
    yield from check_installed(model)
    yield from check_composite(model)
    yield from check_clashes(model)
    yield from check_field_order(model)
    yield from check_spanning(model)
    yield from check_routers(model, databases)
    if apps.is_installed("reversion"):
        from .contrib.reversion import check_registered

        yield from check_registered(model, own_parts_of(model))
    for part, link in own_parts_of(model).items():
        yield from check_owner(model, part)
        yield from check_key(model, part)
        yield from check_fields(model, part, link)


def check_parents(model: Any) -> Iterator[CheckMessage]:
    """Every concrete base is a core, or a part with a link; every link leads to a base."""
    for parent, link in model._meta.parents.items():
        if link is None or is_link(link) or hasattr(parent._meta, "own_parts"):
            continue
        yield Error(
            f"{model._meta.label}.{link.name} is a parent link with a column, to {label(parent)}.",
            hint="Leave the link out, or make it a bdmodels.fields.VirtualParentLink.",
            obj=model,
            id="bdmodels.E003",
        )
    for field in model._meta.local_fields:
        if is_link(field) and field.remote_field.model not in model._meta.parents:
            yield Error(
                f"{model._meta.label}.{field.name} is a link to {label(field.remote_field.model)}, "
                "which is not a base class of the model.",
                hint="Add the part to the base classes, or remove the link.",
                obj=model,
                id="bdmodels.E004",
            )


def check_installed(model: Any) -> Iterator[CheckMessage]:
    """Without the app, makemigrations would take a split for removed and added fields."""
    if apps.is_installed("bdmodels") or model._meta.app_label not in apps.app_configs:
        return
    module, _ = MigrationLoader.migrations_module(model._meta.app_label)
    try:
        exists = module is not None and find_spec(module) is not None
    except ModuleNotFoundError:
        exists = False
    if exists:
        yield Error(
            f"{model._meta.label} is split into parts, but 'bdmodels' is not in INSTALLED_APPS: "
            "makemigrations would remove the moved fields with their data.",
            hint="Add 'bdmodels' to INSTALLED_APPS.",
            obj=model,
            id="bdmodels.E005",
        )


def check_composite(model: Any) -> Iterator[CheckMessage]:
    for member in (model, *own_parts_of(model)):
        if member._meta.is_composite_pk:
            yield Error(
                f"{label(member)} has a composite primary key, which parts cannot share.",
                hint="Give the core and its parts a key of one column.",
                obj=model,
                id="bdmodels.E006",
            )


def check_clashes(model: Any) -> Iterator[CheckMessage]:
    """No two members of a family have a field of the same name or attname."""
    seen: dict[str, Any] = {}
    for field in (*model._meta.local_fields, *model._meta.local_many_to_many):
        if not is_link(field):
            seen[field.name] = seen[field.attname] = model
    for part in own_parts_of(model):
        for field in part._meta.local_fields:
            for name in {field.name, field.attname}:
                other = seen.setdefault(name, part)
                if other is not part:
                    yield Error(
                        f"{label(part)} and {label(other)}, both of {label(model)}, have a field "
                        f"named {name!r}.",
                        hint="A field belongs to one table of the family; rename or remove one.",
                        obj=model,
                        id="bdmodels.E007",
                    )
                    break


def check_field_order(model: Any) -> Iterator[CheckMessage]:
    wanted = list(model.field_order or ())
    opts = model._meta
    inherited = any(getattr(p, "field_order", None) == model.field_order for p in opts.parents)
    if not wanted or inherited:
        return
    known = [f.name for f in (*opts.fields, *opts.many_to_many, *opts.private_fields)]
    unknown = [name for name in wanted if name not in known]
    missing = [f.name for f in opts.fields if f.name not in (*wanted, ADDED_ORDER)]
    if unknown or missing or len(set(wanted)) != len(wanted):
        parts = [f"unknown: {', '.join(unknown)}"] if unknown else []
        parts += [f"missing: {', '.join(missing)}"] if missing else []
        parts += ["some named twice"] if len(set(wanted)) != len(wanted) else []
        yield Error(
            f"{label(model)}.field_order does not name each field once ({'; '.join(parts)}).",
            hint="Name every field of the core and of its parts, the key included, once.",
            obj=model,
            id="bdmodels.E008",
        )


def check_spanning(model: Any) -> Iterator[CheckMessage]:
    """Constraints and indexes are those of one table."""
    members = {m: {f.name for f in m._meta.local_fields} for m in (model, *own_parts_of(model))}
    for member, own in members.items():
        opts = member._meta
        options = [(f"index {i.name!r}", names_in_index(i)) for i in opts.indexes]
        options += [(f"constraint {c.name!r}", names_in_constraint(c)) for c in opts.constraints]
        options += [(f"unique_together {names!r}", set(names)) for names in opts.unique_together]
        for what, names in options:
            for other, theirs in members.items():
                foreign = sorted((names - own) & theirs) if other is not member else []
                if foreign:
                    yield Error(
                        f"The {what} of {label(member)} names {', '.join(foreign)}, which "
                        f"{label(other)} has: no database has one across tables.",
                        hint="Keep all its fields in one table, and declare it there.",
                        obj=model,
                        id="bdmodels.E009",
                    )


def names_in_index(index: Any) -> set[str]:
    found = {*index.fields, *(index.include or ())}
    found = {name.lstrip("-") for name in found}
    for expression in index.expressions:
        found |= names_in_expression(expression)
    return found | names_in_expression(index.condition)


def names_in_constraint(constraint: Any) -> set[str]:
    found = {*getattr(constraint, "fields", ()), *(getattr(constraint, "include", None) or ())}
    for expression in getattr(constraint, "expressions", ()):
        found |= names_in_expression(expression[0] if isinstance(expression, tuple) else expression)
    return found | names_in_expression(getattr(constraint, "condition", None))


def names_in_expression(expression: Any) -> set[str]:
    """The first names of the fields that an expression or a Q refers to."""
    if expression is None:
        return set()
    # Model._get_expr_references() (since 3.2) yields each reference as a tuple of names.
    references = models.Model._get_expr_references(expression)  # type: ignore[attr-defined]
    return {names[0] for names in references}


def check_routers(model: Any, databases: Any) -> Iterator[CheckMessage]:
    """A family is in one database."""
    for part in own_parts_of(model):
        for what, ask in (("read", router.db_for_read), ("written", router.db_for_write)):
            if ask(part) != ask(model):
                yield Error(
                    f"{label(part)} is {what} in database {ask(part)!r}, but its core "
                    f"{label(model)} in {ask(model)!r}.",
                    hint="Let DATABASE_ROUTERS send a core and its parts to the same database.",
                    obj=model,
                    id="bdmodels.E010",
                )
        for alias in databases or ():
            if router.allow_migrate_model(alias, part) != router.allow_migrate_model(alias, model):
                yield Error(
                    f"{label(part)} and its core {label(model)} are not migrated together in "
                    f"database {alias!r}.",
                    hint="Let allow_migrate() of your routers agree for a core and its parts.",
                    obj=model,
                    id="bdmodels.E010",
                )


def check_owner(model: Any, part: Any) -> Iterator[CheckMessage]:
    for other in apps.get_models():
        if other is not model and not other._meta.proxy and part in own_parts_of(other):
            yield Error(
                f"{label(part)} is a part of {label(model)} and of {label(other)}.",
                hint="Give each core parts of its own; an abstract base can hold what they share.",
                obj=model,
                id="bdmodels.E011",
            )
    if part._meta.parents:
        yield Error(
            f"{label(part)}, a part of {label(model)}, itself inherits from "
            f"{', '.join(label(parent) for parent in part._meta.parents)}.",
            hint="Let parts inherit from abstract models only.",
            obj=model,
            id="bdmodels.E012",
        )


def check_key(model: Any, part: Any) -> Iterator[CheckMessage]:
    """The key of a part takes every value of the core's key."""
    key, own = model._meta.pk, part._meta.pk
    if model._meta.is_composite_pk or part._meta.is_composite_pk:
        return
    connection = connections[DEFAULT_DB_ALIAS]
    wanted, found = key.rel_db_type(connection), own.rel_db_type(connection)
    if wanted == found:
        return
    what = (
        f"The key {part._meta.label}.{own.name} ({type(own).__name__}) has another type than the "
        f"core's key {model._meta.label}.{key.name} ({type(key).__name__})"
    )
    sizes = [SIZES.get(base_type(field)) for field in (key, own)]
    if None not in sizes and sizes[0] <= sizes[1]:  # type: ignore[operator]
        return
    hint = "Inherit from bdmodels.models.PartModel, whose key follows the core's."
    if None not in sizes:
        yield Warning(f"{what}, with less room.", hint=hint, obj=model, id="bdmodels.W001")
    else:
        yield Error(f"{what}.", hint=hint, obj=model, id="bdmodels.E013")


def base_type(field: Any) -> str:
    """The internal type of an integer field, with that of a relation's target."""
    while field.remote_field is not None:
        field = field.target_field
    name = str(field.get_internal_type())
    return name.replace("AutoField", "IntegerField").replace("Positive", "")


def check_fields(model: Any, part: Any, link: Any) -> Iterator[CheckMessage]:
    for field in part._meta.local_many_to_many:
        yield Error(
            f"{label(part)}.{field.name} is a many-to-many field, which has no column to move.",
            hint=f"Declare it in {label(model)}.",
            obj=model,
            id="bdmodels.E014",
        )
    for field in part._meta.private_fields:
        if field.remote_field is None:
            continue  # A generic foreign key only reads its two fields.
        yield Error(
            f"{label(part)}.{field.name} is a generic relation, which leads to the model that it "
            "is declared in.",
            hint=f"Declare it, and the fields that it uses, in {label(model)}.",
            obj=model,
            id="bdmodels.E015",
        )
    for field in part._meta.local_fields:
        if field.remote_field is None or isinstance(field, VirtualRelation):
            continue
        if field.remote_field.model is part:
            yield Error(
                f"{label(part)}.{field.name} is a relation to the part itself.",
                hint=f"Name the core: {model._meta.label!r} instead of 'self'.",
                obj=model,
                id="bdmodels.E016",
            )
        # DatabaseOnDelete (Django 6.1) knows its operation.
        if getattr(field.remote_field.on_delete, "operation", "") == "CASCADE":
            yield Error(
                f"{label(part)}.{field.name} has on_delete=DB_CASCADE: the database would delete "
                f"the row of the part and leave that of {label(model)}.",
                hint=f"Keep the field in {label(model)}, or use CASCADE.",
                obj=model,
                id="bdmodels.E017",
            )


def check_part(model: Any) -> list[CheckMessage]:
    """A model that inherits from a part is a core, and says so."""
    if model._meta.proxy or model._meta.abstract or parts_of(model):
        return []
    parts = [p for p in model._meta.parents if isinstance(p, PartBase) and p is not model]
    if not parts:
        return []
    return [
        Error(
            f"{label(model)} inherits from the part {label(parts[0])}, but not from "
            "BreakdownModel: it would be an ordinary multi-table child.",
            hint=f"Declare class {model.__name__}(BreakdownModel, ...).",
            obj=model,
            id="bdmodels.E018",
        )
    ]


def label(model: Any) -> str:
    return model if isinstance(model, str) else str(model._meta.label)
