"""What the pairs of models look like: drawn from fixed seeds, so always the same.

A design has a model ``Item`` with fields of many types, spread over a core and one to three
parts, and the models around it: ``Group`` (which items point to), ``Note`` and ``Extra``
(which point to items), ``Tag`` (many-to-many), and sometimes a child or a proxy of ``Item``.
"""

import os
import random
from dataclasses import dataclass, field
from typing import Any

FIRST_SEED = int(os.environ.get("BDMODELS_FUZZ_SEED", "0"))
FAMILIES = int(os.environ.get("BDMODELS_FUZZ_FAMILIES", "16"))

KEYS = ("bigauto", "uuid", "char", "auto", "integer")
TEXTS = ("char", "text")
NUMBERS = ("integer", "decimal", "float", "db_default")
DATES = ("date", "datetime")
RELATIONS = ("group", "owner", "badge", "parent")

# Fields by name; a design takes some of them.
KINDS = {
    "title": "char",
    "code": "char",
    "slogan": "text",
    "number": "integer",
    "amount": "integer",
    "rank": "db_default",
    "price": "decimal",
    "weight": "float",
    "active": "boolean",
    "maybe": "boolean",
    "since": "date",
    "due": "datetime",
    "stamp": "auto_now",
    "born": "auto_now_add",
    "settings": "json",
    "token": "uuid",
    "span": "duration",
    "blob": "binary",
    "twice": "generated",
    "group": "group",
    "owner": "owner",
    "badge": "badge",
    "parent": "parent",
}


@dataclass
class FieldDesign:
    name: str
    kind: str
    table: int = 0
    null: bool = False
    unique: bool = False
    default: bool = False
    db_column: str | None = None
    on_delete: str = "CASCADE"
    related_name: str | None = None
    index: bool = False

    @property
    def attname(self) -> str:
        return f"{self.name}_id" if self.kind in RELATIONS else self.name

    @property
    def computed(self) -> bool:
        return self.kind in ("auto_now", "auto_now_add", "generated")


@dataclass
class Design:
    seed: int
    key: str
    key_name: str
    key_column: str | None
    parts: int
    sparse: set[int]
    fields: list[FieldDesign]
    ordering: list[str] = field(default_factory=list)
    unique_together: list[tuple[str, str]] = field(default_factory=list)
    positive: list[str] = field(default_factory=list)
    child: bool = False
    proxy: bool = False
    signals: bool = False
    keeps_order: bool = False
    note_on_delete: str = "CASCADE"
    extra_is_keyed: bool = False
    listed_unique: list[tuple[str, ...]] = field(default_factory=list)

    def __getitem__(self, name: str) -> FieldDesign:
        return next(f for f in self.fields if f.name == name)

    def named(self, *kinds: str) -> list[str]:
        return [f.name for f in self.fields if f.kind in kinds]

    def name(self, model: str) -> str:
        return f"{model}{self.seed}"

    @property
    def item_models(self) -> list[str]:
        return ["Item", *["Child"] * self.child, *["Proxy"] * self.proxy]

    def __str__(self) -> str:
        sparse = "-sparse" if self.sparse else ""
        return f"{self.seed}-{self.key}-{self.parts}parts{sparse}"


def design(seed: int) -> Design:
    rng = random.Random(seed)

    def chance(p: float) -> bool:
        return rng.random() < p

    key = KEYS[seed % len(KEYS)]
    parts = rng.choice((1, 2, 2, 3))
    sparse = {parts} if chance(0.5) else set()
    names = rng.sample(sorted(KINDS), rng.randint(7, 14))
    for needed in ("title", "number"):
        if needed not in names:
            names.append(needed)
    fields = [draw_field(name, chance, rng) for name in names]
    for f in fields:
        f.table = rng.randint(0, parts)
    by_name = {f.name: f for f in fields}
    if "twice" in by_name:
        by_name["twice"].table = by_name["number"].table
    for table in range(1, parts + 1):
        if not any(f.table == table for f in fields):
            movable = [f for f in fields if f.table == 0 and f.kind != "generated"]
            if "twice" in by_name:
                movable = [f for f in movable if f.name != "number"]
            extra = rng.choice(movable) if movable else None
            if extra is None:
                extra = draw_field(next(n for n in KINDS if n not in by_name), chance, rng)
                fields.append(extra)
            extra.table = table
    for f in fields:
        if f.table in sparse:
            if f.kind == "db_default":
                f.kind = "integer"
            f.null = f.kind != "generated"
            f.default = f.default and chance(0.3)
    made = Design(
        seed=seed,
        key=key,
        key_name=rng.choice(("id", "id", "nr")) if key != "bigauto" else "id",
        key_column=rng.choice((None, None, "the_key")) if key != "bigauto" else None,
        parts=parts,
        sparse=sparse,
        fields=fields,
        child=chance(0.25),
        proxy=chance(0.2),
        signals=chance(0.25),
        keeps_order=chance(0.5),
        note_on_delete=rng.choice(("CASCADE", "SET_NULL", "PROTECT", "RESTRICT", "CASCADE")),
        extra_is_keyed=chance(0.5),
    )
    draw_options(made, chance, rng)
    return made


def draw_field(name: str, chance: Any, rng: random.Random) -> FieldDesign:
    kind = KINDS[name]
    drawn = FieldDesign(name, kind)
    drawn.null = kind not in ("auto_now_add", "generated") and chance(0.4)
    drawn.default = kind not in RELATIONS and chance(0.4)
    drawn.unique = kind in ("char", "integer", "uuid", "date") and chance(0.15)
    drawn.index = chance(0.2)
    if chance(0.2):
        drawn.db_column = f"{name}_column"
    if kind == "badge":
        drawn.null, drawn.unique = True, True
    if kind == "parent":
        drawn.null = True
    choices = ["CASCADE", "PROTECT", "RESTRICT", "CASCADE"] + ["SET_NULL"] * 3 * drawn.null
    drawn.on_delete = rng.choice(choices)
    if kind == "group":
        drawn.related_name = rng.choice((None, "things", "%(class)s_things"))
    elif kind == "owner":
        drawn.related_name = rng.choice(("owned", "+"))
    elif kind == "badge":
        drawn.related_name = "holder"
    elif kind == "parent":
        drawn.related_name = rng.choice((None, "children"))
    return drawn


def draw_options(made: Design, chance: Any, rng: random.Random) -> None:
    sortable = made.named("char", *NUMBERS, *DATES)
    if chance(0.4):
        made.ordering = [rng.choice(("", "-")) + rng.choice(sortable), "pk"]
    for table in range(made.parts + 1):
        here = [f for f in made.fields if f.table == table]
        pairs = [f.name for f in here if f.kind in ("char", "integer", "group", "date")]
        if len(pairs) >= 2 and chance(0.3):
            made.unique_together.append(tuple(rng.sample(pairs, 2)))
        if len(pairs) >= 2 and chance(0.2):
            made.listed_unique.append(tuple(rng.sample(pairs, 2)))
        numbers = [f.name for f in here if f.kind == "integer"]
        if numbers and chance(0.2):
            made.positive.append(rng.choice(numbers))


DESIGNS = [design(seed) for seed in range(FIRST_SEED, FIRST_SEED + FAMILIES)]
