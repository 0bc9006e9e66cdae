"""A throw-away Django project on the tested database, whose models change between commands.

Each step runs in a process of its own (`nursery.py` says how):

    project.models('class Product(models.Model): ...')
    project.run('make(); migrate()')

`worker.py` says what such a script can call; what it passes to `answer()` is returned.
"""

import json
import textwrap
from pathlib import Path

import bdmodels

from .nursery import Nursery

HEADER = """
from django.db import models
from django.db.models import F, Q
from bdmodels.models import BreakdownModel, PartModel
from bdmodels.fields import VirtualParentLink, VirtualForeignKey
"""
NURSERY = Nursery()


class Failed(AssertionError):
    """A step of the project failed; the text is what it printed."""


class Project:
    def __init__(self, path: Path, database: dict, apps: tuple[str, ...] = ("shop",)) -> None:
        self.path, self.apps, self.database = path, apps, database
        self.installed = ["django.contrib.contenttypes", "django.contrib.auth", "bdmodels"]
        self.transactional = not database["ENGINE"].endswith("mysql")
        (path / "database.json").write_text(json.dumps(database))
        for app in apps:
            (path / app / "migrations").mkdir(parents=True)
            (path / app / "__init__.py").touch()
            (path / app / "migrations" / "__init__.py").touch()
            (path / app / "models.py").touch()

    def models(self, source: str, app: str = "shop") -> None:
        """Write the models of an app."""
        (self.path / app / "models.py").write_text(HEADER + textwrap.dedent(source))

    def migrations(self, app: str = "shop") -> list[str]:
        """Names of the migration files."""
        files = (self.path / app / "migrations").glob("[0-9]*.py")
        return sorted(file.stem for file in files)

    def migration(self, start: str, app: str = "shop") -> Path:
        """The migration file whose name starts like this."""
        (file,) = (self.path / app / "migrations").glob(f"{start}*.py")
        return file

    def run(self, script: str, fails: bool = False):
        """Run a script in the project; returns what it passes to `answer()`.

        With `fails`, returns the output instead and insists that the script failed.
        """
        output = self.path / "answer.json"
        output.unlink(missing_ok=True)
        source = str(Path(bdmodels.__file__).resolve().parents[1])
        code, said = NURSERY.run(
            textwrap.dedent(script),
            self.path,
            {
                "BDMODELS_PROJECT_APPS": ",".join(self.apps),
                "BDMODELS_PROJECT_INSTALLED": ",".join(self.installed),
            },
            import_from=[str(self.path), source],
        )
        if (code != 0) is not fails:
            raise Failed(said)
        if fails:
            return said
        return json.loads(output.read_text()) if output.exists() else said
