"""How steps are drawn that write rows."""

from typing import Any

from hypothesis import strategies as st

from . import steps, steps_writing
from .draw_queries import QueryStrategies
from .queries import Expr, Row


def column(pair: Any) -> str:
    """What a pair of field and value sets: no column may be set twice."""
    return str(pair[0]).removesuffix("_id")


class WritingStrategies(QueryStrategies):
    """Steps that write."""

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
        pairs = st.lists(self.new_value, min_size=1, max_size=3, unique_by=column)
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
        def with_keys(step: steps_writing.BulkCreate) -> steps_writing.BulkCreate:
            # Attempts that end otherwise use up generated keys on some databases only.
            conflicts = step.options.get("update_conflicts") or step.options.get("ignore_conflicts")
            if conflicts and self.design.key in ("auto", "bigauto"):
                name = self.design.key_name
                step.rows = [
                    values if name in dict(values) else ((name, 5000 + n), *values)
                    for n, values in enumerate(step.rows)
                ]
            if conflicts:
                # Whether a check is made of a row that conflicts is up to the database.
                step.rows = [tuple(map(within_checks, values)) for values in step.rows]
            return step

        def within_checks(pair: Any) -> Any:
            name, value = pair
            return (name, abs(value)) if type(value) is int else pair

        rows = st.lists(self.values, max_size=3)
        return st.builds(steps_writing.BulkCreate, self.models, rows, self.bulk_options).map(
            with_keys
        )

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
            build(steps_writing.Create, models, self.values, self.slots),
            build(steps_writing.Create, models, self.values, self.slots),
            build(steps.New, models, self.values, self.slots),
            self.save,
            self.save,
            self.save,
            build(steps.Delete, self.slots),
            self.bulk_create,
            build(steps_writing.BulkUpdate, models, self.objects, changes, fields, size),
            build(
                steps_writing.BulkUpdate,
                models,
                self.objects,
                st.lists(self.changes, max_size=3),
                fields,
                size,
            ),
            build(steps_writing.Update, models, self.written, self.changes),
            build(steps_writing.Update, models, self.written, self.changes),
            build(steps_writing.Update, models, self.written, self.changes),
            build(steps_writing.DeleteRows, models, self.written),
            build(
                steps_writing.DeleteRow,
                st.sampled_from(["Group", "Note", *self.design.item_models]),
                self.numbers,
            ),
            build(
                steps_writing.OrCreate,
                models,
                st.sampled_from(["get_or_create", "update_or_create"]),
                self.lookup_values,
                self.values,
                self.slots,
            ),
            build(
                steps_writing.ChangeTags,
                self.numbers,
                st.sampled_from(["add", "remove", "set", "clear"]),
                st.lists(self.numbers, max_size=2),
            ),
            build(
                steps_writing.Satellite,
                st.sampled_from(["Note", "Extra"]),
                st.builds(Row, st.just("Item"), self.numbers),
                self.slots | st.none(),
            ),
            build(
                steps_writing.DumpAndLoad,
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
                steps_writing.AddRelated,
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
