"""Models in examples: the models of a project change as a page goes on."""

import ast

HEADER = """
from django.db import models
from django.db.models import F, Q
from bdmodels.fields import VirtualForeignKey, VirtualOneToOneField, VirtualParentLink
from bdmodels.models import BreakdownModel, PartModel
"""
PLAIN = ("Model", "PartModel", "BreakdownModel", "QuerySet", "Manager", "TextChoices")


def divided(source: str, known: str) -> tuple[str, str]:
    """Divide an example into models, with their imports, and the other statements.

    :param known: the models so far, from which others may inherit.
    """
    tree = ast.parse(source)
    bases = {*PLAIN, *classes(known)}
    models = [s for s in tree.body if isinstance(s, ast.ClassDef) and inherits(s, bases)]
    imports = [s for s in tree.body if isinstance(s, ast.Import | ast.ImportFrom)]
    others = [s for s in tree.body if s not in models and s not in imports]
    if not models:
        return "", source
    return written([*imports, *models]), written([*imports, *others] if others else [])


def amended(before: str, example: str, without: tuple[str, ...] = ()) -> str:
    """The models after an example, which replaces those that it defines.

    A class of the example in which no field is declared keeps the body that it had before, with
    what the example adds.
    """
    known = classes(before)
    changed = ast.parse(example).body
    for statement in changed:
        if isinstance(statement, ast.ClassDef) and not declares_fields(statement):
            if earlier := known.get(statement.name):
                own = {name for s in statement.body for name in names(s)}
                kept = [s for s in earlier.body if not own.intersection(names(s))]
                statement.body = [*kept, *statement.body]
    gone = {name for s in changed for name in names(s)} | set(without)
    rest = [s for s in ast.parse(before).body if not gone.intersection(names(s))]
    return written([*rest, *changed])


def is_excerpt(example: str, source: str) -> bool:
    """Whether every statement of an example is in a source; `...` stands for what is left out."""
    whole = classes(source)
    shown = [s for s in ast.parse(example).body if isinstance(s, ast.ClassDef)]
    return bool(shown) and all(
        s.name in whole
        and list(map(ast.dump, s.bases)) == list(map(ast.dump, whole[s.name].bases))
        and {ast.dump(line) for line in s.body if not is_ellipsis(line)}
        <= set(map(ast.dump, whole[s.name].body))
        for s in shown
    )


def are_settings(source: str) -> bool:
    """Whether an example only assigns names in capital letters."""
    given = [s for s in ast.parse(source).body if not isinstance(s, ast.Import | ast.ImportFrom)]
    return bool(given) and all(names(s) and all(n.isupper() for n in names(s)) for s in given)


def are_tests(source: str) -> bool:
    """Whether an example defines tests."""
    return any(
        (isinstance(s, ast.FunctionDef) and s.name.startswith("test_"))
        or (isinstance(s, ast.ClassDef) and inherits(s, {"TestCase"}))
        for s in ast.parse(source).body
    )  # fmt: skip


def classes(source: str) -> dict[str, ast.ClassDef]:
    return {s.name: s for s in ast.parse(source).body if isinstance(s, ast.ClassDef)}


def inherits(statement: ast.ClassDef, bases: set[str]) -> bool:
    return any(ast.unparse(base).rpartition(".")[2] in bases for base in statement.bases)


def declares_fields(statement: ast.ClassDef) -> bool:
    return any(ast.unparse(s).partition(" = ")[2].startswith("models.") for s in statement.body)


def names(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.ClassDef | ast.FunctionDef):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        return [ast.unparse(target) for target in statement.targets]
    return []


def is_ellipsis(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and ast.unparse(statement) == "..."


def written(statements: list[ast.stmt]) -> str:
    return ast.unparse(ast.Module(statements, [])) + "\n" if statements else ""
