"""Compares the database with what the writers noted, by SQL that knows nothing of models.

Rows of one writer must be exactly what it left. For rows that several write to, each column must
hold the last value: one that no acknowledged write replaced which began after it was there, and of
two writes that share columns the same one is last in all of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from .history import ADD, CREATE, DELETE, Histories, Write
from .values import COLUMNS, PARTS, SPARSE, canonical, canonical_row, seed

CORE = "shop_product"
EVERYBODYS = ("shared.", "victim.", "probe")
SHOWN = 20


@dataclass
class Verdict:
    """What was found; all lists are empty when nothing was lost."""

    acknowledged: int = 0
    rows: int = 0
    lost: dict[int, str] = field(default_factory=dict)  # By the place of the write.
    unequal: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{self.acknowledged:,} writes acknowledged, {len(self.lost):,} lost"]
        for title, found in self.problems():
            lines += [f"{len(found):,} {title}:", *(f"  {line}" for line in found[:SHOWN])]
        return "\n".join(lines)

    def problems(self) -> list[tuple[str, list[str]]]:
        named = [
            ("acknowledged writes are missing or half done", list(self.lost.values())),
            ("rows are not the same in all tables", self.unequal),
            ("reads found something else than was written", self.wrong),
            ("errors that no application expects", self.errors),
        ]
        return [(title, found) for title, found in named if found]

    @property
    def passed(self) -> bool:
        return not self.problems()


@contextmanager
def snapshot(connection: Any) -> Iterator[Any]:
    """A cursor for which all tables are as at one moment, while others write."""
    with connection.cursor() as cursor:
        if connection.vendor == "mysql":
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        else:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        try:
            yield cursor
        finally:
            cursor.execute("ROLLBACK")


def products(connection: Any, complete: bool = True) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """All rows by label, and where tables contradict each other.

    :param complete: whether every part must have its row.
    """
    with snapshot(connection) as cursor:
        tables = set(connection.introspection.table_names(cursor)) & {CORE, *PARTS}
        rows = read(connection, cursor, CORE, "id", ["label", "title", "stock"])
        problems: list[str] = []
        for part, (key, names) in PARTS.items():
            wide = [n for n in names if n in columns(connection, cursor, CORE)]
            old = read(connection, cursor, CORE, "id", wide) if wide else {}
            if part in tables:
                new = read(connection, cursor, part, key, names)
                problems += unequal(part, rows, old, new, names, complete)
            else:
                new = {}
            for number, row in rows.items():
                row.update(dict.fromkeys(names))
                row.update(old.get(number, {}))
                row.update(new.get(number, {}))
    return {row["label"]: row for row in rows.values()}, problems


def unequal(
    part: str, rows: Any, old: Any, new: Any, names: Iterable[str], complete: bool
) -> Iterator[str]:
    for number in new.keys() - rows.keys():
        yield f"{part} has a row {number} that belongs to no product"
    for number, row in rows.items():
        held = new.get(number)
        if held is None:
            nothing = part == SPARSE and all(v is None for v in old.get(number, {}).values())
            if complete and not nothing:
                yield f"{part} has no row for {row['label']}"
        elif old and old[number] != held:
            differences = {n: (old[number][n], held[n]) for n in names if old[number][n] != held[n]}
            yield f"{part} and {CORE} differ for {row['label']}: {differences}"


def columns(connection: Any, cursor: Any, table: str) -> set[str]:
    return {c.name for c in connection.introspection.get_table_description(cursor, table)}


def read(connection: Any, cursor: Any, table: str, key: str, names: Any) -> dict[Any, Any]:
    quote = connection.ops.quote_name
    listed = ", ".join(map(quote, [key, *names]))
    cursor.execute(f"SELECT {listed} FROM {quote(table)}")
    return {
        number: {n: canonical(n, value) for n, value in zip(names, values, strict=True)}
        for number, *values in cursor.fetchall()
    }


def check(histories: Histories, rows: dict[str, dict[str, Any]], seeds: int) -> Verdict:
    """Compare all rows with the histories.

    :param seeds: how many rows there were in the beginning.
    """
    verdict = Verdict(rows=len(rows), wrong=list(histories.wrong), errors=list(histories.errors))
    verdict.acknowledged = sum(write.acknowledged for write in histories.writes)
    expected = {row["label"]: (canonical_row(row), {}) for row in map(seed, range(seeds))}
    by_writer = defaultdict(list)
    shared = defaultdict(list)
    for number, write in enumerate(histories.writes):
        if write.state != "undone" and write.effects:
            if write.effects[0][0].startswith(EVERYBODYS):
                for effect in write.effects:
                    shared[effect[0]].append((number, write, effect))
            else:
                by_writer[write.writer].append((number, write))
    maybe: list[tuple[int, Write, dict[str, Any]]] = []
    for writes in by_writer.values():
        for number, write in writes:
            if write.acknowledged:
                for effect in write.effects:
                    apply(expected, number, effect)
            else:
                maybe.append((number, write, rows))
    for number, write, found in maybe:
        take_if_done(expected, number, write, found)
    check_own(expected, {k: v for k, v in rows.items() if not k.startswith(EVERYBODYS)}, verdict)
    for label, written in shared.items():
        check_shared(label, written, rows.get(label), verdict)
    return verdict


def apply(expected: Any, number: int, effect: Any) -> None:
    """An effect on rows, each of which is ``(values, place of the last write by column)``."""
    label, kind, values = effect
    if kind == DELETE:
        expected[label] = (None, {"label": number})
    else:
        old, last = expected.get(label, (None, {}))
        base = old if kind != CREATE and old is not None else dict.fromkeys(COLUMNS)
        expected[label] = (base | values, last | dict.fromkeys(values, number))


def take_if_done(expected: Any, number: int, write: Write, rows: Any) -> None:
    """A write of a writer that was killed: if one row has it, all must."""
    after = dict(expected)
    for effect in write.effects:
        apply(after, number, effect)
    if any(
        after[label][0] != expected.get(label, (None,))[0] and rows.get(label) == after[label][0]
        for label, *_ in write.effects
    ):
        expected.update(after)


def check_own(expected: Any, rows: dict[str, Any], verdict: Verdict) -> None:
    for label, (want, last) in expected.items():
        have = rows.get(label)
        if want is None and have is not None:
            verdict.lost[last["label"]] = f"{label} was deleted and is there"
        elif want is not None and have is None:
            verdict.lost[max(last.values(), default=-1)] = f"{label} is missing"
        elif want is not None and have is not None:
            for name, value in want.items():
                if have[name] != value:
                    place = last.get(name, -1)
                    verdict.lost[place] = f"{label}.{name} is {have[name]!r} instead of {value!r}"
    for label in rows.keys() - expected.keys():
        verdict.unequal.append(f"{label} is there, and nobody wrote it")


def check_shared(label: str, written: Any, row: dict[str, Any] | None, verdict: Verdict) -> None:
    deletes = [item for item in written if item[2][1] == DELETE]
    if any(write.acknowledged for _, write, _ in deletes):
        if row is not None:
            verdict.lost[deletes[0][0]] = f"{label} was deleted and is there"
        return
    if row is None:
        if not deletes:
            verdict.lost[written[0][0]] = f"{label} is missing"
        return
    check_counter(label, written, row, verdict)
    sets = [item for item in written if item[2][1] != ADD]
    final: dict[str, int] = {}
    for name in {name for *_, effect in sets for name in effect[2]} - {"views"}:
        holders = [n for n, _, effect in sets if effect[2].get(name, row) == row[name]]
        if holders:
            final[name] = holders[-1]
        else:
            verdict.unequal.append(f"{label}.{name} is {row[name]!r}, and nobody wrote that")
    check_order(label, sets, final, verdict)


def check_counter(label: str, written: Any, row: dict[str, Any], verdict: Verdict) -> None:
    adds = [(n, write) for n, write, effect in written if effect[1] == ADD]
    least = sum(write.acknowledged for _, write in adds)
    if not least <= row["views"] <= len(adds):
        for place in [n for n, write in adds if write.acknowledged][: max(1, least - row["views"])]:
            verdict.lost[place] = f"{label}.views is {row['views']} after {least} counts"


def check_order(label: str, sets: Any, final: dict[str, int], verdict: Verdict) -> None:
    """There must be one order of the writes after which the row is what it is."""
    writes = {n: (write, effect[2]) for n, write, effect in sets}
    order: TopologicalSorter[int] = TopologicalSorter()
    for name, last in final.items():
        for n, (write, values) in writes.items():
            if n != last and name in values and write.acknowledged:
                order.add(last, n)
    for last in set(final.values()):
        for n, (write, _) in writes.items():
            if writes[last][0].ended < write.began and write.acknowledged:
                order.add(n, last)
    try:
        order.prepare()
    except CycleError as error:
        names = {n: sorted(name for name, last in final.items() if last == n) for n in writes}
        story = ", ".join(f"{writes[n][0].writer} has {names[n]}" for n in error.args[1][1:])
        verdict.lost[error.args[1][0]] = f"{label} is of no single order of its writes: {story}"
