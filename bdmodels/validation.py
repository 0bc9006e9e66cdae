"""Uniqueness across the family: parts are checked through the core."""

from typing import Any

from .family import parts_of


def unique_checks(instance: Any, plain: Any, exclude: Any, include_meta: bool) -> Any:
    """Django's unique checks with those of the parts, all asked of the core.

    A check on the core sees the rows that the core's default manager shows, and may name
    fields of several tables, as on the wide model. Links and part keys are no matter of
    validation.
    """
    opts = instance._meta
    hidden = opts.hidden_fields
    exclude = () if exclude is None else exclude
    unique, dates = plain(exclude, include_meta)
    unique = [check for check in unique if not any(name in hidden for name in check[1])]
    for part in parts_of(instance):
        model = core_of(instance, part)
        for fields in part._meta.unique_together:
            if not any(name in exclude for name in fields):
                unique.append((model, tuple(fields)))
        if include_meta:
            for constraint in part._meta.total_unique_constraints:
                if not any(name in exclude for name in constraint.fields):
                    unique.append((model, constraint.fields))
        for field in opts.part_fields[part]:
            if field.name in exclude:
                continue
            if field.unique:
                unique.append((model, (field.name,)))
            for kind, other in (
                ("date", field.unique_for_date),
                ("year", field.unique_for_year),
                ("month", field.unique_for_month),
            ):
                if other and other not in exclude:
                    dates.append((model, kind, field.name, other))
    return unique, dates


def core_of(instance: Any, part: Any) -> Any:
    """The class to ask, and to name: the core that has the part, also for a proxy of it."""
    return parts_of(instance)[part].model


def part_constraints(instance: Any) -> list[Any]:
    """The constraints of the parts, as ``Model.get_constraints()`` lists them."""
    return [
        (core_of(instance, part), part._meta.constraints)
        for part in parts_of(instance)
        if part._meta.constraints
    ]


def expression_map(plain: Any, meta: Any, exclude: Any) -> dict[str, Any]:
    """The values by field name that constraints see: those of the core and of its parts."""
    exclude = {*(exclude or ()), *getattr(meta, "hidden_fields", ())}
    values: dict[str, Any] = plain(meta, exclude)
    for part in getattr(meta, "family_parts", ()):
        values.update(plain(part._meta, exclude))
    return values


class CoreMessage:
    """The message of a unique field of a part; who fills in the part's name gets the core's.

    Django validates by :func:`unique_checks`, which name the core. Others, such as REST
    framework's UniqueValidator, fill in ``field.model._meta.verbose_name``.
    """

    def __init__(self, message: Any, part: Any, core: Any) -> None:
        self.message, self.part, self.core = message, part, core

    def __str__(self) -> str:
        return str(self.message)

    def __mod__(self, params: Any) -> str:
        if isinstance(params, dict) and params.get("model_name") == self.part._meta.verbose_name:
            params = {**params, "model_name": self.core._meta.verbose_name}
        return f"{str(self.message) % params}"


def name_core(core: Any, part: Any) -> None:
    """Let the messages of the part's unique fields name the core."""
    for field in part._meta.local_concrete_fields:
        message = field.error_messages.get("unique")
        if field.unique and message and not field.primary_key:
            message = getattr(message, "message", message)  # SQLite's copy of a core, in a remake
            field.error_messages["unique"] = CoreMessage(message, part, core)
