"""The one table of the demo: what was measured before and after the split."""

from typing import Any

from demokit.console import show_table


def report(wide: dict[str, Any], migrated: dict[str, Any], split: dict[str, Any], rewrite: str):
    """Print queries, rows, times and sizes of both models.

    ``migrated`` has the sizes after the migrations, ``split`` those after the ``rewrite``.
    """
    cases = [["The same code", "rows", "queries", "wide", "split", ""]]
    for label, old in wide["cases"].items():
        new = split["cases"][label]
        cases.append(
            [
                label,
                f"{old['rows']:,}",
                change(old["queries"], new["queries"]),
                f"{old['seconds'] * 1000:,.1f} ms",
                f"{new['seconds'] * 1000:,.1f} ms",
                share(new["seconds"], old["seconds"]),
            ]
        )

    tables = [["On disk, with indexes", "rows", "columns", "wide", "split", ""]]
    before = {table["name"]: table for table in wide["tables"]}
    for new in split["tables"]:
        old = before.get(new["name"])
        tables.append(
            [
                new["name"],
                f"{new['rows']:,}",
                change(old["columns"], new["columns"]) if old else str(new["columns"]),
                size(old["bytes"]) if old else "",
                size(new["bytes"]),
                share(new["bytes"], old["bytes"]) if old else "",
            ]
        )
    wide_total, migrated_total, split_total = map(total, (wide, migrated, split))
    for label, number in [
        (f"all tables before {rewrite}", migrated_total),
        (f"all tables after {rewrite}", split_total),
    ]:
        cells = [size(wide_total), size(number), share(number, wide_total)]
        tables.append([label, "", "", *cells])
    show_table([cases, tables])


def change(old: int, new: int) -> str:
    return str(new) if old == new else f"{old} -> {new}"


def share(new: float | None, old: float | None) -> str:
    return f"{new / old:.0%}" if new and old else ""


def size(number: int | None) -> str:
    return "unknown" if number is None else f"{number / 1e6:,.1f} MB"


def total(measured: dict[str, Any]) -> int | None:
    sizes = [table["bytes"] for table in measured["tables"]]
    return None if None in sizes else sum(sizes)
