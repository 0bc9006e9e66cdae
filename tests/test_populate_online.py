"""Required fields are added while others write, and by migrations that are killed.

``BDMODELS_POPULATED_ROWS`` says how many rows there are (2,000), ``BDMODELS_POPULATED_KILLS``
how often a migration is killed (6).
"""

import os
import threading

import pytest

from . import populated
from .migrations_project import Failed
from .populated import ADMIN, MOVIE, MOVIES, ORGANIZATION, ORGANIZATIONS, ROWS, SLUG

pytest_plugins = ["tests.migrations_project.fixtures"]

KILLS = int(os.environ.get("BDMODELS_POPULATED_KILLS", "6"))

# Old code: it does not know the field. It ends when the field is required.
OLD_CODE = """
import time
from pathlib import Path
from django.db import DatabaseError
connection.ensure_connection()
Path("writing").touch()
written = 0
for n in range(100_000):
    try:
        execute("INSERT INTO shop_movie (title) VALUES ('Late one')")
        written += 1
    except DatabaseError as error:
        if "lock" not in str(error).lower():
            break
    time.sleep(0.002)
Path("written").write_text(str(written))
"""
SLOW = """
import time
from pathlib import Path
from bdmodels.populating import Population
plain = Population.show
def show(self, rows):
    while not Path("writing").exists(): time.sleep(0.1)
    time.sleep(0.4)
    return plain(self, rows)
Population.show = show
"""


@pytest.fixture
def movies(project):
    project.models(MOVIE)
    project.run("make(); migrate()\n" + MOVIES)
    return project


def while_old_code_writes(project, script):
    errors = []

    def write():
        try:
            project.run(OLD_CODE)
        except AssertionError as error:
            errors.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        project.run(script)
    finally:
        writer.join(120)
    assert not errors, errors[0]
    return int((project.path / "written").read_text())


def test_rows_that_old_code_inserts_meanwhile_are_filled_by_a_callable(movies):
    movies.models(MOVIE + SLUG)
    populated.write(
        movies,
        "0002",
        "Movie",
        "slug",
        "SlugField(unique=True, max_length=70)",
        code=populated.SLUG_CODE,
    )
    written = while_old_code_writes(movies, SLOW + "migrate(); check()")
    slugs = movies.run("answer([m.slug for m in models.Movie.objects.order_by('pk')])")
    late = [slug for slug in slugs if slug.startswith("late-one")]
    assert written > 0
    assert len(late) == written
    assert len(set(slugs)) == len(slugs) == ROWS + written


@pytest.mark.only_on("postgresql", "mariadb")
def test_rows_that_old_code_inserts_meanwhile_are_filled_by_an_expression(movies):
    movies.models(MOVIE + "    low = models.CharField(max_length=60)\n")
    populated.write(
        movies, "0002", "Movie", "low", "CharField(max_length=60)",
        "Concat(Lower('title'), Value(' 100%'))",
    )  # fmt: skip
    written = while_old_code_writes(
        movies,
        SLOW.replace("return plain", "assert filled_by_trigger()\n    return plain")
        + """
def filled_by_trigger():
    execute("INSERT INTO shop_movie (title) VALUES ('Mine')")
    return execute("SELECT low FROM shop_movie WHERE title = 'Mine' ORDER BY id DESC")[0][0]
migrate(); check()
""",
    )
    low = movies.run("answer(list(models.Movie.objects.values_list('low', flat=True)))")
    assert written > 0
    assert low.count("late one 100%") == written
    assert low.count("mine 100%") > 0
    movies.run(
        "execute(\"INSERT INTO shop_movie (title, low) VALUES ('A', 'kept')\")\n"
        "assert models.Movie.objects.latest('pk').low == 'kept'"
    )


KILL = """
import os, signal
from bdmodels.populating import Population
plain, left = Population.run, {left}

def count_and_die(execute, *args):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(*args)

def run(self):
    with connection.execute_wrapper(count_and_die):
        plain(self)

Population.run = run
{script}
"""


def test_a_killed_migration_goes_on_where_it_was(project):
    project.models(ORGANIZATION)
    project.run("make(); migrate()\n" + ORGANIZATIONS)
    project.models(ORGANIZATION + ADMIN)
    populated.write(
        project, "0002", "Organization", "admin", "OneToOneField('auth.Group', models.PROTECT)",
        code=populated.ADMIN_CODE,
    )  # fmt: skip
    killed = 0
    for number in range(KILLS):
        try:
            project.run(KILL.format(left=4 + 9 * number, script="migrate()"))
            break
        except Failed as died:
            if "Traceback" in str(died):
                raise
            killed += 1
    assert killed > 0
    project.run("migrate(); check()")
    found = project.run(
        "from django.contrib.auth.models import Group\n"
        "names = [o.admin.name for o in models.Organization.objects.select_related('admin')]\n"
        "answer([len(set(names)), Group.objects.count()])"
    )
    assert found == [ROWS, ROWS + 1]
    project.run("migrate('shop', '0001')")
    assert (
        project.run("from django.contrib.auth.models import Group; answer(Group.objects.count())")
        == 1
    )
    project.run("migrate(); check()")


def test_a_stopped_migration_says_so_and_goes_on(movies):
    movies.models(MOVIE + SLUG)
    populated.write(
        movies, "0002", "Movie", "slug", "SlugField(unique=True, max_length=70)",
        code="import os, signal\n    os.kill(os.getpid(), signal.SIGTERM)" + populated.SLUG_CODE,
    )  # fmt: skip
    said = movies.run("migrate()", fails=True)
    assert "Filling shop.Movie.slug was stopped after a batch; nothing is lost" in said
    filled = "answer(models.Movie.objects.exclude(slug=None).count())"
    assert 0 < movies.run(filled) < ROWS
    populated.write(
        movies, "0002", "Movie", "slug", "SlugField(unique=True, max_length=70)",
        code=populated.SLUG_CODE,
    )  # fmt: skip
    movies.run("migrate(); check()")
    assert movies.run(filled) == ROWS
