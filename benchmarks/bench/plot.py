"""The ratios as a picture: a row per operation, a mark per contender, on a logarithmic scale.

Colours are of medium lightness on no background, so that the picture serves on white and on black.
"""

from collections.abc import Iterator
from math import ceil, floor, log10
from typing import Any
from xml.sax.saxutils import escape

ROW, TOP, LABELS, SCALE, MARGIN = 22, 74, 330, 520, 24
WIDTH = LABELS + SCALE + MARGIN
INK = "#7d8590"
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
# Shapes differ as well as colours. Each is drawn around the origin.
MARKS = {
    "split": ("#e8590c", '<circle r="6"/>'),
    "bdmodels05": ("#3b82d6", '<rect x="-4.5" y="-4.5" width="9" height="9"/>'),
    "mti": ("#b565c9", '<path d="M0-6 5.5 4h-11z"/>'),
    "one_to_one": ("#2f9e6e", '<path d="M0-6 6 0 0 6-6 0z"/>'),
    "defer": ("#b8860b", '<path d="M-5-5 5 5M-5 5 5-5" stroke="#b8860b" stroke-width="2.5"/>'),
    "raw": (INK, '<circle r="4" fill="none" stroke="#7d8590" stroke-width="1.8"/>'),
}
BUDGET = '<path d="M0-9V9" stroke="#e8590c" stroke-width="2" fill="none"/>'


class Axis:
    """Where a ratio is, from left to right."""

    def __init__(self, ratios: list[float]) -> None:
        low, high = min([0.5, *ratios]), max([2.0, *ratios])
        self.low, self.high = floor(log10(low) * 5) / 5, ceil(log10(high) * 5) / 5

    def __call__(self, ratio: float) -> float:
        share = (log10(ratio) - self.low) / (self.high - self.low)
        return round(LABELS + share * SCALE, 1)

    def ticks(self) -> list[float]:
        return [tick for tick in TICKS if self.low <= log10(tick) <= self.high]


def svg(results: dict[str, Any]) -> str:
    """:param results: as in the JSON report."""
    rows = results["operations"].values()
    names = [name for name in MARKS if name in results["contenders"]]
    axis = Axis([ratio for row in rows for ratio in ratios(row).values()])
    height = TOP + ROW * len(rows) + MARGIN
    options = results["environment"]["options"]
    title = (
        f"Time relative to the wide model: {results['environment']['database']}, "
        f"{options['rows']:,} rows, {options['parts']} parts"
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" font-family="system-ui, sans-serif" font-size="12" fill="{INK}">',
        f"<title>{escape(title)}</title>",
        f'<text x="{MARGIN}" y="20" font-size="14" font-weight="600">{escape(title)}</text>',
        *legend(names),
        *grid(axis, height),
    ]
    for number, row in enumerate(rows):
        lines += marks(row, axis, TOP + ROW * number + ROW // 2)
    return "\n".join([*lines, "</svg>"]) + "\n"


def ratios(row: dict[str, Any]) -> dict[str, float]:
    """The ratios of an operation and, by the name of no contender, its budget."""
    found = {name: result.get("ratio") for name, result in row["contenders"].items()}
    found["budget"] = row["budget"]
    return {name: ratio for name, ratio in found.items() if ratio}


def mark(name: str, x: float, y: float) -> str:
    colour, shape = MARKS.get(name, (INK, BUDGET))
    return f'<g transform="translate({x} {y})" fill="{colour}">{shape}</g>'


def legend(names: list[str]) -> Iterator[str]:
    x = MARGIN + 8
    for name in [*names, "budget"]:
        yield mark(name, x, 42)
        yield f'<text x="{x + 12}" y="46">{escape(name)}</text>'
        x += 44 + 7 * len(name)


def grid(axis: Axis, height: int) -> Iterator[str]:
    for tick in axis.ticks():
        x = axis(tick)
        yield line(f"M{x} {TOP - 4}V{height - MARGIN}", faint=tick != 1)
        yield f'<text x="{x}" y="{TOP - 8}" text-anchor="middle">{tick:g}</text>'


def line(path: str, faint: bool = True) -> str:
    width, opacity = (0.75, 0.35) if faint else (1.5, 1)
    return f'<path d="{path}" stroke="{INK}" stroke-width="{width}" stroke-opacity="{opacity}"/>'


def marks(row: dict[str, Any], axis: Axis, y: int) -> Iterator[str]:
    yield f'<text x="{LABELS - 14}" y="{y + 4}" text-anchor="end">{escape(row["title"])}</text>'
    yield line(f"M{LABELS} {y}H{LABELS + SCALE}")
    found = ratios(row)
    # This library is drawn last, on top.
    for name in ("budget", *reversed(MARKS)):
        if name in found:
            yield mark(name, axis(found[name]), y)
