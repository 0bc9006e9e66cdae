"""Every example in README.md and docs/ is run, and shows what it gives."""

import pytest
from django.db import connection, transaction

from .examples import recipes
from .examples.blocks import Block, blocks, pages
from .examples.page import Page

pytest_plugins = ["tests.migrations_project.fixtures"]

BLOCKS = {page: blocks(page) for page in pages()}
WITH_EXAMPLES = [page for page, found in BLOCKS.items() if found]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(page, marks=pytest.mark.only_on(recipes.ONLY_ON.get(page, "sqlite")))
        for page in WITH_EXAMPLES
    ],
)
def test_the_examples_of_a_page_run(name, project):
    not_run = {command for page, command in recipes.NOT_RUN if page == name}
    page = Page(name, project.path, project.database, not_run)
    recipes.RECIPES.get(name, recipes.standard)(page)
    assert [str(block) for block in page.blocks] == []


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("pycon", ">>> 1 + 1\n3\n"),
        ("python", "raise ValueError\n"),
        ("console", "$ python manage.py check --nonsense\n"),
        ("console", "$ python manage.py check\nSystem check found something.\n"),
        ("console", "$ make nonsense\n"),
        ("console", "$ nonsense\n"),
        ("nonsense", "nonsense\n"),
    ],
)
def test_an_example_that_is_wrong_is_noticed(language, text, project):
    page = Page("README.md", project.path, project.database, set())
    page.blocks = [Block("page.md", 1, language, text)]
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        page.rest()


@pytest.mark.only_on("sqlite")
def test_what_is_not_run_is_there_and_has_a_reason():
    known = {(page, b.text.splitlines()[0]) for page, found in BLOCKS.items() for b in found}
    known |= {
        (page, command)
        for page, found in BLOCKS.items()
        for block in found
        if block.language == "console"
        for command, _ in block.commands()
    }
    assert recipes.NOT_RUN.keys() <= known
    assert all(recipes.NOT_RUN.values())
    assert {*recipes.RECIPES, *recipes.ONLY_ON} <= set(WITH_EXAMPLES)


@pytest.mark.only_on("postgresql")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "block", [b for found in BLOCKS.values() for b in found if b.language == "sql"], ids=str
)
def test_sql_is_understood(block):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE ROLE migrator; CREATE ROLE application")
        cursor.execute(block.text)
        transaction.set_rollback(True)
