"""Progress of long work: a bar on a terminal, plain lines elsewhere, nothing at verbosity 0."""

import sys
import threading
from time import monotonic
from typing import Any

EVERY = 10.0
"""Seconds between plain lines."""


class Progress:
    """Shows nothing; the interface of the others.

    :param label: what is being done.
    :param total: rows in all, or None where nobody knows.
    :param done: rows that were done before.
    """

    def __init__(self, label: str, total: int | None, done: int = 0) -> None:
        self.label, self.total, self.done = label, total, done
        self.began, self.before, self.note = monotonic(), done, ""
        self.lock = threading.Lock()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *error: Any) -> None:
        self.close(error[0] is None)

    def advance(self, rows: int) -> None:
        """So many more rows are done."""
        with self.lock:
            self.done += rows
            self.note = ""
            self.show()

    def hold(self, reason: str) -> None:
        """The work waits."""
        with self.lock:
            self.note = reason
            self.show()

    def rate(self) -> float:
        """Rows per second since it began."""
        return (self.done - self.before) / max(monotonic() - self.began, 1e-6)

    def text(self) -> str:
        total = f" of about {max(self.total, self.done):,}" if self.total else ""
        text = f"{self.label}: {self.done:,}{total} rows, {self.rate():,.0f} rows/s"
        if self.total and (rate := self.rate()) > 0 and self.total > self.done:
            text += f", {duration((self.total - self.done) / rate)} left"
        return f"{text} (waiting: {self.note})" if self.note else text

    def show(self) -> None:
        """Tell the user, or not yet."""

    def close(self, succeeded: bool) -> None:
        """The work has ended."""


class Lines(Progress):
    """A line now and then, for logs."""

    def __init__(self, stream: Any, *args: Any) -> None:
        super().__init__(*args)
        self.stream, self.shown, self.last_note = stream, monotonic(), ""

    def show(self) -> None:
        if monotonic() - self.shown >= EVERY or self.note != self.last_note:
            self.write(self.text())

    def write(self, text: str) -> None:
        self.shown, self.last_note = monotonic(), self.note
        self.stream.write(f"  {text}\n")
        self.stream.flush()

    def close(self, succeeded: bool) -> None:
        end = "done" if succeeded else "not finished"
        seconds = monotonic() - self.began
        self.stream.write(
            f"  {self.label}: {self.done - self.before:,} rows in {duration(seconds)}, "
            f"{self.rate():,.0f} rows/s, {end}\n"
        )


class Line(Lines):
    """A bar of text on a terminal, which is written over itself."""

    width = 24

    def show(self) -> None:
        if monotonic() - self.shown < 0.1:
            return
        self.shown = monotonic()
        part = min(1.0, self.done / self.total) if self.total else 0.0
        full = int(part * self.width)
        bar = "#" * full + "." * (self.width - full)
        self.stream.write(f"\r  [{bar}] {part:4.0%} {self.text()}\x1b[K")
        self.stream.flush()

    def close(self, succeeded: bool) -> None:
        self.stream.write("\r\x1b[K")
        super().close(succeeded)


class Bar(Lines):
    """A bar of rich."""

    def __init__(self, rich: Any, stream: Any, *args: Any) -> None:
        super().__init__(stream, *args)
        self.bar: Any = rich
        self.task = self.bar.add_task(self.label, total=self.total, completed=self.done, note="")
        self.bar.start()

    def show(self) -> None:
        self.bar.update(
            self.task, completed=self.done, note=self.text().split(": ", 1)[1], refresh=False
        )

    def close(self, succeeded: bool) -> None:
        self.bar.stop()
        super().close(succeeded)


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def progress(
    label: str, total: int | None, done: int = 0, *, stream: Any = None, verbosity: int = 1
) -> Progress:
    """What shows progress best on a stream.

    :param stream: standard error by default.
    :param verbosity: as of management commands; nothing is shown at 0.
    """
    if verbosity < 1:
        return Progress(label, total, done)
    # OutputWrapper of a management command keeps the stream it writes to.
    stream = getattr(stream, "_out", stream) or sys.stderr
    if not (hasattr(stream, "isatty") and stream.isatty()):
        return Lines(stream, label, total, done)
    try:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn
        from rich.progress import Progress as Rich
    except ModuleNotFoundError:
        return Line(stream, label, total, done)
    columns = (
        TextColumn("  {task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[note]}"),
    )
    bar = Rich(*columns, console=Console(file=stream), transient=True)
    return Bar(bar, stream, label, total, done)
