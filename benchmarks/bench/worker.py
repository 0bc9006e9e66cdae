"""The process of one contender: it creates its tables and times its operations."""

import contextlib
import gc
import json
import os
import sys
import traceback
from collections.abc import Callable
from importlib import metadata
from statistics import median
from time import perf_counter_ns
from typing import Any

import django
from asgiref.sync import async_to_sync, iscoroutinefunction
from django.conf import settings
from django.db import connection

from .databases import KINDS
from .operations import OPERATIONS, Operation

# How often an operation runs to find its number of statements and its bytes of WAL.
OBSERVED = 7
OBSERVED_BATCHES = 3


class Worker:
    """Answers the tasks, which are its public methods after ``serve``, by name."""

    def __init__(self, task: dict[str, Any]) -> None:
        """:param task: ``contender``, ``shape``, ``database`` and ``settings``."""
        settings.configure(
            INSTALLED_APPS=["bench", *task["apps"]],
            DATABASES={"default": task["settings"]},
            USE_TZ=True,
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            BENCH_CONTENDER=task["contender"],
            BENCH_SHAPE=task["shape"],
        )
        django.setup()
        # They need settings.
        from .arguments import Arguments
        from .models import Row, contender
        from .storage import Storage

        self.contender = contender
        self.database = KINDS[task["database"]](task["settings"])
        self.storage = Storage(contender, self.database, Row)
        self.arguments = Arguments(contender, self.storage)

    def serve(self) -> None:
        """Answer each line of standard input by one line, until it is closed."""
        answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
        sys.stdout = sys.stderr
        for line in sys.stdin:
            task = json.loads(line)
            try:
                answer = {"answer": getattr(self, task.pop("task"))(**task)}
            except Exception as error:
                traceback.print_exc()
                answer = {"error": f"{type(error).__name__}: {error}"}
            answers.write(json.dumps(answer) + "\n")
            answers.flush()

    def create(self) -> dict[str, Any]:
        """Create and load the tables; says with what."""
        self.storage.create()
        gc.freeze()  # What is here by now need not be looked at between the measurements.
        return {"versions": self.versions(), "unsupported": sorted(self.contender.unsupported)}

    def versions(self) -> dict[str, str]:
        found = {"Python": sys.version.split()[0], "Django": django.get_version()}
        found[connection.vendor] = self.database.version()
        for package in ("psycopg", "mysqlclient", "bdmodels", "broken-down-models"):
            with contextlib.suppress(metadata.PackageNotFoundError):
                found[package] = metadata.version(package)
        return found

    def settle(self) -> None:
        self.storage.settle()

    def observe(self, name: str) -> dict[str, Any]:
        """How many statements an operation makes, and how many bytes of WAL."""
        operation = OPERATIONS[name]
        single = operation.times >= 20
        times = 2 if not operation.writes else OBSERVED if single else OBSERVED_BATCHES
        statements, wal = 0, []
        for argument in self.prepared(operation, times, seed=0):
            before = self.database.wal_position()
            with self.contender.statements() as log:
                self.call(operation, argument)
            after = self.database.wal_position()
            statements = len(log)  # The last one counts: nothing is done for the first time.
            if before is not None and after is not None:
                wal.append(after - before)
        self.tidy(operation)
        return {
            "statements": statements,
            "wal": int(median(wal)) if wal and operation.writes else None,
        }

    def run(self, name: str, times: int, seed: int) -> float:
        """:returns: the median duration in microseconds."""
        operation = OPERATIONS[name]
        arguments = self.prepared(operation, times, seed)
        durations = self.timed(getattr(self.contender, name), arguments)
        self.tidy(operation)
        return median(durations) / 1000

    def prepared(self, operation: Operation, times: int, seed: int) -> list[Any]:
        arguments = self.arguments.make(operation, times, seed)
        gc.collect()
        return arguments

    def timed(self, method: Callable[[Any], Any], arguments: list[Any]) -> list[int]:
        if iscoroutinefunction(method):
            return async_to_sync(self.timed_async)(method, arguments)
        durations = []
        for argument in arguments:
            start = perf_counter_ns()
            method(argument)
            durations.append(perf_counter_ns() - start)
        return durations

    async def timed_async(self, method: Callable[[Any], Any], arguments: list[Any]) -> list[int]:
        durations = []
        for argument in arguments:
            start = perf_counter_ns()
            await method(argument)
            durations.append(perf_counter_ns() - start)
        return durations

    def call(self, operation: Operation, argument: Any) -> None:
        self.timed(getattr(self.contender, operation.name), [argument])

    def tidy(self, operation: Operation) -> None:
        """Take back what the operation, or its preparation, has added."""
        if operation.needs in ("values", "batch", "found", "further_span"):
            self.storage.clean()
