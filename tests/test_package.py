"""What the distribution promises."""

from importlib import metadata, resources

import pytest
from packaging.requirements import Requirement

import bdmodels


def test_the_installed_version_is_that_of_the_package():
    assert metadata.version("bdmodels") == bdmodels.__version__


def test_types_are_announced():
    assert resources.files(bdmodels).joinpath("py.typed").is_file()


@pytest.mark.parametrize(
    "name",
    [
        "migrations/0001_initial.py",
        "static/bdmodels/breakdowns.css",
        "static/bdmodels/breakdowns.js",
        "templates/bdmodels/breakdowns.html",
        "templates/bdmodels/lazy_parts_panel.html",
    ],
)
def test_files_of_the_admin_are_there(name):
    assert resources.files(bdmodels).joinpath(name).is_file()


def test_django_is_the_only_requirement():
    required = map(Requirement, metadata.requires("bdmodels"))
    assert [r.name.lower() for r in required if "extra" not in str(r.marker)] == ["django"]


def test_pytest_finds_the_fixture():
    [plugin] = [e for e in metadata.entry_points(group="pytest11") if e.name == "bdmodels"]
    assert plugin.load().assert_no_lazy_parts


@pytest.mark.django_db(databases=["default", "other"])
def test_both_test_databases_answer():
    from django.db import connections

    for connection in connections.all():
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)
