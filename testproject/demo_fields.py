#!/usr/bin/env python
"""Three required fields on tables that have rows: `make demo-fields`.

Makes a small project in a temporary folder, adds the fields as a person does - models, the
questions of makemigrations, the function that it leaves to write - and shows rows and files.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from demokit.console import say, show_file, step

HERE = Path(__file__).resolve().parent
SETTINGS = """
import os
from pathlib import Path
from project.database import configured_database

SECRET_KEY = "only-for-this-example"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "bdmodels", "school"]
DATABASES = {"default": configured_database(os.environ, Path(__file__).resolve().parent.parent)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
BEFORE = """
from django.db import models
from bdmodels.models import BreakdownModel, PartModel

class CourseText(PartModel):
    summary = models.TextField()

class Course(BreakdownModel, CourseText):
    title = models.CharField(max_length=60)

class Movie(models.Model):
    title = models.CharField(max_length=60)

class Organization(models.Model):
    name = models.CharField(max_length=60)
"""
FIELDS = {
    "    summary = models.TextField()\n": "    time = models.CharField(\n"
    "        max_length=1, choices=[('M', 'Morning'), ('A', 'Afternoon'), ('E', 'Evening')]\n"
    "    )\n",
    "class Movie(models.Model):\n": "    slug = models.SlugField(unique=True, max_length=70)\n",
    "class Organization(models.Model):\n": "    admin = models.OneToOneField("
    "'auth.Group', models.PROTECT)\n",
}
ROWS = """
from school.models import *
for n in range(4):
    Course.objects.create(title=f"Course {n}", summary="...")
    Movie.objects.create(title=f"The Film {n // 2}")
    Organization.objects.create(name=f"Club {n // 2}")
"""
SHOW = """
from django.contrib.auth.models import Group
from school.models import *
for c in Course.objects.order_by("pk"): print(f"  {c.title}: {c.get_time_display()}")
for m in Movie.objects.order_by("pk"): print(f"  {m.title}: {m.slug}")
for o in Organization.objects.order_by("pk"): print(f"  {o.name}: {o.admin}")
print(f"  {Group.objects.count()} groups")
"""
COUNT = "from django.contrib.auth.models import Group; print(f'  {Group.objects.count()} groups')"
FUNCTIONS = {
    "movie_slug": """\
    from django.utils.text import slugify

    titles = [slugify(movie.title) or "movie" for movie in rows]
    for movie, slug in zip(rows, rows.distinct(titles)):
        movie.slug = slug
""",
    "organization_admin": """\
    Group = apps.get_model("auth", "Group")
    names = rows.distinct([f"{o.name} Admin" for o in rows], Group, "name", " ")
    for organization, name in zip(rows, names):
        organization.admin = rows.create(Group, name=name)
""",
}


class Project:
    def __init__(self, path: Path) -> None:
        self.path, self.migrations = path, path / "school" / "migrations"
        (path / "project").mkdir()
        self.migrations.mkdir(parents=True)
        shutil.copy(HERE / "manage.py", path)
        shutil.copy(HERE / "project" / "database.py", path / "project")
        (path / "project" / "settings.py").write_text(SETTINGS)
        for folder in (path / "project", path / "school", self.migrations):
            (folder / "__init__.py").touch()

    def models(self, source: str) -> None:
        (self.path / "school" / "models.py").write_text(source)

    def manage(self, *args: str, answers: str = "") -> None:
        say(f"$ python manage.py {' '.join(args)}" if args[0] != "shell" else "")
        subprocess.run(
            [sys.executable, "-B", "manage.py", *args],
            cwd=self.path,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "project.settings"},
            input=answers,
            text=True,
            check=True,
        )

    def write_function(self, name: str) -> None:
        """Put the function in the place of the line that fails."""
        (path,) = self.migrations.glob(f"*_{name}.py")
        show_file(path)
        head, _, rest = path.read_text().partition("    raise bdmodels")
        path.write_text(head + FUNCTIONS[name] + rest.partition("    )\n")[2])


def main() -> None:
    if os.environ.get("DATABASE_URL"):
        sys.exit("This demo works in a database of its own. Say DB=postgresql, or nothing.")
    with tempfile.TemporaryDirectory(prefix="bdmodels-fields-") as folder:
        project = Project(Path(folder))
        step("Three tables with rows, one of them split")
        project.models(BEFORE)
        project.manage("makemigrations", "school")
        project.manage("migrate", "--verbosity", "0")
        project.manage("shell", "--command", ROWS)
        step("Three required fields: one default for all, and twice a value for each row")
        source = BEFORE
        for line, added in FIELDS.items():
            source = source.replace(line, line + added)
        project.models(source)
        project.manage("makemigrations", "school", answers="1\n'M'\n3\n3\n")
        for name in FUNCTIONS:
            step(f"The function of {name} is written")
            project.write_function(name)
        step("Forwards, backwards, forwards")
        project.manage("migrate", "school")
        project.manage("shell", "--command", SHOW)
        project.manage("migrate", "school", "0001")
        project.manage("shell", "--command", COUNT)
        project.manage("migrate", "school")
        project.manage("shell", "--command", SHOW)
        project.manage("makemigrations", "--check")


if __name__ == "__main__":
    main()
