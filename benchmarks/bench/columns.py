"""The columns that every contender stores: 13 of the core, its key included, and 30 moved ones."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from .source import Source

# Columns with a part to play in an operation.
CHANGED, SUMMED, FILTERED, ORDERED = "sold", "stock", "seller", "created"
MOVED_TEXT, MOVED_CHANGED = "description", "views"
MOVED_SUMMED, MOVED_FILTERED = "review_count", "supplier"
# How many rows a seller and a supplier have.
SELLS, SUPPLIES = 40, 10


@dataclass(frozen=True)
class Column:
    name: str
    kind: type[models.Field]
    value: Callable[[Source], Any]
    options: dict[str, Any] = field(default_factory=dict)

    def field(self) -> models.Field:
        """A new field for a model class."""
        return self.kind(**self.options)


def integer(name: str, limit: int, **options: Any) -> Column:
    return Column(name, models.IntegerField, lambda source: source.number(limit), options)


def reference(name: str, rows_each: int) -> Column:
    """The number of something that so many rows have in common, however large the table is."""
    options = {"db_index": True}
    return Column(name, models.IntegerField, lambda source: source.one_in(rows_each), options)


def chars(name: str, length: int) -> Column:
    options = {"max_length": length}
    return Column(name, models.CharField, lambda source: source.line(length), options)


def text(name: str, share: float = 1.0) -> Column:
    return Column(name, models.TextField, lambda source: source.text(share))


def moment(name: str, **options: Any) -> Column:
    return Column(name, models.DateTimeField, lambda source: source.moment(), options)


def flag(name: str) -> Column:
    return Column(name, models.BooleanField, lambda source: source.number(2) == 1)


def money(name: str) -> Column:
    options = {"max_digits": 12, "decimal_places": 2}
    return Column(name, models.DecimalField, lambda source: source.money(), options)


def real(name: str) -> Column:
    return Column(name, models.FloatField, lambda source: source.number(10**6) / 1000)


def json(name: str) -> Column:
    return Column(name, models.JSONField, lambda source: source.document())


CORE = [
    reference("seller", SELLS),
    integer("category", 40),
    chars("status", 10),
    chars("sku", 20),
    chars("title", 60),
    chars("contact", 80),
    moment("created", db_index=True),
    moment("modified"),
    flag("active"),
    integer("stock", 10**6),
    integer("sold", 10**6),
    chars("country", 2),
]
MOVED = [
    *(text("description"), integer("views", 10**6), chars("subtitle", 100)),
    *(chars("url", 200), moment("published", null=True), flag("featured")),
    *(text("terms"), json("options"), reference("supplier", SUPPLIES)),
    *(chars("supplier_code", 80), money("cost"), Column("supplied", models.DateField, Source.day)),
    *(text("shipping_notes"), money("shipping_price"), money("shipping_tax")),
    *(chars("currency", 3), chars("warehouse", 200), chars("city", 60)),
    *(json("settings"), text("manual", 0.5), integer("width", 10**6)),
    *(integer("height", 10**6), chars("colour", 40), flag("fragile")),
    *(text("review", 0.5), real("rating"), real("weight")),
    *(chars("review_note", 200), moment("reviewed"), integer("review_count", 10**6)),
]
