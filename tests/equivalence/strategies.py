"""How scripts are drawn for a design."""

from typing import Any

from hypothesis import strategies as st

from . import steps
from .draw_writing import WritingStrategies
from .queries import Row


class Strategies(WritingStrategies):
    """All strategies for one design; here those of steps with the objects held."""

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
