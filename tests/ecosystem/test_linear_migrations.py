"""django-linear-migrations: the file that names the last migration, through a split."""

import json

import pytest

pytest_plugins = ["tests.migrations_project.fixtures"]
pytestmark = pytest.mark.compatibility(
    "django-linear-migrations",
    package="django-linear-migrations",
    holds="`makemigrations` writes the contract migration of a split to `max_migration.txt`, and a "
    "migration of a colleague is rebased onto a split. The order in `INSTALLED_APPS` does not "
    "matter to bdmodels.",
    needs="With django-syzygy besides, a command of your own in an app that comes before both: "
    "`class Command(linear.Command, syzygy.Command)`.",
    limits="`rebase_migration` moves one migration, and a split has three: rebase the others onto "
    "the split, or delete its files and run `makemigrations` again.",
)

WIDE = """
class Product(models.Model):
    title = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)
"""
SPLIT = """
class ProductSeo(PartModel):
    slug = models.SlugField(unique=True)

class Product(BreakdownModel, ProductSeo):
    title = models.CharField(max_length=100)
"""
NOTE = "    note = models.TextField(null=True)\n"
CHECK = "call_command('check', fail_level='WARNING')"
COMMAND = """
from django_linear_migrations.management.commands.makemigrations import Command as Linear
from syzygy.management.commands.makemigrations import Command as Syzygy

class Command(Linear, Syzygy):
    pass
"""
CONFLICT = "<<<<<<< HEAD\n{ours}\n=======\n{theirs}\n>>>>>>> branch\n"


@pytest.fixture
def linear(project, monkeypatch):
    """The wide model's migration and row; the package comes first.

    bdmodels, which runs from a checkout here, is named as a package of others.
    """
    monkeypatch.setenv("BDMODELS_PROJECT_SETTINGS", json.dumps({"FIRST_PARTY_APPS": ["shop"]}))
    project.installed.insert(0, "django_linear_migrations")
    project.models(WIDE)
    project.run("make(); migrate(); models.Product.objects.create(title='t', slug='s')")
    return project


def last(project):
    return (project.path / "shop/migrations/max_migration.txt").read_text().strip()


def conflict(project, ours, theirs):
    text = CONFLICT.format(ours=ours, theirs=theirs)
    (project.path / "shop/migrations/max_migration.txt").write_text(text)


def test_the_last_migration_is_that_of_contract(linear):
    assert last(linear) == "0001_initial"
    linear.models(SPLIT)
    linear.run(f"make(); {CHECK}; migrate(); check()")
    assert last(linear) == "0004_product_contract"


def test_a_migration_is_rebased_onto_a_split_but_not_a_split_onto_it(linear):
    linear.models(WIDE + NOTE)
    linear.run("make()")
    note = linear.migration("0002")
    text, theirs = note.read_text(), note.stem
    note.unlink()
    (linear.path / "shop/migrations/max_migration.txt").write_text("0001_initial\n")
    linear.models(SPLIT)
    linear.run("make()")
    note.write_text(text)

    # The split is on the main branch, the note on ours.
    linear.models(SPLIT + NOTE)
    conflict(linear, ours="0004_product_contract", theirs=theirs)
    linear.run(f"call_command('rebase_migration', 'shop'); {CHECK}; check()")
    assert last(linear) == "0005_product_note"

    # The other way round the chain of the split would break, which the package's check says.
    linear.migration("0005").rename(note)
    note.write_text(text)
    conflict(linear, ours=theirs, theirs="0004_product_contract")
    said = linear.run(f"call_command('rebase_migration', 'shop'); {CHECK}", fails=True)
    assert "dlm.E005" in said


def test_together_with_syzygy(linear):
    commands = linear.path / "tools/management/commands"
    commands.mkdir(parents=True)
    (linear.path / "tools/__init__.py").touch()
    (commands / "makemigrations.py").write_text(COMMAND)
    linear.installed[:0] = ["tools", "syzygy"]
    linear.models(SPLIT)
    linear.run(f"make(); {CHECK}; migrate('--pre-deploy'); migrate(); check()")
    assert last(linear) == "0004_product_contract"
    # A default that syzygy puts into the database shows that it was at work, too.
    linear.models(SPLIT + "    size = models.IntegerField(default=1)\n")
    linear.run("make()")
    assert "db_default=1" in linear.migration("0005").read_text()
    assert last(linear).startswith("0006")
