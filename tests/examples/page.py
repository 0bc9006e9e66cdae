"""The examples of one page, run in the order of the page in a project of its own."""

import doctest
import json
import os
import shlex
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

import bdmodels

from ..migrations_project import NURSERY
from . import models
from .blocks import ROOT, Block, blocks

SETTINGS = """
import json, pathlib
here = pathlib.Path(__file__).parent
SECRET_KEY = "examples"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "bdmodels", "shop"]
DATABASES = {"default": json.loads((here / "database.json").read_text())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
SILENCED_SYSTEM_CHECKS = ["fields.E210"]  # Pillow
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
ROOT_URLCONF = "urls"
"""
PREAMBLE = """
from django.db.models import *
from django.db.models.functions import *
from shop.models import *
"""
TESTS = """
import pytest
from django.test import TestCase
from shop.models import *

pytestmark = pytest.mark.django_db
"""
SOURCE = str(Path(bdmodels.__file__).resolve().parents[1])
OUTPUT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Page:
    """Runs the blocks of a page, and knows at the end whether one was left out.

    :param name: its path from the root of the repository.
    :param folder: of the project, with the settings of a database in `database.json`.
    :param not_run: the shell commands that are passed over.
    """

    def __init__(
        self, name: str, folder: Path, database: dict[str, Any], not_run: set[str]
    ) -> None:
        self.blocks, self.not_run = blocks(name), not_run
        self.folder = self.project = folder
        self.models_source = models.HEADER
        self.env = {"DJANGO_SETTINGS_MODULE": "settings"}
        self.waiting: list[Block] = []
        self.names = ""
        """Source of what the examples take for granted."""
        (folder / "settings.py").write_text(SETTINGS)
        (folder / "urls.py").write_text("urlpatterns = []\n")
        (folder / "database.json").write_text(json.dumps(database))

    # What a page starts from

    def given(self, source: str, rows: str = "") -> None:
        """Models, migrated, and statements that make rows."""
        self.become_like(source)
        self.migrate()
        if rows:
            self.python(rows)

    def become(self, source: str) -> None:
        """Write the models of the app; the check framework has to be content."""
        self.models_source = source
        (self.project / "shop" / "models.py").write_text(source)
        self.manage("check")

    def become_like(self, example: str) -> None:
        """Change the models as an example in a page does."""
        self.become(models.amended(self.models_source, example))

    def migrate(self) -> None:
        self.manage("makemigrations")
        self.manage("migrate")

    # The blocks, one after the other

    def next(self, language: str) -> Block:
        """Take the next block, which has to be of this language."""
        block = self.blocks.pop(0)
        assert block.language == language, f"{block} is {block.language}, not {language}."
        return block

    def take_all(self) -> list[Block]:
        """All blocks, for a page that is not written in the order in which it works."""
        taken, self.blocks = self.blocks, []
        return taken

    def models(self, without: tuple[str, ...] = ()) -> None:
        """Models of the next block become those of the project; the rest of it is run."""
        self.run_models(self.next("python"), without)

    def run_models(self, block: Block, without: tuple[str, ...] = ()) -> None:
        example, others = models.divided(block.text, self.models_source)
        if example:
            self.finish_session()
            self.become(models.amended(self.models_source, example, without))
        if others:
            self.waiting.append(Block(block.page, block.line, "python", others))

    def run_python(self, block: Block) -> None:
        """Run settings, tests, or models and statements."""
        if block.text.splitlines()[0] in self.not_run:
            return
        if models.are_settings(block.text):
            self.finish_session()
            self.add_settings(block.text)
            self.manage("check")
        elif models.are_tests(block.text):
            self.finish_session()
            self.run_tests(block)
        else:
            self.run_models(block)

    def add_settings(self, text: str) -> None:
        with (self.project / "settings.py").open("a") as settings:
            settings.write(text)

    def run_tests(self, block: Block) -> None:
        """Run pytest; the names of `self.names` are known to the tests."""
        path = self.project / "test_example.py"
        path.write_text(TESTS + self.names + block.text)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--ds=settings"]
        if not any(entry.name == "bdmodels" for entry in entry_points(group="pytest11")):
            command += ["-p", "bdmodels.pytest_plugin"]
        done = subprocess.run(
            [*command, str(path)],
            cwd=self.project,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(self.project), SOURCE])},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"

    def console(self, answers: str = "") -> None:
        self.run_console(self.next("console"), answers)

    def run_console(self, block: Block, answers: str = "") -> None:
        self.finish_session()
        for command, shown in block.commands():
            if command not in self.not_run:
                said = self.shell(command, answers, block)
                if shown.strip():
                    self.compare(block, command, shown, said)

    def rest(self) -> None:
        """Run all other blocks, each in the way of its language."""
        for block in iter(lambda: self.blocks.pop(0) if self.blocks else None, None):
            if block.language == "python":
                self.run_python(block)
            elif block.language == "console":
                self.run_console(block)
            elif block.language == "pycon":
                self.waiting.append(block)
            elif block.language == "sql":
                continue  # test_sql_is_understood runs it.
            elif block.text.splitlines()[0] not in self.not_run:
                pytest.fail(f"{block}: nobody knows how to run {block.language}.")
        self.finish_session()

    def finish_session(self) -> None:
        """Run the Python blocks since the last command, in one process."""
        if self.waiting:
            shown = [[block.page, block.line, block.text] for block in self.waiting]
            self.waiting = []
            preamble = PREAMBLE if (self.project / "shop").exists() else ""
            self.process("session", preamble=preamble + self.names, blocks=shown)

    # Ways to run

    def shell(self, command: str, answers: str, block: Block) -> str:
        words = shlex.split(command)
        if words[:2] == ["python", "manage.py"]:
            return self.manage(*words[2:], answers=answers)
        if words[0] == "cd":
            self.folder = self.project = (self.folder / words[1]).resolve()
            return ""
        if "make" in words:
            dry = shlex.join(words).replace("make ", "make --dry-run ", 1)
            return self.sh(dry, ROOT)
        if words[0] in ("cp", "rm"):
            return self.sh(command, self.folder)
        pytest.fail(f"{block}: nobody knows how to run {command!r}.")

    def sh(self, command: str, folder: Path) -> str:
        done = subprocess.run(
            ["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def manage(self, *argv: str, answers: str = "") -> str:
        return self.process("manage", argv=list(argv), answers=answers)

    def python(self, statements: str) -> str:
        blocks = [["recipe", 1, statements]]
        return self.process("session", preamble=PREAMBLE, blocks=blocks)

    def process(self, job: str, **arguments: Any) -> str:
        code, said = NURSERY.run(
            json.dumps({"job": job, **arguments}),
            self.project,
            self.env,
            import_from=[str(self.project), SOURCE],
            worker=Path(__file__).with_name("worker.py"),
        )
        assert code == 0, f"{job} {arguments}\n{said}"
        return said

    def compare(self, block: Block, command: str, shown: str, said: str) -> None:
        same = doctest.OutputChecker().check_output(shown, said, OUTPUT)
        assert same, f"{block}: {command}\nshows:\n{shown}\nsays:\n{said}"

    def migration(self, start: str) -> Path:
        """The migration file of the app whose name begins like this."""
        (file,) = (self.project / "shop" / "migrations").glob(f"{start}*.py")
        return file
