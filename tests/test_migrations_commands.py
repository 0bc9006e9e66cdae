"""The migration commands of Django on the migrations of a split."""

import re

import pytest

pytest_plugins = ["tests.migrations_project.fixtures"]

WIDE = """
class Owner(models.Model):
    name = models.CharField(max_length=50)

class Product(models.Model):
    title = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)
    owner = models.ForeignKey(Owner, models.CASCADE)
"""
SPLIT = """
class Owner(models.Model):
    name = models.CharField(max_length=50)

class ProductSeo(PartModel):
    slug = models.SlugField(unique=True)
    owner = models.ForeignKey(Owner, models.CASCADE)

class Product(BreakdownModel, ProductSeo):
    title = models.CharField(max_length=100)
"""
FILL = """
owner = models.Owner.objects.create(name="me")
for n in range(3):
    models.Product.objects.create(title=f"t{n}", slug=f"s{n}", owner=owner)
"""
SLUGS = "answer([[p.slug, p.owner.name] for p in models.Product.objects.order_by('pk')])"
EXPECTED = [[f"s{n}", "me"] for n in range(3)]


@pytest.fixture
def written(project):
    """The wide model with rows; the migrations of the split are written."""
    project.models(WIDE)
    project.run("make(); migrate()\n" + FILL)
    project.models(SPLIT)
    project.run("make()")
    return project


def test_sqlmigrate_shows_readable_statements(written):
    expand, copy, contract, back, back_copy = written.run(
        "answer([sql('shop', '0002'), sql('shop', '0003'), sql('shop', '0004'),"
        " sql('shop', '0004', True), sql('shop', '0003', True)])"
    )
    assert "Create part ProductSeo" in expand
    assert "Let slug and owner of product be empty while they move" in expand
    insert = " ".join(copy.split())
    assert "INSERT INTO" in insert
    assert "WHERE NOT EXISTS (SELECT 1 FROM" in insert
    assert "Check that product is in productseo, row by row" in contract
    assert "SELECT COUNT(*) FROM" in contract
    assert "Remove slug and owner from product, which have moved" in contract
    assert "ADD COLUMN" in back
    assert "UPDATE" in back_copy
    for text in (expand, copy, contract, back, back_copy):
        assert "CANNOT BE WRITTEN AS SQL" not in text
        assert not re.search(r"%s|Raw Python", text)


def test_plan_dry_run_and_fake(written):
    written.run("migrate('shop', plan=True)")
    written.run("migrate(); check(); migrate('shop', '0001', fake=True); migrate(fake=True)")
    assert written.run(SLUGS) == EXPECTED
    assert "No changes" in written.run("answer(make(dry_run=True))")


def test_squashed_migrations_make_the_same_tables(written):
    written.run("migrate()")
    before = written.run("answer(schema('shop_product', 'shop_productseo'))")
    written.run("call_command('squashmigrations', 'shop', '0004', interactive=False, verbosity=0)")
    squashed = written.migration("0001_squashed").read_text()
    assert "CopyDataToPartial" not in squashed
    assert "CheckCopied" not in squashed
    written.run("migrate(); check()")
    assert written.run(SLUGS) == EXPECTED
    for name in ("0001_initial", "0002_", "0003_", "0004_"):
        written.migration(name).unlink()
    written.run(
        "execute('DROP TABLE shop_productseo'); execute('DROP TABLE shop_product');"
        "execute('DROP TABLE shop_owner');"
        "execute(\"DELETE FROM django_migrations WHERE app = 'shop'\");"
        "migrate(); check()\n" + FILL
    )
    assert written.run(SLUGS) == EXPECTED
    after = written.run("answer(schema('shop_product', 'shop_productseo'))")
    assert columns(after) == columns(before)


def columns(schema):
    return {table: sorted(found["columns"]["sql"]) for table, found in schema.items()}


def test_merge_and_empty(written):
    written.run("migrate('shop', '0001')")
    start = written.migration("0001").name.removesuffix(".py")
    branch = written.path / "shop" / "migrations" / "0002_branch.py"
    branch.write_text(
        "from django.db import migrations, models\n"
        "class Migration(migrations.Migration):\n"
        f"    dependencies = [('shop', '{start}')]\n"
        "    operations = [migrations.AddField('owner', 'age', models.IntegerField(null=True))]\n"
    )
    written.models(
        SPLIT.replace("max_length=50)", "max_length=50)\n    age = models.IntegerField(null=True)")
    )
    written.run("make(merge=True, interactive_merge=False)", fails=True)
    written.run("call_command('makemigrations', merge=True, interactive=False, verbosity=0)")
    written.run("migrate(); check(); make('shop', empty=True); check()")
    assert written.run(SLUGS) == EXPECTED


def test_a_name_for_the_migrations_can_be_given(project):
    project.models(WIDE)
    project.run("make(); migrate()\n" + FILL)
    project.models(SPLIT)
    project.run("make('shop', name='breakdown'); migrate(); check()")
    assert project.migrations()[1:] == ["0002_breakdown", "0003_breakdown", "0004_breakdown"]


def test_order_of_links_bases_and_fields_is_no_change(written):
    written.run("migrate()")
    for declared in (
        "id = models.BigAutoField(primary_key=True)",
        "productseo_ptr = VirtualParentLink(ProductSeo)\n"
        "    id = models.BigAutoField(primary_key=True)",
        "productseo_ptr = VirtualParentLink('ProductSeo', on_delete=models.CASCADE)",
    ):
        written.models(SPLIT + f"    {declared}\n")
        written.run("check()")
    key = (
        "class ProductSeo(models.Model):\n"
        "    productseo_id = models.BigIntegerField(primary_key=True)\n"
    )
    written.models(SPLIT.replace("class ProductSeo(PartModel):\n", key))
    written.run("check()")


def test_historical_models_work_at_every_step(written):
    written.run("make('shop', empty=True, name='use')")
    migration = written.migration("0005")
    text = migration.read_text().replace(
        "from django.db import migrations\n",
        "from django.db import migrations\n\n"
        "def use(apps, editor):\n"
        "    Product = apps.get_model('shop', 'Product')\n"
        "    assert [p.slug for p in Product.objects.order_by('pk')] == ['s0', 's1', 's2']\n"
        "    p = Product.objects.get(slug='s1')\n"
        "    p.slug = 'changed'\n"
        "    p.save()\n"
        "    Product.objects.create(title='t', slug='by migration', owner=p.owner)\n",
    )
    text = text.replace("operations = [\n", "operations = [migrations.RunPython(use)\n")
    migration.write_text(text)
    written.run("migrate(); check()")
    slugs = [slug for slug, _ in written.run(SLUGS)]
    assert slugs == ["s0", "changed", "s2", "by migration"]


def test_children_and_proxies_of_the_core_stay(project):
    more = """
class Special(Product):
    extra = models.IntegerField(default=1)

class Cheap(Product):
    class Meta:
        proxy = True
"""
    project.models(WIDE + more)
    project.run("make(); migrate()\n" + FILL)
    project.run("models.Special.objects.create(title='x', slug='x', owner_id=1)")
    project.models(SPLIT + more)
    project.run("make(); migrate(); check()")
    assert project.run("s = models.Special.objects.get(); answer([s.slug, s.extra])") == ["x", 1]
    assert project.run("answer(models.Cheap.objects.filter(slug='s1').count())") == 1
    project.run("migrate('shop', '0001'); migrate(); check()")


def test_a_part_is_renamed_when_the_question_says_so(written):
    written.run("migrate()")
    written.models(SPLIT.replace("ProductSeo", "SearchTexts"))
    written.run(
        "from django.db.migrations.questioner import MigrationQuestioner as Q\n"
        "from django.core.management.commands import makemigrations as m\n"
        "m.InteractiveMigrationQuestioner.ask_rename_model = lambda *a: True\n"
        "make(); migrate(); check()"
    )
    assert written.run(SLUGS) == EXPECTED
    assert "RenamePart" in written.migration("0005").read_text()
    written.run("migrate('shop', '0001'); migrate(); check()")
    assert written.run(SLUGS) == EXPECTED


def test_a_part_is_moved_when_nobody_says_it_was_renamed(written):
    written.run("migrate()")
    written.models(SPLIT.replace("ProductSeo", "SearchTexts"))
    written.run(
        "call_command('makemigrations', interactive=False, verbosity=0); migrate(); check()"
    )
    assert written.run(SLUGS) == EXPECTED
    written.run("migrate('shop', '0001'); migrate(); check()")
    assert written.run(SLUGS) == EXPECTED


def test_a_field_is_renamed_on_its_way_when_the_question_says_so(written):
    written.run("migrate()")
    written.models(
        "class Seo2(PartModel):\n    address = models.SlugField(unique=True)\n"
        + SPLIT.replace("    slug = models.SlugField(unique=True)\n", "").replace(
            "ProductSeo)", "ProductSeo, Seo2)"
        )
    )
    written.run(
        "from django.core.management.commands import makemigrations as m\n"
        "m.InteractiveMigrationQuestioner.ask_rename = lambda *a: True\n"
        "make(); migrate(); check()"
    )
    assert written.run(SLUGS.replace("p.slug", "p.address")) == EXPECTED
    written.run("migrate('shop', '0004')")
    written.models(SPLIT)
    assert written.run(SLUGS) == EXPECTED
