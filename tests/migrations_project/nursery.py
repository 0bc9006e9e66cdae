"""A process that has imported Django and forks one process for each step of a project.

A step takes a fresh process, because models cannot be reloaded; but most of its time would go into
importing Django, which is the same for all. Requests and answers are lines of JSON.
"""

import atexit
import importlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import threading
import traceback
import warnings
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).resolve().parent

# What commands import, as far as it needs no settings. Not bdmodels: a step may test another.
PRELOADED = (
    "django.core.handlers.asgi",
    "django.core.management.commands.check",
    "django.core.management.commands.makemigrations",
    "django.core.management.commands.migrate",
    "django.core.management.commands.sqlmigrate",
    "django.contrib.auth.management",
    "django.contrib.contenttypes.management",
    "django.db.backends.mysql.base",
    "django.db.backends.postgresql.base",
    "django.db.backends.sqlite3.base",
    "django.template.defaulttags",
    "django.template.loader_tags",
    "django.utils.translation.reloader",
    "django.views.debug",
    "uuid",
)


class Nursery(threading.local):
    """The near end: starts the process when it is first needed, one for each thread."""

    def __init__(self) -> None:
        self.process = None

    def run(
        self, script: str, path: Path, variables: dict, import_from: list[str],
        worker: Path = HERE / "worker.py",
    ) -> tuple:  # fmt: skip
        """Give a script to `main()` of a worker, in a project.

        :returns: its exit code and what it printed.
        """
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "error", "-B", str(HERE / "nursery.py")],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            atexit.register(close, self.process)
        request = {
            "script": script,
            "path": str(path),
            "environ": {**os.environ, **variables},
            "import_from": import_from,
            "worker": str(worker),
        }
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["code"], answer["printed"]


def close(process: subprocess.Popen) -> None:
    """End the process of a nursery."""
    process.stdin.close()
    process.wait()
    process.stdout.close()


def serve() -> None:
    """The far end: forks for each line that comes in, until there are no more."""
    sys.path.remove(str(HERE))
    for name in PRELOADED:
        with suppress(Exception):  # A driver that is not installed.
            importlib.import_module(name)
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
            child = os.fork()
            if not child:
                live(json.loads(line), out, errors)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            printed = ""
            for file in (out, errors):
                file.seek(0)
                printed += file.read()
        print(json.dumps({"code": code, "printed": printed}), file=answers, flush=True)


def live(request: dict, out, errors) -> None:
    """Be the process of one step."""
    code = 1
    try:
        with open(os.devnull) as nothing:
            os.dup2(nothing.fileno(), 0)
        os.dup2(out.fileno(), 1)
        os.dup2(errors.fileno(), 2)
        os.environ.clear()
        os.environ.update(request["environ"])
        os.chdir(request["path"])
        sys.path[:0] = request["import_from"]
        warnings.simplefilter("error")
        spec = importlib.util.spec_from_file_location("__main__", request["worker"])
        worker = sys.modules["__main__"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(worker)
        worker.main(request["script"])
        code = 0
    except SystemExit as exit:
        code = exit.code if isinstance(exit.code, int) else int(exit.code is not None)
        if isinstance(exit.code, str):
            print(exit.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
