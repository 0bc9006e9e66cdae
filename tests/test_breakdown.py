"""``manage.py breakdown`` on a project whose model is being split."""

import json

import pytest
from django.db import connection

pytest_plugins = ["tests.migrations_project.fixtures"]

WIDE = """
class Product(models.Model):
    title = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)
    note = models.TextField(null=True)

class Other(models.Model):
    name = models.CharField(max_length=10)
"""
SPLIT = """
class Seo(PartModel):
    slug = models.SlugField(unique=True)
    note = models.TextField(null=True)

class Product(BreakdownModel, Seo):
    title = models.CharField(max_length=100)

class Other(models.Model):
    name = models.CharField(max_length=10)
"""
FILL = """
for n in range(1, 31):
    models.Product.objects.create(title=f"t{n}", slug=f"s{n}", note=f"n{n}")
"""
RUN = """
import io, json
from django.core.management import CommandError

def breakdown(*words, **options):
    out, err = io.StringIO(), io.StringIO()
    code, error = 0, ""
    try:
        call_command("breakdown", *words, stdout=out, stderr=err, **options)
    except CommandError as raised:
        code, error = raised.returncode, str(raised)
    return {"out": out.getvalue(), "code": code, "error": error, "err": err.getvalue()}
"""
VALUES = "answer([[p.slug, p.note] for p in models.Product.objects.order_by('pk')])"
EXPECTED = [[f"s{n}", f"n{n}"] for n in range(1, 31)]


@pytest.fixture
def split(project):
    """A project with rows whose model is split, with migrations that are not applied."""
    project.models(WIDE)
    project.run("make(); migrate()\n" + FILL)
    project.models(SPLIT)
    project.run("make()")
    return project


def breakdown(project, words, before="", **environment):
    return project.run(f"{RUN}\n{before}\nanswer(breakdown(*{words.split()!r}))")


def as_json(project, words, before=""):
    found = breakdown(project, f"{words} --json", before)
    return json.loads(found["out"]), found


SMALL = "settings.BDMODELS_COPY_IN_MIGRATE = 10"


@pytest.mark.only_on("postgresql", "mariadb")
def test_status_leads_through_a_split_of_a_large_table(split):
    (copy,) = as_json(split, "status shop.Product")[0]["copies"]
    assert copy["phase"] == "planned"
    assert copy["next"].endswith("manage.py migrate shop 0002_product_expand")
    split.run("migrate('shop', '0002')")
    (copy,) = as_json(split, "status", SMALL)[0]["copies"]
    assert copy["phase"] == "expanded"
    assert copy["next"].endswith("manage.py breakdown copy shop.Product")
    said = split.run(f"{SMALL}; migrate()", fails=True)
    assert "more than migrate copies by itself (BDMODELS_COPY_IN_MIGRATE, 10)" in said
    assert "manage.py breakdown copy shop.Product" in said
    done = breakdown(split, "copy shop.Product", SMALL)
    assert done["code"] == 0
    assert "Copying shop.Product to shop.Seo: 30 rows" in done["err"]
    found = as_json(split, "status shop.Seo", SMALL)[0]
    (copy,) = found["copies"]
    assert (copy["status"], copy["rows_done"]) == ("complete", 30)
    assert copy["next"].endswith("manage.py migrate shop 0003_product_copy")
    assert all(size > 0 for size in found["families"][0]["tables"].values())
    split.run(f"{SMALL}; migrate('shop', '0003')")
    (copy,) = as_json(split, "status")[0]["copies"]
    assert copy["phase"] == "copied"
    assert copy["next"].endswith("manage.py migrate shop 0004_product_contract")
    assert breakdown(split, "verify shop.Product")["code"] == 0
    split.run(f"{SMALL}; migrate(); check()")
    (copy,) = as_json(split, "status")[0]["copies"]
    assert copy["phase"] == "contracted"
    assert "breakdown reclaim shop.Product" in copy["next"]
    assert split.run(VALUES) == EXPECTED
    assert "it is done" in breakdown(split, "copy shop.Product")["error"]


@pytest.mark.only_on("postgresql", "mariadb")
def test_a_large_table_is_copied_back(split):
    split.run("migrate(); migrate('shop', '0003')")
    said = split.run(f"{SMALL}; migrate('shop', '0002')", fails=True)
    assert "manage.py breakdown copy shop.Product --reverse" in said
    assert breakdown(split, "copy shop.Product --reverse", SMALL)["code"] == 0
    (copy,) = as_json(split, "status", SMALL)[0]["copies"]
    assert copy["reverse"] is True
    assert "Migrate back" in copy["next"]
    split.run(f"{SMALL}; migrate('shop', '0001')")
    split.models(WIDE)
    assert split.run(VALUES) == EXPECTED


@pytest.mark.only_on("postgresql", "mariadb")
def test_the_migration_of_the_copy_commits_on_its_own(split):
    assert "\n    atomic = False\n\n    dependencies = [" in split.migration("0003").read_text()
    assert "atomic" not in split.migration("0002").read_text()
    said = split.run("call_command('migrate', verbosity=1)")
    assert "Copying shop.Product to shop.Seo: 30 rows in" in said
    assert "Comparing shop.Product with shop.Seo" in said


def test_nothing_is_shown_with_verbosity_0(split):
    assert split.run("call_command('migrate', verbosity=0)").strip() == ""


def test_verify_and_repair(split):
    split.run("migrate('shop', '0003')")
    split.run(
        "behind('DELETE FROM shop_seo WHERE seo_id IN (3, 4)');"
        "behind('DELETE FROM shop_product WHERE id = 7');"
        "behind(\"UPDATE shop_seo SET note = 'x' WHERE seo_id = 9\")"
    )
    found, said = as_json(split, "verify shop.Product")
    assert said["code"] == 3
    assert "manage.py breakdown repair shop.Product" in said["error"]
    (pair,) = found
    assert (pair["missing"], pair["orphaned"], pair["different"]) == (2, 1, 1)
    assert pair["examples"] == {"missing": ["3", "4"], "orphaned": ["7"], "different": ["9"]}
    said = breakdown(split, "repair shop.Product --dry-run")
    assert "would create 2 and remove 1 rows" in said["out"]
    assert split.run("answer(execute('SELECT COUNT(*) FROM shop_seo'))") == [[28]]
    said = breakdown(split, "repair shop.Product --noinput")
    assert said["code"] == 3
    assert "created 2, removed 1 rows" in said["out"]
    remedy = said["error"].split("To keep shop.Product: ")[1].splitlines()[0]
    split.run(f"execute({remedy!r})")
    assert breakdown(split, "verify shop.Product")["code"] == 0
    split.run("migrate(); check()")


def test_a_family_that_is_split_is_verified_and_repaired(split):
    split.run("migrate()")
    split.run("behind('DELETE FROM shop_product WHERE id = 7')")
    found, said = as_json(split, "verify")
    assert said["code"] == 3
    assert sum(pair["orphaned"] for pair in found) == 1
    assert breakdown(split, "repair --noinput")["code"] == 0
    assert breakdown(split, "verify")["code"] == 0
    split.run("execute('DELETE FROM shop_seo WHERE seo_id = 8')")
    said = breakdown(split, "repair shop.Product --noinput")
    assert said["code"] == 3
    assert "nothing says what their slug should be" in said["error"]


def test_reclaim_rewrites_the_tables_and_shows_their_sizes(split):
    split.run("migrate()")
    found = as_json(split, "reclaim shop.Product --dry-run")[0]
    assert found["done"] is False
    found = as_json(split, "reclaim shop.Product --noinput")[0]
    assert found["done"] is True
    assert set(found["before"]) == set(found["after"]) == {"shop_product", "shop_seo"}
    assert all(size > 0 for size in found["after"].values())
    said = breakdown(split, "reclaim shop.Product")
    if connection.vendor != "mysql":
        assert "Say --noinput" in said["error"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("status shop.Nothing", "There is no model 'shop.Nothing'"),
        ("status nonsense", "There is no model 'nonsense'"),
        ("verify shop.Other", "shop.Other is neither a core nor a part"),
        ("status shop.Product --part Media", "There is no part 'Media'. Parts here: shop.Seo."),
        ("copy shop.Product", "apply the migrations before it first: manage.py migrate shop 0002"),
        ("copy --reverse", "is not applied, so there is nothing to bring back"),
        ("verify shop.Product", "There is nothing to compare."),
    ],
)
def test_what_cannot_be_done_is_said_with_the_next_step(split, words, message):
    found = breakdown(split, words)
    assert found["code"] == 1
    assert message in found["error"]


@pytest.mark.only_on("postgresql", "mariadb")
def test_options_of_the_copy(split):
    split.run("migrate('shop', '0002')")
    said = breakdown(split, "copy shop.Product --dry-run")
    assert "Would copy slug, note of about 30 rows from shop.Product to shop.Seo." in said["out"]
    assert split.run("answer(execute('SELECT COUNT(*) FROM shop_seo'))") == [[0]]
    options = "--batch-size 7 --workers 2 --nice 0.1 --sleep 0.01 --max-lag 5 --pause-file /no/file"
    (copy,) = as_json(split, f"copy shop.Product --part seo {options}")[0]
    assert (copy["status"], copy["rows_done"], copy["ranges"]) == ("complete", 30, 2)
    split.run("migrate(); check()")
    assert split.run(VALUES) == EXPECTED


@pytest.mark.only_on("postgresql", "mariadb")
def test_a_failed_copy_says_what_to_do_and_goes_on(split):
    split.run("migrate('shop', '0002')")
    split.run("execute('UPDATE shop_product SET slug = NULL WHERE id = 5')")
    said = breakdown(split, "copy shop.Product")
    assert said["code"] == 1
    assert "shop.Product.slug is NULL in 1 rows" in said["error"]
    (copy,) = as_json(split, "status")[0]["copies"]
    assert copy["status"] == "failed"
    assert "is NULL in 1 rows" in copy["error"]
    assert "Remove the cause of the error" in copy["next"]
    split.run("execute(\"UPDATE shop_product SET slug = 's5' WHERE id = 5\")")
    assert breakdown(split, "copy shop.Product")["code"] == 0
    split.run("migrate(); check()")
    assert split.run(VALUES) == EXPECTED


@pytest.mark.only_on("postgresql", "mariadb")
def test_a_signal_stops_the_copy_with_a_code_of_its_own(split):
    split.run("migrate('shop', '0002')")
    stop = (
        "import os, signal\nfrom bdmodels.throttles import PauseFile\n"
        "calls = []\n"
        "def stop(self):\n"
        "    calls.append(1)\n"
        "    if len(calls) == 3:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "PauseFile.__call__ = stop\n"
    )
    said = breakdown(split, "copy shop.Product --batch-size 10 --pause-file x", stop)
    assert said["code"] == 4
    assert "manage.py breakdown copy shop.Product" in said["error"]
    (copy,) = as_json(split, "status")[0]["copies"]
    assert (copy["status"], copy["rows_done"]) == ("stopped", 20)
    assert "Go on where it was interrupted" in copy["next"]
    assert breakdown(split, "copy shop.Product")["code"] == 0
    assert breakdown(split, "verify")["code"] == 0


@pytest.mark.only_on("sqlite")
def test_sqlite_copies_in_one_transaction(split):
    split.run("migrate('shop', '0002')")
    said = breakdown(split, "copy shop.Product")
    assert said["code"] == 1
    assert "manage.py migrate shop 0003_product_copy" in said["error"]
    split.run(f"{SMALL}; migrate(); check()")
    assert split.run(VALUES) == EXPECTED


DISSOLVED = """
class Fast(PartModel):
    slug = models.SlugField(unique=True)

class Slow(PartModel):
    note = models.TextField(null=True)

class Product(BreakdownModel, Fast, Slow):
    title = models.CharField(max_length=100)

class Other(models.Model):
    name = models.CharField(max_length=10)
"""


def test_rows_of_a_part_with_a_row_of_the_core_are_no_orphans(split):
    split.run("migrate()")
    split.models(DISSOLVED)
    split.run("make(); migrate('shop', '0006')")
    # As if nothing had carried the row to the old part.
    split.run(
        "models.Product.objects.create(title='new', slug='s', note='n');"
        "behind('DELETE FROM shop_seo WHERE seo_id = 31')"
    )
    assert breakdown(split, "verify shop.Product")["code"] == 0
    said = breakdown(split, "repair shop.Product --noinput")
    assert said["code"] == 0
    assert "removed" not in said["out"]
    split.run(
        "behind('DELETE FROM shop_seo WHERE seo_id = 7');"
        "behind('DELETE FROM shop_product WHERE id = 7')"
    )
    said = split.run("migrate()", fails=True)
    assert "orphaned (key 7)" in said
    assert "manage.py breakdown repair shop.Product" in said
    said = breakdown(split, "repair shop.Product --noinput")
    assert said["out"].count("created 0, removed 1 rows") == 2
    split.run("migrate(); check()")
    found = "models.Product.objects.values_list('title', 'slug', 'note').get(pk=31)"
    assert split.run(f"answer(list({found}))") == ["new", "s", "n"]
