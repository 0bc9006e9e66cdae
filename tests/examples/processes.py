"""Each command of an example is a process, because models cannot be loaded twice in one.

A server that has imported Django forks for each of them: a command takes a quarter of the time.
"""

import builtins
import doctest
import io
import json
import os
import subprocess
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any


class Processes:
    """The client: `run()` does one job in a process of its own."""

    def __init__(self) -> None:
        import bdmodels

        source = str(Path(bdmodels.__file__).resolve().parents[1])
        self.server = subprocess.Popen(
            [sys.executable, "-W", "error", "-B", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": source},
        )

    def run(self, folder: Path, output: Path, **job: Any) -> tuple[int, str]:
        """Run one of the functions of `JOBS` in a folder.

        :param output: the file for what it prints.
        :returns: exit code and output.
        """
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        job |= {"folder": str(folder), "output": str(output)}
        self.server.stdin.write(json.dumps(job) + "\n")
        self.server.stdin.flush()
        return int(self.server.stdout.readline()), output.read_text()

    def close(self) -> None:
        self.server.communicate()


def manage(argv: list[str], answers: str) -> int:
    """`python manage.py ...`; answers are given to questions line by line, and echoed."""
    from django.core.management import execute_from_command_line

    sys.argv = ["manage.py", *argv]
    sys.stdin = io.StringIO(answers)
    ask = builtins.input

    def echoing(prompt: str = "") -> str:
        answer = ask(prompt)
        print(answer)
        return answer

    builtins.input = echoing
    execute_from_command_line(sys.argv)
    return 0


def session(preamble: str, blocks: list[list[Any]]) -> int:
    """Python blocks, plain or with prompts, in one namespace.

    :param blocks: of each its name, the number of its first line, and its text.
    :returns: the number of failed examples.
    """
    import django

    django.setup()
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(preamble, names)
    failed = 0
    for name, line, text in blocks:
        if text.lstrip().startswith(">>>"):
            runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
            test = doctest.DocTestParser().get_doctest(text, names, name, name, line - 1)
            failed += runner.run(test, clear_globs=False).failed
            names.update(test.globs)
        else:
            execute(name, line, text, names)
    return failed


def execute(name: str, line: int, text: str, names: dict[str, Any]) -> None:
    """Run statements; querysets that nobody takes are evaluated."""
    import ast

    from django.db.models import QuerySet

    tree = ast.parse("\n" * (line - 1) + text, name)
    for statement in tree.body:
        if isinstance(statement, ast.Expr):
            value = eval(compile(ast.Expression(statement.value), name, "eval"), names)
            if isinstance(value, QuerySet):
                list(value)
        else:
            exec(compile(ast.Module([statement], []), name, "exec"), names)


JOBS = {"manage": manage, "session": session}


PRELOADED = (
    "bdmodels.checks",
    "django.contrib.auth.hashers",
    "django.core.management.commands.check",
    "django.core.management.commands.makemigrations",
    "django.core.management.commands.migrate",
    "django.core.serializers.json",
    "django.db.backends.sqlite3.base",
    "django.views.debug",
    "sqlparse",
)
"""What takes long to import and needs no settings."""


def serve() -> None:
    for name in PRELOADED:
        import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            work(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def work(job: dict[str, Any]) -> None:
    code: Any = 1
    try:
        opened = os.open(job.pop("output"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(opened, 1)
        os.dup2(opened, 2)
        os.chdir(job.pop("folder"))
        sys.path.insert(0, os.getcwd())
        os.environ |= job.pop("env")
        code = JOBS[job.pop("job")](**job)
    except SystemExit as exit:
        code = exit.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    serve()
