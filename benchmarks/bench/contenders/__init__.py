"""The contenders, each in a module of its own; a process imports one of them."""

from importlib import import_module
from typing import Any

#: In the order of the report; all ratios are to the first.
NAMES = ("wide", "split", "bdmodels05", "mti", "one_to_one", "defer", "raw")


def contender_class(name: str) -> Any:
    return import_module(f"bench.contenders.{name}").Contender
