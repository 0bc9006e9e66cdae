"""Spelling: a Sphinx extension that warns of words that are in no dictionary.

The dictionary is Hunspell's for English, which the package `spylls` brings along, and
`words.txt`, the words of this project. Code, names of files and the like are left out. README.md,
which is no page of the documentation, is read as well.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
NO_WORDS = re.compile(r"\S+://\S+|\S*[/_@<>=]\S*|\b\w+\.\w+\S*|\S*\d\S*|\w*[a-z][A-Z]\w*")
"""Addresses, paths, identifiers, and what has a digit in it."""


def misspelled(text: str, known: Callable[[str], bool]) -> Iterator[str]:
    """The words of a text that are not known.

    :param known: whether a dictionary has a word.
    """
    for word in WORD.findall(NO_WORDS.sub(" ", text)):
        plain = re.sub(r"['\u2019]s?$", "", word)
        if len(plain) > 1 and not (known(plain) or known(word)):
            yield plain


@cache
def dictionary() -> Callable[[str], bool]:
    """:raises RuntimeError: if the dictionary takes anything for a word, or nothing."""
    from spylls.hunspell import Dictionary

    english = Dictionary.from_files("en_US")
    own = set((HERE / "words.txt").read_text(encoding="utf-8").split())
    lower = {word for word in own if word.islower()}

    @cache
    def known(word: str) -> bool:
        return word in own or word.lower() in lower or english.lookup(word)

    if not known("receive") or known("recieve"):
        raise RuntimeError("The dictionary of spylls does not tell words from mistakes.")
    return known


def prose(document: Any) -> Iterator[tuple[str, int | None]]:
    """The texts of a page that are to be read, each with its line."""
    from docutils import nodes
    from sphinx import addnodes

    code = (
        nodes.literal, nodes.literal_block, nodes.raw, nodes.comment, nodes.math,
        addnodes.desc_signature, addnodes.literal_emphasis, addnodes.literal_strong,
    )  # fmt: skip
    for text in document.findall(nodes.Text):
        above, line = text.parent, None
        while above is not None and not isinstance(above, code):
            line = line or above.line
            above = above.parent
        if above is None:
            yield str(text), line


def check_page(app: Any, document: Any) -> None:
    for text, line in prose(document):
        warn(text, (app.env.docname, line))


def check_readme(app: Any) -> None:
    from markdown_it import MarkdownIt

    readme = HERE.parent / "README.md"
    for block in MarkdownIt().enable("table").parse(readme.read_text(encoding="utf-8")):
        for token in block.children or []:
            if token.type == "text":
                warn(token.content, f"{readme}:{block.map[0] + 1 if block.map else 0}")


def warn(text: str, place: Any) -> None:
    from sphinx.util import logging

    for word in misspelled(text, dictionary()):
        logging.getLogger(__name__).warning(
            "%r is misspelled, or missing in docs/words.txt.", word, location=place
        )


def setup(app: Any) -> dict[str, Any]:
    app.connect("builder-inited", check_readme)
    app.connect("doctree-read", check_page)
    return {"parallel_read_safe": True}
