"""django-syzygy: the migrations of a split know on which side of a deployment they are."""

import re

import pytest

pytest_plugins = ["tests.migrations_project.fixtures"]
pytestmark = pytest.mark.compatibility(
    "django-syzygy",
    package="django-syzygy",
    holds="`makemigrations` writes the migrations of a split, and syzygy's stages for all else; "
    "expand and copy are before the deployment, contract after it; `migrate --pre-deploy` stops "
    "before contract, backwards it does only what reverses contract.",
)

WIDE = """
class Product(models.Model):
    title = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)
    note = models.TextField(default="")
"""
SPLIT = """
class ProductSeo(PartModel):
    slug = models.SlugField(unique=True)

class Product(BreakdownModel, ProductSeo):
    title = models.CharField(max_length=100)
    note = models.TextField(default="")
"""
ROW = "models.Product.objects.create(title='t', slug='s')"
SLUGS = "answer([[p.title, p.slug] for p in models.Product.objects.all()])"
STAGES = """
from django.db.migrations.loader import MigrationLoader
from syzygy.plan import get_migration_stage
found = MigrationLoader(None).disk_migrations
answer({name: get_migration_stage(m).name for (app, name), m in found.items() if app == "shop"})
"""
CHECKS = "call_command('check', tags=['migrations', 'models', 'commands'], fail_level='WARNING')"


@pytest.fixture
def syzygy(project):
    """A project with one row of the wide model, and syzygy before bdmodels in INSTALLED_APPS."""
    project.installed.insert(0, "syzygy")
    project.models(WIDE)
    project.run(f"make(); migrate(); {ROW}")
    return project


@pytest.mark.parametrize("place", ["first", "last"])
def test_the_migrations_of_a_split_have_one_stage_each(syzygy, place):
    if place == "last":
        syzygy.installed.append(syzygy.installed.pop(0))
    syzygy.models(SPLIT)
    stages = syzygy.run(f"make(); {CHECKS}; check();{STAGES}")
    assert [(re.sub(r"^\d+_", "", n), stage) for n, stage in sorted(stages.items())] == [
        ("initial", "PRE_DEPLOY"),
        ("product_expand", "PRE_DEPLOY"),
        ("product_copy", "PRE_DEPLOY"),
        ("product_contract", "POST_DEPLOY"),
    ]


def test_before_the_deployment_all_but_contract_is_migrated(syzygy):
    applied = """
from django.db.migrations.recorder import MigrationRecorder
names = MigrationRecorder.Migration.objects.filter(app="shop").order_by("name")
answer([name[5:] for name in names.values_list("name", flat=True)])
"""
    syzygy.models(SPLIT)
    assert syzygy.run(f"make(); migrate('--pre-deploy');{applied}") == [
        "initial", "product_expand", "product_copy",
    ]  # fmt: skip
    assert syzygy.run(f"migrate();{applied}")[-1] == "product_contract"
    assert syzygy.run(SLUGS) == [["t", "s"]]
    back = f"migrate('shop', '0001', '--pre-deploy');{applied}"
    assert syzygy.run(back)[-1] == "product_copy"


def test_syzygy_stages_what_else_changed(syzygy):
    """A field is removed in two steps by syzygy while another one moves."""
    syzygy.models(SPLIT.replace('    note = models.TextField(default="")\n', ""))
    stages = syzygy.run(f"make(); migrate(); {CHECKS}; check();{STAGES}")
    assert sorted(stages.values()) == ["POST_DEPLOY"] * 2 + ["PRE_DEPLOY"] * 4
    assert syzygy.run(SLUGS) == [["t", "s"]]


def test_fields_without_a_column_and_populated_fields_are_left_to_bdmodels(syzygy):
    """Syzygy would ask for a default of the one, and put a database default for the other."""
    other = "class Extra(models.Model):\n    product = models.BigIntegerField(unique=True)\n"
    virtual = '    of = VirtualForeignKey(Product, "product")\n'
    syzygy.models(WIDE + other + virtual)
    syzygy.run("make()")
    syzygy.models(WIDE + "    code = models.CharField(max_length=9)\n" + other)
    stages = syzygy.run(f"make(answers='3\\n');{STAGES}")
    text = "".join(syzygy.migration(name[:4]).read_text() for name in syzygy.migrations()[2:])
    assert "AddPopulatedField" in text
    assert "RemoveVirtualField" in text
    assert "syzygy" not in text
    assert set(stages.values()) <= {"PRE_DEPLOY", "POST_DEPLOY"}
