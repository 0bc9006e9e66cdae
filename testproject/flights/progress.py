"""Progress of a long command: a bar with rich on a terminal, else a line when it is done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

try:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn
except ModuleNotFoundError:
    Console = None


@contextmanager
def progress(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yield a function that takes how many more rows are done."""
    start = perf_counter()
    if Console is not None and (console := Console()).is_terminal:
        columns = "{task.description}", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(label, total=total)
            yield lambda rows: bar.advance(task, rows)
    else:
        yield lambda rows: None
    print(f"  {label}: {total:,} rows in {perf_counter() - start:.1f} s", flush=True)
