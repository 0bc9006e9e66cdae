"""Draws timeline.svg: what runs, what is written and what is locked in the course of a split.

`python docs/images/timeline.py` writes the file; a test compares them. Colours are of medium
lightness on no background, so that the picture serves on white and on black.
"""

from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

INK = "#7d8590"
FAINT = f'stroke="{INK}" stroke-opacity="0.35"'
OLD, NEW, SYNC, COPY, GATE = "#b0781c", "#3b82d6", "#2f9e6e", "#8f6ad8", "#d9480f"
LABELS, WIDTH, ROW, TOP = 128, 1010, 58, 74
STEPS = {
    "before": (128, 232), "expand": (232, 362), "copy": (362, 536), "deploy": (536, 706),
    "contract": (706, 906), "after": (906, 1000),
}  # fmt: skip
COMMANDS = {
    "expand": "migrate shop 0002", "copy": "migrate shop 0003", "deploy": "your deployment",
    "contract": "migrate shop 0004",
}  # fmt: skip
TITLE = "A split, step by step, on PostgreSQL and MariaDB"
DESCRIPTION = """
Time goes from left to right through six steps: before, expand, copy, deploy, contract, after.
The old code runs from the beginning until the end of deploy; the new code from the beginning of
deploy on. Old columns are written by the old code, and by triggers for the new code, until
contract removes them; they may be NULL from expand on. Parts exist from expand on; triggers write
them for the old code, copy fills in the rows that were there before, the new code writes them.
Triggers are at work from the end of expand until contract. Contract begins with the gate, which
compares every row and refuses if one is missing or differs. Locks: milliseconds on the table in
expand, half a second per batch on the rows that are copied, none while the gate compares,
milliseconds on all tables of the family at the end of contract. The way back: from expand, copy and
deploy migrate to the migration before, with the old code running; after contract, backwards
through the same steps.
"""


def text(x: float, y: float, words: str, colour: str = INK, **options: object) -> str:
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in options.items())
    return f'<text x="{x:g}" y="{y:g}" fill="{colour}"{more}>{escape(words)}</text>'


def middle(step: str) -> float:
    return sum(STEPS[step]) / 2


def bar(row: int, start: float, end: float, colour: str, *lines: str) -> Iterator[str]:
    """A span of time, with what it means inside."""
    y = TOP + ROW * row + 6
    yield (
        f'<rect x="{start + 2:g}" y="{y}" width="{end - start - 4:g}" height="{ROW - 14}" rx="5" '
        f'fill="{colour}" fill-opacity="0.16" stroke="{colour}" stroke-width="1.4"/>'
    )
    first = y + (ROW - 14) / 2 + 4 - 7.5 * (len(lines) - 1)
    for number, words in enumerate(lines):
        yield text((start + end) / 2, first + 15 * number, words, text_anchor="middle")


def wedge(row: int, start: float, end: float, colour: str, words: str, rises: bool) -> str:
    """Something that becomes more or less in the course of a step."""
    top, bottom = TOP + ROW * row + 6, TOP + ROW * row + ROW - 8
    left, right = (bottom, top) if rises else (top, bottom)
    return (
        f'<path d="M{start + 2:g} {bottom}V{left}L{end - 2:g} {right}V{bottom}z" fill="{colour}" '
        f'fill-opacity="0.16" stroke="{colour}" stroke-width="1.4"/>'
        + text(
            (start + 2 * end if rises else 2 * start + end) / 3,
            bottom - 6,
            words,
            text_anchor="middle",
        )
    )


def arrow(row: int, start: float, end: float, words: str) -> Iterator[str]:
    y = TOP + ROW * row + 20
    yield (
        f'<path d="M{start - 6:g} {y}H{end + 8:g}m7-5-8 5 8 5" fill="none" stroke="{INK}" '
        'stroke-width="1.6"/>'
    )
    yield text((start + end) / 2, y + 18, words, text_anchor="middle")


def frame(labels: list[str]) -> Iterator[str]:
    height = TOP + ROW * len(labels)
    for number, (step, (start, _)) in enumerate(STEPS.items()):
        yield f'<path d="M{start} 34V{height}" {FAINT}/>'
        title = f"{number}. {step}" if step in COMMANDS else step
        yield text(middle(step), 48, title, font_weight=600, text_anchor="middle")
        if command := COMMANDS.get(step):
            yield text(middle(step), 65, command, font_size=11, text_anchor="middle")
    for row, label in enumerate(labels):
        yield f'<path d="M8 {TOP + ROW * row}H{WIDTH - 10}" {FAINT}/>'
        for number, words in enumerate(label.split("\n")):
            yield text(10, TOP + ROW * row + 30 + 15 * number, words, font_weight=600)


def rows() -> Iterator[str]:
    at = {step: span[0] for step, span in STEPS.items()}
    ready = at["copy"] - 34
    """When the triggers are there, at the end of expand."""
    proved = at["contract"] + 112
    """When the gate is through."""
    gone = at["after"] - 44
    """When columns and triggers go, at the end of contract."""

    yield from bar(0, at["before"], at["deploy"], OLD, "runs")
    yield wedge(0, at["deploy"], at["contract"], OLD, "less and less", rises=False)
    yield wedge(1, at["deploy"], at["contract"], NEW, "more and more", rises=True)
    yield from bar(1, at["contract"], STEPS["after"][1], NEW, "runs")

    yield from bar(2, at["before"], ready, OLD, "written by", "the old code")
    yield from bar(2, ready, gone, SYNC, "written by the old code, by triggers for the new code;",
                   "may be NULL")  # fmt: skip
    yield text((gone + STEPS["after"][1]) / 2 + 2, TOP + ROW * 2 + 33, "gone", text_anchor="middle")

    yield from bar(3, ready, gone, SYNC, "written by triggers for the old code, by the new code;",
                   "older rows come with the copy")  # fmt: skip
    yield from bar(3, gone, STEPS["after"][1], NEW, "written by the", "new code")

    yield from bar(4, ready, gone, SYNC, "both sides equal, in the transaction of each write")

    yield from bar(5, at["copy"], at["deploy"], COPY, "batches, a commit each;", "may be stopped")
    yield from bar(5, at["contract"], proved, GATE, "gate: every row", "there and equal?")

    yield from bar(6, at["expand"], at["copy"], GATE, "the table,", "for milliseconds")
    yield from bar(6, at["copy"], at["deploy"], COPY, "rows of a batch,", "0.5 s")
    yield text(middle("deploy"), TOP + ROW * 6 + 33, "none", text_anchor="middle")
    for number, words in enumerate(("none while", "comparing")):
        y = TOP + ROW * 6 + 26 + 15 * number
        yield text((at["contract"] + proved) / 2, y, words, text_anchor="middle")
    yield from bar(6, proved, at["after"], GATE, "all tables,", "milliseconds")

    yield from arrow(
        7, at["contract"], at["expand"], "migrate shop 0001, with the old code running"
    )
    yield from arrow(
        7, STEPS["after"][1], at["contract"], "the same steps, backwards, by both codes"
    )


def svg() -> str:
    labels = [
        "old code", "new code", "old columns", "parts", "triggers\n(sync)",
        "data moved,\ncompared", "locks", "way back",
    ]  # fmt: skip
    height = TOP + ROW * len(labels) + 4
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'font-family="system-ui, sans-serif" font-size="12" aria-labelledby="title description">',
        f'<title id="title">{TITLE}</title>',
        f'<desc id="description">{" ".join(DESCRIPTION.split())}</desc>',
        text(10, 20, TITLE, font_size=15, font_weight=600),
        *frame(labels),
        *rows(),
    ]
    return "\n".join([*lines, "</svg>"]) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("timeline.svg").write_text(svg(), encoding="utf-8")
