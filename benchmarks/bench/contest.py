"""The contest: the contenders' processes, asked in turn."""

import argparse
import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any

from .databases import Database
from .environments import APPS, Unavailable, environment, interpreter
from .operations import OPERATIONS, Operation
from .shape import Shape

SCRIPT = Path(__file__).resolve().parents[1] / "worker.py"


class Failed(Exception):
    """A contender answered with an error, or not at all."""


class Process:
    """A contender's process, to be asked for one thing at a time."""

    def __init__(self, name: str, shape: Shape, database: Database, log: Path) -> None:
        self.name, self.log = name, log
        task = {
            "contender": name,
            "apps": APPS.get(name, []),
            "shape": asdict(shape),
            "database": database.kind,
            "settings": database.settings,
        }
        with log.open("w") as errors:
            self.process = subprocess.Popen(
                [interpreter(name, database), str(SCRIPT), json.dumps(task, default=str)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=environment() if name == "bdmodels05" else None,
            )

    def ask(self, task: str, **arguments: Any) -> Any:
        """:raises Failed: with the contender's own error."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps({"task": task, **arguments}) + "\n")
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline() or "{}")
        except BrokenPipeError:
            answer = {}
        if "answer" not in answer:
            raise Failed(answer.get("error", f"The process has ended; see {self.log}."))
        return answer["answer"]

    def close(self) -> None:
        self.process.communicate()


class Contest:
    def __init__(self, shape: Shape, database: Database, options: argparse.Namespace) -> None:
        """:param options: ``rounds``, ``repeat`` and ``output``, the folder for logs."""
        self.shape, self.database, self.options = shape, database, options
        self.processes: list[Process] = []
        self.unsupported: dict[str, list[str]] = {}
        self.versions: dict[str, dict[str, str]] = {}
        #: Why a contender does not take part.
        self.absent: dict[str, str] = {}

    @contextmanager
    def contenders(self, names: list[str]) -> Iterator[None]:
        """Start the contenders and load their tables. The first one has to work."""
        with ExitStack() as stack:
            for name in names:
                print(f"Loading {name}", flush=True)
                log = self.options.output / f"{name}.log"
                try:
                    process = Process(name, self.shape, self.database, log)
                    stack.callback(process.close)
                    created = process.ask("create")
                except (Unavailable, Failed) as problem:
                    if name == names[0]:
                        raise Failed(f"{name}: {problem}") from problem
                    print(f"  goes without: {problem}", flush=True)
                    self.absent[name] = str(problem)
                    continue
                self.processes.append(process)
                self.versions[name] = created["versions"]
                self.unsupported[name] = created["unsupported"]
            yield

    def row(self, name: str) -> dict[str, Any]:
        """What the report says about one operation, with its title and budget."""
        operation = OPERATIONS[name]
        facts = {"title": operation.title, "budget": operation.budget, "writes": operation.writes}
        return {**facts, "contenders": self.measure(operation)}

    def measure(self, operation: Operation) -> dict[str, Any]:
        """Measure one operation.

        :returns: for each contender that supports it the durations in microseconds, one per
            round, their ratios, the statements and the bytes of WAL, or an error.
        """
        name = operation.name
        times = ceil(operation.times * self.options.repeat)
        results: dict[str, Any] = {}
        able = []
        for process in self.processes:
            if name in self.unsupported[process.name]:
                continue
            try:
                results[process.name] = process.ask("observe", name=name)
                # Not measured: caches are warm afterwards.
                process.ask("run", name=name, times=ceil(times / 4), seed=1)
                able.append(process)
            except Failed as problem:
                results[process.name] = {"error": str(problem)}
        durations: dict[str, list[float]] = {process.name: [] for process in able}
        for number in range(self.options.rounds):
            turn = number % len(able) if able else 0
            for process in able[turn:] + able[:turn]:
                took = process.ask("run", name=name, times=times, seed=number + 2)
                durations[process.name].append(took)
        if operation.writes:
            for process in self.processes:
                process.ask("settle")
        self.add_ratios(results, durations)
        return results

    def add_ratios(self, results: dict[str, Any], durations: dict[str, list[float]]) -> None:
        reference = durations.get(self.processes[0].name, [])
        for name, own in durations.items():
            results[name] |= {"microseconds": round(median(own), 1), "rounds": own}
            if reference:
                ratios = [mine / its for mine, its in zip(own, reference, strict=True)]
                results[name]["ratio"] = round(median(ratios), 4)
