"""Makes the rows of a course before its writers start.

python -m tests.online.seeder FOLDER seeds COUNT
python -m tests.online.seeder FOLDER shared|victim COUNT GROUP
"""

import sys
from itertools import islice
from pathlib import Path
from time import monotonic

from . import process
from .history import CREATE, History
from .values import BRANDS, COLUMNS, canonical_row, empty, seed, value_of

BATCH = 2000


def seeds(count: int) -> None:
    from shop.models import Brand, Product

    Brand.objects.bulk_create(Brand(id=n + 1, name=f"brand {n}") for n in range(BRANDS))
    Product.objects.create(**(empty("probe") | dict(sku="probe", **texts("probe"))))
    rows = (Product(**seed(number)) for number in range(count))
    while batch := list(islice(rows, BATCH)):
        Product.objects.bulk_create(batch)


def texts(label: str) -> dict:
    names = ("title", "seo_title", "seo_rank")
    return {name: value_of(name, label, 0, None) for name in names}


def everybodys(folder: Path, kind: str, count: int, group: str) -> None:
    """Rows that several processes will write to; they are in a history of their own."""
    from shop.models import Product

    history = History(folder / f"{kind}.{group}.history")
    for number in range(count):
        label = f"{kind}.{group}.{number}"
        row = empty(label) | {"sku": label, **texts(label)}
        history.begin("create", "", [(label, CREATE, canonical_row(row))])
        start = monotonic()
        given = {n: row[n] for n in COLUMNS if row[n] is not None}
        Product.objects.create(**given)
        history.acknowledged(monotonic() - start)


def main() -> None:
    folder, kind, count, *group = sys.argv[1:]
    process.setup()
    if kind == "seeds":
        seeds(int(count))
    else:
        everybodys(Path(folder), kind, int(count), group[0])


if __name__ == "__main__":
    main()
