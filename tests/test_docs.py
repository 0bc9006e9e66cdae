"""The reference names everything that there is to name."""

import argparse
import pkgutil
import re
import runpy
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.db import models

import bdmodels
from bdmodels import migration_ops
from bdmodels.breakdown import STEPS
from bdmodels.management.commands.breakdown import Command
from bdmodels.models import BreakdownManager, BreakdownModel, BreakdownQuerySet, PartModel

from .compatibility import marked
from .examples.blocks import ROOT, pages

REFERENCE = ROOT / "docs" / "reference"
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


# Relations call it on querysets of users' classes.
INTERNAL = {"with_part_columns"}


def public_names():
    """What the modules offer by `__all__`, and what their models, managers and querysets add."""
    for info in pkgutil.walk_packages(bdmodels.__path__, "bdmodels."):
        source = Path(info.module_finder.path, *info.name.split(".")[-1:]).with_suffix(".py")
        if source.exists() and "__all__" in source.read_text(encoding="utf-8"):
            yield from import_module(info.name).__all__
    for ours, djangos in [
        (BreakdownModel, models.Model),
        (PartModel, models.Model),
        (BreakdownManager, models.Manager),
        (BreakdownQuerySet, models.QuerySet),
    ]:
        yield from {n for n in set(dir(ours)) - set(dir(djangos)) if not n.startswith("_")}


@pytest.mark.parametrize("name", sorted(set(public_names()) - INTERNAL))
def test_every_public_name_is_in_the_reference(name):
    text = "\n".join(page.read_text(encoding="utf-8") for page in REFERENCE.glob("*.md"))
    assert re.search(rf"(::|members:.*|[`.]){name}\b|:: {name}$", text, re.M)


@pytest.mark.parametrize("step", STEPS)
def test_every_option_of_the_command_is_in_the_reference(step):
    text = (REFERENCE / "breakdown.md").read_text(encoding="utf-8")
    parser = Command().create_parser("manage.py", "breakdown")
    (subparsers,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    options = {o for a in subparsers.choices[step]._actions for o in a.option_strings[-1:]}
    assert options - {"--help", "--verbosity", "--no-input"} <= set(re.findall(r"--[a-z-]+", text))
    assert f"## `{step}`" in text


PAGES = {page: (ROOT / page).read_text(encoding="utf-8") for page in pages()}
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^ *(`{3,})[^`\n]*\n.*?^ *\1 *$|`[^`\n]+`", re.M | re.S)


def links(page):
    return LINK.findall(CODE.sub("", PAGES[page]))


def anchors(page):
    """Those of the headings, as GitHub and MyST make them."""
    titles = re.findall(r"^#+ +(.*)$", CODE.sub(lambda code: code[0].strip("`"), PAGES[page]), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), f"{page}: {link}"
        if anchor:
            name = target.resolve().relative_to(ROOT).as_posix()
            assert anchor in anchors(name), f"{page}: {link}"


def test_every_page_can_be_reached_from_the_first_one():
    found = re.findall(r"^```\{toctree\}\n(.*?)^```", PAGES["docs/index.md"], re.M | re.S)
    listed = {f"docs/{line}.md" for block in found for line in block.split() if line[0] != ":"}
    assert set(PAGES) - listed == {"README.md", "docs/index.md"}


@pytest.mark.parametrize("page", PAGES)
def test_images_have_a_text_that_stands_for_them(page):
    for text, path in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", PAGES[page]):
        assert len(text) > 20, f"{page}: {path}"


def test_the_timeline_is_what_its_script_draws():
    folder = ROOT / "docs" / "images"
    drawn = runpy.run_path(str(folder / "timeline.py"))["svg"]()
    assert (folder / "timeline.svg").read_text(encoding="utf-8") == drawn
    root = ElementTree.fromstring(drawn)
    assert {child.tag.rpartition("}")[2] for child in root[:2]} == {"title", "desc"}


def test_the_spell_check_reads_words_and_leaves_out_code():
    check = runpy.run_path(str(ROOT / "docs" / "spelling.py"))["misspelled"]
    text = "The model's fields recieve well-knwon values: see docs/limts.md, seo_titel, DoNotReed."
    known = {"The", "model", "fields", "well", "values", "see"}
    assert list(check(text, known.__contains__)) == ["recieve", "knwon"]


def test_the_words_of_the_project_are_in_order():
    words = (ROOT / "docs" / "words.txt").read_text(encoding="utf-8").split()
    assert words == sorted(set(words), key=lambda word: (word.lower(), word))


def test_alternative_texts_are_one_line():
    """MyST joins their lines without a blank."""
    for page, text in PAGES.items():
        assert "\n" not in "".join(re.findall(r"!\[([^\]]*)\]", text)), page
