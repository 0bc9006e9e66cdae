"""The figures of a course, as JSON and as Markdown."""

import json
import platform
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import django

from .checker import Verdict
from .course import Course
from .history import Histories, Write


def figures(course: Course, verdict: Verdict, costs: dict[str, Any] | None = None) -> Any:
    """Everything that was measured, fit for JSON. Times are in milliseconds unless named."""
    histories = Histories.read(course.folder)
    with course.connection() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT version()")
        server = cursor.fetchone()[0]
    acknowledged = [write for write in histories.writes if write.acknowledged]
    return {
        "date": date.today().isoformat(),
        "versions": {
            "Django": django.__version__,
            "Python": platform.python_version(),
            course.vendor: server,
        },
        "options": vars(course.options),
        "rows": verdict.rows,
        "acknowledged": verdict.acknowledged,
        "lost": len(verdict.lost),
        "unequal": len(verdict.unequal),
        "wrong_reads": len(verdict.wrong),
        "errors": len(verdict.errors),
        "unknown": sum(write.state == "unknown" for write in histories.writes),
        "kinds": dict(Counter(write.kind for write in acknowledged).most_common()),
        "retries": dict(Counter(why for write in histories.writes for why in write.retries)),
        "kills": course.kills,
        "crashes": course.crashes,
        "phases": [
            vars(step)
            | {"writes": writes_of(step.name, acknowledged)}
            | {f"probe_{kind}": times for kind, times in probes_of(step.name, course)}
            for step in course.steps
        ],
        "costs": costs or {},
    }


def writes_of(phase: str, writes: list[Write]) -> Any:
    """Times of the writes that began in a phase, of the old and of the new code."""
    by_code = defaultdict(list)
    for write in writes:
        if write.phase == phase and write.milliseconds:
            by_code[write.writer[:3]].append(write.milliseconds)
    return {code: spread(times) for code, times in sorted(by_code.items())}


def probes_of(phase: str, course: Course) -> Iterable[tuple[str, Any]]:
    for kind in ("read", "write"):
        path = course.folder / f"probe.{kind}"
        lines = path.read_text().splitlines() if path.exists() else []
        found = [json.loads(line) for line in lines if line.endswith("]")]
        yield kind, spread([times for name, times in found if name == phase])


def spread(times: list[float]) -> dict[str, float]:
    """How many, the median, the 99th percentile, and the longest."""
    if not times:
        return {"count": 0}
    ordered = sorted(times)
    return {
        "count": len(ordered),
        "median": round(ordered[len(ordered) // 2], 2),
        "p99": round(ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)], 2),
        "max": round(ordered[-1], 2),
    }


def markdown(found: Any) -> str:
    """The same for people."""
    lines = [
        f"## {', '.join(f'{k} {v}' for k, v in found['versions'].items())}",
        "",
        f"{found['date']}; {', '.join(f'{k} = {v}' for k, v in found['options'].items())}.",
        "",
        f"**{found['acknowledged']:,} writes acknowledged, {found['lost']:,} lost.** "
        f"{found['unequal']:,} rows differ between tables, {found['wrong_reads']:,} wrong reads, "
        f"{found['errors']:,} errors; {found['kills']:,} kills of the copy and "
        f"{found['crashes']:,} crashes of the server survived.",
        "",
        "Tried again: " + (listed(found["retries"]) or "nothing") + ".",
        "",
        "Writes: " + listed(found["kinds"]) + ".",
        "",
        "| phase | seconds | migrated | old code: writes, median / p99 ms | new code | "
        "probe reads: median / p99 / max ms | probe writes |",
        "|---|---|---|---|---|---|---|",
    ]
    for phase in found["phases"]:
        migrated = phase["migrated"] and f"{phase['migration_seconds']:.1f} s"
        writes = phase["writes"]
        cells = [
            phase["name"],
            f"{phase['seconds']:.1f}",
            migrated,
            *(cell(writes.get(code, {"count": 0}), False) for code in ("old", "new")),
            *(cell(phase[f"probe_{kind}"], True) for kind in ("read", "write")),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    if found["costs"]:
        lines += ["", "| measured alone | |", "|---|---|"]
        lines += [f"| {name} | {value} |" for name, value in found["costs"].items()]
    return "\n".join([*lines, ""])


def cell(times: dict[str, float], longest: bool) -> str:
    if not times["count"]:
        return ""
    values = [times["median"], times["p99"], *([times["max"]] if longest else [])]
    shown = " / ".join(f"{value:,.1f}" for value in values)
    return shown if longest else f"{times['count']:,}, {shown}"


def listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())


def write(path: Path, found: Any) -> None:
    """Write `path`.json and `path`.md."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".json").write_text(json.dumps(found, indent=1, default=str))
    path.with_suffix(".md").write_text(markdown(found))
