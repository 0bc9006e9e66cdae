"""The fixture `assert_no_lazy_parts`, in a project of its own."""

import subprocess
import sys
from importlib import metadata

import pytest

pytest_plugins = ["pytester"]

CONFTEST = """
import pytest
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["bdmodels", "app"],
)

@pytest.fixture
def bike(transactional_db):
    from app.models import Bike
    Bike.objects.create(name="b", weight=3)
    bike = Bike.objects.get()
    assert bike.weight == 3  # Not in the test itself.
    return Bike.objects.get()
"""

MODELS = """
from django.db import models
from bdmodels.models import BreakdownModel, PartModel

class Frame(PartModel):
    weight = models.IntegerField()

class Bike(BreakdownModel, Frame):
    name = models.CharField(max_length=10)
"""

TESTS = """
import unittest
import pytest
from bdmodels.lazy_loads import assert_no_lazy_parts as assert_none

def test_whole(bike, assert_no_lazy_parts):
    assert bike.weight == 3

def test_loaded(bike, assert_no_lazy_parts):
    assert type(bike).objects.with_parts().get().weight == 3

def test_block(bike, assert_no_lazy_parts):
    with assert_no_lazy_parts():
        bike.weight

def test_outside_of_the_block(bike, assert_no_lazy_parts):
    assert bike.weight == 3
    with assert_no_lazy_parts():
        assert bike.weight == 3

@pytest.mark.usefixtures("assert_no_lazy_parts")
class TestMarked:
    def test_marked(self, bike):
        assert bike.weight == 3

def test_other_failure(bike, assert_no_lazy_parts):
    assert bike.weight == 4

def test_without(bike):
    assert bike.weight == 3

@pytest.mark.usefixtures("bike")
class PlainTest(unittest.TestCase):
    def test_of_unittest(self):
        from app.models import Bike
        with assert_none():
            Bike.objects.get().weight
"""

FAILING = ["test_whole", "test_block", "test_marked", "test_other_failure", "test_of_unittest"]


@pytest.mark.parametrize("args", [[], ["-n", "1"]], ids=["one process", "xdist"])
def test_tests_that_load_parts_lazily_fail_and_list_the_loads(pytester, args, monkeypatch):
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
    pytester.makeconftest(CONFTEST)
    pytester.mkpydir("app").joinpath("models.py").write_text(MODELS)
    pytester.makepyfile(test_bikes=TESTS)
    pytester.makeini(
        "[pytest]\naddopts = --strict-markers --strict-config\nfilterwarnings = error\n"
    )
    plugin = [] if entry_points() else ["-p", "bdmodels.pytest_plugin"]
    result = pytester.runpytest_subprocess(*plugin, *args, "-p", "no:cacheprovider", "-rf")
    result.assert_outcomes(passed=3, failed=len(FAILING))
    result.stdout.fnmatch_lines_random([f"FAILED *{name}*" for name in FAILING])
    line = TESTS.strip().splitlines().index("    assert bike.weight == 3") + 1
    message = (
        f"- Part app.Frame of app.Bike was loaded lazily for 1 row at *test_bikes.py:{line} in "
        'test_whole ("assert bike.weight == 3"); load it with the query by with_parts("frame_ptr")'
    )
    result.stdout.fnmatch_lines(["*1 part was loaded lazily:", message])
    result.stdout.fnmatch_lines(["*assert 3 == 4*"])


def entry_points():
    found = metadata.entry_points(group="pytest11")
    return [one for one in found if one.value == "bdmodels.pytest_plugin"]


def test_the_plugin_is_cheap_and_needs_no_django():
    program = (
        "import sys, bdmodels.pytest_plugin\n"
        "print([n for n in sys.modules if n.split('.')[0] in ('django', 'bdmodels')])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert found.stdout.decode().strip() == "['bdmodels', 'bdmodels.pytest_plugin']"
