"""Which fields an index, constraint or expression of a migration state refers to."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models


def fields_in_expression(expression: Any) -> set[str]:
    """Names of the fields an expression or Q object refers to, relations not followed."""
    # Model._get_expr_references() is what Django's own checks of indexes use (since 4.0).
    return {names[0] for names in models.Model._get_expr_references(expression)}  # type: ignore[attr-defined]


def fields_in_index(index: Any, *model_states: Any) -> set[str]:
    """Names of the fields an index or constraint refers to, of whatever class it is.

    :param model_states: models whose foreign keys may be named by their attnames.
    """
    found = {name.lstrip("-") for name in getattr(index, "fields", None) or ()}
    found.update(getattr(index, "include", None) or ())
    condition = getattr(index, "condition", None)
    for expression in (condition, *(getattr(index, "expressions", None) or ())):
        if isinstance(expression, tuple):  # ExclusionConstraint: (expression, operator)
            expression = expression[0]
        if isinstance(expression, str):
            found.add(expression)
        elif expression is not None:
            found |= fields_in_expression(expression)
    names = {
        f"{name}_id": name
        for model_state in model_states
        for name, field in model_state.fields.items()
        if field.remote_field
    }
    return {names.get(name, name) for name in found}


def refuses_null(constraint: Any) -> bool:
    """Whether a check constraint may fail when its columns are all NULL."""
    text = repr(getattr(constraint, "condition", ""))
    return isinstance(constraint, models.CheckConstraint) and (
        "isnull" in text or "Coalesce" in text or "IsNull" in text
    )


def named_options(model_state: Any) -> Iterator[tuple[str, Any]]:
    """``("indexes" or "constraints", object)`` for all of them in a model state."""
    for option in ("indexes", "constraints"):
        for index in model_state.options.get(option) or ():
            yield option, index


def together(model_state: Any) -> set[tuple[str, ...]]:
    """``unique_together`` of a model state as a set of tuples."""
    value: Iterable[Any] = model_state.options.get("unique_together") or ()
    return {tuple(names) for names in value}
