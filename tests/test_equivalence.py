"""A split model behaves like its wide twin, whatever is done with both.

Hypothesis draws sequences of ORM operations; after each of them results, rows and the objects
held are compared. ``make fuzz`` runs more of them (``BDMODELS_FUZZ_EXAMPLES``) and, with another
``BDMODELS_FUZZ_SEED``, for other models.
"""

import os
from collections import Counter
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings
from hypothesis import HealthCheck, Phase, given, note, settings

from bdmodels import bulk_copy

from .equivalence import clock
from .equivalence.designs import DESIGNS, Design
from .equivalence.steps import Delete, Nothing, Step
from .equivalence.steps_writing import DeleteRow, DeleteRows
from .equivalence.strategies import Strategies
from .equivalence.worlds import World, align_keys, difference, loaded, plain

EXAMPLES = int(os.environ.get("BDMODELS_FUZZ_EXAMPLES", "0"))
EXAMPLES_IN_TESTS = 200
OUTCOMES: Counter[str] = Counter()


# The tables stay, and every example undoes what it did.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module", autouse=True)
def outcomes():
    """What the steps came to, shown with ``-s``: steps that never work test nothing."""
    yield
    if EXAMPLES:
        for outcome, n in sorted(OUTCOMES.items()):
            print(f"{n:8} {outcome}")


@pytest.fixture(scope="module", autouse=True)
def few_rows_are_copied():
    """The steps create a few objects at a time, fewer than COPY is used for elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk_copy, "LEAST", 1)
        yield


@pytest.mark.parametrize("design", DESIGNS, ids=str)
def test_a_split_model_does_what_the_wide_one_did(design: Design):
    worlds = [World(design, "wide_twin"), World(design, "split_twin")]
    for world in worlds:
        world.create_tables()
        with clock.stopped():
            world.fill()
        world.listen()
        assert not [e for model in world.models() for e in model.check() if e.level >= 40]

    if connection.vendor == "mysql":
        # Otherwise MariaDB lets an assignment see those to its left.
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION sql_mode = CONCAT(@@sql_mode, ',SIMULTANEOUS_ASSIGNMENT')")

    @settings(
        max_examples=max(1, (EXAMPLES or EXAMPLES_IN_TESTS) // len(DESIGNS)),
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(script=Strategies(design, worlds[0]).scripts)
    def run(script: list[Step]) -> None:
        align_keys(worlds)
        compare(worlds, script)

    try:
        with clock.stopped(), override_settings(BDMODELS_WRITE_UNCHANGED_PARTS=writes_all(design)):
            run()
    finally:
        for world in worlds:
            world.stop_listening()


def writes_all(design: Design) -> bool:
    """Whether ``save()`` writes unchanged parts too, and so undoes what others wrote.

    Where it does not, objects are read again when somebody else has written.
    """
    return design.seed % 2 == 1


def compare(worlds: list[World], script: list[Step]) -> None:
    """Carry out a script in both worlds, step by step, and undo it."""
    # MariaDB may or may not use up a generated key when an INSERT fails.
    uses_up_keys = connection.vendor == "mysql" and "auto" in worlds[0].design.key
    for world in worlds:
        world.forget()
    with transaction.atomic():
        for world in worlds:
            world.pick_up()
        for n, step in enumerate(script, 1):
            wide, split = (outcome(world, step, n) for world in worlds)
            OUTCOMES[f"{type(step).__name__} {wide[0] if wide[0] == 'ok' else wide[1]}"] += 1
            note(f"{n}. {step} -> {str(wide)[:200]}")
            if wide[:2] == ("error", "IntegrityError") and is_stricter(worlds[0].design, step):
                break
            found = difference(wide, split, "result")
            # Rows without an order are signalled in any.
            logs = (sorted(world.log, key=repr) for world in worlds)
            found = found or difference(*logs, "signals")
            if not found and step.writes:
                found = difference(*(world.rows() for world in worlds), "rows")
                if not writes_all(worlds[0].design):
                    for world in worlds:
                        world.read_again(getattr(step, "slot", None))
            if wide[0] == "error" and step.writes:
                # What a failed save has made of its object is not compared.
                for world in worlds:
                    world.replace(getattr(step, "slot", None))
            found = found or held_difference(*worlds)
            assert not found, f"step {n}, {step}: {found}"
            if wide[:2] == ("error", "IntegrityError") and uses_up_keys:
                break
        transaction.set_rollback(True)


def is_stricter(design: Design, step: Step) -> bool:
    """Whether one table may refuse what several allow.

    MariaDB checks a row that refers to its own table while rows are being deleted; the foreign
    key of a part is gone by then.
    """
    deletes = isinstance(step, (Delete, DeleteRow, DeleteRows))
    return connection.vendor == "mysql" and deletes and bool(design.named("parent"))


def outcome(world: World, step: Step, n: int) -> Any:
    """What a step answers or raises, as data."""
    clock.begin(n)
    world.log.clear()
    if step.writes:
        world.settle(None if step.settles_slot else getattr(step, "slot", None))
    if step.reads_fields:
        world.read_deferred(getattr(step, "slot", None))
    try:
        with transaction.atomic():
            return "ok", plain(step.run(world))
    except Nothing:
        return "error", "Nothing"
    except Exception as error:
        details = plain(error) if hasattr(error, "error_list") else None
        return "error", type(error).__name__, details


def held_difference(wide: World, split: World) -> str:
    """How the objects held differ, in what both have loaded."""
    for n, (left, right) in enumerate(zip(wide.slots, split.slots, strict=True)):
        if left is None or right is None:
            if left is not right:
                return f"slot {n}: wide {left!r}, split {right!r}"
            continue
        one, other = loaded(left), loaded(right)
        both = [name for name in one if name in other]
        found = difference(
            ({n: one[n] for n in both}, left._state.adding, left._state.db),
            ({n: other[n] for n in both}, right._state.adding, right._state.db),
            f"slot {n}",
        )
        if found:
            return found
    return ""
