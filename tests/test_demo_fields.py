"""The demo of required fields, as a person runs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).resolve().parent.parent / "testproject" / "demo_fields.py"


@pytest.mark.only_on("sqlite")
def test_the_three_cases_go_forwards_backwards_and_forwards():
    env = dict(os.environ)
    for name in ("DATABASE_URL", "DB"):
        env.pop(name, None)
    done = subprocess.run(
        [sys.executable, str(DEMO)],
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("The Film 1: the-film-1-2") == 2
    assert done.stdout.count("Club 0: Club 0 Admin 2") == 2
    assert [line for line in done.stdout.splitlines() if line.endswith("groups")] == [
        "  4 groups", "  0 groups", "  4 groups"
    ]  # fmt: skip
    assert "No changes detected" in done.stdout
