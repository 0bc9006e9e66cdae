"""How queries are drawn."""

from typing import Any

from hypothesis import strategies as st

from . import steps
from .designs import DATES
from .draw_conditions import NUMERIC, ConditionStrategies
from .queries import Expr


class QueryStrategies(ConditionStrategies):
    """Steps that ask."""

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
