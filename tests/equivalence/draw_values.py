"""How values are drawn for the fields of a design."""

import datetime
import uuid
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from . import clock
from .designs import RELATIONS, Design, FieldDesign
from .queries import Row
from .worlds import SLOTS, World

VALUES: dict[str, Any] = {
    "char": st.sampled_from(["a", "b", "", "Ab", "title 0", "ü x"]),
    "text": st.sampled_from(["a", "", "text 1"]),
    "integer": st.sampled_from([0, 1, 2, 9, -3]),
    "db_default": st.sampled_from([7, 0, 11]),
    "decimal": st.sampled_from([Decimal("0.00"), Decimal("1.00"), Decimal("-2.50")]),
    "float": st.sampled_from([0.0, 0.5, -1.25]),
    "boolean": st.booleans(),
    "date": st.sampled_from([clock.FIRST_DAY, datetime.date(2023, 12, 31)]),
    "datetime": st.sampled_from([clock.NOON, clock.NOON.replace(year=2025)]),
    "auto_now": st.just(clock.NOON.replace(year=2020)),
    "auto_now_add": st.just(clock.NOON.replace(year=2020)),
    "json": st.sampled_from([{}, {"a": 0}, [1, "x"], "text", 5]),
    "uuid": st.integers(0, 4).map(lambda n: uuid.UUID(int=n)),
    "duration": st.sampled_from([0 * clock.ONE_DAY, 2 * clock.ONE_DAY]),
    "binary": st.sampled_from([b"", b"\x00\xff"]),
}


class ValueStrategies:
    """Values, keys and fields."""

    def __init__(self, design: Design, world: World) -> None:
        self.design = design
        self.models = st.sampled_from(design.item_models)
        self.numbers = st.integers(0, 6)
        self.slots = st.integers(0, SLOTS - 1)
        self.fields = [f for f in design.fields if f.kind != "generated"]
        self.writable = [f for f in self.fields if f.kind not in ("auto_now", "auto_now_add")]
        self.accessors = self.find_accessors(world)
        names = [f.name for f in design.fields]
        self.names = st.sampled_from([*names, *(f.attname for f in design.fields), "pk"])
        self.field_names = st.sampled_from(names)
        self.relations = [f for f in design.fields if f.kind in RELATIONS]
        self.selectable = [f.name for f in self.relations]

    def find_accessors(self, world: World) -> list[tuple[str, str, str, str]]:
        """Model, accessor, name in queries and field of all that points at items by a field."""
        found = []
        for field in self.design.fields:
            if field.kind not in RELATIONS:
                continue
            rel = world.model("Item")._meta.get_field(field.name).remote_field
            if not rel.is_hidden() if callable(getattr(rel, "is_hidden", None)) else not rel.hidden:
                model = "Item" if field.kind == "parent" else "Group"
                found.append((model, rel.get_accessor_name(), rel.name, field.name))
        return found

    def key(self) -> Any:
        if self.design.key == "uuid":
            return st.integers(0, 9).map(lambda n: uuid.UUID(int=n))
        if self.design.key == "char":
            return st.sampled_from(["key 0", "key 2", "new", "", "x y"])
        return st.sampled_from([1, 500, 501, 700, 701, 9000])

    def value(self, field: FieldDesign) -> Any:
        if field.kind in RELATIONS:
            model = "Item" if field.kind == "parent" else "Group"
            plain = st.builds(Row, st.just(model), self.numbers)
        else:
            plain = VALUES[field.kind]
        if field.unique and field.kind in ("char", "integer"):
            more = st.integers(20, 60)
            plain |= more if field.kind == "integer" else more.map(lambda n: f"unique {n}")
        return plain | st.none() if field.null else plain

    def any_value(self, field: FieldDesign) -> Any:
        """A value that may be wrong: None where there is to be none."""
        right = self.value(field)
        return st.one_of(right, right, right, st.none()) if not field.null else right

    def assignment(self, fields: Any = None) -> Any:
        fields = fields or self.writable
        return st.sampled_from(fields).flatmap(
            lambda f: st.tuples(st.just(f.attname), self.any_value(f))
        )

    def needed(self, field: FieldDesign) -> bool:
        return not (field.null or field.default or field.kind in ("db_default", "binary", "text"))

    @property
    def values(self) -> Any:
        """Values for a new object, mostly enough to save it."""
        needed = [f for f in self.writable if self.needed(f)]
        optional = [f for f in self.writable if not self.needed(f)]
        parts = [st.tuples(st.just(self.by(f)), self.value(f)) for f in needed]
        chosen = st.tuples(*parts)
        if self.design.key in ("char", "integer"):
            key = st.tuples(st.just(self.design.key_name), self.key())
            chosen = st.tuples(chosen, key).map(lambda p: (p[1], *p[0]))
        elif self.design.key == "uuid":
            key = st.just(()) | st.tuples(st.tuples(st.just(self.design.key_name), self.key()))
            chosen = st.tuples(chosen, key).map(lambda p: (*p[1], *p[0]))
        else:
            key = st.tuples(st.just(self.design.key_name), st.sampled_from([700, 9000]))
            chosen = st.tuples(chosen, st.just(()) | st.just(()) | st.tuples(key)).map(
                lambda p: (*p[1], *p[0])
            )
        if not optional:
            return chosen
        more = st.dictionaries(st.sampled_from([f.name for f in optional]), st.none(), max_size=5)
        by_name = {f.name: f for f in optional}
        extras = more.flatmap(
            lambda d: st.tuples(
                *(st.tuples(st.just(self.by(by_name[n])), self.value(by_name[n])) for n in d)
            )
        )
        return st.tuples(chosen, extras).map(lambda p: (*p[0], *p[1]))

    def by(self, field: FieldDesign) -> str:
        return field.attname
