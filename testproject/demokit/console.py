"""What the demo prints: with rich if it is installed, else plain lines."""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

try:
    from rich import box
    from rich.console import Console
    from rich.syntax import Syntax
    from rich.table import Table

    # A pipe has no width of its own; the results shall not be folded there.
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


def show_table(head: Sequence[str], sections: Sequence[Sequence[Sequence[str]]]) -> None:
    if console is None:
        show_plain_table(head, sections)
        return
    table = Table(box=box.SIMPLE_HEAD if console.is_terminal else box.ASCII2)
    for index, title in enumerate(head):
        table.add_column(title, justify="right" if index else "left", no_wrap=True)
    for section in sections:
        for row in section:
            table.add_row(*row)
        table.add_section()
    console.print(table, width=None if console.is_terminal else 120)


def show_plain_table(head: Sequence[str], sections: Sequence[Sequence[Sequence[str]]]) -> None:
    rows = [head, *(row for section in sections for row in section)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rule = "  ".join("-" * width for width in widths)

    def line(row: Sequence[str]) -> str:
        first, *rest = row
        cells = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        return "  ".join([first.ljust(widths[0]), *cells])

    print(line(head))
    for section in sections:
        print(rule)
        for row in section:
            print(line(row))
    print(flush=True)
