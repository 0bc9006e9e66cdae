"""The demo with old and new code at work while the table is split, on a server.

The old code goes on in the folder of the demo; the new code works in a folder beside it, on the
same database, as two versions do during a deployment.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from demokit.console import say, step
from demokit.workspace import Failed, Workspace

WRITERS = 2  # processes of each version
SECONDS = 4  # for each phase in which nothing is migrated


class OnlineDemo:
    """The split of the loaded table while writers of both versions run.

    :param demo: how to load, migrate and verify.
    :param old: where the old code is.
    :param url: the database, for both.
    """

    def __init__(self, demo: Any, old: Workspace, url: str) -> None:
        self.demo, self.old = demo, old
        self.new = Workspace(old.path / "new")
        for workspace in (self.old, self.new):
            workspace.env["DATABASE_URL"] = url
        self.logs = old.path / "writes"
        self.writers: dict[str, list[subprocess.Popen]] = {"old": [], "new": []}
        self.last_line = ""

    def run(self) -> None:
        self.demo.load()
        self.new.copy_from(self.old.path)
        self.new.use_models("split")
        self.logs.mkdir()
        with self.at_work():
            self.start("old", self.old)
            self.phase("The old code writes to the wide table")
            step("The new code: manage.py makemigrations")
            self.new.manage("makemigrations", "flights")
            self.migrate("expand", "parts are made, and kept equal to the old columns")
            self.migrate("copy", "rows are copied while the old code writes")
            self.start("new", self.new)
            self.phase("Both versions of the code write")
            self.stop("old")
            say("  the old code has stopped")
            self.migrate("contract", "what was copied is compared, and the old columns go")
            self.phase("The new code writes to the split table")
        self.verify()
        self.hand_over()

    def migrate(self, name: str, what: str) -> None:
        step(f"manage.py migrate: {name} - {what}")
        path = next(self.new.migrations.glob(f"*_{name}.py"))
        before, start = self.acknowledged(), perf_counter()
        self.new.manage("migrate", "flights", path.stem)
        self.tell(before, perf_counter() - start)

    def phase(self, title: str) -> None:
        step(title)
        before, start = self.acknowledged(), perf_counter()
        sleep(SECONDS)
        self.tell(before, perf_counter() - start)

    def tell(self, before: int, seconds: float) -> None:
        """How many writes were acknowledged meanwhile; a writer that ended by itself failed."""
        for version, writers in self.writers.items():
            for writer in writers:
                if (code := writer.poll()) is not None:
                    raise Failed(f"A writer of the {version} code ended with {code}.")
        say(f"  {self.acknowledged() - before:,} writes acknowledged in {seconds:.1f} s")

    def acknowledged(self) -> int:
        return sum(path.read_bytes().count(b'"ids"') for path in self.logs.glob("*.log"))

    def start(self, version: str, workspace: Workspace) -> None:
        first = 1 if version == "old" else 1 + WRITERS
        for number in range(first, first + WRITERS):
            log = self.logs / f"{version}-{number}.log"
            options = [f"--writer={number}", f"--flights={self.demo.count}"]
            writer = workspace.start("write_flights", str(log), *options)
            self.writers[version].append(writer)
        while sum(path.stat().st_size > 0 for path in self.logs.glob(f"{version}-*")) < WRITERS:
            if any(writer.poll() is not None for writer in self.writers[version]):
                raise Failed(f"The {version} code could not write.")
            sleep(0.05)

    def stop(self, version: str) -> None:
        for writer in self.writers[version]:
            writer.terminate()
        for writer in self.writers[version]:
            if code := writer.wait(timeout=60):
                raise Failed(f"A writer of the {version} code ended with {code}.")
        self.writers[version].clear()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        try:
            yield
            for version in self.writers:
                self.stop(version)
        finally:
            for writers in self.writers.values():
                for writer in writers:
                    writer.kill()
                    writer.wait()

    def verify(self) -> None:
        step("Every acknowledged write, and every value that nobody wrote to")
        output = self.old.path / "writes.json"
        self.new.manage("verify_flights", *self.demo.rows, f"--written={self.logs}")
        self.new.manage("count_writes", str(self.logs), str(output))
        numbers = json.loads(output.read_text())
        self.last_line = (
            f"ONLINE: {numbers['acknowledged']:,} writes were acknowledged while the table was "
            f"split, {numbers['lost']:,} were lost; {numbers['retried']:,} were tried again."
        )

    def hand_over(self) -> None:
        """The split project is left in the demo's folder, as always."""
        self.old.use_models("split")
        for path in self.new.migrations.glob("*.py"):
            shutil.copy(path, self.old.migrations)
        shutil.rmtree(self.new.path)
        self.old.manage("makemigrations", "--check")
        self.old.manage(
            "createsuperuser", "--noinput", "--username=admin", "--email=admin@localhost"
        )


def url_of(database: dict[str, Any]) -> str:
    """The DATABASE_URL of an embedded server."""
    user, port, name, host = (database[key] for key in ("USER", "PORT", "NAME", "HOST"))
    return f"postgresql://{user}@:{port}/{name}?host={Path(host)}"
