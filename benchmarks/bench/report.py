"""The results in three forms: for programs (JSON), for readers (Markdown) and at a glance (SVG)."""

import argparse
import json
import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from . import plot
from .contest import Contest

Results = dict[str, Any]
BUDGETS = (
    "Budgets are for `split` on PostgreSQL with 200,000 rows, 5 parts, texts of 1000 characters "
    "and synchronous_commit off; with anything else they are an orientation."
)


def write(options: argparse.Namespace, contest: Contest, rows: Results) -> list[Path]:
    """Write all three into the folder that the options name.

    :returns: the paths of the files.
    """
    results = collect(options, contest, rows)
    texts = {
        "bench.json": json.dumps(results, indent=1) + "\n",
        "bench.md": markdown(results),
        "bench.svg": plot.svg(results),
    }
    paths = [options.output / name for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def collect(options: argparse.Namespace, contest: Contest, rows: Results) -> Results:
    # Not the URL of the database, which may have a password.
    names = ("rows", "parts", "text_size", "key", "synchronous_commit", "rounds")
    return {
        "environment": {
            "date": date.today().isoformat(),
            "processors": os.cpu_count(),
            "database": contest.database.kind,
            "versions": contest.versions,
            "options": {name: getattr(options, name) for name in names},
        },
        "absent": contest.absent,
        "contenders": [process.name for process in contest.processes],
        "operations": rows,
    }


def markdown(results: Results) -> str:
    """The report as tables."""
    parts = [
        heading(results["environment"], results["absent"]),
        table(ratio_rows(results)),
        "`x`: times the wide model's time; below 1 is faster. In brackets: statements, BEGIN and "
        "COMMIT included. " + BUDGETS,
    ]
    if any(row["writes"] and wal_of(row) for row in results["operations"].values()):
        parts += ["## Bytes of write-ahead log per operation", table(wal_rows(results))]
    return "\n\n".join(["# Benchmark", *parts]) + "\n"


def heading(environment: Results, absent: Results) -> str:
    options = environment["options"]
    lines = [
        f"- {environment['date']}, {environment['processors']} processors",
        f"- {options['rows']:,} rows, {options['parts']} parts, key {options['key']}, "
        f"texts of {options['text_size']} characters, {options['rounds']} rounds, "
        f"synchronous_commit {options['synchronous_commit']}",
    ]
    for name, versions in environment["versions"].items():
        lines.append(f"- {name}: " + ", ".join(f"{k} {v}" for k, v in versions.items()))
    lines += [f"- {name} is missing: {why}" for name, why in absent.items()]
    return "\n".join(lines)


def ratio_rows(results: Results) -> Iterable[list[str]]:
    first, *others = results["contenders"]
    yield ["operation", f"{first}, µs", *others, "budget", ""]
    for row in results["operations"].values():
        found = row["contenders"]
        reference = found.get(first, {})
        yield [
            row["title"],
            f"{reference['microseconds']:,.0f} ({reference['statements']})"
            if "microseconds" in reference
            else "error",
            *(cell(found.get(name)) for name in others),
            f"{row['budget']:.2f}" if row["budget"] else "",
            verdict(row),
        ]


def cell(result: Results | None) -> str:
    if result is None:
        return "-"
    if "ratio" not in result:
        return "error"
    return f"{result['ratio']:.2f} ({result['statements']})"


def verdict(row: Results) -> str:
    """Whether this library keeps to its budget."""
    ratio = row["contenders"].get("split", {}).get("ratio")
    if ratio is None or row["budget"] is None:
        return ""
    # Two digits, as budgets have.
    return "**over**" if round(ratio, 2) > row["budget"] else "under"


def wal_rows(results: Results) -> Iterable[list[str]]:
    names = results["contenders"]
    yield ["operation", *names]
    for row in results["operations"].values():
        if row["writes"]:
            sizes = wal_of(row)
            yield [row["title"], *(f"{sizes[n]:,}" if n in sizes else "-" for n in names)]


def wal_of(row: Results) -> dict[str, int]:
    found = row["contenders"].items()
    return {name: result["wal"] for name, result in found if result.get("wal") is not None}


def table(rows: Iterable[list[str]]) -> str:
    head, *body = rows
    rule = ["---", *["--:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, rule, *body])


def line(row: Results) -> str:
    """An operation in one line, for who waits."""
    cells = [f"{name} {cell(result)}" for name, result in row["contenders"].items()]
    return f"{row['title']:<50} {'  '.join(cells)}"
