"""The demo of the example project, on few flights: all steps, as a person runs it."""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from .databases import chosen

DEMO = Path(__file__).resolve().parent.parent / "testproject" / "demo.py"
ROWS = "2000"
# The wide table as loaded, by SQL; then by SQL and by the ORM, and the parts with a key each.
LOADED = "VERIFIED: 104,000 values of 2,000 flights are equal to the source data."
WIDE = "VERIFIED: 208,000 values of 2,000 flights are equal to the source data."
SPLIT = "VERIFIED: 214,000 values of 2,000 flights are equal to the source data."

pytestmark = pytest.mark.only_on("sqlite", "postgresql")


@pytest.fixture(scope="module")
def folder():
    """Not pytest's own: an embedded PostgreSQL run by root opens the way to its data for others."""
    with tempfile.TemporaryDirectory(prefix="bdmodels-demo-") as name:
        yield Path(name, "work")


@pytest.fixture(scope="module")
def env():
    env = {**os.environ, "DB": chosen(), "HOME": ""}
    env.pop("DATABASE_URL", None)
    return env


@pytest.fixture(scope="module")
def demo(folder, env):
    """What the demo printed. It was interrupted once before."""
    command = [sys.executable, str(DEMO), "--rows", ROWS, "--work", str(folder)]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if "loading flights" in line:
                process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
    result = subprocess.run(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


def manage(folder, env, *args):
    return subprocess.run(
        [sys.executable, "manage.py", *args],
        cwd=folder,
        env={**env, "DJANGO_SETTINGS_MODULE": "project.settings"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_every_value_is_verified_before_and_after_each_move(demo):
    verdicts = [line for line in demo.splitlines() if line.startswith("VERIFIED")]
    assert verdicts == [LOADED, SPLIT, WIDE, SPLIT]


def test_the_migrations_are_written_without_a_prompt_and_shown(demo):
    for name in ("0002_flight_expand.py", "0003_flight_copy.py", "0004_flight_contract.py"):
        assert name in demo
    assert "Select an option" not in demo
    assert demo.count("No changes detected") == 2


def test_the_way_back_restores_the_schema(demo):
    assert "SCHEMA: columns, indexes and constraints are those of the table before" in demo


def test_the_results_are_one_table(demo):
    lines = demo.splitlines()
    assert any(line.startswith("1,000 flights, a moved field") for line in lines)
    assert any(line.startswith("flights_flight ") and "52 -> 20" in line for line in lines)
    assert any(line.startswith("all tables after VACUUM") for line in lines)


def test_the_project_is_left_split_and_in_order(demo, folder, env):
    for args in (["check"], ["makemigrations", "--check"], ["migrate", "--check"]):
        result = manage(folder, env, *args)
        assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.only_on("sqlite")
def test_a_wrong_value_is_found(demo, folder, env):
    connection = sqlite3.connect(folder / "db.sqlite3")
    with connection:
        connection.execute(
            "UPDATE flights_flightroute SET origin_name = 'Elsewhere' WHERE flightroute_id = 1500"
        )
    connection.close()
    result = manage(folder, env, "verify_flights", "--rows", ROWS, "--edited")
    assert result.returncode == 1
    assert "flight 1500, origin_name: 'Elsewhere' instead of" in result.stderr
