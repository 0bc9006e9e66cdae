"""Who called: stacks that cost little to take, with the lines of Django templates in them."""

import linecache
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import django
from django.template.base import Node

#: Library, file, line and function of a frame: what keeps no frame alive.
RawFrame = tuple[str, str, int, str]

LIBRARIES = ("django", "bdmodels")
FOLDERS = {"django": Path(django.__file__).parent, "bdmodels": Path(__file__).parent}
# The way from the field that is read to here.
MACHINERY = ("bdmodels.", "django.db.models.")
# What renders each node of a template, with the node as ``self`` (since Django 1.9).
RENDER: Any = Node.render_annotated.__code__


class Frame(NamedTuple):
    """A line of a stack, or of a template that it renders."""

    file: str
    line: int
    function: str
    text: str


def take_stack() -> tuple[RawFrame, ...]:
    """The calls that lead to the field that is read, the outermost first."""
    frame: Any = sys._getframe(1)
    while frame is not None and module_of(frame).startswith(MACHINERY):
        frame = frame.f_back
    taken: list[RawFrame] = []
    while frame is not None:
        code = frame.f_code
        if code is RENDER:
            taken.extend(template_line(frame.f_locals["self"]))
        library = module_of(frame).partition(".")[0]
        taken.append((library, code.co_filename, frame.f_lineno, code.co_name))
        frame = frame.f_back
    return tuple(reversed(taken))


def module_of(frame: Any) -> str:
    return frame.f_globals.get("__name__") or ""


def template_line(node: Any) -> list[RawFrame]:
    """The line of a template that a node was made of, if it is known."""
    origin, token = getattr(node, "origin", None), getattr(node, "token", None)
    if origin is None or token is None or not token.lineno:
        return []
    name = str(origin.name)
    library = next((lib for lib, folder in FOLDERS.items() if folder in Path(name).parents), "")
    return [(library, name, token.lineno, "template")]


def own_frame(stack: Iterable[RawFrame]) -> RawFrame | None:
    """The innermost frame of the project, or of another package."""
    return next((raw for raw in reversed(tuple(stack)) if raw[0] not in LIBRARIES), None)


def readable(stack: Iterable[RawFrame]) -> list[Frame]:
    """The same with the text of each line."""
    return [
        Frame(file, line, function, linecache.getline(file, line).strip())
        for _, file, line, function in stack
    ]
