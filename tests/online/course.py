"""The way of a table through a split and back, with old and new code at work.

    before     the old code alone
    expand     migrated; the first new code creates rows and works on those
    copy       the same, while rows are copied
    both       old and new code work on all rows, and on the same rows
    new        the old code has stopped; contract is migrated

and backwards: `uncontract` (new code; first old code on rows of its own), `uncopy`, `both back`
(both on all rows), `old` (the new code has stopped; expand is reversed).
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db.utils import ConnectionHandler

import bdmodels

from ..migrations_project import Project
from .checker import Verdict, check, products
from .history import Histories
from .process import ALL, OWN, STOP, write_atomically

HERE = Path(__file__).parent
PATIENCE = 60  # seconds until a process counts as hung


@dataclass
class Options:
    """How long and how hard; every value can be set by `BDMODELS_ONLINE_<NAME>`."""

    rows: int = 3000
    seconds: float = 2.0  # for each phase
    writers: int = 2  # processes of each code
    think: float = 0.004  # seconds between two writes of a process, on average
    shared: int = 4  # rows that all write to, of each code
    victims: int = 20  # rows that all change and delete
    seed: int = 1
    rounds: int = 1  # there, back and there again
    kills: int = 1  # of each copy
    kill_within: float = 1.0  # seconds after it began
    crashes: int = 1  # of the server

    @classmethod
    def from_environment(cls) -> "Options":
        found = cls()
        for name, default in vars(found).items():
            if given := os.environ.get(f"BDMODELS_ONLINE_{name.upper()}"):
                setattr(found, name, type(default)(given))
        return found


@dataclass
class Step:
    """One phase as it was."""

    name: str
    seconds: float
    migrated: str = ""
    migration_seconds: float = 0.0


@dataclass
class Group:
    name: str
    code: str
    processes: list[subprocess.Popen] = field(default_factory=list)


class Course:
    """The old and the new code in folders of their own, and one database.

    :param project: an empty project; its migrations are made here.
    :param options: how long and how hard.
    """

    def __init__(self, project: Project, options: Options) -> None:
        self.project, self.options = project, options
        self.folder = project.path / "course"
        self.folder.mkdir()
        self.database = json.loads((project.path / "database.json").read_text())
        self.groups: dict[str, Group] = {}
        self.probes: list[subprocess.Popen] = []
        self.steps: list[Step] = []
        self.modes: dict[str, str] = {}
        self.shared: list[str] = []
        self.victims: list[str] = []
        self.name, self.paused, self.began = "", 0, time.monotonic()
        self.next_seed = 0
        self.random = random.Random(options.seed)
        self.kills = self.crashes = self.round = 0
        self.vendor = self.database["ENGINE"].rpartition(".")[2]

    # The code and the database.

    def prepare(self) -> None:
        """Make the migrations, the wide table and its rows; nobody writes yet."""
        sources = {"old": source_of("wide"), "new": source_of("split")}
        self.models(sources["old"])
        self.project.run("make(); migrate()")
        self.models(sources["new"])
        self.project.run("make()")
        for code, source in sources.items():
            app = self.project.path / code / "shop"
            app.mkdir(parents=True)
            (app / "__init__.py").touch()
            (app / "models.py").write_text(source)
            shutil.copy(self.project.path / "database.json", app.parent)
        self.tell("prepare")
        self.seed("old", "seeds", self.options.rows)
        self.steps.clear()

    def models(self, source: str) -> None:
        (self.project.path / "shop" / "models.py").write_text(source)

    def seed(self, code: str, kind: str, count: int, *group: str) -> None:
        command = ["tests.online.seeder", self.folder, kind, count, *group]
        process = self.start_process(code, *command)
        if process.wait(PATIENCE):
            raise AssertionError(f"Rows could not be made:\n{self.log_of(process)}")

    def migration(self, name: str) -> str:
        """The number of the migration whose name ends like this; of the first, for `wide`."""
        names = self.project.migrations()
        return names[0] if name == "wide" else next(n for n in names if n.endswith(name))

    def migrate(self, name: str, kills: int = 0) -> None:
        """Migrate to one of the migrations, in a process of its own.

        :param kills: how often it is killed before it may come to its end.
        """
        start = time.monotonic()
        for _ in range(kills):
            self.kill_migrate(name)
        self.project.run(f"migrate('shop', {self.migration(name)!r})")
        self.steps[-1].migrated = name
        self.steps[-1].migration_seconds = time.monotonic() - start
        print(f"{time.strftime('%X')} migrated: {name}", flush=True)

    def begin_to_migrate(self, name: str) -> subprocess.Popen:
        """Start to migrate, and wait for a random moment of it."""
        mark = self.folder / "migrating"
        mark.unlink(missing_ok=True)
        module = "tests.online.migrate"
        process = self.start_process(".", module, mark, self.migration(name))
        self.wait_until(lambda: mark.exists() or process.poll() is not None, "migrate begins")
        time.sleep(self.random.uniform(0, self.options.kill_within))
        return process

    def kill_migrate(self, name: str) -> None:
        """Begin to migrate, and kill that at a random moment."""
        process = self.begin_to_migrate(name)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            self.kills += 1
        elif process.returncode:
            raise AssertionError(f"Migrating failed:\n{self.log_of(process)}")
        process.wait()

    @contextmanager
    def connection(self) -> Iterator[Any]:
        handler = ConnectionHandler({"default": {**self.database, "TIME_ZONE": None}})
        try:
            yield handler["default"]
        finally:
            handler["default"].close()

    # The processes.

    def start_process(self, code: str, module: str, *args: Any) -> subprocess.Popen:
        source = str(Path(bdmodels.__file__).resolve().parents[1])
        path = [str(self.project.path / code), source, os.environ.get("PYTHONPATH", "")]
        log = (self.folder / f"{time.monotonic_ns()}.log").open("w")
        with log:
            process = subprocess.Popen(
                [sys.executable, "-B", "-m", module, *map(str, args)],
                cwd=self.project.path / code,
                env={**os.environ, "PYTHONPATH": os.pathsep.join([*path, str(HERE.parents[1])])},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        process.log = Path(log.name)  # type: ignore[attr-defined]
        return process

    def log_of(self, process: subprocess.Popen) -> str:
        return process.log.read_text()  # type: ignore[attr-defined]

    def start(self, group: str, code: str, mode: str) -> None:
        """Start writers of a code, who make and share rows of their own."""
        found = self.groups[group] = Group(group, code)
        self.seed(code, "shared", self.options.shared, group)
        self.seed(code, "victim", self.options.victims, group)
        self.shared += [f"shared.{group}.{n}" for n in range(self.options.shared)]
        self.victims += [f"victim.{group}.{n}" for n in range(self.options.victims)]
        self.modes[group] = mode
        self.tell(self.name)
        writers = self.options.writers
        for number in range(writers):
            # Some rows of the beginning, from the whole table, for each writer.
            step = max(1, self.options.rows // 40)
            own = f"{self.next_seed}:{self.options.rows}:{step}"
            if self.next_seed >= step:
                own = "0:0:1"
            self.next_seed += 1
            found.processes.append(
                self.start_process(
                    code,
                    "tests.online.writer",
                    self.folder,
                    group,
                    number,
                    self.options.seed,
                    self.options.think,
                    own,
                )
            )

        self.wait_until(lambda: all(map(self.has_begun, found.processes)), f"{group} begins")

    def has_begun(self, process: subprocess.Popen) -> bool:
        """Whether a writer has written; its start is no part of a phase."""
        if process.poll() is not None:
            raise AssertionError(f"A writer ended by itself:\n{self.log_of(process)}")
        group, number = process.args[5:7]
        path = self.folder / f"{group}.{number}.history"
        return path.exists() and path.stat().st_size > 0

    def wait_until(self, reached: Any, what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not reached():
            assert time.monotonic() < deadline, f"After {PATIENCE} s it is not true that {what}."
            time.sleep(0.01)

    def stop(self, group: str) -> None:
        """Let the writers of a group end, as in a deployment."""
        self.modes[group] = STOP
        self.tell(self.name)
        found = self.groups.pop(group)
        for process in found.processes:
            if process.wait(PATIENCE):
                raise AssertionError(f"A writer of {group} failed:\n{self.log_of(process)}")

    def start_probes(self) -> None:
        for kind in ("read", "write"):
            self.probes.append(self.start_process("old", "tests.online.probe", self.folder, kind))

    def finish(self) -> None:
        """End what still runs, also after a failure."""
        self.modes = {}
        self.tell("end")
        for process in [*self.probes, *(p for g in self.groups.values() for p in g.processes)]:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    # The phases.

    def tell(self, name: str) -> None:
        """Tell all processes which phase it is and what they may do."""
        now = time.monotonic()
        if self.round > 1 and name != self.name and name != "end":
            name = f"{name} {self.round}"
        if name != self.name:
            if self.steps:
                self.steps[-1].seconds = now - self.began
            self.steps.append(Step(name, 0.0))
            print(f"{time.strftime('%X')} {name}", flush=True)
            self.name, self.began = name, now
        found = {"name": name, "modes": self.modes, "paused": self.paused}
        found |= {"shared": self.shared, "victims": self.victims}
        write_atomically(self.folder / "phase.json", found)

    def work(self) -> None:
        """Leave the writers to their work, and see that all live."""
        time.sleep(self.options.seconds)
        for group in self.groups.values():
            for process in group.processes:
                if process.poll() is not None:
                    raise AssertionError(f"A writer ended by itself:\n{self.log_of(process)}")

    @contextmanager
    def resting(self) -> Iterator[None]:
        """All writers have ended what they were at, and begin nothing."""
        self.paused += 1
        self.tell(self.name)
        marks = [
            self.folder / f"{group.name}.{number}.rest{self.paused}"
            for group in self.groups.values()
            for number in range(len(group.processes))
        ]
        self.wait_until(lambda: all(mark.exists() for mark in marks), "all writers rest")
        yield
        self.paused = 0
        self.tell(self.name)

    def look(self, complete: bool = True) -> None:
        """While everybody works: are the tables equal at one moment?"""
        with self.connection() as connection:
            rows, problems = products(connection, complete)
        assert rows
        if problems:
            raise AssertionError(
                f"In {self.name}, {len(problems)} rows are not the same in all tables:\n"
                + "\n".join(problems[:20])
            )

    def verdict(self) -> Verdict:
        """While nobody writes: is everything there?"""
        with self.resting(), self.connection() as connection:
            rows, problems = products(connection)
            verdict = check(Histories.read(self.folder), rows, self.options.rows)
        verdict.unequal += problems
        return verdict

    def insist(self) -> None:
        verdict = self.verdict()
        assert verdict.passed, f"In {self.name}: {verdict}"

    def run(self) -> Verdict:
        """All of it; the first thing that is lost ends it."""
        self.prepare()
        try:
            self.tell("before")
            self.start_probes()
            self.start("old1", "old", ALL)
            self.work()
            for number in range(1, self.options.rounds + 1):
                self.split(number)
                self.join(number)
            self.split(self.options.rounds + 1)
            return self.verdict()
        finally:
            self.finish()

    def split(self, number: int) -> None:
        self.round = number
        self.tell("expand")
        self.migrate("expand")
        self.start(f"new{number}", "new", OWN)
        self.work()
        self.look(complete=False)
        self.tell("copy")
        self.migrate("copy", self.options.kills)
        self.look()
        self.modes[f"new{number}"] = ALL
        self.tell("both")
        self.work()
        self.look()
        self.stop(f"old{number}")
        self.tell("new")
        self.migrate("contract")
        self.work()
        self.insist()

    def join(self, number: int) -> None:
        self.tell("uncontract")
        self.migrate("copy")
        self.start(f"old{number + 1}", "old", OWN)
        self.work()
        self.tell("uncopy")
        self.migrate("expand", self.options.kills)
        self.look()
        self.modes[f"old{number + 1}"] = ALL
        self.tell("both back")
        self.work()
        self.look()
        self.stop(f"new{number}")
        self.tell("old")
        self.migrate("wide")
        self.work()
        self.insist()


def source_of(name: str) -> str:
    return (HERE / name / "models.py").read_text()
