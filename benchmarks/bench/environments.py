"""The interpreters of the contenders: this one, and one of its own for broken-down-models 0.5."""

import os
import subprocess
import sys
from pathlib import Path

from .databases import Database

FOLDER = Path(__file__).resolve().parents[1] / "var"
PEER = ("broken-down-models==0.5.0", "Django~=5.2.0")
APPS = {"split": ["bdmodels"], "bdmodels05": ["bdmodels"]}


class Unavailable(Exception):
    """A contender cannot take part; the message says why."""


def interpreter(contender: str, database: Database) -> str:
    """The interpreter for a contender; its environment is made if it is not there.

    :raises Unavailable: if that does not work, or the contender has nothing for the database.
    """
    if contender == "raw" and database.kind != "postgresql":
        raise Unavailable("it is written for PostgreSQL only")
    if contender == "bdmodels05":
        return str(peer_environment([*PEER, *filter(None, [database.driver])]))
    return sys.executable


def peer_environment(requirements: list[str]) -> Path:
    folder = FOLDER / f"bdmodels05-py{sys.version_info[0]}{sys.version_info[1]}"
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    try:
        if not python.exists():
            execute([sys.executable, "-m", "venv", str(folder)])
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        execute([*pip, *requirements])
    except (OSError, subprocess.CalledProcessError) as error:
        output = (getattr(error, "stderr", "") or str(error)).strip()
        raise Unavailable(
            f"{requirements[0]} cannot be installed: {output.splitlines()[-1]}"
        ) from error
    return python


def execute(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, env=environment())


def environment() -> dict[str, str]:
    """The environment variables without those that let a process import this checkout."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
