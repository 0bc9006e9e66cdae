"""Required fields on tables that have rows: the operation, in migrations written by hand."""

import pytest

from . import populated
from .populated import ADMIN, MOVIE, MOVIES, ORGANIZATION, ORGANIZATIONS, ROWS, SLUG

pytest_plugins = ["tests.migrations_project.fixtures"]

SLUGS = "answer([m.slug for m in models.Movie.objects.order_by('pk')])"
SLUG_FIELD = "SlugField(unique=True, max_length=70)"
ADMIN_FIELD = "OneToOneField('auth.Group', models.PROTECT)"
REFUSED = """
from django.db import DatabaseError
def refused(write):
    try:
        write()
    except DatabaseError:
        return
    raise AssertionError("It was written.")
"""
ADMINS = "answer([o.admin.name for o in models.Organization.objects.order_by('pk')])"
GROUPS = "from django.contrib.auth.models import Group; answer(Group.objects.count())"


@pytest.fixture
def movies(project):
    project.models(MOVIE)
    project.run("make(); migrate()\n" + MOVIES)
    project.models(MOVIE + SLUG)
    return project


@pytest.fixture
def organizations(project):
    project.models(ORGANIZATION)
    project.run("make(); migrate()\n" + ORGANIZATIONS)
    project.models(ORGANIZATION + ADMIN)
    return project


def write_slug(project, code=populated.SLUG_CODE, **options):
    return populated.write(project, "0002", "Movie", "slug", SLUG_FIELD, code=code, **options)


def write_admin(project, code=populated.ADMIN_CODE, **options):
    return populated.write(
        project, "0002", "Organization", "admin", ADMIN_FIELD, code=code, **options
    )


@pytest.mark.parametrize("atomic", [False, True])
def test_a_unique_field_gets_a_value_per_row(movies, atomic):
    write_slug(movies, atomic=atomic)
    movies.run("migrate(); check()")
    slugs = movies.run(SLUGS)
    assert len(set(slugs)) == ROWS
    assert slugs[:4] == ["the-film-0", "the-film-0-2", "the-film-1", "the-film-1-2"]
    movies.run(
        REFUSED + "refused(lambda: models.Movie.objects.create(title='x', slug='the-film-0'))\n"
        "refused(lambda: execute('UPDATE shop_movie SET slug = NULL WHERE id = 1'))\n"
        "migrate('shop', '0001'); assert 'slug' not in str(schema('shop_movie'))"
    )
    assert movies.run("migrate(); check()\n" + SLUGS) == slugs


@pytest.mark.parametrize("atomic", [False, True])
def test_a_relation_is_created_per_row_and_removed_again(organizations, atomic):
    write_admin(organizations, atomic=atomic)
    names = organizations.run("migrate(); check()\n" + ADMINS)
    assert len(set(names)) == ROWS
    assert names[:4] == ["Club 0 Admin", "Club 0 Admin 2", "Club 1 Admin 2", "Club 1 Admin 3"]
    organizations.run(
        "from django.contrib.auth.models import Group\n"
        "models.Organization.objects.create(name='new', admin=Group.objects.create(name='own'))\n"
        + REFUSED
        + "refused(lambda: models.Organization.objects.create(name='nobody'))\n"
        "migrate('shop', '0001'); assert Group.objects.count() == 2"
    )
    assert organizations.run("migrate(); check()\n" + ADMINS) == [*names, "new Admin"]
    assert organizations.run("migrate('shop', 'zero')\n" + GROUPS) == 2


def test_the_table_is_that_of_a_plain_field(project):
    project.models(MOVIE + SLUG + "    rank = models.PositiveIntegerField(db_column='place')\n")
    project.run("make(); migrate()")
    plain = facts(project)
    project.run("migrate('shop', 'zero')")
    project.migration("0001").unlink()
    project.models(MOVIE)
    project.run("make(); migrate()\n" + MOVIES)
    project.models(MOVIE + SLUG + "    rank = models.PositiveIntegerField(db_column='place')\n")
    write_slug(project)
    populated.write(
        project, "0003", "Movie", "rank", "PositiveIntegerField(db_column='place')", "F('id')"
    )
    project.run("migrate(); check()")
    assert facts(project) == plain
    project.run("models.Movie.objects.create(title='x', slug='x', rank=-1)", fails=True)


def facts(project):
    """Columns, and what constraints and indexes are for; their names may differ."""
    return project.run(
        """
        with connection.cursor() as cursor:
            table = connection.introspection.get_table_description(cursor, "shop_movie")
            found = connection.introspection.get_constraints(cursor, "shop_movie").values()
        answer([
            sorted([c.name, str(c.type_code), bool(c.null_ok), c.default] for c in table),
            sorted(
                [c["columns"], c["primary_key"], c["unique"], c["foreign_key"], c["check"]]
                for c in found if c["columns"]
            ),
        ])
        """
    )


def test_an_expression_fills_all_rows(movies):
    movies.models(MOVIE + "    lower = models.CharField(max_length=60, db_index=True)\n")
    populated.write(
        movies, "0002", "Movie", "lower", "CharField(max_length=60, db_index=True)",
        "Lower(F('title'))",
    )  # fmt: skip
    movies.run("migrate(); check()")
    assert (
        movies.run("answer([m.lower for m in models.Movie.objects.order_by('pk')[:2]])")
        == ["the film 0"] * 2
    )
    movies.run("migrate('shop', '0001'); migrate(); check()")


def test_sql_plan_and_squash(movies):
    write_slug(movies)
    populated.write(movies, "0003", "Movie", "low", "CharField(max_length=60)", "Lower('title')")
    movies.models(MOVIE + SLUG + "    low = models.CharField(max_length=60)\n")
    slug, low, back = movies.run(
        "answer([sql('shop', '0002'), sql('shop', '0003'), sql('shop', '0003', True)])"
    )
    assert "Add field slug to Movie and fill each row" in slug
    assert "THE VALUES ARE SET BY fill(), IN BATCHES" in slug
    assert "UPDATE" in low
    assert "LOWER(" in low
    assert "DROP COLUMN" in back or "CREATE TABLE" in back
    movies.run("migrate('shop', plan=True); migrate(); check()")
    movies.run("call_command('squashmigrations', 'shop', '0003', interactive=False, verbosity=0)")
    assert "AddPopulatedField" not in movies.migration("0001_squashed").read_text()
    movies.run("migrate(); check()")


def test_errors_name_the_row_and_leave_the_migration_resumable(movies):
    movies.run("models.Movie.objects.filter(pk__gt=3).delete()")
    for code, said in [
        ("for m in rows[:2]: m.slug = str(m.pk)", "the row 3 was left without a value"),
        ("for m in rows: m.slug = 'same'", "the rows 1 and 2 have both got 'same'"),
        ("for m in rows: m.slug = m.title", "the value of the row 1, is not valid: Enter a valid"),
        ("for m in rows: m.slug = m.pk", "1 (int), the value of the row 1, is no text"),
        ("for m in rows: m.slug = 'a' * 71", "has at most 70 characters"),
        ("for m in rows: m.slug = str(1 // (m.pk - 2))", "raised ZeroDivisionError in the batch"),
    ]:
        write_slug(movies, code)
        found = movies.run("migrate()", fails=True)
        assert said in found
        assert "shop.Movie.slug could not be filled" in found
    write_slug(movies)
    movies.run("migrate(); check()")
    assert len(set(movies.run(SLUGS))) == 3


def test_a_duplicate_in_another_batch_names_the_row(movies):
    write_slug(movies, f"for m in rows: m.slug = f's{{m.pk % ({ROWS} - 1)}}'")
    found = movies.run("migrate()", fails=True)
    assert f"the value of the row {ROWS} cannot be stored" in found
    write_slug(movies, "for m in rows: m.slug = f's{m.pk}'")
    movies.run("migrate(); check()")
    assert movies.run(SLUGS) == [f"s{n + 1}" for n in range(ROWS)]


def test_a_given_up_migration_can_be_taken_back(organizations):
    write_admin(
        organizations,
        populated.ADMIN_CODE + "        if organization.pk > 900: raise ValueError('enough')\n",
    )
    assert "at the row" in organizations.run("migrate()", fails=True)
    organizations.run("migrate(fake=True); migrate('shop', '0001')")
    assert organizations.run(GROUPS) == 1
    write_admin(organizations)
    organizations.run("migrate(); check(); migrate('shop', '0001')")
    assert organizations.run(GROUPS) == 1


@pytest.mark.parametrize(
    "key",
    ["models.UUIDField(default=uuid.uuid4, ", "models.CharField(max_length=40, default=text, "],
)
def test_keys_of_other_types(project, key):
    source = f"""
import uuid
def text(): return str(uuid.uuid4())
class Movie(models.Model):
    id = {key}primary_key=True)
    title = models.CharField(max_length=60)
"""
    project.models(source)
    project.run("make(); migrate()\n" + MOVIES)
    project.models(source + SLUG + "    low = models.CharField(max_length=60)\n")
    write_slug(project)
    populated.write(project, "0003", "Movie", "low", "CharField(max_length=60)", "Lower('title')")
    found = project.run(
        "migrate(); check(); migrate('shop', '0001'); migrate()\n"
        "answer(list(models.Movie.objects.values_list('slug', 'low')))"
    )
    assert len({slug for slug, _ in found}) == ROWS
    assert all(low.startswith("the film") for _, low in found)


@pytest.mark.parametrize("model", ["Movie", "MovieText"])
def test_an_expression_on_a_core_or_part(project, model):
    source = """
class MovieText(PartModel):
    text = models.CharField(max_length=60)
{part}
class Movie(BreakdownModel, MovieText):
    title = models.CharField(max_length=60)
{core}
"""
    low = "    low = models.CharField(max_length=60)"
    project.models(source.format(part="", core=""))
    project.run("make(); migrate(); models.Movie.objects.create(title='A', text='B')")
    project.models(
        source.format(**{"part": "", "core": "", {"Movie": "core"}.get(model, "part"): low})
    )
    populated.write(project, "0002", model, "low", "CharField(max_length=60)", "Lower('text')")
    low = project.run("migrate(); check(); answer(models.Movie.objects.get().low)")
    assert low == "b"
