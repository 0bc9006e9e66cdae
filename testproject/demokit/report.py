"""The one table of the demo: what was measured before and after the split."""

from typing import Any

from demokit.console import show_table

HEAD = ["", "rows", "wide", "split", "split / wide"]


def report(wide: dict[str, Any], migrated: dict[str, Any], split: dict[str, Any], rewrite: str):
    """Print queries, rows, times and sizes of both models.

    ``migrated`` has the sizes after the migrations, ``split`` those after the ``rewrite``.
    """
    cases = [
        [label, f"{before['rows']:,}", timed(before), timed(after), percent(after, before)]
        for label, before, after in (
            (label, before, split["cases"][label]) for label, before in wide["cases"].items()
        )
    ]
    before = {table["name"]: table for table in wide["tables"]}
    tables = [
        [
            f"table {table['name']}",
            f"{table['rows']:,}",
            sized(before.get(table["name"])),
            sized(table),
            "",
        ]
        for table in split["tables"]
    ]
    old, middle, new = (total(state["tables"]) for state in (wide, migrated, split))
    if old is not None:
        totals = [
            [f"all tables before {rewrite}", "", size(old), size(middle), share(middle, old)],
            [f"all tables after {rewrite}", "", "", size(new), share(new, old)],
        ]
    else:
        totals = []
    show_table(HEAD, [cases, tables, totals])


def timed(case: dict[str, Any]) -> str:
    queries = case["queries"]
    plural = "query" if queries == 1 else "queries"
    return f"{queries} {plural}, {case['seconds'] * 1000:7,.1f} ms"


def percent(after: dict[str, Any], before: dict[str, Any]) -> str:
    return share(after["seconds"], before["seconds"])


def share(after: float, before: float) -> str:
    return f"{after / before:.0%}" if before else ""


def sized(table: dict[str, Any] | None) -> str:
    if table is None:
        return ""
    return f"{table['columns']} columns, {size(table['bytes'])}"


def size(number: int | None) -> str:
    return "size unknown" if number is None else f"{number / 1e6:,.1f} MB"


def total(tables: list[dict[str, Any]]) -> int | None:
    sizes = [table["bytes"] for table in tables]
    return None if None in sizes else sum(sizes)
