"""What the demo prints: with rich if it is installed, else plain lines."""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

try:
    from rich.console import Console
    from rich.syntax import Syntax

    console = Console(highlight=False, soft_wrap=True)
except ModuleNotFoundError:
    console = None

START = perf_counter()


def step(title: str) -> None:
    clock = f"{perf_counter() - START:4.0f} s"
    if console is None:
        print(f"\n== {clock}  {title}", flush=True)
    else:
        console.print(f"\n[bold cyan]== {clock}  {title}[/]")


def say(text: str) -> None:
    print(text, flush=True)


def show_file(path: Path) -> None:
    source = path.read_text()
    if console is None or not console.is_terminal:
        print(f"\n--- {path.name}\n{source}", flush=True)
    else:
        console.print(f"\n[bold]{path.name}[/]")
        console.print(Syntax(source, "python", background_color="default"))


def show_table(sections: Sequence[Sequence[Sequence[str]]]) -> None:
    """Print rows of cells with a rule before each section and after its first row, the head."""
    rows = [row for section in sections for row in section]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for section in sections:
        head, *body = section
        say(line(head, widths))
        say("  ".join("-" * width for width in widths))
        for row in body:
            say(line(row, widths))
        say("")


def line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = row
    cells = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
    return "  ".join([first.ljust(widths[0]), *cells]).rstrip()
