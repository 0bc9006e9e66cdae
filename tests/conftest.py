"""Collection by database and Django version, and no skipping where everything is required.

A test that makes sense on some databases or Django versions only says
`@pytest.mark.only_on("postgresql", "mariadb", django=(6, 1))`: elsewhere it is deselected. With
`BDMODELS_REQUIRE_ALL=1` (as in CI) a skipped test counts as failed.
"""

import os
from importlib import import_module
from pathlib import Path

import django
import pytest

import bdmodels

from . import compatibility
from .databases import EXAMPLES, chosen, example_of_url

# These run with settings of their own: `make test-ecosystem`, `make test-browser`.
collect_ignore = [
    name
    for name in ("browser", "ecosystem")
    if os.environ.get("DJANGO_SETTINGS_MODULE") != f"tests.{name}.settings"
]

REQUIRE_ALL = os.environ.get("BDMODELS_REQUIRE_ALL", "") not in ("", "0")


def pytest_configure(config):
    compatibility.configure(config)
    if REQUIRE_ALL:
        for variable in EXAMPLES:
            if not os.environ.get(variable):
                example = example_of_url(variable.rpartition("_")[2])
                raise pytest.UsageError(f"BDMODELS_REQUIRE_ALL needs {variable}. {example}")
    installed = Path(bdmodels.__file__).resolve()
    checkout = Path(__file__).resolve().parent.parent / "bdmodels"
    if os.environ.get("BDMODELS_TEST_INSTALLED") and installed.parent == checkout:
        raise pytest.UsageError(f"The installed bdmodels is to be tested, not {checkout}.")


def pytest_report_header(config):
    return f"Django {django.__version__}, bdmodels {bdmodels.__version__} on {chosen()}"


def pytest_collection_modifyitems(config, items):
    selected, deselected = [], []
    for item in items:
        (selected if all(map(_applies, item.iter_markers("only_on"))) else deselected).append(item)
    if deselected:
        config.hook.pytest_deselected(items=deselected)
        items[:] = selected
    compatibility.note_subjects(items)


def _applies(mark):
    since = mark.kwargs.get("django")
    return (not mark.args or chosen() in mark.args) and (not since or since <= django.VERSION)


@pytest.fixture(params=["wide", "shop"])
def app(request):
    """The models of one product, as one table and split: a test with it holds for both."""
    return import_module(f"tests.{request.param}.models")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return _refuse_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return _refuse_skip((yield))


def _refuse_skip(report):
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason} (BDMODELS_REQUIRE_ALL is set: nothing may be skipped)"
    return report
