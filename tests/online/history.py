"""What writers note in files of their own, outside the database.

A write is noted before it begins, with all its effects, and again when the database has
acknowledged it. One that never ended (its process or the server was killed) may have happened or
not, but as a whole.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

CREATE, SET, ADD, DELETE = "create", "set", "add", "delete"


class History:
    """The file of one writer. Times are those of the machine's clock, the same in all processes."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("a", buffering=1)  # Lines reach the system before a kill.
        self.number = 0

    def note(self, event: str, **facts: Any) -> None:
        self.file.write(json.dumps({"event": event, "n": self.number, **facts}) + "\n")

    def begin(self, kind: str, phase: str, effects: list[Any]) -> None:
        self.number += 1
        self.note("begin", kind=kind, phase=phase, effects=effects, t=monotonic())

    def acknowledged(self, seconds: float) -> None:
        self.note("ack", t=monotonic(), ms=round(seconds * 1000, 3))

    def undone(self) -> None:
        """It is certain that the write had no effect."""
        self.note("undone")

    def retried(self, why: str) -> None:
        self.note("retry", why=why)

    def wrong(self, what: str) -> None:
        """Something was read that cannot be."""
        self.note("wrong", what=what)

    def failed(self, what: str) -> None:
        """An error that no application would expect."""
        self.note("error", what=what)


@dataclass
class Write:
    writer: str
    kind: str
    phase: str
    effects: list[tuple[str, str, dict[str, Any]]]
    began: float
    ended: float = float("inf")
    milliseconds: float = 0.0
    state: str = "unknown"  # or acknowledged, or undone
    retries: list[str] = field(default_factory=list)

    @property
    def acknowledged(self) -> bool:
        return self.state == "acknowledged"


@dataclass
class Histories:
    """All writes of all writers, those of each in their order."""

    writes: list[Write] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> "Histories":
        found = cls()
        for path in sorted(folder.glob("*.history")):
            last = None
            for event in events(path):
                last = found.take(path.stem, event, last)
        return found

    def take(self, writer: str, event: dict[str, Any], last: Write | None) -> Write | None:
        kind = event["event"]
        if kind == "begin":
            effects = [tuple(effect) for effect in event["effects"]]
            last = Write(writer, event["kind"], event["phase"], effects, event["t"])
            self.writes.append(last)
        elif kind == "wrong":
            self.wrong.append(f"{writer}: {event['what']}")
        elif kind == "error":
            self.errors.append(f"{writer}: {event['what']}")
        elif last is not None and kind == "ack":
            last.state, last.ended, last.milliseconds = "acknowledged", event["t"], event["ms"]
        elif last is not None and kind == "undone":
            last.state = "undone"
        elif last is not None and kind == "retry":
            last.retries.append(event["why"])
        return last


def events(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text().splitlines(keepends=True):
        if line.endswith("\n"):  # else its writer was killed in the middle
            yield json.loads(line)
