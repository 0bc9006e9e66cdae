"""The fenced code blocks of the documentation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^ *(`{3,}|~{3,}) *([^\s`]*)")
RUN_BY_SPHINX = "{"
"""Blocks whose language begins like this are directives: building the documentation runs them."""


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    """Of its first line of code, in the file."""
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    def commands(self) -> Iterator[tuple[str, str]]:
        """For a console: each command, without its remark, and the output that is shown."""
        for command in re.split(r"^\$ ", self.text, flags=re.M)[1:]:
            typed, _, shown = command.partition("\n")
            yield re.sub(r"\s{2,}#.*", "", typed).strip(), shown


def pages() -> list[str]:
    """README.md and the pages of docs/, as paths from the root of the repository."""
    found = (ROOT / "docs").rglob("*.md")
    return ["README.md", *sorted(p.relative_to(ROOT).as_posix() for p in found if built(p))]


def built(path: Path) -> bool:
    return "_build" not in path.parts


def blocks(page: str) -> list[Block]:
    """The blocks of a page that the tests have to run.

    :raises ValueError: for a block that does not say its language.
    """
    return [block for block in fenced(page) if not block.language.startswith(RUN_BY_SPHINX)]


def fenced(page: str) -> Iterator[Block]:
    lines = iter(enumerate((ROOT / page).read_text(encoding="utf-8").splitlines(), 1))
    for number, line in lines:
        if opened := FENCE.match(line):
            fence, language = opened.groups()
            if not language:
                raise ValueError(f"{page}:{number}: say the language of the block.")
            inside = []
            for _, code in lines:
                if code.strip().startswith(fence):
                    break
                inside.append(code + "\n")
            yield Block(page, number + 1, language, "".join(inside))
