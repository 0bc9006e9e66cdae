"""The demo's online mode, on few flights: old and new code write while the table is split."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from .databases import chosen
from .test_demo import DEMO, manage


@pytest.fixture
def folder():
    """Not pytest's own: an embedded PostgreSQL run by root opens the way to its data for others."""
    with tempfile.TemporaryDirectory(prefix="bdmodels-demo-") as name:
        yield Path(name, "work")


@pytest.fixture
def env():
    env = {**os.environ, "DB": chosen(), "HOME": ""}
    env.pop("DATABASE_URL", None)
    return env


def run(folder, env):
    return subprocess.run(
        [sys.executable, str(DEMO), "--online", "--rows", "1000", "--work", str(folder)],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.only_on("postgresql")
def test_no_write_is_lost_while_the_flights_are_split(folder, env):
    result = run(folder, env)
    assert result.returncode == 0, result.stdout
    last = result.stdout.splitlines()[-1]
    found = re.match(r"ONLINE: ([\d,]+) writes were acknowledged .*, 0 were lost", last)
    assert found, last
    assert int(found[1].replace(",", "")) > 100
    assert "VERIFIED" in result.stdout
    for args in (["check"], ["makemigrations", "--check"], ["migrate", "--check"]):
        done = manage(folder, env, *args)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.only_on("sqlite")
def test_on_sqlite_the_demo_says_why_there_is_no_online_mode(folder, env):
    result = run(folder, env)
    assert result.returncode == 1
    assert "SQLite lets one process write at a time" in result.stdout
    assert "DB=postgresql" in result.stdout
