"""How steps are drawn for a design."""

import datetime
import uuid
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from . import clock, steps
from .designs import DATES, RELATIONS, TEXTS, Design, FieldDesign
from .queries import Expr, Row
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
NUMERIC = ("integer", "float", "db_default")
NUMBER_LOOKUPS = ("exact", "gt", "lte", "in", "isnull")
LOOKUPS = {
    **dict.fromkeys(("char", "text"), ("exact", "icontains", "startswith", "in", "gt", "isnull")),
    **dict.fromkeys(("integer", "decimal", "float", "db_default", "generated"), NUMBER_LOOKUPS),
    "boolean": ("exact", "isnull"),
    **dict.fromkeys(("date", "datetime", "auto_now"), ("exact", "gt", "year", "isnull")),
    "json": ("exact", "has_key", "a", "isnull"),
    "uuid": ("exact", "in", "isnull"),
    "duration": ("exact", "gt", "isnull"),
    **dict.fromkeys(RELATIONS, ("exact", "in", "isnull")),
}


class Strategies:
    """All strategies for one design."""

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

    # Values

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

    # Queries

    @property
    def condition(self) -> Any:
        """Path and value for ``filter()``."""
        choices = [self.lookup(f) for f in self.design.fields if f.kind in LOOKUPS]
        for relation in self.relations:
            if relation.kind == "parent":
                choices += [
                    self.lookup(f, "parent__") for f in self.design.fields if f.kind in LOOKUPS
                ][:4]
            else:
                choices.append(st.tuples(st.just(f"{relation.name}__name"), st.sampled_from("ab")))
        for model, _, name, _ in self.accessors:
            if model == "Item":
                choices.append(st.tuples(st.just(f"{name}__title"), VALUES["char"]))
                choices.append(st.tuples(st.just(f"{name}__isnull"), st.booleans()))
        note = self.design.name("Note").lower()
        extra = self.design.name("Extra").lower()
        choices += [
            st.tuples(st.just(f"{note}__text"), st.sampled_from(["n0", "n1"])),
            st.tuples(st.just(f"{extra}__isnull"), st.booleans()),
            st.tuples(st.just("tags__name"), st.sampled_from("xy")),
            st.tuples(st.just("pk"), self.numbers.map(lambda n: Row("Item", n))),
            st.tuples(
                st.just("pk__in"),
                st.lists(self.numbers.map(lambda n: Row("Item", n)), max_size=3),
            ),
        ]
        if len(self.named(NUMERIC)) > 1:
            pair = st.sampled_from(self.named(NUMERIC))
            compared = st.tuples(pair, pair)
            choices.append(
                compared.map(lambda p: (f"{p[0]}__gte", Expr("F", (p[1],)))),
            )
        return st.one_of(choices)

    def named(self, kinds: Any) -> list[str]:
        return self.design.named(*kinds)

    def lookup(self, field: FieldDesign, prefix: str = "") -> Any:
        value = self.value(field) if field.kind not in ("generated",) else VALUES["integer"]

        def with_value(name: str) -> Any:
            path = st.just(f"{prefix}{field.name}__{name}")
            if name == "isnull":
                return st.tuples(path, st.booleans())
            if name == "year":
                return st.tuples(path, st.sampled_from([2023, 2024, 2025]))
            if name in ("has_key", "a"):
                return st.tuples(path, st.just("a") if name == "has_key" else st.integers(0, 2))
            if name == "in":
                return st.tuples(path, st.lists(value.filter(lambda v: v is not None), max_size=3))
            return st.tuples(path, value.filter(lambda v: v is not None))

        return st.sampled_from(LOOKUPS[field.kind]).flatmap(with_value)

    @property
    def q(self) -> Any:
        leaf = self.condition.map(lambda c: Expr("Q", c))
        return st.recursive(
            leaf,
            lambda inner: st.one_of(
                st.builds(lambda a, b: Expr("or", (a, b)), inner, inner),
                st.builds(lambda a, b: Expr("and", (a, b)), inner, inner),
                st.builds(lambda a: Expr("not", (a,)), inner),
            ),
            max_leaves=3,
        )

    @property
    def filters(self) -> Any:
        one = st.one_of(
            self.condition.map(lambda c: ("filter", *c)),
            self.condition.map(lambda c: ("exclude", *c)),
            self.q.map(lambda q: ("filter", q)),
        )
        return st.lists(one, max_size=2).map(tuple)

    @property
    def ordering(self) -> Any:
        paths = [f.name for f in self.design.fields if f.kind not in ("json", "binary", *RELATIONS)]
        paths += [f"{f.name}__name" for f in self.relations if f.kind != "parent"]
        if "parent" in self.selectable:
            paths += ["parent__title", "parent__number"]
        path = st.tuples(st.sampled_from(["", "-"]), st.sampled_from(paths)).map("".join)
        some = st.lists(path, max_size=2).map(lambda p: ("order_by", *p, "pk"))
        return st.one_of(st.just(()), some.map(lambda o: (o,)), some.map(lambda o: (o,)))

    @property
    def loading(self) -> Any:
        """only(), defer(), select_related() and prefetch_related()."""
        names = st.lists(self.field_names, min_size=1, max_size=3, unique=True)
        paths = [*self.selectable, *(("parent__" + n) for n in self.selectable[:1])]
        if "parent" not in self.selectable:
            paths = self.selectable
        extra = self.design.name("Extra").lower()
        note = self.design.name("Note").lower()
        choices = [
            st.just(()),
            names.map(lambda n: (("only", *n),)),
            names.map(lambda n: (("defer", *n),)),
            st.just((("select_related", extra),)),
            st.sampled_from(["tags", f"{note}_set"]).map(lambda p: (("prefetch_related", p),)),
            st.just((("select_for_update",),)),
        ]
        if paths:
            related = st.lists(st.sampled_from(paths), min_size=1, max_size=2, unique=True)
            choices += [
                related.map(lambda p: (("select_related", *p),)),
                related.map(lambda p: (("prefetch_related", *p),)),
                st.tuples(related, names).map(
                    lambda p: (("select_related", *p[0]), ("only", *p[0], *p[1]))
                ),
                st.tuples(related, names.filter(lambda n: not set(n) & set(paths))).map(
                    lambda p: (("select_related", *p[0]), ("defer", *p[1]))
                ),
            ]
        mine = [a for m, a, _, f in self.accessors if m == "Item"]
        if mine:
            choices.append(st.just((("prefetch_related", mine[0]),)))
        return st.one_of(choices)

    @property
    def number(self) -> Any:
        """A numeric expression."""
        leaf = st.sampled_from(self.named(NUMERIC)).map(lambda n: Expr("F", (n,)))
        value = st.integers(-1, 2).map(lambda n: Expr("Value", (n,)))
        return st.recursive(
            st.one_of(leaf, leaf, value),
            lambda inner: st.one_of(
                st.builds(lambda a, b: Expr("add", (a, b)), inner, inner),
                st.builds(lambda a: Expr("times", (a, Expr("Value", (2,)))), inner),
                st.builds(lambda a: Expr("Coalesce", (a, Expr("Value", (0,)))), leaf),
            ),
            max_leaves=3,
        )

    @property
    def word(self) -> Any:
        leaf = st.sampled_from(self.named(TEXTS)).map(lambda n: Expr("F", (n,)))
        value = st.just(Expr("Value", ("w",)))
        return st.one_of(
            leaf,
            leaf.map(lambda a: Expr("Upper", (a,))),
            st.builds(lambda a, b: Expr("Concat", (a, b)), leaf, st.one_of(leaf, value)),
            st.builds(lambda a: Expr("Coalesce", (a, Expr("Value", ("w",)))), leaf),
            st.builds(lambda q, a: Expr("Case", (q, a, Expr("Value", ("z",)))), self.local_q, leaf),
        )

    @property
    def local_q(self) -> Any:
        choices = [self.lookup(f) for f in self.design.fields if f.kind in LOOKUPS]
        return st.one_of(choices).map(lambda c: Expr("Q", c))

    @property
    def annotation(self) -> Any:
        note = self.design.name("Note").lower()
        expression = st.one_of(
            self.number,
            self.word,
            st.just(Expr("has_note", ())),
            st.just(Expr("newest_note", ("text",))),
            self.field_names.map(lambda n: Expr("same_item", (n,))),
            st.just(Expr("Count", (note,))),
            st.just(Expr("Max", (f"{note}__text",))),
            self.local_q.map(lambda q: Expr("CountIf", (note, q))),
            self.field_names.map(lambda n: Expr("F", (n,))),
        )
        return st.tuples(st.sampled_from(["annotate", "alias"]), expression).map(
            lambda p: (p[0], "extra", p[1])
        )

    @property
    def aggregate(self) -> Any:
        number = st.sampled_from(self.named(NUMERIC))
        note = self.design.name("Note").lower()
        return st.one_of(
            st.builds(
                lambda n, p: Expr(n, (p,)), st.sampled_from(["Sum", "Min", "Max", "Avg"]), number
            ),
            st.builds(
                lambda n, p: Expr(n, (p,)),
                st.sampled_from(["Count", "CountDistinct"]),
                st.one_of(self.field_names, st.just(note), st.just("pk")),
            ),
            self.local_q.map(lambda q: Expr("CountIf", ("pk", q))),
        )

    @property
    def objects(self) -> Any:
        """A chain that yields objects, in an order that is certain."""
        return st.tuples(self.filters, self.loading).map(
            lambda p: (*p[0], ("order_by", "pk"), *p[1])
        )

    @property
    def written(self) -> Any:
        """A chain to update or delete."""
        sliced = st.just((("order_by", "pk"), ("slice", 0, 2)))
        return st.integers(0, 12).flatmap(lambda n: sliced if n == 9 else self.filters)

    @property
    def queries(self) -> Any:
        slices = st.sampled_from([(0, 2), (1, 3), (1, None)]).map(lambda p: (("slice", *p),))
        distinct = st.sampled_from([(), (("distinct",),)])

        def shaped(names: list[str]) -> Any:
            return st.sampled_from([("values", *names), ("values_list", *names)])

        # All columns in their order only where that is the same.
        least = 0 if self.design.keeps_order else 1
        columns = st.lists(self.names, min_size=least, max_size=3, unique=True).flatmap(shaped)
        annotations = st.lists(self.annotation, max_size=1).map(tuple)
        listing = st.sampled_from(
            ["list", "list", "iterator", "count", "exists", "len", "first", "last", "get"]
        ).map(lambda t: (t,))
        objects_only = st.sampled_from(["in_bulk", "pickled", "pickled_result"]).map(lambda t: (t,))
        chains = st.tuples(self.filters, annotations, distinct, self.ordering, self.loading)
        flat = chains.map(lambda p: sum(p, ()))
        ordered = st.tuples(self.filters, self.ordering.filter(bool), self.loading, slices)
        simple = st.tuples(self.filters, st.sampled_from([(), (("values_list", "pk", "title"),)]))
        grouping = st.tuples(
            self.filters,
            st.lists(self.field_names, min_size=1, max_size=2, unique=True),
            self.aggregate,
        ).map(lambda p: (*p[0], ("order_by",), ("values", *p[1]), ("annotate", "result", p[2])))
        combined = st.tuples(
            st.sampled_from(["union", "union", "intersection", "difference"]),
            self.filters,
            self.filters,
            st.sampled_from([(), (("values_list", "pk", "title"),), (("values", "number"),)]),
        ).map(lambda p: (*p[1], *p[3], (p[0], ("Item", (*p[2], *p[3])))))
        either = st.tuples(st.sampled_from(["or", "and"]), self.filters, self.filters).map(
            lambda p: (*p[1], (p[0], ("Item", p[2])))
        )
        related = st.sampled_from([*self.selectable, "tags"])
        days = [f.name for f in self.design.fields if f.kind in DATES] or ["pk"]
        query = st.builds
        return st.one_of(
            query(steps.Query, self.models, flat, listing | objects_only),
            query(steps.Query, self.models, ordered.map(lambda p: sum(p, ())), listing),
            query(
                steps.Query,
                self.models,
                st.tuples(self.filters, annotations, self.ordering, columns, distinct).map(
                    lambda p: (*p[0], *p[1], *p[2], p[3], *p[4])
                ),
                listing,
            ),
            query(steps.Query, self.models, grouping, listing),
            query(steps.Query, st.just("Item"), combined, listing),
            query(steps.Query, st.just("Item"), either, listing),
            query(steps.Query, self.models, flat, self.aggregate.map(lambda a: ("aggregate", a))),
            query(
                steps.Query,
                self.models,
                st.tuples(self.objects, related).map(lambda p: (*p[0], ("prefetch_related", p[1]))),
                st.lists(related, min_size=1, max_size=2).map(lambda p: ("related", *p)),
            ),
            query(
                steps.Query,
                self.models,
                self.filters,
                st.one_of(
                    st.sampled_from(days).map(lambda d: ("dates", d, "month")),
                    st.sampled_from(["earliest", "latest"]).flatmap(
                        lambda t: self.field_names.map(lambda n: (t, n, "pk"))
                    ),
                    self.numbers.map(lambda n: ("contains", n)),
                ),
            ),
            query(steps.Query, self.models, simple.map(lambda p: sum(p, ())), listing),
            self.around,
        )

    @property
    def around(self) -> Any:
        """Queries of the models that items point to, or that point to items."""
        chains = [
            self.names.map(lambda n: (("values", "id", f"item__{n}"),)),
            self.condition.map(
                lambda c: (
                    (("filter", f"item__{c[0]}", c[1]),)
                    if not isinstance(c[1], Expr)
                    else (("select_related", "item"),)
                )
            ),
            st.just((("select_related", "item"),)),
            st.just((("prefetch_related", "item"),)),
            st.sampled_from([f"item__{n}" for n in self.selectable] or ["item"]).map(
                lambda p: (("select_related", p),)
            ),
            self.field_names.map(lambda n: (("select_related", "item"), ("only", f"item__{n}"))),
            self.field_names.map(lambda n: (("select_related", "item"), ("defer", f"item__{n}"))),
            self.field_names.filter(lambda n: self.design[n].kind not in ("json", "binary")).map(
                lambda n: (("order_by", f"item__{n}", "pk"),)
            ),
            self.field_names.map(lambda n: (("annotate", "extra", Expr("Max", (f"item__{n}",))),)),
        ]
        terminal = st.sampled_from([("list",), ("related", "item"), ("count",)])
        found = [
            st.builds(steps.Query, st.sampled_from(["Note", "Extra"]), st.one_of(chains), terminal)
        ]
        for model, accessor, name, field in self.accessors:
            found.append(self.from_group(model, accessor, name, field))
        return st.one_of(found)

    def from_group(self, model: str, accessor: str, name: str, field: str) -> Any:
        chains = [
            self.condition.map(
                lambda c: (
                    (("filter", f"{name}__{c[0]}", c[1]),) if not isinstance(c[1], Expr) else ()
                )
            ),
            self.names.map(lambda n: (("order_by",), ("values", "pk", f"{name}__{n}"))),
            st.just((("prefetch_related", accessor),)),
            self.aggregate.map(lambda a: (("annotate", "extra", Expr("Count", (name,))),)),
            st.sampled_from(self.named(NUMERIC)).map(
                lambda n: (("annotate", "extra", Expr("Sum", (f"{name}__{n}",))),)
            ),
            st.tuples(self.filters, self.loading).map(
                lambda p: (
                    ("prefetch_queryset", accessor, "Item", (*p[0], ("order_by", "pk"), *p[1])),
                )
            ),
        ]
        if self.design[field].kind == "badge":
            chains.append(st.just((("select_related", accessor),)))
            reverse = st.builds(steps.ReverseOne, st.just(model), self.numbers, st.just(accessor))
        else:
            reverse = st.builds(
                steps.ReverseQuery,
                st.just(model),
                self.numbers,
                st.just(accessor),
                st.just("Item"),
                st.tuples(self.filters, self.ordering, self.loading).map(lambda p: sum(p, ())),
                st.sampled_from([("list",), ("count",), ("related", field), ("exists",)]),
            )
        terminal = st.sampled_from([("list",), ("related", accessor), ("count",)])
        return st.one_of(
            reverse, st.builds(steps.Query, st.just(model), st.one_of(chains), terminal)
        )

    # Writing

    @property
    def new_value(self) -> Any:
        """A field and what an UPDATE sets it to: values, or expressions over all tables."""
        choices = [self.assignment(), self.assignment()]
        numbers = self.named(("integer", "db_default", "float"))
        choices.append(st.tuples(st.sampled_from(numbers), self.number))
        choices.append(st.tuples(st.sampled_from(self.named(("char", "text"))), self.word))
        for kind in (("boolean",), ("date",), ("json",), ("decimal",), ("group", "owner")):
            names = self.named(kind)
            if names:
                one = st.sampled_from(names)
                choices.append(st.tuples(one, one.map(lambda n: Expr("F", (n,)))))
                choices.append(st.tuples(one, one.map(lambda n: Expr("same_item", (n,)))))
        texts = st.sampled_from(self.named(("char", "text")))
        choices.append(st.tuples(texts, st.just(Expr("newest_note", ("text",)))))
        return st.one_of(choices)

    @property
    def changes(self) -> Any:
        pairs = st.lists(self.new_value, min_size=1, max_size=3, unique_by=lambda p: p[0])
        return pairs.map(tuple)

    @property
    def update_fields(self) -> Any:
        names = [f.name for f in self.fields] + [f.attname for f in self.fields]
        return st.lists(st.sampled_from(names), max_size=3, unique=True)

    @property
    def save(self) -> Any:
        options = st.one_of(
            st.just({}),
            st.just({}),
            self.update_fields.map(lambda n: {"update_fields": n}),
            st.sampled_from([{"force_insert": True}, {"force_update": True}]),
        )
        return st.builds(steps.Save, self.slots, options)

    @property
    def bulk_options(self) -> Any:
        names = [f.name for f in self.writable]
        unique = [[f.name] for f in self.design.fields if f.unique]
        unique += [list(p) for p in (*self.design.unique_together, *self.design.listed_unique)]
        unique += [["pk"], [self.design.key_name]]
        return st.one_of(
            st.just({}),
            st.just({"batch_size": 2}),
            st.just({"ignore_conflicts": True}),
            st.tuples(
                st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True),
                st.sampled_from(unique),
                st.booleans(),
            ).map(
                lambda p: {
                    "update_conflicts": True,
                    "update_fields": p[0],
                    **({"unique_fields": p[1]} if p[2] else {}),
                }
            ),
        )

    @property
    def bulk_create(self) -> Any:
        def with_keys(step: steps.BulkCreate) -> steps.BulkCreate:
            # Attempts that end otherwise use up generated keys on some databases only.
            conflicts = step.options.get("update_conflicts") or step.options.get("ignore_conflicts")
            if conflicts and self.design.key in ("auto", "bigauto"):
                name = self.design.key_name
                step.rows = [
                    values if name in dict(values) else ((name, 5000 + n), *values)
                    for n, values in enumerate(step.rows)
                ]
            return step

        rows = st.lists(self.values, max_size=3)
        return st.builds(steps.BulkCreate, self.models, rows, self.bulk_options).map(with_keys)

    @property
    def assignments(self) -> Any:
        pairs = st.lists(self.assignment(), max_size=3, unique_by=lambda p: p[0])
        return pairs.map(tuple)

    @property
    def writing(self) -> Any:
        fields = st.lists(
            st.sampled_from([f.name for f in self.fields]), min_size=1, max_size=3, unique=True
        )
        build, models = st.builds, self.models
        changes = st.lists(self.assignments, min_size=1, max_size=3)
        size = st.sampled_from([None, None, 1])
        found = [
            build(steps.Create, models, self.values, self.slots),
            build(steps.Create, models, self.values, self.slots),
            build(steps.New, models, self.values, self.slots),
            self.save,
            self.save,
            self.save,
            build(steps.Delete, self.slots),
            self.bulk_create,
            build(steps.BulkUpdate, models, self.objects, changes, fields, size),
            build(
                steps.BulkUpdate,
                models,
                self.objects,
                st.lists(self.changes, max_size=3),
                fields,
                size,
            ),
            build(steps.Update, models, self.written, self.changes),
            build(steps.Update, models, self.written, self.changes),
            build(steps.Update, models, self.written, self.changes),
            build(steps.DeleteRows, models, self.written),
            build(
                steps.DeleteRow,
                st.sampled_from(["Group", "Note", *self.design.item_models]),
                self.numbers,
            ),
            build(
                steps.OrCreate,
                models,
                st.sampled_from(["get_or_create", "update_or_create"]),
                self.lookup_values,
                self.values,
                self.slots,
            ),
            build(
                steps.ChangeTags,
                self.numbers,
                st.sampled_from(["add", "remove", "set", "clear"]),
                st.lists(self.numbers, max_size=2),
            ),
            build(
                steps.Satellite,
                st.sampled_from(["Note", "Extra"]),
                st.builds(Row, st.just("Item"), self.numbers),
                self.slots | st.none(),
            ),
            build(
                steps.DumpAndLoad,
                st.sampled_from(["Item"]),
                self.filters,
                self.fixture,
                st.booleans(),
            ),
            build(steps.SubmitForm, models, self.slots | st.none(), self.values),
            build(steps.SubmitForm, models, self.slots, self.assignments),
        ]
        for model, accessor, _, field in self.accessors:
            if self.design[field].kind != "badge":
                found.append(self.add_related(model, accessor))
        return st.one_of(found)

    @property
    def fixture(self) -> Any:
        plain = [f for f in self.writable if f.kind in ("char", "integer", "boolean", "text")]
        pair = st.sampled_from(plain).flatmap(lambda f: st.tuples(st.just(f.name), self.value(f)))
        return st.lists(pair, max_size=1).map(tuple)

    @property
    def lookup_values(self) -> Any:
        fields = [f for f in self.writable if f.kind not in ("json", "binary")]
        pair = st.sampled_from(fields).flatmap(lambda f: st.tuples(st.just(f.name), self.value(f)))
        key = st.tuples(st.just("pk"), self.numbers.map(lambda n: Row("Item", n)))
        return st.lists(pair | key, min_size=1, max_size=2, unique_by=lambda p: p[0]).map(tuple)

    def add_related(self, model: str, accessor: str) -> Any:
        def build(method: str) -> Any:
            values: Any = st.just(())
            if method in ("create", "get_or_create", "update_or_create"):
                values = self.values
            elif method == "update":
                values = self.changes
            return st.builds(
                steps.AddRelated,
                st.just(model),
                self.numbers,
                st.just(accessor),
                st.just(method),
                st.lists(self.numbers, max_size=2),
                values,
                st.booleans(),
            )

        methods = ["add", "set", "remove", "clear", "create", "get_or_create", "update"]
        return st.sampled_from([*methods, "update_or_create", "delete"]).flatmap(build)

    # Objects that are held

    @property
    def holding(self) -> Any:
        build = st.builds
        load = build(steps.Load, self.models, self.objects, self.numbers, self.slots)
        assign = self.assignment().flatmap(
            lambda p: build(steps.Assign, self.slots, st.just(p[0]), st.just(p[1]))
        )
        found = [
            load,
            load,
            load,
            assign,
            assign,
            assign,
            build(steps.Read, self.slots, self.names),
            build(
                steps.Refresh,
                self.slots,
                st.none() | st.lists(self.field_names, min_size=1, max_size=2),
            ),
            build(
                steps.Duplicate,
                self.slots,
                st.sampled_from(["plain", "adding", "adding"]),
                st.none() | self.key() | self.numbers.map(lambda n: Row("Item", n)),
            ),
            build(steps.Transform, self.slots, st.sampled_from(["pickle", "copy", "deepcopy"])),
            build(
                steps.Validate,
                self.slots,
                st.sampled_from(["full_clean", "validate_unique", "validate_constraints"]),
                st.none() | st.lists(self.field_names, max_size=2),
            ),
            build(
                steps.Dump,
                self.models,
                self.objects,
                st.none() | st.lists(self.field_names, min_size=1, max_size=3),
            ),
        ]
        for field in self.relations:
            model = "Item" if field.kind == "parent" else "Group"
            other = self.slots if field.kind == "parent" else st.none()
            found.append(
                build(
                    steps.AssignObject,
                    self.slots,
                    st.just(field.name),
                    st.just(model),
                    self.numbers,
                    st.none() | other,
                )
            )
        return st.one_of(found)

    @property
    def steps(self) -> Any:
        return st.one_of(self.queries, self.writing, self.holding, self.writing, self.holding)

    @property
    def scripts(self) -> Any:
        return st.lists(self.steps, min_size=1, max_size=10)
