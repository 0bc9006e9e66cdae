"""Progress: a bar on a terminal, lines elsewhere, nothing at verbosity 0."""

import io
import sys

import pytest

from bdmodels import progress as module
from bdmodels.progress import Bar, Line, Lines, Progress, duration, progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def no_pauses(monkeypatch):
    """Time goes on by a minute at each look at the clock."""
    clock = iter(range(0, 10_000_000, 60))
    monkeypatch.setattr(module, "monotonic", lambda: next(clock))


def test_nothing_at_verbosity_0():
    stream = io.StringIO()
    with progress("Copying", 10, stream=stream, verbosity=0) as shown:
        shown.advance(10)
        shown.hold("a reason")
    assert type(shown) is Progress
    assert stream.getvalue() == ""


def test_plain_lines_in_a_log(no_pauses):
    stream = io.StringIO()
    with progress("Copying", 1000, 100, stream=stream) as shown:
        shown.advance(400)
        shown.hold("the disk is hot")
    assert type(shown) is Lines
    first, second, last = stream.getvalue().splitlines()
    assert first.startswith("  Copying: 500 of about 1,000 rows, ")
    assert first.endswith(" left")
    assert second.endswith("(waiting: the disk is hot)")
    assert last.startswith("  Copying: 400 rows in ")
    assert last.endswith("done")
    assert "\r" not in stream.getvalue()


def test_a_line_of_its_own_on_a_terminal_without_rich(no_pauses, monkeypatch):
    monkeypatch.setitem(sys.modules, "rich.console", None)
    monkeypatch.delitem(sys.modules, "rich.progress", raising=False)
    stream = Terminal()
    with progress("Copying", 100, stream=stream) as shown:
        shown.advance(50)
    assert type(shown) is Line
    assert "[############............]  50% Copying: 50 of about 100 rows" in stream.getvalue()


def test_rich_on_a_terminal():
    stream = Terminal()
    with progress("Copying", 100, stream=stream) as shown:
        shown.advance(50)
        shown.hold("the disk is hot")
    assert type(shown) is Bar
    assert "Copying" in stream.getvalue()


def test_work_that_fails_is_not_called_done():
    stream = io.StringIO()
    with pytest.raises(ValueError, match="x"), progress("Copying", None, stream=stream):
        raise ValueError("x")
    assert stream.getvalue().endswith("not finished\n")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.25, "0.2 s"), (59.9, "59.9 s"), (61, "1 min 01 s"), (7322, "2 h 02 min")],
)
def test_durations(seconds, text):
    assert duration(seconds) == text
