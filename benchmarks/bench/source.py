"""Where the values come from: the same seed gives the same values on every machine."""

import random
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from typing import Any

START = datetime(2024, 1, 1, tzinfo=timezone.utc)
LETTERS, FREQUENCIES = "etaoinshrdlcumwfgypbvk", (12, 9, 8, 8, 7, 7, 6, 6, 6, *[4] * 5, *[2] * 8)


@cache
def prose(size: int) -> str:
    """Made-up words, most of them out of a few hundred: it compresses about as prose does."""
    draw = random.Random("prose")
    made = ["".join(draw.choices(LETTERS, FREQUENCIES, k=number % 8 + 2)) for number in range(3000)]
    words: list[str] = []
    while size > 0:
        words.append(draw.choice(made if draw.random() < 0.15 else made[:300]))
        size -= len(words[-1]) + 1
    return " ".join(words)


class Source:
    """Random values of the kinds that columns have.

    :param rows: how many rows there are in all.
    :param text_size: the mean length of long texts, in characters.
    """

    def __init__(self, seed: int, rows: int, text_size: int) -> None:
        self.draw = random.Random(seed)
        self.rows, self.text_size = rows, text_size
        self.prose = prose(200_000 + 3 * text_size)

    def number(self, limit: int) -> int:
        return self.draw.randrange(limit)

    def one_in(self, rows_each: int) -> int:
        return self.number(max(1, self.rows // rows_each))

    def cut(self, length: int) -> str:
        start = self.draw.randrange(len(self.prose) - length)
        return self.prose[start : start + length]

    def text(self, share: float) -> str:
        """A fifth to nine fifths of the mean length."""
        return self.cut(int(self.text_size * share * self.draw.uniform(0.2, 1.8)))

    def line(self, limit: int) -> str:
        return self.cut(limit if limit < 5 else self.draw.randint(limit // 4, limit // 2))

    def moment(self) -> datetime:
        return START + timedelta(seconds=self.number(50_000_000))

    def day(self) -> date:
        return self.moment().date()

    def money(self) -> Decimal:
        return Decimal(self.number(10**6)) / 100

    def document(self) -> dict[str, Any]:
        return {
            "number": self.number(1000),
            "flags": ["new", "sale"],
            "note": {"text": self.line(200)},
        }
