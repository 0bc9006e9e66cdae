"""What goes wrong is refused with counts and a remedy, and nothing is lost."""

import pytest

pytest_plugins = ["tests.migrations_project.fixtures"]

WIDE = """
class Product(models.Model):
    title = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)
    note = models.TextField(null=True)
    size = models.PositiveIntegerField(db_comment="cm")
"""
SPLIT = """
class Seo(PartModel):
    slug = models.SlugField(unique=True)
    note = models.TextField(null=True)
    size = models.PositiveIntegerField(db_comment="cm")

class Product(BreakdownModel, Seo):
    title = models.CharField(max_length=100)
"""
FILL = """
for n in range(4):
    models.Product.objects.create(title=f"t{n}", slug=f"s{n}", note=f"n{n}", size=n)
"""
STATE = "answer([schema('shop_product'), rows('shop_product'), tables()])"


@pytest.fixture
def copied(project):
    """A project whose database is between copy and contract; the models are split."""
    project.models(WIDE)
    project.run("make(); migrate()\n" + FILL)
    project.wide_state = project.run(STATE)
    project.models(SPLIT)
    project.run("make(); migrate('shop', '0003')")
    return project


def test_contract_refuses_rows_that_were_not_copied(copied):
    copied.run("behind('DELETE FROM shop_seo WHERE seo_id > 2')")
    said = copied.run("migrate()", fails=True)
    assert "shop.Product is not completely in shop.Seo yet (slug, note, size)" in said
    assert "0 different, 2 missing (keys 3, 4), 0 orphaned rows. No column was removed." in said
    assert "Migrate back to the migration before the copy" in said
    copied.run("migrate('shop', '0002'); migrate(); check()")
    assert copied.run("answer([p.slug for p in models.Product.objects.order_by('pk')])") == [
        "s0", "s1", "s2", "s3",
    ]  # fmt: skip


def test_contract_refuses_orphaned_rows(copied):
    copied.run("behind('DELETE FROM shop_product WHERE id = 1')")
    said = copied.run("migrate()", fails=True)
    assert "0 different, 0 missing, 1 orphaned (key 1) rows" in said
    assert "manage.py breakdown repair shop.Product" in said
    copied.run("call_command('breakdown', 'repair', 'shop.Product', interactive=False)")
    copied.run("migrate(); check()")


def test_contract_refuses_rows_that_differ_and_so_does_the_way_back(copied):
    copied.run("behind(\"UPDATE shop_product SET note = 'newer' WHERE id = 1\")")
    assert "1 different (key 1), 0 missing, 0 orphaned" in copied.run("migrate()", fails=True)
    said = copied.run("migrate('shop', '0001')", fails=True)
    assert "1 rows have different values in shop.Seo and shop.Product" in said
    remedy = said[said.index("To keep shop.Product: ") :].splitlines()[0].split(": ", 1)[1]
    copied.run(f"execute_all({remedy!r}); migrate(); check()")
    assert copied.run("answer(models.Product.objects.get(pk=1).note)") == "newer"


def test_rows_of_the_new_code_before_contract_survive_in_both_directions(copied):
    new = "models.Product.objects.create(title='new', slug='new', note='x', size=1)"
    copied.run(f"{new}; migrate('shop', '0001')")
    copied.models(WIDE)
    assert copied.run("answer(models.Product.objects.get(slug='new').note)") == "x"
    copied.models(SPLIT)
    copied.run("migrate('shop', '0003'); " + new.replace("new", "more") + "; migrate(); check()")
    assert copied.run("answer(models.Product.objects.get(slug='more').note)") == "x"


def test_the_copy_refuses_null_where_the_part_requires_a_value(project):
    project.models(WIDE)
    project.run("make(); migrate()\n" + FILL)
    project.models(SPLIT)
    project.run(
        "make(); migrate('shop', '0002'); "
        "behind('UPDATE shop_product SET size = NULL WHERE id > 2')"
    )
    said = project.run("migrate()", fails=True)
    assert "shop.Product.size is NULL in 2 rows, but shop.Seo.size requires a value" in said
    said = project.run("migrate('shop', '0001')", fails=True)
    assert "shop.Product has rows without a value where one is required: size (2 rows)" in said


def test_operations_in_the_wrong_order_are_refused(copied):
    copied.run("migrate('shop', '0001')")
    migration = copied.migration("0004")
    text = migration.read_text()
    end = text.rindex("    ]\n")
    late = "bdmodels.migration_ops.CopyDataToPartial('product', 'seo', fields=['slug']),"
    migration.write_text(f"{text[:end]}        {late}\n{text[end:]}")
    said = copied.run("migrate()", fails=True)
    assert "shop.Product has no field 'slug' at this point of the migrations" in said


def test_a_failed_migration_leaves_the_database_or_can_go_on(copied):
    migration = copied.migration("0004")
    text = migration.read_text()
    broken = "migrations.RunSQL('SELECT broken FROM nowhere', ''),"
    at = text.index("        bdmodels.migration_ops.AddVirtualField(")
    before = copied.run(STATE)
    migration.write_text(text[:at] + f"        {broken}\n" + text[at:])
    copied.run("migrate()", fails=True)
    if copied.transactional:
        assert copied.run(STATE) == before
    migration.write_text(text)
    copied.run("migrate(); check()")
    copied.run("migrate('shop', '0001')")
    copied.models(WIDE)
    assert copied.run(STATE) == copied.wide_state


def test_an_expand_that_failed_can_go_on(copied):
    copied.run("migrate('shop', '0001')")
    migration = copied.migration("0002")
    text = migration.read_text()
    broken = "        migrations.RunSQL('SELECT broken FROM nowhere', ''),\n    ]\n"
    migration.write_text(text[: text.rindex("    ]\n")] + broken)
    copied.run("migrate()", fails=True)
    migration.write_text(text)
    copied.run("migrate(); check()")
    assert copied.run("answer([p.slug for p in models.Product.objects.order_by('pk')])")[0] == "s0"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            'indexes = [models.Index(fields=["title", "slug"], name="both")]',
            "index 'both' of shop.Product names slug",
        ),
        (
            'constraints = [models.CheckConstraint(condition=Q(size__gt=0), name="c")]',
            "constraint 'c' of shop.Product names size",
        ),
    ],
)
def test_what_spans_two_tables_is_refused_with_names(project, options, message):
    project.models(WIDE + f"    class Meta:\n        {options}\n")
    project.run("make(); migrate()")
    project.models(SPLIT + f"    class Meta:\n        {options}\n")
    said = project.run("make(skip_checks=True)", fails=True)
    assert message in said
    assert "shop.Seo" in said
    assert project.migrations() == ["0001_initial"]


def test_a_foreign_key_to_a_moved_column_is_refused(project):
    order = """
class Order(models.Model):
    product = models.ForeignKey("Product", models.CASCADE, to_field="slug")
"""
    project.models(WIDE + order)
    project.run("make(); migrate()")
    project.models(SPLIT + order)
    said = project.run("make(skip_checks=True)", fails=True)
    assert "shop.Order.product is a foreign key with to_field='slug'" in said


def test_a_many_to_many_field_stays_in_the_core(project):
    many = "    related = models.ManyToManyField('Product', related_name='+')\n"
    project.models(WIDE + many)
    project.run("make(); migrate()")
    project.models(SPLIT.replace("\nclass Product", many + "\nclass Product"))
    said = project.run("make(skip_checks=True)", fails=True)
    assert "Many-to-many field 'related' of shop.Product cannot move to shop.Seo" in said
