"""The three classic cases of a required field on a table with rows, as files of a project."""

import os

ROWS = int(os.environ.get("BDMODELS_POPULATED_ROWS", "2000"))

MOVIE = """
class Movie(models.Model):
    title = models.CharField(max_length=60)
"""
SLUG = "    slug = models.SlugField(unique=True, max_length=70)\n"
ORGANIZATION = """
class Organization(models.Model):
    name = models.CharField(max_length=60)
"""
ADMIN = "    admin = models.OneToOneField('auth.Group', models.PROTECT)\n"

SLUG_CODE = """
    titles = [slugify(movie.title) or "movie" for movie in rows]
    for movie, slug in zip(rows, rows.distinct(titles)):
        movie.slug = slug
"""
ADMIN_CODE = """
    Group = apps.get_model("auth", "Group")
    names = rows.distinct([f"{o.name} Admin" for o in rows], Group, "name", " ")
    for organization, name in zip(rows, names):
        organization.admin = rows.create(Group, name=name)
"""
MIGRATION = """
from django.db import migrations, models
from django.db.models import F, Value
from django.db.models.functions import Concat, Lower
from django.utils.text import slugify
import bdmodels.migration_ops

def fill(apps, schema_editor, rows):
    {code}

class Migration(migrations.Migration):
    atomic = {atomic}
    dependencies = [{dependencies}]
    operations = [
        bdmodels.migration_ops.AddPopulatedField(
            {model!r}, {name!r}, models.{field}, value={value}
        ),
    ]
"""


def write(project, number, model, name, field, value="fill", code="pass", atomic=False, app="shop"):
    """Write a migration by hand, after the one with the number before."""
    last = [name for name in project.migrations(app) if name[:4] < number][-1]
    dependencies = [(app, last)]
    if "auth." in field:
        dependencies.append(("auth", "0001_initial"))
    path = project.path / app / "migrations" / f"{number}_{model.lower()}_{name}.py"
    path.write_text(
        MIGRATION.format(
            model=model, name=name, field=field, value=value, atomic=atomic,
            code=code.strip(), dependencies=", ".join(map(repr, dependencies)),
        )
    )  # fmt: skip
    return path


MOVIES = f"""
models.Movie.objects.bulk_create(
    models.Movie(title=f"The Film {{n // 2}}") for n in range({ROWS})
)
"""
ORGANIZATIONS = f"""
from django.contrib.auth.models import Group
Group.objects.create(name="Club 1 Admin")
models.Organization.objects.bulk_create(
    models.Organization(name=f"Club {{n // 2}}") for n in range({ROWS})
)
"""
