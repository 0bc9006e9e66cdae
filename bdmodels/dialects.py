"""The SQL that differs per database: one dialect object for each, chosen by one registry.

Statements between two tables call the one that values come from ``source`` and the other one
``target``; both are joined on their keys.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from django.db import NotSupportedError
from django.db.backends.ddl_references import Statement
from django.db.models import ExpressionWrapper

from .columns import as_empty
from .dialects_copy import BatchSQL
from .dialects_populate import PopulateSQL
from .sync import Sync
from .transfers import Transfer

Pair = tuple[Any, Any]


class Dialect(BatchSQL, PopulateSQL):
    """What all databases have in common; standard SQL where there is one.

    :param connection: the database to write for. Nothing is sent by building SQL.
    """

    #: Whether one statement can write to several tables (data-modifying CTEs).
    combines_writes = False
    #: Whether triggers keep tables equal while old and new code write.
    needs_sync = False

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def typed(self, expression: Any, output_field: Any) -> Any:
        """The expression, for a SELECT whose rows are to have values of that type."""
        return ExpressionWrapper(expression, output_field=output_field)

    def takes_copy(self, model: Any) -> bool:
        """Whether COPY can put rows into a model's table as INSERT would."""
        return False

    def delete_joined(self, core: Any, targets: Sequence[Any], keys: int) -> str:
        """One DELETE of the rows of several tables of a family; empty where there is none.

        :param core: the core; its rows decide.
        :param targets: the models whose rows go.
        :param keys: how many keys of the core are the statement's parameters.
        """
        return ""

    # Statements between two tables.

    def quote(self, name: str) -> str:
        return str(self.connection.ops.quote_name(name))

    def table(self, model: Any) -> str:
        return self.quote(model._meta.db_table)

    def column(self, field: Any, table: str) -> str:
        return f"{table}.{self.quote(field.column)}"

    def joined(self, transfer: Transfer) -> str:
        """The condition that two rows belong together."""
        source = self.column(transfer.source._meta.pk, "source")
        return f"{self.column(transfer.target._meta.pk, 'target')} = {source}"

    def any_set(self, fields: Sequence[Any], table: str) -> str:
        return " OR ".join(f"{self.column(f, table)} IS NOT NULL" for f in fields) or "1 = 0"

    def all_unset(self, fields: Sequence[Any], table: str) -> str:
        return " AND ".join(f"{self.column(f, table)} IS NULL" for f in fields) or "1 = 1"

    def missing(self, transfer: Transfer) -> str:
        """The condition that a source row has no target row and should have one."""
        condition = (
            f"NOT EXISTS (SELECT 1 FROM {self.table(transfer.target)} target "
            f"WHERE {self.joined(transfer)})"
        )
        if transfer.sparse and transfer.pairs:
            condition += f" AND ({self.any_set([old for old, _ in transfer.pairs], 'source')})"
        return condition

    def insert_missing(self, transfer: Transfer) -> str:
        """Create the target rows that are not there; never touches those that are."""
        keys = (transfer.source._meta.pk, transfer.target._meta.pk)
        pairs = [keys, *transfer.pairs]
        columns = ", ".join(self.quote(new.column) for _, new in pairs)
        values = ", ".join(self.column(old, "source") for old, _ in pairs)
        return (
            f"INSERT INTO {self.table(transfer.target)} ({columns}) "
            f"SELECT {values} FROM {self.table(transfer.source)} source "
            f"WHERE {self.missing(transfer)}{self.on_conflict(transfer)}"
        )

    def on_conflict(self, transfer: Transfer) -> str:
        """What keeps a row that somebody else created meanwhile. The key only: a conflict
        on another unique column is an error, not a row that is silently missing."""
        return f" ON CONFLICT ({self.quote(transfer.target._meta.pk.column)}) DO NOTHING"

    def update(self, transfer: Transfer, only_unset: bool) -> str:
        """Write the values of the source rows into the target rows that there are.

        :param only_unset: leave rows alone in which one of the columns has a value already.
        """
        assignments = ", ".join(
            f"{self.quote(new.column)} = {self.column(old, 'source')}"
            for old, new in transfer.pairs
        )
        return (
            f"UPDATE {self.table(transfer.target)} AS target SET {assignments} "
            f"FROM {self.table(transfer.source)} source "
            f"WHERE {self.joined(transfer)}{self._only_unset(transfer, only_unset)}"
        )

    def _only_unset(self, transfer: Transfer, only_unset: bool) -> str:
        if not only_unset:
            return ""
        return f" AND {self.all_unset([new for _, new in transfer.pairs], 'target')}"

    def count_different(self, transfer: Transfer, condition: str = "") -> str:
        """Count the pairs of rows that do not hold the same values."""
        different = " OR ".join(self.distinct(old, new) for old, new in transfer.pairs) or "1 = 0"
        return (
            f"SELECT COUNT(*) FROM {self.table(transfer.source)} source "
            f"JOIN {self.table(transfer.target)} target ON {self.joined(transfer)} "
            f"WHERE ({different}){condition}"
        )

    def count_missing(self, transfer: Transfer, condition: str = "") -> str:
        """Count the source rows without a target row."""
        return (
            f"SELECT COUNT(*) FROM {self.table(transfer.source)} source "
            f"WHERE {self.missing(transfer)}{condition}"
        )

    def distinct(self, old: Any, new: Any) -> str:
        """The condition that two columns differ; two NULLs are the same."""
        left, right = self.column(old, "source"), self.column(new, "target")
        return f"{self.comparable(old, left)} IS DISTINCT FROM {self.comparable(new, right)}"

    def comparable(self, field: Any, column: str) -> str:
        """A column made fit for an exact comparison, whatever its type and collation."""
        return column

    # Changes of columns.

    def relax(self, editor: Any, to_model: Any, pairs: Sequence[Pair]) -> None:
        """Let columns take NULL. ``pairs``: (old field, the same that accepts NULL)."""
        changes = [
            f"ALTER COLUMN {self.quote(old.column)} DROP NOT NULL"
            for old, _ in pairs
            if not old.null
        ]
        self._alter(editor, to_model, changes, [])

    def tighten(self, editor: Any, to_model: Any, fields: Sequence[Any]) -> None:
        """Give columns their full definition: NOT NULL and database default."""
        changes, params = [], []
        for field in fields:
            column = self.quote(field.column)
            if field.has_db_default():
                default, values = editor.db_default_sql(field)
                changes.append(f"ALTER COLUMN {column} SET DEFAULT {default}")
                params.extend(values)
            if not field.null:
                changes.append(f"ALTER COLUMN {column} SET NOT NULL")
        self._alter(editor, to_model, changes, params)

    def _alter(self, editor: Any, model: Any, changes: list[str], params: list[Any]) -> None:
        if changes:
            editor.execute(f"ALTER TABLE {self.table(model)} {', '.join(changes)}", params or None)

    def add_columns(self, editor: Any, model: Any, to_model: Any, fields: Sequence[Any]) -> None:
        """Add columns that are NULL in every row, with index, unique and foreign key."""
        plain_first = sorted(fields, key=lambda f: f.generated)
        for field in self.not_done(editor, model, plain_first, present=False):
            editor.add_field(model, as_empty(field))

    def set_defaults(self, editor: Any, model: Any, fields: Sequence[Any]) -> None:
        """Give columns their database defaults; rows that are there stay as they are."""
        changes, params = [], []
        for field in fields:
            if field.has_db_default() and not field.generated:
                default, values = editor.db_default_sql(field)
                changes.append(f"ALTER COLUMN {self.quote(field.column)} SET DEFAULT {default}")
                params.extend(values)
        self._alter(editor, model, changes, params)

    def drop_columns(self, editor: Any, model: Any, to_model: Any, fields: Sequence[Any]) -> None:
        """Drop columns in one statement, their foreign keys and pending SQL before."""
        present = self.not_done(editor, model, fields, present=True)
        if not present:
            return
        for field in present:
            if field.remote_field:
                # BaseDatabaseSchemaEditor.remove_field() does the same (until 6.1 at least).
                for name in editor._constraint_names(model, [field.column], foreign_key=True):
                    editor.execute(editor._delete_fk_sql(model, name))
        # A generated column goes before those that it is made of.
        ordered = sorted(present, key=lambda f: not f.generated)
        drops = ", ".join(f"DROP COLUMN {self.quote(f.column)}" for f in ordered)
        editor.execute(f"ALTER TABLE {self.table(model)} {drops}", None)
        table, columns = model._meta.db_table, {f.column for f in present}
        editor.deferred_sql[:] = [
            sql
            for sql in editor.deferred_sql
            if not isinstance(sql, Statement)
            or not any(sql.references_column(table, column) for column in columns)
        ]

    def not_done(self, editor: Any, model: Any, fields: Sequence[Any], present: bool) -> list[Any]:
        """The fields that are left to do when a migration failed half-way and runs again.

        Only where the database cannot roll back schema changes; elsewhere it is all of them.
        """
        if editor.collect_sql or self.connection.features.can_rollback_ddl:
            return list(fields)
        columns = self.columns_of(model)
        return [f for f in fields if (f.column in columns) is present]

    def columns_of(self, model: Any) -> set[str]:
        with self.connection.cursor() as cursor:
            found = self.connection.introspection.get_table_description(
                cursor, model._meta.db_table
            )
        return {column.name for column in found}

    # Indexes and constraints.

    def online_indexes(self, editor: Any, model: Any) -> Any:
        """What makes them while others write to the table; None where the plain way does so
        as well as it can be done, or in a transaction."""
        return None

    # The foreign key from a part to its core.

    def add_part_key(self, editor: Any, part: Any, core: Any) -> None:
        """Add it, unless it is there."""

    def drop_part_key(self, editor: Any, part: Any, core: Any) -> None:
        """Drop it, if it is there."""

    def part_key(self, editor: Any, part: Any, core: Any) -> str:
        """Its name, or "" where there is none; the one it gets where SQL is only collected."""
        if editor.collect_sql:
            return self.part_key_name(editor, part)
        table, column = core._meta.db_table, core._meta.pk.column
        with self.connection.cursor() as cursor:
            found = self.connection.introspection.get_constraints(cursor, part._meta.db_table)
        for name, constraint in found.items():
            own = constraint["columns"] == [part._meta.pk.column]
            if own and constraint["foreign_key"] == (table, column):
                return str(name)
        return ""

    def part_key_name(self, editor: Any, part: Any) -> str:
        # BaseDatabaseSchemaEditor._create_index_name() cuts names to the database's limit.
        table, column = part._meta.db_table, part._meta.pk.column
        return str(editor._create_index_name(table, [column], suffix="_core"))

    def part_key_sql(self, editor: Any, part: Any, core: Any) -> str:
        return (
            f"ALTER TABLE {self.table(part)} ADD CONSTRAINT "
            f"{self.quote(self.part_key_name(editor, part))} "
            f"FOREIGN KEY ({self.quote(part._meta.pk.column)}) REFERENCES {self.table(core)} "
            f"({self.quote(core._meta.pk.column)}) ON DELETE CASCADE"
        )

    # Other sessions.

    def lock(self, editor: Any, models: Sequence[Any]) -> None:
        """Keep other sessions from writing to the tables until the transaction ends."""

    def held(
        self, editor: Any, exclusive: list[Any], shared: list[Any]
    ) -> AbstractContextManager[None]:
        """What :func:`.locks.held` does on this database."""
        return nullcontext()

    def install_sync(self, editor: Any, sync: Sync) -> None:
        """Make the triggers of a sync; those that are there already are made anew."""

    def remove_sync(self, editor: Any, sync: Sync) -> None:
        """Remove the triggers of a sync, as far as they are there."""

    @contextmanager
    def unsynced(self, editor: Any) -> Iterator[None]:
        """Let what this session writes fire no trigger of a sync, where it could not."""
        yield

    def by_hand(self, statement: str) -> str:
        """A statement between two tables, as a user can run it while they are synchronised."""
        return statement

    def refuses_to_read(self, error: Exception) -> bool:
        """Whether an error says that a statement reads a table which a trigger writes to."""
        return False

    def sync_state(self, transfer: Transfer) -> dict[str, str]:
        """The triggers a transfer needs, and whether each is ``"enabled"``, ``"disabled"`` or
        ``"missing"``; empty where the database needs none."""
        return {}

    def settle(self, editor: Any) -> None:
        """Check pending constraints now, so that tables can be altered after data changed."""


REGISTRY: dict[str, Any] = {}


def dialect_for(connection: Any) -> Dialect:
    """The dialect of a database connection.

    :raises django.db.NotSupportedError: for a database that none of the dialects is for.
    """
    from . import dialects_mysql, dialects_postgresql, dialects_sqlite  # noqa: F401 - register

    try:
        dialect: Dialect = REGISTRY[connection.vendor](connection)
    except KeyError:
        raise NotSupportedError(
            f"bdmodels has no SQL dialect for {connection.vendor!r} (database "
            f"{connection.alias!r}). It supports PostgreSQL, MariaDB, MySQL and SQLite."
        ) from None
    return dialect
