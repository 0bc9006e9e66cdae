"""The sample project that is type-checked: it names all that is public, and it runs."""

import ast
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from django.db import models

import bdmodels
from bdmodels.managers import adopted_manager_class
from bdmodels.models import (
    Breakdown,
    BreakdownManager,
    BreakdownModel,
    BreakdownQuerySet,
    PartModel,
)

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(bdmodels.__file__).resolve().parent
SAMPLE = ROOT / "tests" / "typed"
REFERENCE = "\n".join(page.read_text() for page in sorted((ROOT / "docs/reference").glob("*.md")))


def names_used():
    """All names and attributes in the code of the sample; imports and strings do not count."""
    for path in SAMPLE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Name):
                yield node.id
            elif isinstance(node, ast.Attribute):
                yield node.attr


def exported():
    """The names in ``__all__`` of the modules: that is what makes a module public."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                names = path.relative_to(PACKAGE).with_suffix("").parts
                module = ".".join(["bdmodels", *names]).removesuffix(".__init__")
                yield from ((module, name) for name in ast.literal_eval(node.value))


def documented():
    """The classes, functions, methods and attributes that docs/reference takes from the code."""
    module = ""
    for line in REFERENCE.splitlines():
        if found := re.search(r":: (bdmodels[.\w]*)(\(\))?$", line):
            name = found[1]
            if "currentmodule" in line:
                module = name
                continue
            yield name.rpartition(".")[::2]
        elif found := re.match(r"\s*\.\. (?:auto\w+|data):: (\w+)(\(\))?$", line):
            yield module, found[1]
        elif found := re.match(r"\s+:members: (.+)$", line):
            yield from ((module, name) for name in re.split(r",\s*", found[1]))


USED = set(names_used())
PUBLIC = sorted({*exported(), *documented()})


@pytest.mark.parametrize(("module", "name"), PUBLIC)
def test_the_sample_uses_every_public_name(module, name):
    assert name in USED, f"Use {module}.{name} in tests/typed, see docs/howto/types.md."


@pytest.mark.parametrize("name", sorted(set(re.findall(r"``(BDMODELS_[A-Z_]+)``", REFERENCE))))
def test_the_sample_uses_every_setting(name):
    assert name in USED


@pytest.mark.parametrize("module", sorted({module for module, _ in exported()}))
def test_what_a_module_exports_is_there(module):
    found = import_module(module)
    assert [name for name in found.__all__ if not hasattr(found, name)] == []


def test_the_public_names_are_found():
    assert {
        ("bdmodels.fields", "VirtualParentLink"),
        ("bdmodels.migration_ops", "CreatePart"),
        ("bdmodels.autodetector", "BreakdownAutodetectorMixin"),
        ("bdmodels.models", "getattr_if_loaded"),
        ("bdmodels.populated_rows", "distinct"),
    } <= set(PUBLIC)


def declared(class_name):
    """The methods that typed.pyi declares in a class, with their parameters."""
    tree = ast.parse((PACKAGE / "typed.pyi").read_text())
    (body,) = [n.body for n in tree.body if isinstance(n, ast.ClassDef) and n.name == class_name]
    return {n.name: n.args for n in body if isinstance(n, ast.FunctionDef)}


def test_type_checkers_are_told_of_all_querysets_that_a_manager_makes():
    made = declared("QuerySetMethods")
    own = {n for n, f in vars(BreakdownQuerySet).items() if callable(f) and not n.startswith("_")}
    assert {"with_parts", "fetch_all_parents", "filter", "only"} <= set(made)
    assert all(hasattr(BreakdownManager, name) for name in made if name != "fetch_mode")
    # What writes has Django's signature; the last is for relations.
    writes = {"update", "update_or_create", "bulk_create", "bulk_update", "with_part_columns"}
    assert own - writes <= set(made)


def test_type_checkers_are_told_the_signatures_of_a_core():
    for name, arguments in declared("CoreModel").items():
        code = getattr(Breakdown, name).__code__
        known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        told = [a.arg for a in (*arguments.args, *arguments.kwonlyargs)]
        assert set(told) - {"from_queryset"} <= set(known), name


def test_managers_and_querysets_can_be_subscripted():
    assert BreakdownManager["Product"] is BreakdownManager
    assert BreakdownQuerySet["Product"] is BreakdownQuerySet


def test_the_plugin_of_django_stubs_finds_the_managers_of_a_core():
    """By the names of their classes and of their first bases."""
    from tests.shop.models import Product

    assert type(Product.objects) is type(Product._default_manager) is BreakdownManager
    made = type(Named.as_manager())
    adopted = adopted_manager_class(made)
    assert (adopted.__module__, adopted.__qualname__) == (made.__module__, "ManagerFromNamed")
    first = adopted.__bases__[0]
    assert (first.__module__, first.__qualname__) == ("django.db.models.manager", "Manager")


class Named(models.QuerySet):
    pass


def test_base_classes_have_no_meta():
    assert not hasattr(BreakdownModel, "Meta")
    assert not hasattr(PartModel, "Meta")


@pytest.mark.only_on("sqlite")
def test_the_sample_runs(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.typed.run"],
        cwd=tmp_path, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    steps = "checked migrated written read awaited reversed"
    assert ran.stdout.split()[-6:] == steps.split()
