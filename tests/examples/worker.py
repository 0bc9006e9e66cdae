"""What a process of an example does; `tests.migrations_project.nursery` starts it."""

import ast
import builtins
import doctest
import io
import json
import sys
from typing import Any


def manage(argv: list[str], answers: str) -> None:
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


def session(preamble: str, blocks: list[list[Any]]) -> None:
    """Python blocks, plain or with prompts, in one namespace.

    :param blocks: of each its name, the number of its first line, and its text.
    :raises SystemExit: if an example does not give what it shows.
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
    sys.exit(failed)


def execute(name: str, line: int, text: str, names: dict[str, Any]) -> None:
    """Run statements; querysets that nobody takes are evaluated."""
    from django.db.models import QuerySet

    tree = ast.parse("\n" * (line - 1) + text, name)
    for statement in tree.body:
        if isinstance(statement, ast.Expr):
            value = eval(compile(ast.Expression(statement.value), name, "eval"), names)
            if isinstance(value, QuerySet):
                list(value)
        else:
            exec(compile(ast.Module([statement], []), name, "exec"), names)


def main(script: str) -> None:
    job = json.loads(script)
    {"manage": manage, "session": session}[job.pop("job")](**job)
