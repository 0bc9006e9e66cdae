"""The columns of a product, the values that are written there, and how they are compared."""

import json
import random
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

#: Every column beside the key, and what it holds.
COLUMNS = {
    "label": "text",
    "title": "text",
    "stock": "int",
    "sku": "text",
    "seo_title": "text",
    "seo_rank": "int",
    "data": "json",
    "image": "text",
    "width": "int",
    "price": "decimal",
    "published": "time",
    "brand_id": "int",
    "views": "int",
    "rating": "int",
    "note": "text",
    "weight": "int",
}
REQUIRED = ("label", "title", "stock", "sku", "seo_title", "seo_rank")
#: Columns of rows that several processes write to; `views` only ever counts up.
SHARED = ("title", "stock", "seo_title", "seo_rank", "image", "width", "rating", "note")
BRANDS = 3
PARTS = {
    "shop_productseo": ("productseo_id", ("sku", "seo_title", "seo_rank", "data")),
    "shop_productmedia": (
        "productmedia_id",
        ("image", "width", "price", "published", "brand_id"),
    ),
    "shop_productuse": ("productuse_id", ("views", "rating")),
    "shop_productnote": ("productnote_id", ("note", "weight")),
}
SPARSE = "shop_productnote"
BEGIN = datetime(2020, 1, 1, tzinfo=timezone.utc)


def value_of(name: str, label: str, number: int, rng: random.Random) -> Any:
    """A value that tells which write it comes from, where the column has room for that."""
    if name == "sku":
        return label  # unique, as the label is
    if name == "brand_id":
        return rng.randint(1, BRANDS)
    kind = COLUMNS[name]
    if kind == "text":
        return f"{name} {label} {number}"[:60]
    if kind == "decimal":
        return Decimal(number) / 4
    if kind == "time":
        return BEGIN + timedelta(seconds=number)
    if kind == "json":
        return {"by": label, "n": number, "list": [1, None, "a'b"]}
    return number


def draw(
    rng: random.Random, label: str, number: int, names: Any, missing: bool = True
) -> dict[str, Any]:
    """Values for some columns; those that may be NULL are it now and then."""
    found = {}
    for name in names:
        nothing = missing and name not in (*REQUIRED, "views") and rng.random() < 0.2
        found[name] = None if nothing else value_of(name, label, number, rng)
    return found


def empty(label: str) -> dict[str, Any]:
    """What a row holds of which nobody said more."""
    return dict.fromkeys(COLUMNS) | {"label": label, "stock": 0, "views": 0}


def seed(number: int) -> dict[str, Any]:
    """A row that is there from the beginning."""
    label = f"seed.{number}"
    return draw(random.Random(number), label, number, COLUMNS) | {"label": label}


def canonical(name: str, value: Any) -> Any:
    """A value as JSON can hold it, the same whether Python or a database gave it."""
    if value is None:
        return None
    kind = COLUMNS[name]
    if kind == "decimal":
        return f"{Decimal(value):.2f}"
    if kind == "time":
        if value.tzinfo is not None:
            value = value.astimezone(timezone.utc).replace(tzinfo=None)
        return value.isoformat()
    if kind == "json":
        return json.dumps(json.loads(value) if isinstance(value, str) else value, sort_keys=True)
    return value


def canonical_row(values: dict[str, Any]) -> dict[str, Any]:
    return {name: canonical(name, value) for name, value in values.items()}
