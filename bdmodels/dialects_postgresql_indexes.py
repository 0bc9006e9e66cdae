"""Indexes and constraints on PostgreSQL, made and dropped while others write."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.ddl_references import Statement
from django.db.models import CheckConstraint, Index, UniqueConstraint

from .locks import held

INDEX = """
SELECT i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relname = %s AND i.indrelid = to_regclass(%s)
"""
CONSTRAINT = """
SELECT convalidated FROM pg_constraint WHERE conname = %s AND conrelid = to_regclass(%s)
"""
PARTITIONED = "SELECT 1 FROM pg_class WHERE relkind = 'p' AND oid = to_regclass(%s)"


class OnlineIndexes:
    """Makes and drops them outside a transaction, step by step.

    Each step can be run again: what a run that failed or was killed has done is kept, but an
    index that it left behind invalid is made anew.

    :param dialect: the dialect of the database.
    :param editor: the schema editor of a migration with ``atomic = False``.
    """

    def __init__(self, dialect: Any, editor: Any) -> None:
        self.dialect, self.editor = dialect, editor
        self.connection = dialect.connection

    def takes(self, model: Any) -> bool:
        """Whether the table can be indexed in this way; one with partitions cannot."""
        return self.editor.collect_sql or self.ask(PARTITIONED, self.dialect.table(model)) is None

    def add(self, model: Any, named: Any) -> None:
        """Add an index or constraint.

        :param model: the historical model whose table gets it.
        :param named: the index or constraint.
        """
        if isinstance(named, Index):
            if self.needs_index(model, named.name):
                with self.unhurried():
                    self.editor.add_index(model, named, concurrently=True)
        elif isinstance(named, UniqueConstraint):
            statement: Any = named.create_sql(model, self.editor)
            if statement:
                self.add_unique(model, statement, named.name)
        elif isinstance(named, CheckConstraint):
            self.add_check(model, named)
        elif self.validity(CONSTRAINT, model, named.name) is None:
            with held(self.editor, [model]):
                self.editor.add_constraint(model, named)

    def remove(self, model: Any, named: Any) -> None:
        """Remove what :meth:`add` has added; the arguments are the same."""
        if isinstance(named, Index):
            if self.exists(INDEX, model, named.name):
                with self.unhurried():
                    self.editor.remove_index(model, named, concurrently=True)
            return
        sql = str(named.remove_sql(model, self.editor))
        if sql.startswith("DROP INDEX"):
            if self.exists(INDEX, model, named.name):
                self.drop_index(named.name)
        elif self.exists(CONSTRAINT, model, named.name):
            with held(self.editor, [model]):
                self.editor.execute(sql, None)

    def add_unique(self, model: Any, statement: Statement, name: str) -> None:
        """Do what a statement of Django does, with an index that is made beforehand.

        BaseDatabaseSchemaEditor._create_unique_sql() (until 6.1 at least) fills either of two
        templates with the same parts: that of a constraint or, with a condition or expressions,
        that of an index.
        """
        editor = self.editor
        if self.validity(CONSTRAINT, model, name) is not None:
            return
        if self.needs_index(model, name):
            index = editor.sql_create_unique_index.replace("INDEX", "INDEX CONCURRENTLY", 1)
            with self.unhurried():
                editor.execute(Statement(index, **statement.parts), None)
        if statement.template == editor.sql_create_unique:
            quoted = self.dialect.quote(name)
            with held(editor, [model]):
                editor.execute(
                    f"ALTER TABLE {self.dialect.table(model)} ADD CONSTRAINT {quoted} UNIQUE "
                    f"USING INDEX {quoted}{statement.parts['deferrable']}",
                    None,
                )

    def add_check(self, model: Any, constraint: Any) -> None:
        """New rows are checked at once, and those that are there without a lock."""
        validity = self.validity(CONSTRAINT, model, constraint.name)
        if validity is None:
            with held(self.editor, [model]):
                self.editor.execute(f"{constraint.create_sql(model, self.editor)} NOT VALID", None)
        if not validity:
            with self.unhurried():
                self.editor.execute(
                    f"ALTER TABLE {self.dialect.table(model)} VALIDATE CONSTRAINT "
                    f"{self.dialect.quote(constraint.name)}",
                    None,
                )

    def needs_index(self, model: Any, name: str) -> bool:
        """Whether an index has to be made; one that is invalid is dropped first."""
        validity = self.validity(INDEX, model, name)
        if validity is False:
            self.drop_index(name)
        return not validity

    def drop_index(self, name: str) -> None:
        with self.unhurried():
            self.editor.execute(
                f"DROP INDEX CONCURRENTLY IF EXISTS {self.dialect.quote(name)}", None
            )

    @contextmanager
    def unhurried(self) -> Iterator[None]:
        """Let a statement take the time it needs.

        These statements keep no reader or writer waiting, neither while they work nor while
        they wait: the lock is SHARE UPDATE EXCLUSIVE. But to make an index they wait for every
        older transaction, and one that a timeout ends has been for nothing and stays invalid;
        so would every further try. A session can be cancelled from outside all the same.
        """
        changed = {}
        if not self.editor.collect_sql:
            for name in ("lock_timeout", "statement_timeout"):
                value = self.ask("SELECT current_setting(%s)", name)
                # Nothing is set that is set already: a pooler may give away the session.
                if value != "0":
                    changed[name] = value
                    self.ask("SELECT set_config(%s, '0', false)", name)
        try:
            yield
        finally:
            if changed and self.connection.is_usable():
                for name, value in changed.items():
                    self.ask("SELECT set_config(%s, %s, false)", name, value)

    def exists(self, query: str, model: Any, name: str) -> bool:
        return self.editor.collect_sql or self.validity(query, model, name) is not None

    def validity(self, query: str, model: Any, name: str) -> bool | None:
        """Whether an index or constraint is valid; None where there is none of that name."""
        if self.editor.collect_sql:
            return None
        found = self.ask(query, name, self.dialect.table(model))
        return None if found is None else bool(found)

    def ask(self, query: str, *params: Any) -> Any:
        with self.connection.cursor() as cursor:
            cursor.execute(query, params)
            row = cursor.fetchone()
        return row and row[0]
