"""A new required column on MariaDB and MySQL."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import DatabaseError, models

from .copy_errors import is_usable
from .dialects_populate import PopulateSQL
from .locks import held

TRIES = 5
NULL_FOUND = (1048, 1138, 1265, 4025)
"""What a row without a value is called by an ALTER TABLE that requires one."""


class MySQLPopulate(PopulateSQL):
    """Others may write while InnoDB changes the table, as far as the version can do it."""

    table: Any
    ask_one: Any

    def add_empty(self, editor: Any, model: Any, field: Any) -> None:
        # The column is empty: nothing to check, and with checks the table would be copied.
        with self.set(editor, "foreign_key_checks", "0"):
            super().add_empty(editor, model, field)

    def require(
        self, editor: Any, to_model: Any, field: Any, fill: Callable[[], int], null: bool
    ) -> None:
        # Without it, NULL would become an empty text.
        strict = "CONCAT(@@SESSION.sql_mode, ',STRICT_ALL_TABLES')"
        with self.set(editor, "sql_mode", strict):
            if null or editor.collect_sql:
                super().require(editor, to_model, field, fill, null)
                return
            self.fill_mostly(fill)
            try:
                self.add_guard(editor, to_model, field)
                self.require_filled(editor, to_model, field, fill)
            finally:
                if is_usable(self.connection):
                    self.drop_trigger(editor, to_model, self.guard_name(to_model, field))

    def require_filled(
        self, editor: Any, to_model: Any, field: Any, fill: Callable[[], int]
    ) -> None:
        for tried in range(1, TRIES + 1):
            try:
                super().require(editor, to_model, field, fill, False)
                return
            except DatabaseError as error:
                # Where no guard could be made, a row has come in between.
                if tried == TRIES or error.args[:1] not in [(code,) for code in NULL_FOUND]:
                    raise

    def add_guard(self, editor: Any, model: Any, field: Any) -> None:
        """Let nobody insert a row without a value any more, while the last ones are filled."""
        name = self.guard_name(model, field)
        self.drop_trigger(editor, model, name)
        self.add_trigger(
            editor, model, name, field,
            f"SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'Column {field.column} needs a value'",
            [],
        )  # fmt: skip

    def guard_name(self, model: Any, field: Any) -> str:
        return f"{self.filler_name(model, field)}_guard"

    def add_filler(self, editor: Any, model: Any, field: Any, value: Any) -> None:
        found = self.of_new_row(model, value)
        # The key that AUTO_INCREMENT gives is not known before the row is there.
        if found is None or any(isinstance(f, models.AutoField) for f in found[2]):
            return
        sql, params, _ = found
        self.drop_filler(editor, model, field)
        set_value = f"SET NEW.{self.quote(field.column)} = {sql}"
        name = self.filler_name(model, field)
        self.add_trigger(editor, model, name, field, set_value, params)

    def add_trigger(
        self, editor: Any, model: Any, name: str, field: Any, body: str, params: Any
    ) -> None:
        # Without the privilege rows are filled later, before the column is required.
        with suppress(DatabaseError), held(editor, [], [model]):
            editor.execute(
                f"CREATE TRIGGER {self.quote(name)} BEFORE INSERT ON {self.table(model)} "
                f"FOR EACH ROW BEGIN IF NEW.{self.quote(field.column)} IS NULL THEN {body}; "
                "END IF; END",
                params,
            )

    def drop_filler(self, editor: Any, model: Any, field: Any) -> None:
        self.drop_trigger(editor, model, self.filler_name(model, field))

    def drop_populated(self, editor: Any, model: Any, field: Any) -> None:
        # A killed migration may have left it.
        self.drop_trigger(editor, model, self.guard_name(model, field))
        super().drop_populated(editor, model, field)

    def drop_trigger(self, editor: Any, model: Any, name: str) -> None:
        if not editor.collect_sql and self.ask_one(
            "SELECT 1 FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() "
            "AND TRIGGER_NAME = %s",
            [name],
        ):
            with held(editor, [model]):
                editor.execute(f"DROP TRIGGER {self.quote(name)}", None)

    @contextmanager
    def set(self, editor: Any, variable: str, value: str) -> Iterator[None]:
        """A variable of the session, for the body."""
        if editor.collect_sql:
            yield
            return
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT @@SESSION.{variable}")
            (before,) = cursor.fetchone()
            cursor.execute(f"SET SESSION {variable} = {value}")
        try:
            yield
        finally:
            with self.connection.cursor() as cursor:
                cursor.execute(f"SET SESSION {variable} = %s", [before])
