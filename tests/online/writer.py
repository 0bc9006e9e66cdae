"""A process of the old or of the new code that writes products through Django's ORM.

    python -m tests.online.writer FOLDER GROUP NUMBER SEED THINK FIRST:LAST:STEP

The range says which rows of the beginning are its own, once its group may touch all. It ends when
its group is stopped, with 0 also after errors: they are in its history.
"""

import random
import sys
import time
import traceback
from itertools import count
from pathlib import Path
from typing import Any

from . import process
from .history import ADD, CREATE, DELETE, SET, History
from .values import COLUMNS, SHARED, canonical, canonical_row, draw, empty, seed, value_of

Rows = dict[str, dict[str, Any]]


class RolledBack(Exception):
    """Raised by a writer in a transaction that shall not happen."""


class Writer:
    """Its own rows are in `rows` as they must be in the database."""

    def __init__(
        self, folder: Path, group: str, number: int, chance: int, think: float, seeds: range
    ) -> None:
        from shop.models import Product

        self.model, self.manager = Product, Product.objects
        self.group, self.name, self.think = group, f"{group}.{number}", think
        self.rng = random.Random(f"{chance} {self.name}")
        self.history = History(folder / f"{self.name}.history")
        self.phase = process.Phase(folder)
        self.marker = folder / self.name
        self.seeds, self.rows = seeds, {}
        self.numbers = count(1_000_000 * (1 + hash_of(self.name) % 1000))

    def run(self) -> None:
        while True:
            self.phase.look()
            if (mode := self.phase.mode(self.group)) == process.STOP:
                return
            if self.phase.paused:
                self.phase.wait(self.marker)
                continue
            if mode == process.ALL and self.seeds:
                self.rows.update((row["label"], row) for row in map(seed, self.seeds))
                self.seeds = range(0)
            self.work(mode)
            if self.think:
                time.sleep(self.rng.random() * 2 * self.think)

    def work(self, mode: str) -> None:
        mine = [s for s in self.phase.shared if mode == process.ALL or f".{self.group}." in s]
        victims = self.phase.victims if mode == process.ALL else []
        draft = dict(self.rows)  # Rows are replaced, not changed.
        plan = Plan(self, draft, mine, victims)
        kind = plan.choose()
        self.perform(kind, plan, draft)

    def perform(self, kind: str, plan: "Plan", draft: Rows) -> None:
        """Do what is planned, again after a deadlock, and note how it ended."""
        self.history.begin(kind, self.phase.name, plan.effects)
        for attempt in count():
            start = time.monotonic()
            try:
                plan.run()
            except RolledBack:
                draft = self.rows
            except Exception as error:
                reason = process.why(error)
                if reason == process.CONNECTION_LOST:
                    self.history.retried(reason)
                    process.reconnect()
                    self.find_out(plan, draft)
                    return
                if reason is None or attempt == 50:
                    self.history.failed(f"{kind}: {traceback.format_exc()}")
                    self.find_out(plan, draft)
                    return
                self.history.retried(reason)
                time.sleep(self.rng.random() * 0.02 * (attempt + 1))
                continue
            self.history.acknowledged(time.monotonic() - start)
            self.rows = draft
            return

    def find_out(self, plan: "Plan", draft: Rows) -> None:
        """Look whether the interrupted write happened; of rows of others nobody can say."""
        touched = {effect[0] for effect in plan.effects}
        if any(label not in draft and label not in self.rows for label in touched):
            return
        found = {label: self.read(label) for label in touched}
        after = {label: draft.get(label) for label in touched}
        before = {label: self.rows.get(label) for label in touched}
        if found == before:
            self.history.undone()
        elif found == after:
            self.history.acknowledged(0)
            self.rows = draft
        else:
            self.history.wrong(f"half done: {found} is neither {before} nor {after}")

    def read(self, label: str) -> dict[str, Any] | None:
        obj = self.manager.filter(label=label).first()
        return None if obj is None else {name: getattr(obj, name) for name in COLUMNS}

    def compare(self, obj: Any, expected: dict[str, Any], kind: str) -> None:
        """Nobody else writes to own rows, so they are read as they were written."""
        for name in COLUMNS:
            have, want = canonical(name, getattr(obj, name)), canonical(name, expected[name])
            if have != want:
                self.history.wrong(
                    f"{kind} in {self.phase.name} read {name} of {obj.label}: {have!r} "
                    f"instead of {want!r}"
                )


class Plan:
    """One write: its effects, which change `draft` at once, and the steps that bring them."""

    def __init__(self, writer: Writer, draft: Rows, shared: list[str], victims: list[str]) -> None:
        self.writer, self.draft, self.shared, self.victims = writer, draft, shared, victims
        self.rng, self.manager, self.model = writer.rng, writer.manager, writer.model
        self.effects: list[Any] = []
        self.steps: list[Any] = []

    def run(self) -> None:
        for step in self.steps:
            step()

    def choose(self) -> str:
        kinds = list(OWN_KINDS)
        if self.shared:
            kinds += SHARED_KINDS
        if self.victims:
            kinds += VICTIM_KINDS
        kind = self.rng.choice(kinds)
        getattr(self, kind)()
        return kind

    # What is written down, and kept in mind.

    def new(self, values: dict[str, Any]) -> dict[str, Any]:
        self.effects.append((values["label"], CREATE, canonical_row(values)))
        self.draft[values["label"]] = values
        return values

    def change(self, label: str, values: dict[str, Any]) -> None:
        self.effects.append((label, SET, canonical_row(values)))
        if label in self.draft:
            self.draft[label] = self.draft[label] | values

    def remove(self, label: str) -> None:
        self.effects.append((label, DELETE, {}))
        self.draft.pop(label, None)

    def label(self) -> str:
        return f"{self.writer.name}.{next(self.writer.numbers)}"

    def some(self, at_most: int) -> list[str]:
        """Labels of own rows, newer ones more often; makes one if there is none."""
        if not self.draft:
            self.create()
        labels = list(self.draft)
        size = self.rng.randint(1, min(at_most, len(labels)))
        return self.rng.sample(labels, size)

    def names(self) -> list[str]:
        able = [name for name in COLUMNS if name not in ("label", "sku")]
        return self.rng.sample(able, self.rng.randint(1, len(able)))

    def values(self, label: str, names: Any) -> dict[str, Any]:
        return draw(self.rng, label, next(self.writer.numbers), names)

    def fresh(self) -> dict[str, Any]:
        label = self.label()
        if self.rng.random() < 0.3:
            given = draw(self.rng, label, 1, ("title", "seo_title", "seo_rank"))
            return self.new({**empty(label), "sku": label, **given})
        return self.new({**draw(self.rng, label, 1, COLUMNS), "label": label})

    # Own rows.

    def create(self) -> None:
        given = self.given(self.fresh())
        if self.rng.random() < 0.5:
            self.steps.append(lambda: self.manager.create(**given))
        else:
            self.steps.append(lambda: self.model(**given).save())

    def given(self, values: dict[str, Any]) -> dict[str, Any]:
        """The arguments of a create: what is its default anyway is left out."""
        default = empty(values["label"])
        return {name: value for name, value in values.items() if value != default.get(name, 0)} | {
            "label": values["label"]
        }

    def save(self) -> None:
        (label,) = self.some(1)
        before = self.draft[label]
        values = self.values(label, self.names())
        self.change(label, values)
        only_named = self.rng.random() < 0.3

        def step() -> None:
            obj = self.manager.get(label=label)
            self.writer.compare(obj, before, "save")
            for name, value in values.items():
                setattr(obj, name, value)
            obj.save(update_fields=list(values) if only_named else None)

        self.steps.append(step)

    def save_blindly(self) -> None:
        """A loaded object is saved of which only some fields were looked at."""
        (label,) = self.some(1)
        values = self.values(label, self.names())
        self.change(label, values)

        def step() -> None:
            obj = self.manager.defer("seo_title", "image").get(sku=label)
            for name, value in values.items():
                setattr(obj, name, value)
            obj.save()

        self.steps.append(step)

    def update(self) -> None:
        (label,) = self.some(1)
        values = self.values(label, self.names())
        self.change(label, values)
        by = self.rng.choice(("label", "sku"))
        self.steps.append(lambda: self.manager.filter(**{by: label}).update(**values))

    def update_many(self) -> None:
        labels = self.some(6)
        names = [n for n in self.names() if n != "brand_id"] or ["note"]
        number = next(self.writer.numbers)
        values = {name: value_of(name, "many", number, self.rng) for name in names}
        for label in labels:
            self.change(label, values)
        self.steps.append(lambda: self.manager.filter(sku__in=labels).update(**values))

    def count_own(self) -> None:
        from django.db.models import F

        (label,) = self.some(1)
        self.change(label, {"views": self.draft[label]["views"] + 3})
        self.steps.append(lambda: self.manager.filter(label=label).update(views=F("views") + 3))

    def bulk_create(self) -> None:
        all_given = [self.given(self.fresh()) for _ in range(self.rng.randint(2, 12))]
        self.steps.append(lambda: self.manager.bulk_create(self.model(**g) for g in all_given))

    def bulk_update(self) -> None:
        names, changes = self.names(), {}
        for label in self.some(6):
            changes[label] = self.values(label, names)
            self.change(label, changes[label])

        def step() -> None:
            objs = list(self.manager.filter(label__in=changes))
            for obj in objs:
                for name, value in changes[obj.label].items():
                    setattr(obj, name, value)
            fields = ["brand" if name == "brand_id" else name for name in names]
            self.manager.bulk_update(objs, fields)

        self.steps.append(step)

    def get_or_create(self) -> None:
        if self.draft and self.rng.random() < 0.5:
            (label,) = self.some(1)
            before = self.draft[label]
        else:
            before = None
            label = self.fresh()["label"]
        defaults = {n: v for n, v in self.draft[label].items() if n != "label"}

        def step() -> None:
            obj, created = self.manager.get_or_create(label=label, defaults=defaults)
            if created is not (before is None):
                self.writer.history.wrong(f"get_or_create of {label}: created is {created}")
            self.writer.compare(obj, before or self.draft[label], "get_or_create")

        self.steps.append(step)

    def update_or_create(self) -> None:
        if self.draft and self.rng.random() < 0.7:
            (label,) = self.some(1)
            values = self.values(label, self.names())
            self.change(label, values)
        else:
            values = {n: v for n, v in self.fresh().items() if n != "label"}
            label = list(self.draft)[-1]
        self.steps.append(
            lambda: self.manager.update_or_create(label=label, defaults=values) and None
        )

    def delete(self) -> None:
        if len(self.draft) < 10:
            return self.create()
        (label,) = self.some(1)
        self.remove(label)
        if self.rng.random() < 0.5:
            self.steps.append(lambda: self.manager.get(label=label).delete())
        else:
            self.steps.append(lambda: self.manager.filter(sku=label).delete())
        return None

    # Several writes in a transaction.

    def several(self) -> None:
        self.choose_own()
        self.in_transaction(self.steps)

    def rolled_back(self) -> None:
        self.choose_own()
        self.effects.clear()

        def fail() -> None:
            raise RolledBack

        self.in_transaction([*self.steps, fail])

    def partly_rolled_back(self) -> None:
        """A savepoint goes, what was written around it stays."""
        from django.db import transaction

        inner = Plan(self.writer, dict(self.draft), [], [])
        inner.choose_own()
        self.choose_own()

        def savepoint() -> None:
            try:
                with transaction.atomic():
                    inner.run()
                    raise RolledBack
            except RolledBack:
                pass

        self.in_transaction([savepoint, *self.steps])

    def choose_own(self) -> None:
        for _ in range(self.rng.randint(1, 3)):
            getattr(self, self.rng.choice(PLAIN_KINDS))()

    def in_transaction(self, steps: list[Any]) -> None:
        from django.db import transaction

        def step() -> None:
            with transaction.atomic():
                for inner in steps:
                    inner()

        self.steps = [step]

    # Rows of everybody: only what does not depend on what was read before.

    def update_shared(self) -> None:
        label, values = self.shared_change()
        if self.rng.random() < 0.5:
            self.steps.append(lambda: self.manager.filter(label=label).update(**values))
            return

        def step() -> None:
            obj = self.manager.get(label=label)
            for name, value in values.items():
                setattr(obj, name, value)
            obj.save(update_fields=list(values))

        self.steps.append(step)

    def update_all_shared(self) -> None:
        labels = sorted(self.rng.sample(self.shared, min(3, len(self.shared))))
        _, values = self.shared_change(labels[0])
        for label in labels[1:]:
            self.change(label, values)
        self.steps.append(lambda: self.manager.filter(label__in=labels).update(**values))

    def shared_change(self, label: str = "") -> tuple[str, dict[str, Any]]:
        label = label or self.rng.choice(self.shared)
        names = self.rng.sample(SHARED, self.rng.randint(1, len(SHARED)))
        number = next(self.writer.numbers)
        values = {name: value_of(name, self.writer.name, number, self.rng) for name in names}
        self.change(label, values)
        return label, values

    def count_shared(self) -> None:
        from django.db.models import F

        label = self.rng.choice(self.shared)
        self.effects.append((label, ADD, {"views": 1}))
        self.steps.append(lambda: self.manager.filter(label=label).update(views=F("views") + 1))

    def update_victim(self) -> None:
        label, values = self.shared_change(self.rng.choice(self.victims))
        self.steps.append(lambda: self.manager.filter(label=label).update(**values))

    def delete_victim(self) -> None:
        label = self.rng.choice(self.victims)
        self.remove(label)
        self.steps.append(lambda: self.manager.filter(label=label).delete())


PLAIN_KINDS = (
    "create",
    "save",
    "save_blindly",
    "update",
    "update_many",
    "count_own",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
    "delete",
)
OWN_KINDS = (*PLAIN_KINDS, "delete", "delete", "several", "rolled_back", "partly_rolled_back")
SHARED_KINDS = ("update_shared", "update_shared", "update_all_shared", "count_shared")
VICTIM_KINDS = ("update_victim", "delete_victim")


def hash_of(text: str) -> int:
    return sum(ord(letter) * 31**n for n, letter in enumerate(text))


def main() -> None:
    folder, group, number, chance, think, seeds = sys.argv[1:]
    process.setup()
    own = range(*map(int, seeds.split(":")))
    Writer(Path(folder), group, int(number), int(chance), float(think), own).run()


if __name__ == "__main__":
    main()
