"""The key of a part refers to the key of its core, and nothing that Django does minds."""

import pytest

from .databases import chosen

pytest_plugins = ["tests.migrations_project.fixtures"]

FAMILY = """
class Seo(PartModel):
    slug = models.SlugField(unique=True)

class Size(PartModel):
    width = models.IntegerField(null=True)

class Product(BreakdownModel, Seo, Size):
    size_ptr = VirtualParentLink(Size, null=True)
    title = models.CharField(max_length=100)
"""
WIDE = """
class Product(models.Model):
    title = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)
    width = models.IntegerField(null=True)
"""
KEYS = """
def keys(*parts):
    found = {}
    for part in parts or ("shop_seo", "shop_size"):
        with connection.cursor() as cursor:
            constraints = connection.introspection.get_constraints(cursor, part)
        found[part] = [list(c["foreign_key"]) for c in constraints.values() if c["foreign_key"]]
    answer(found)
"""
THERE = chosen() != "sqlite"
LINK = [["shop_product", "id"]] if THERE else []
LINKED = {"shop_seo": LINK, "shop_size": LINK}


@pytest.fixture
def fresh(project):
    project.models(FAMILY)
    project.run("make(); migrate(); check()")
    return project


@pytest.fixture
def split(project):
    project.models(WIDE)
    project.run(
        "make(); migrate()\nfor n in range(3):\n"
        "    models.Product.objects.create(title='a', slug=f's{n}', width=n)"
    )
    project.models(FAMILY)
    project.run("make(); migrate(); check()")
    return project


@pytest.mark.parametrize("made", ["fresh", "split"])
def test_new_parts_have_it_and_nothing_is_left_to_do(made, request):
    assert request.getfixturevalue(made).run(KEYS + "keys()") == LINKED


@pytest.mark.only_on("postgresql", "mariadb")
def test_the_database_deletes_rows_of_parts_and_refuses_rows_without_a_core(split):
    split.run(
        """
        from django.db import IntegrityError
        execute("DELETE FROM shop_product WHERE id = 1")
        assert execute("SELECT COUNT(*) FROM shop_seo") == ((2,),) or [(2,)]
        assert [tuple(r) for r in execute("SELECT seo_id FROM shop_seo ORDER BY 1")] == [(2,), (3,)]
        try:
            execute("INSERT INTO shop_seo (seo_id, slug) VALUES (99, 'x')")
        except IntegrityError:
            pass
        else:
            raise AssertionError("A row of a part without a core.")
        """
    )


def test_the_runtime_works_with_it(fresh):
    fresh.run(
        """
        from django.core import serializers
        from django.core.management import call_command
        P = models.Product
        one = P.objects.create(title="a", slug="a", width=1)
        P(pk=50, title="b", slug="b").save()
        P.objects.bulk_create([P(title="c", slug=f"c{n}", width=n) for n in range(3)])
        one.slug = "changed"; one.save()
        P.objects.filter(width=2).update(title="x", width=7)
        data = serializers.serialize("json", P.objects.all())
        assert P.objects.filter(slug="c1").delete() == (1, {"shop.Product": 1})
        one.delete()
        for obj in P.objects.all():
            obj.delete()
        Path("all.json").write_text(data)
        call_command("loaddata", "all.json", verbosity=0)
        assert set(P.objects.values_list("slug", flat=True)) == {"changed", "b", "c0", "c1", "c2"}
        P.objects.all().delete()
        assert not P.objects.exists()
        P.objects.create(title="a", slug="a", width=1)
        call_command("flush", verbosity=0, interactive=False)
        assert not P.objects.exists()
        """
    )


def test_tables_and_keys_are_renamed(fresh):
    fresh.run("models.Product.objects.create(title='a', slug='a', width=1)")
    renamed = FAMILY.replace("class Product(", "class Item(").replace("    title", "    title", 1)
    fresh.models(renamed + "\n    class Meta:\n        db_table = 'items'\n")
    fresh.run(
        """
        from django.db.migrations.questioner import InteractiveMigrationQuestioner as Q
        Q.ask_rename_model = lambda *args: True
        make(); migrate(); check()
        """
    )
    found = fresh.run(KEYS + "keys()")
    assert found == {part: [["items", "id"]] if THERE else [] for part in LINKED}
    fresh.run("models.Item.objects.get().delete()")


def test_the_type_of_the_key_changes(project):
    small = FAMILY.replace("    title", "    id = models.AutoField(primary_key=True)\n    title")
    project.models(small)
    project.run("make(); migrate(); check(); models.Product.objects.create(title='a', slug='a')")
    project.models(FAMILY)
    project.run("make(); migrate(); check()")
    assert project.run(KEYS + "keys()") == LINKED
    project.run("migrate('shop', '0001')")
    assert project.run(KEYS + "keys()") == LINKED
    project.run("migrate(); assert models.Product.objects.get().slug == 'a'")


def test_the_family_is_deleted_and_comes_back(fresh):
    fresh.models("")
    fresh.run("make(); migrate(); check(); assert 'shop_seo' not in tables()")
    fresh.run("migrate('shop', '0001')")
    assert fresh.run(KEYS + "keys()") == LINKED


def test_a_part_that_is_merged_back_goes_with_it(split):
    split.models(WIDE)
    split.run("make(); migrate(); check()")
    assert split.run("answer(list(models.Product.objects.values_list('slug', 'width')))") == [
        ["s0", 0], ["s1", 1], ["s2", 2],
    ]  # fmt: skip
    split.run("migrate('shop', '0004')")
    split.models(FAMILY)
    assert split.run(KEYS + "keys()") == LINKED
    split.run("migrate('shop', '0001')")


@pytest.mark.only_on("postgresql", "mariadb")
def test_a_family_without_it_stays_without_it(fresh):
    migration = fresh.migration("0001")
    lines = migration.read_text()
    start = lines.index("        bdmodels.migration_ops.AddPartForeignKey(")
    fresh.run("migrate('shop', 'zero')")
    migration.write_text(lines[:start] + "    ]\n")
    fresh.run("migrate(); check()")
    assert fresh.run(KEYS + "keys()") == {"shop_seo": [], "shop_size": []}
    fresh.models(FAMILY.replace("max_length=100", "max_length=99"))
    fresh.run("make(); migrate(); check()")
    assert "ForeignKey" not in fresh.migration("0002").read_text()
