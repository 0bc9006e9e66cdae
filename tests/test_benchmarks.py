"""The benchmark on few rows: what it reports, not what it measures."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "benchmarks" / "run.py"
CONTENDERS = ["wide", "split", "one_to_one", "defer"]
STATEMENTS = {"get": 1, "get_moved": 2, "get_all": 1, "list_moved": 2, "save_loaded": 2}

pytestmark = pytest.mark.only_on("sqlite")


def bench(*args):
    return subprocess.run(
        [sys.executable, str(SCRIPT), *args],
        env={**os.environ, "PYTHONWARNINGS": "error"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What a run has written."""
    folder = tmp_path_factory.mktemp("bench")
    size = ["--rows", "50", "--rounds", "1", "--repeat", "0.02"]
    result = bench(*size, "--contenders", ",".join(CONTENDERS), "--output", str(folder))
    assert result.returncode == 0, result.stdout
    return folder


@pytest.fixture(scope="module")
def results(folder):
    return json.loads((folder / "bench.json").read_text())


def test_every_operation_has_a_ratio_and_statements_of_every_contender(results):
    assert results["contenders"] == CONTENDERS
    assert len(results["operations"]) > 25
    for name, row in results["operations"].items():
        assert list(row["contenders"]) == CONTENDERS, name
        for result in row["contenders"].values():
            assert result["ratio"] > 0, name
            assert result["statements"] >= (name != "from_db"), name
        assert row["contenders"]["wide"]["ratio"] == 1


def test_statements_are_those_of_the_operation_alone(results):
    split = {name: row["contenders"]["split"] for name, row in results["operations"].items()}
    assert {name: split[name]["statements"] for name in STATEMENTS} == STATEMENTS


def test_the_environment_is_reported(results):
    environment = results["environment"]
    assert environment["options"]["rows"] == 50
    assert {"Python", "Django", "sqlite", "bdmodels"} <= environment["versions"]["split"].keys()


def test_the_report_has_a_row_per_operation(folder, results):
    lines = (folder / "bench.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    head, _, *body = rows
    assert len(body) == len(results["operations"])
    assert {row.count("|") for row in rows} == {head.count("|")}
    assert any("under" in row or "over" in row for row in body)


def test_the_plot_has_a_mark_per_ratio(folder, results):
    root = ElementTree.parse(folder / "bench.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    marks = root.findall(".//{*}g/{*}circle")
    assert len(marks) == len(results["operations"]) + 1  # and the legend's


def test_a_database_that_is_not_known_is_refused():
    result = bench("--database", "oracle://127.0.0.1/")
    assert result.returncode == 2
    assert "No such database: oracle://127.0.0.1/." in result.stdout


def test_an_operation_that_is_not_known_is_refused():
    result = bench("--operations", "get,fetch")
    assert result.returncode == 2
    assert "unknown: fetch. There are: get, get_moved" in result.stdout
