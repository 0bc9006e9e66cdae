"""The reference names everything that there is to name."""

import re
from pathlib import Path

import pytest

import bdmodels
from bdmodels import migration_ops

from .compatibility import marked

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"
SOURCE = "\n".join(p.read_text() for p in sorted(Path(bdmodels.__file__).parent.rglob("*.py")))


@pytest.mark.parametrize("name", migration_ops.__all__)
def test_every_operation_is_documented(name):
    assert re.search(rf":: {name}$", (REFERENCE / "migrations.md").read_text(), re.M)


@pytest.mark.parametrize("id", sorted(set(re.findall(r"bdmodels\.[EW]\d{3}", SOURCE))))
def test_every_check_is_documented(id):
    assert f"`{id}`" in (REFERENCE / "checks.md").read_text()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\bBDMODELS_[A-Z_]+", SOURCE))))
def test_every_setting_is_documented(name):
    assert f"``{name}``" in (REFERENCE / "settings.md").read_text()


@pytest.mark.parametrize("subject", sorted(marked()))
def test_the_table_of_compatibility_has_every_subject(subject):
    facts = marked()[subject]
    page = (REFERENCE / "compatibility.md").read_text()
    row = next((line for line in page.splitlines() if line.startswith(f"| {subject} |")), None)
    assert row, f"Run `make compatibility`: {subject} of {facts['path']} is not in the table."
    assert f"| {facts['holds']} | {facts['needs']}" in row
