"""Triggers of PostgreSQL that keep two tables equal.

They are guarded by values, not by a setting or a depth: a write that changes nothing fires
nothing, so both directions come to an end, and what a user's own trigger writes is carried, too.
A function reads the row as it is now, because another trigger may have changed it since the
event; and a row that is there already is left alone on INSERT, because a statement may have
inserted into both tables before the first trigger fires.
"""

from collections.abc import Iterator
from typing import Any

from .sync import BACKWARDS, FORWARDS, Flow, Sync, name_of
from .transfers import Transfer

INSERT, UPDATE, DELETE = "insert", "update", "delete"


class Triggers:
    """The SQL for one :class:`.sync.Sync`.

    :param dialect: of the database, for quoting and comparing.
    """

    def __init__(self, dialect: Any, sync: Sync) -> None:
        self.dialect, self.sync = dialect, sync

    def names(self) -> Iterator[tuple[str, Any]]:
        """The triggers and the models on whose tables they are."""
        yield from self.carrying()
        for direction, _ in self.sync.parts():
            yield self.trigger(direction, DELETE), self.sync.core

    def carrying(self) -> Iterator[tuple[str, Any]]:
        for flow in self.sync.flows():
            yield self.trigger(flow.direction, INSERT), flow.transfer.source
            if flow.transfer.pairs:
                yield self.trigger(flow.direction, UPDATE), flow.transfer.source

    def trigger(self, direction: str, event: str) -> str:
        return name_of(self.sync.transfer, direction, event)

    def install(self) -> list[str]:
        """Statements that make the functions and triggers."""
        found = []
        for flow in self.sync.flows():
            found += [
                self.function(flow.direction, INSERT, self.on_insert(flow)),
                self.attach(flow.direction, INSERT, flow.transfer.source),
            ]
            if flow.transfer.pairs:
                found += [
                    self.function(flow.direction, UPDATE, self.push(flow)),
                    self.attach(flow.direction, UPDATE, flow.transfer.source, self.changed(flow)),
                ]
        for direction, part in self.sync.parts():
            column, key = self.dialect.quote(part._meta.pk.column), self.key(self.sync.core, "OLD")
            delete = f"DELETE FROM {self.dialect.table(part)} WHERE {column} = {key};"
            found += [
                self.function(direction, DELETE, [delete]),
                self.attach(direction, DELETE, self.sync.core),
            ]
        return found

    def remove(self) -> list[str]:
        """Statements that take all of them away, also where some are missing."""
        names = list(self.names())
        found = [
            f"DROP TRIGGER IF EXISTS {self.dialect.quote(name)} ON {self.dialect.table(model)}"
            for name, model in names
        ]
        return found + [f"DROP FUNCTION IF EXISTS {self.dialect.quote(n)}()" for n, _ in names]

    # Parts of statements.

    def function(self, direction: str, event: str, statements: list[str]) -> str:
        name = self.dialect.quote(self.trigger(direction, event))
        body = "\n".join(f"  {line}" for line in statements)
        return (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql "
            f"SET search_path FROM CURRENT AS $bdmodels$\nBEGIN\n{body}\n  RETURN NULL;\n"
            "END\n$bdmodels$"
        )

    def attach(self, direction: str, event: str, model: Any, condition: str = "") -> str:
        name = self.dialect.quote(self.trigger(direction, event))
        when = f" WHEN ({condition})" if condition else ""
        return (
            f"CREATE TRIGGER {name} AFTER {event.upper()} ON {self.dialect.table(model)} "
            f"FOR EACH ROW{when} EXECUTE FUNCTION {name}()"
        )

    def key(self, model: Any, row: str) -> str:
        return str(self.dialect.column(model._meta.pk, row))

    def changed(self, flow: Flow) -> str:
        """Not ``UPDATE OF``: a user's BEFORE trigger may change columns that are not named."""
        dialect = self.dialect
        return " OR ".join(
            f"{dialect.comparable(f, dialect.column(f, 'OLD'))} IS DISTINCT FROM "
            f"{dialect.comparable(f, dialect.column(f, 'NEW'))}"
            for f in flow.source_fields
        )

    def on_insert(self, flow: Flow) -> list[str]:
        """What follows an INSERT, which may have made the other row in the same statement."""
        back, own = flow.transfer.reversed(), flow.transfer.source
        if flow.direction == BACKWARDS:
            # A row without a value is completed by the older code's; any other goes there.
            pull = [] if flow.alone else [self.copy(back, own, only_unset=True)]
            return pull + self.push(flow)
        # What the other row has was written by newer code.
        found = [self.copy(back, own, only_set=True)] if back.pairs and not flow.alone else []
        found += [self.make(flow, update=False)] if flow.makes_rows else []
        if flow.transfer.pairs and not flow.alone:
            found.append(self.copy(flow.transfer, own, only_unset=True))
        return found

    def push(self, flow: Flow) -> list[str]:
        """Make the other row equal to this one."""
        found = [self.make(flow, update=True)] if flow.makes_rows else []
        if not flow.makes_rows or flow.required or flow.transfer.sparse:
            found.append(self.copy(flow.transfer, flow.transfer.source))
        return found

    def copy(
        self, transfer: Transfer, own: Any, only_unset: bool = False, only_set: bool = False
    ) -> str:
        """Update a transfer's row of the target by that of the source, if they differ.

        :param own: the model whose trigger it is.
        :param only_unset: leave a row alone that has a value already.
        :param only_set: only if the source has a value.
        """
        dialect = self.dialect
        key = f"{self.key(transfer.source, 'source')} = {self.key(own, 'NEW')}"
        different = " OR ".join(dialect.distinct(old, new) for old, new in transfer.pairs)
        filled = dialect.any_set([old for old, _ in transfer.pairs], "source")
        conditions = [key, f"({different})", *([f"({filled})"] if only_set else [])]
        return f"{dialect.update(transfer, only_unset)} AND {' AND '.join(conditions)};"

    def make(self, flow: Flow, update: bool) -> str:
        """Make the row of the target.

        :param update: whether a row that is there gets the values.
        """
        dialect, transfer = self.dialect, flow.transfer
        pairs = [(transfer.source._meta.pk, transfer.target._meta.pk), *transfer.pairs]
        columns = ", ".join(dialect.quote(new.column) for _, new in pairs)
        values = ", ".join(dialect.column(old, "source") for old, _ in pairs)
        key = f"{self.key(transfer.source, 'source')} = {self.key(transfer.source, 'NEW')}"
        needed = flow.needed_fields
        condition = f" AND ({dialect.any_set(needed, 'source')})" if needed else ""
        conflict = "NOTHING"
        if update:
            sets = ", ".join(
                f"{dialect.quote(f.column)} = {dialect.column(f, 'EXCLUDED')}"
                for f in flow.target_fields
            )
            different = " OR ".join(
                f"{dialect.comparable(f, dialect.column(f, 'target'))} IS DISTINCT FROM "
                f"{dialect.comparable(f, dialect.column(f, 'EXCLUDED'))}"
                for f in flow.target_fields
            )
            conflict = f"UPDATE SET {sets} WHERE {different}"
        return (
            f"INSERT INTO {dialect.table(transfer.target)} AS target ({columns}) "
            f"SELECT {values} FROM {dialect.table(transfer.source)} source "
            f"WHERE {key}{condition} "
            f"ON CONFLICT ({dialect.quote(transfer.target._meta.pk.column)}) DO {conflict};"
        )


STATES = """
SELECT tgname, tgenabled::text IN ('O', 'A') FROM pg_trigger
WHERE NOT tgisinternal AND tgname = ANY(%s)
AND (tgrelid = ANY(%s::text[]::regclass[]) OR pg_table_is_visible(tgrelid))
"""


def states(dialect: Any, transfer: Transfer) -> dict[str, str]:
    """The triggers of a transfer, given in either direction, and whether each is in effect.

    Which table the core is does not follow from a transfer, so that triggers for deleted rows
    are named only where they are.
    """
    for candidate in (transfer.reversed(), transfer):
        wanted = [n for n, _ in Triggers(dialect, Sync(candidate, candidate.source)).carrying()]
        deleting = [name_of(candidate, d, DELETE) for d in (FORWARDS, BACKWARDS)]
        tables = [dialect.table(candidate.source), dialect.table(candidate.target)]
        with dialect.connection.cursor() as cursor:
            cursor.execute(STATES, [[*wanted, *deleting], tables])
            there = {n: "enabled" if enabled else "disabled" for n, enabled in cursor.fetchall()}
        if there:
            break
    return {**dict.fromkeys(wanted, "missing"), **there}
