"""Indexes of parts are made with the copy, where nobody waits for them, if their name is free."""

import pytest

from .databases import chosen

pytest_plugins = ["tests.migrations_project.fixtures"]

FIELDS = """
    slug = models.CharField(max_length=50)
    code = models.IntegerField()
    size = models.IntegerField()
    note = models.CharField(max_length=50)
"""
CONDITION = "" if chosen() == "mariadb" else "condition=Q(size__gt=1), "
LATER = "deferrable=models.Deferrable.DEFERRED, "
LATER = f"models.UniqueConstraint(fields=['note', 'code'], {LATER}name='old_later'),"
META = f"""
    class Meta:
        indexes = [
            models.Index(fields=["note"], name="same"),
            models.Index(fields=["-note", "code"], name="OLD Note"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["slug", "size"], name="old_slug"),
            models.UniqueConstraint(fields=["code"], {CONDITION}name="old_code"),
            models.CheckConstraint(condition=Q(size__gte=0), name="old_size"),
            {LATER if chosen() == "postgresql" else ""}
        ]
"""
TITLE = "    title = models.CharField(max_length=100)\n"
WIDE = f"class Product(models.Model):\n{TITLE}{FIELDS}{META}"
PART = f"class Seo(PartModel):{FIELDS}{META.replace('old_', 'new_').replace('OLD', 'NEW')}"
SPLIT = f"{PART}class Product(BreakdownModel, Seo):\n{TITLE}"
FILL = """
for n in range(4):
    models.Product.objects.create(title=f"t{n}", slug=f"s{n}", code=n, size=n, note="n")
"""
EARLY = {"NEW Note", "new_slug", "new_code", "new_size"} | (
    {"new_later"} if LATER in META else set()
)
STATE = "answer([schema('shop_product'), rows('shop_product'), tables()])"
NAMES = """
with connection.cursor() as cursor:
    found = connection.introspection.get_constraints(cursor, "shop_seo")
answer([n for n in found if n.lower().startswith(("new", "same"))])
"""


@pytest.fixture
def written(project):
    """The wide model with rows; the migrations of the split are written."""
    project.models(WIDE)
    project.run("make(); migrate()\n" + FILL)
    project.wide_state = project.run(STATE)
    project.models(SPLIT)
    project.run("make()")
    return project


def names(project, migration):
    return set(project.run(f"migrate('shop', '{migration}')\n{NAMES}"))


def test_what_has_a_free_name_comes_with_the_copy_and_the_rest_in_contract(written):
    text = written.migration("0003").read_text()
    assert "    atomic = False\n" in text
    assert text.count("pre_deploy=True") == len(EARLY)
    assert text.index("CopyData") < text.index("AddMovedIndex") < text.index("AddPartForeignKey")
    assert names(written, "0002") == set()
    assert names(written, "0003") == EARLY
    assert names(written, "0004") == EARLY | {"same"}
    written.run("check()")
    assert names(written, "0003") == EARLY
    assert names(written, "0002") == set()
    written.run("migrate('shop', '0001')")
    written.models(WIDE)
    assert written.run(STATE) == written.wide_state


def test_without_a_transaction_they_become_the_same_as_in_one(written):
    part = "migrate(); answer(schema('shop_seo'))"
    outside = written.run(part)
    written.run("migrate('shop', '0001')")
    copy = written.migration("0003")
    copy.write_text(copy.read_text().replace("    atomic = False\n", ""))
    assert written.run(part) == outside
    written.run("migrate('shop', '0001')")
    written.models(WIDE)
    assert written.run(STATE) == written.wide_state


def test_a_copy_migration_that_failed_after_its_indexes_can_go_on(written):
    copy = written.migration("0003")
    text = copy.read_text()
    end = text.rindex("    ]\n")
    broken = "        migrations.RunSQL('SELECT broken FROM nowhere', ''),\n"
    copy.write_text(f"{text[:end]}{broken}{text[end:]}")
    written.run("migrate()", fails=True)
    copy.write_text(text)
    written.run("migrate(); check()")
    assert names(written, "0004") == EARLY | {"same"}
    start = text.index("        bdmodels.migration_ops.CopyData")
    copy.write_text(text[:start] + broken.replace(", ''", ", 'SELECT broken'") + text[start:])
    written.run("migrate('shop', '0001')", fails=True)
    copy.write_text(text)
    written.run("migrate('shop', '0001')")
    written.models(WIDE)
    assert written.run(STATE) == written.wide_state


def test_a_constraint_that_old_code_does_not_know_waits_for_contract(project):
    project.models(f"class Product(models.Model):\n{TITLE}{FIELDS}")
    project.run("make(); migrate()\n" + FILL)
    project.models(SPLIT)
    project.run("make()")
    assert names(project, "0003") == {"NEW Note", "same"}
    assert names(project, "0004") == EARLY | {"same"}


class TestAcrossApps:
    @pytest.fixture
    def project_apps(self):
        return ("shop", "texts")

    def test_a_part_in_another_app_gets_its_indexes_after_the_copy(self, project):
        project.models(WIDE)
        project.run("make('shop'); migrate()\n" + FILL)
        before = project.run(STATE)
        project.models(PART, "texts")
        project.models("from texts.models import Seo" + SPLIT.removeprefix(PART).join("\n\n"))
        project.run("make('shop', 'texts')")
        text = project.migration("0002", "texts").read_text()
        assert "    atomic = False\n" in text
        assert "0003_product_copy" in text
        project.run("migrate(); check(); migrate('shop', '0001')")
        project.models(WIDE)
        assert project.run(STATE.replace(", tables()", "")) == before[:2]


@pytest.mark.only_on("postgresql")
class TestPostgreSQL:
    def test_nothing_locks_out_writers_for_long(self, written):
        there, back = written.run("answer([sql('shop', '0003'), sql('shop', '0003', True)])")
        for sql in (
            'CREATE INDEX CONCURRENTLY "NEW Note" ON "shop_seo"',
            'CREATE UNIQUE INDEX CONCURRENTLY "new_slug" ON "shop_seo"',
            'ADD CONSTRAINT "new_slug" UNIQUE USING INDEX "new_slug"',
            'CREATE UNIQUE INDEX CONCURRENTLY "new_code" ON "shop_seo"',
            'ADD CONSTRAINT "new_size" CHECK ("size" >= 0) NOT VALID',
            'VALIDATE CONSTRAINT "new_size"',
        ):
            assert sql in there
        assert 'DROP INDEX CONCURRENTLY IF EXISTS "NEW Note"' in back
        assert 'DROP INDEX CONCURRENTLY IF EXISTS "new_code"' in back
        assert 'DROP CONSTRAINT "new_slug"' in back
        assert "BEGIN" not in there + back

    def test_an_index_that_was_left_behind_invalid_is_made_again(self, written):
        written.run(
            "migrate('shop', '0002')\n"
            "execute('ALTER TABLE shop_product DROP CONSTRAINT old_slug')\n"
            "execute(\"UPDATE shop_product SET slug = 's0', size = 0 WHERE id = 2\")"
        )
        assert "could not create unique index" in written.run("migrate()", fails=True)
        valid = (
            'answer(execute("SELECT indisvalid FROM pg_index WHERE indexrelid = '
            "'new_slug'::regclass\"))"
        )
        assert written.run(valid) == [[False]]
        written.run(
            "execute(\"UPDATE shop_product SET slug = 's1' WHERE id = 2\")\n"
            "execute('ALTER TABLE shop_product ADD CONSTRAINT old_slug UNIQUE (slug, size)')\n"
            "migrate(); check()"
        )
        assert written.run(valid) == [[True]]
