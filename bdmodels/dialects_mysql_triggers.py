"""Triggers of MariaDB and MySQL that keep two tables equal.

A trigger must not write to a table that its statement uses (error 1442), so that writes stop at
the second table: a variable of the session says which statement is under way. Its value is the
time at which that began, the same in all triggers of one statement, so that a statement that was
killed cannot leave the variable set for the next one of a pooled connection. For the same reason
a row takes values from the other table before it is inserted, and deleted rows are a matter of a
foreign key.

``@bdmodels_sync``, set by a session, turns the triggers off for it.
"""

from collections.abc import Iterator
from typing import Any

from .sync import BACKWARDS, FORWARDS, Flow, Sync, name_of
from .transfers import Transfer

INSERT, UPDATE, PULL = "insert", "update", "pull"


class Triggers:
    """The SQL for one :class:`.sync.Sync`.

    :param dialect: of the database, for quoting and comparing.
    """

    def __init__(self, dialect: Any, sync: Sync) -> None:
        self.dialect, self.sync = dialect, sync
        self.guard = f"@{name_of(sync.transfer)}"

    def names(self) -> Iterator[tuple[str, Any]]:
        """The triggers and the models on whose tables they are."""
        for flow in self.sync.flows():
            own = flow.transfer.source
            yield self.trigger(flow, INSERT), own
            if flow.transfer.pairs:
                yield self.trigger(flow, UPDATE), own
                if not flow.alone:
                    yield self.trigger(flow, PULL), own

    def trigger(self, flow: Flow, event: str) -> str:
        return name_of(self.sync.transfer, flow.direction, event)

    def install(self) -> list[str]:
        """Statements that make the triggers, each after one that removes it."""
        found = []
        for flow in self.sync.flows():
            own = flow.transfer.source
            bodies = {INSERT: self.on_insert(flow)}
            if flow.transfer.pairs:
                bodies[UPDATE] = [f"IF {self.changed(flow)} THEN", *self.push(flow), "END IF;"]
                if not flow.alone:
                    bodies[PULL] = self.pull(flow)
            for event, statements in bodies.items():
                name = self.dialect.quote(self.trigger(flow, event))
                when = "BEFORE INSERT" if event == PULL else f"AFTER {event.upper()}"
                found += [
                    f"DROP TRIGGER IF EXISTS {name}",
                    f"CREATE TRIGGER {name} {when} ON {self.dialect.table(own)} FOR EACH ROW\n"
                    f"{self.guarded(statements)}",
                ]
        return found

    def remove(self) -> list[str]:
        """Statements that take all of them away, also where some are missing."""
        return [f"DROP TRIGGER IF EXISTS {self.dialect.quote(name)}" for name, _ in self.names()]

    # Parts of statements.

    def guarded(self, statements: list[str]) -> str:
        now = "CAST(NOW(6) AS CHAR)"
        body = "\n".join(f"    {line}" for line in statements)
        return (
            "BEGIN\n"
            f"  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN SET {self.guard} = NULL; RESIGNAL; "
            "END;\n"
            f"  IF @bdmodels_sync IS NULL AND NOT ({self.guard} <=> {now}) THEN\n"
            f"    SET {self.guard} = {now};\n{body}\n    SET {self.guard} = NULL;\n"
            "  END IF;\nEND"
        )

    def key(self, model: Any, row: str) -> str:
        return str(self.dialect.column(model._meta.pk, row))

    def same(self, left: Any, left_row: str, right: Any, right_row: str) -> str:
        dialect = self.dialect
        return (
            f"{dialect.comparable(left, dialect.column(left, left_row))} <=> "
            f"{dialect.comparable(right, dialect.column(right, right_row))}"
        )

    def changed(self, flow: Flow) -> str:
        same = " AND ".join(self.same(f, "OLD", f, "NEW") for f in flow.source_fields)
        return f"NOT ({same})"

    def on_insert(self, flow: Flow) -> list[str]:
        if flow.direction == FORWARDS:
            found = self.make(flow) if flow.makes_rows else []
            if flow.transfer.pairs and not flow.alone:
                found.append(self.copy(flow, only_unset=True))
            return found
        if flow.alone:
            return self.push(flow)
        found = [f"IF {self.dialect.any_set(flow.source_fields, 'NEW')} THEN", *self.push(flow)]
        if flow.makes_rows:
            found += ["ELSE", *self.make(flow)]
        return [*found, "END IF;"]

    def pull(self, flow: Flow) -> list[str]:
        """Before an INSERT, take the values that the other row has.

        A row of the older code gives way to one of the newer; a row of the newer code only
        where it has no value.
        """
        dialect, transfer = self.dialect, flow.transfer
        other = (
            f"FROM {dialect.table(transfer.target)} target "
            f"WHERE {self.key(transfer.target, 'target')} = {self.key(transfer.source, 'NEW')}"
        )
        wanted = dialect.any_set(flow.target_fields, "target")
        condition = f"EXISTS (SELECT 1 {other} AND ({wanted}))"
        if flow.direction == BACKWARDS:
            condition += f" AND {dialect.all_unset(flow.source_fields, 'NEW')}"
        sets = [
            f"SET {dialect.column(old, 'NEW')} = (SELECT {dialect.column(new, 'target')} {other});"
            for old, new in transfer.pairs
        ]
        return [f"IF {condition} THEN", *sets, "END IF;"]

    def push(self, flow: Flow) -> list[str]:
        """Make the other row equal to this one."""
        return [self.copy(flow), *(self.make(flow) if flow.makes_rows else [])]

    def copy(self, flow: Flow, only_unset: bool = False) -> str:
        dialect, transfer = self.dialect, flow.transfer
        sets = ", ".join(
            f"{dialect.column(new, 'target')} = {dialect.column(old, 'NEW')}"
            for old, new in transfer.pairs
        )
        same = " AND ".join(self.same(old, "NEW", new, "target") for old, new in transfer.pairs)
        unset = f" AND {dialect.all_unset(flow.target_fields, 'target')}" if only_unset else ""
        return (
            f"UPDATE {dialect.table(transfer.target)} target SET {sets} "
            f"WHERE {self.at_key(transfer)} AND NOT ({same}){unset};"
        )

    def make(self, flow: Flow) -> list[str]:
        """Make the row of the target if it is not there.

        Neither INSERT IGNORE nor ON DUPLICATE KEY: both swallow more than a row with this key.
        """
        dialect, transfer = self.dialect, flow.transfer
        pairs = [(transfer.source._meta.pk, transfer.target._meta.pk), *transfer.pairs]
        columns = ", ".join(dialect.quote(new.column) for _, new in pairs)
        values = ", ".join(dialect.column(old, "NEW") for old, _ in pairs)
        table = dialect.table(transfer.target)
        condition = f"NOT EXISTS (SELECT 1 FROM {table} target WHERE {self.at_key(transfer)})"
        if needed := flow.needed_fields:
            condition += f" AND ({dialect.any_set(needed, 'NEW')})"
        for column in (old for old, new in transfer.pairs if not new.null and new.has_db_default()):
            # A column that came back has no default for a moment; the newer code alone writes
            # then, and makes the row itself.
            condition += f" AND {dialect.column(column, 'NEW')} IS NOT NULL"
        return [
            f"IF {condition} THEN",
            f"INSERT INTO {table} ({columns}) VALUES ({values});",
            "END IF;",
        ]

    def at_key(self, transfer: Transfer) -> str:
        own = self.key(transfer.source, "NEW")
        return f"{self.key(transfer.target, 'target')} = {own}"


STATES = """
SELECT TRIGGER_NAME FROM information_schema.TRIGGERS
WHERE TRIGGER_SCHEMA = DATABASE() AND TRIGGER_NAME IN ({})
"""


def states(dialect: Any, transfer: Transfer) -> dict[str, str]:
    """The triggers of a transfer, given in either direction; none can be disabled here."""
    for candidate in (transfer.reversed(), transfer):
        wanted = [n for n, _ in Triggers(dialect, Sync(candidate, candidate.source)).names()]
        with dialect.connection.cursor() as cursor:
            cursor.execute(STATES.format(", ".join(["%s"] * len(wanted))), wanted)
            there = {name: "enabled" for (name,) in cursor.fetchall()}
        if there:
            break
    return {**dict.fromkeys(wanted, "missing"), **there}
