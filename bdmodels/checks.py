"""System checks."""

from typing import Any


def check_core(model: Any, **kwargs: Any) -> list[Any]:
    return []


def check_part(model: Any) -> list[Any]:
    return []
