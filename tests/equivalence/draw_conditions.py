"""How conditions, expressions, orderings and ways to load are drawn."""

from typing import Any

from hypothesis import strategies as st

from .designs import RELATIONS, TEXTS, FieldDesign
from .draw_values import VALUES, ValueStrategies
from .queries import Expr, Row

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


class ConditionStrategies(ValueStrategies):
    """The links of a chain of calls."""

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
            st.builds(lambda a: Expr("CoalesceText", (a, Expr("Value", ("w",)))), leaf),
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
