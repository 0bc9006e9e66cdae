"""The table of the packages and features that a split model lives with.

A test module says what it shows by a mark:

    pytest.mark.compatibility("django-filter", holds="Moved fields filter.", needs="...")

Runs with `BDMODELS_COMPATIBILITY=<file>` note there, in JSON, how many of these tests passed and
with what version of the package; `python -m tests.compatibility <file> <page>` writes the page of
the docs. A subject of which a test fails leaves the table, and then `test_docs.py` fails.
"""

import ast
import json
import os
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import django

from .databases import chosen

HERE = Path(__file__).resolve().parent
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MariaDB"}
FIELDS = ("holds", "needs", "limits", "package")


class Recorder:
    """Counts what passed and failed, by subject; a plugin of the process that gets the reports."""

    def __init__(self, path):
        self.path, self.passed, self.failed = Path(path), Counter(), Counter()

    def pytest_runtest_logreport(self, report):
        for name, subject in report.user_properties:
            if name == "compatibility":
                if report.failed:
                    self.failed[subject] += 1
                elif report.when == "call":
                    self.passed[subject] += 1

    def pytest_sessionfinish(self):
        results = json.loads(self.path.read_text()) if self.path.exists() else {}
        packages = {subject: facts["package"] for subject, facts in marked().items()}
        run = f"{django.VERSION[0]}.{django.VERSION[1]}"
        for subject in {*self.passed, *self.failed}:
            result = results.setdefault(subject, {})
            package = packages[subject]
            result.setdefault(run, {})[chosen()] = {
                "version": version(package) if package else None,
                "passed": self.passed[subject],
                "failed": self.failed[subject],
            }
        self.path.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")


def configure(config):
    """Register the recorder if a file is named; not in the workers of xdist."""
    path = os.environ.get("BDMODELS_COMPATIBILITY")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(path))


def note_subjects(items):
    for item in items:
        for mark in item.iter_markers("compatibility"):
            item.user_properties.append(("compatibility", mark.args[0]))


def marked():
    """What the marks in the tests say: by subject, what FIELDS names, and the test module."""
    found = {}
    for path in sorted(HERE.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.compatibility":
                facts = {k.arg: ast.literal_eval(k.value) for k in node.keywords}
                facts = {field: facts.get(field, "") for field in FIELDS}
                subject = ast.literal_eval(node.args[0])
                if subject in found:
                    raise ValueError(
                        f"{subject!r} is marked in {path} and elsewhere; use one mark."
                    )
                found[subject] = {**facts, "path": path.relative_to(HERE.parent).as_posix()}
    return found


def passed_everywhere(result):
    return all(not run["failed"] for runs in result.values() for run in runs.values())


def tested(path, result):
    """What the column "tested" says: where, versions of the package, of Django, the databases."""
    lines = [f"`{path}`"]
    for release in sorted(result):
        runs = result[release]
        of_package = {run["version"] for run in runs.values()} - {None}
        databases = ", ".join(NAMES[name] for name in NAMES if name in runs)
        number = sum(run["passed"] for run in runs.values())
        label = "".join(f"{v} with " for v in of_package)
        lines.append(f"{label}Django {release} on {databases} ({number})")
    return "; ".join(lines)


def rows(facts, results, of_packages):
    for subject in sorted(facts, key=str.lower):
        fact = facts[subject]
        if bool(fact["package"]) == of_packages and passed_everywhere(results.get(subject, {})):
            needs = " ".join(filter(None, [fact["needs"], fact["limits"]]))
            columns = (
                subject,
                fact["holds"],
                needs,
                tested(fact["path"], results.get(subject, {})),
            )
            yield "| " + " | ".join(c.replace("|", "\\|") for c in columns) + " |"


PAGE = """# Compatibility

This page is written by `make compatibility` from the tests that the rows stand for. Most of them
do the same to a wide model and to its split twin, and expect the same; the others show what a
package does with a split, or where its limit is. In parentheses: how many tests passed.

## Packages

| package | what holds | to know | tested |
|---|---|---|---|
{packages}

## Django

| feature | what holds | to know | tested |
|---|---|---|---|
{features}

What cannot be the same is listed in [Limits](../explanation/limits.md).
"""


def write(source, page):
    results, facts = json.loads(Path(source).read_text()), marked()
    tables = {
        name: "\n".join(rows(facts, results, of_packages))
        for name, of_packages in [("packages", True), ("features", False)]
    }
    Path(page).write_text(PAGE.format(**tables))


if __name__ == "__main__":
    write(*sys.argv[1:])
