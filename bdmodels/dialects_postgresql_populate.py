"""A new required column on PostgreSQL, without a long lock where there is no transaction."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db import DatabaseError

from .columns import as_empty
from .dialects_populate import PopulateSQL
from .locks import held, referenced


class PostgreSQLPopulate(PopulateSQL):
    """Every lock that keeps others from writing is held for a moment only.

    A unique constraint is made of an index that was built CONCURRENTLY; foreign keys and
    checks are added NOT VALID and then validated; NOT NULL follows from such a check.
    """

    quote: Any
    table: Any
    _alter: Any
    ask_one: Any

    def at_once(self, editor: Any) -> bool:
        return bool(editor.atomic_migration or self.connection.in_atomic_block)

    def add_empty(self, editor: Any, model: Any, field: Any) -> None:
        if self.at_once(editor):
            super().add_empty(editor, model, field)
            return
        if not self.has_column(editor, model, field):
            with held(editor, [model]):
                editor.add_field(model, bare(field))
        if field.unique:
            self.add_unique(editor, model, field)
        # BaseDatabaseSchemaEditor._field_indexes_sql(), _create_fk_sql() and
        # _create_check_sql() make the statements of AddField, with their names (until 6.1).
        for statement in editor._field_indexes_sql(model, field):
            self.create_index(editor, model, str(statement.parts["name"]), str(statement))
        if field.remote_field and field.db_constraint:
            suffix = "_fk_%(to_table)s_%(to_column)s"
            sql = editor._create_fk_sql(model, field, suffix)
            self.add_valid(editor, model, str(sql.parts["name"]), str(sql), referenced([field]))
        if check := field.db_parameters(connection=self.connection)["check"]:
            name = editor._create_index_name(model._meta.db_table, [field.column], "_check")
            sql = editor._create_check_sql(model, name, check)
            self.add_valid(editor, model, self.quote(name), str(sql), [])

    def add_unique(self, editor: Any, model: Any, field: Any) -> None:
        name = self.quote(editor._create_index_name(model._meta.db_table, [field.column], "_uniq"))
        if self.constraint(editor, model, name) is not None:
            return
        table = self.table(model)
        sql = f"CREATE UNIQUE INDEX {name} ON {table} ({self.quote(field.column)})"
        self.create_index(editor, model, name, sql)
        with held(editor, [model]):
            editor.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}", None
            )

    def create_index(self, editor: Any, model: Any, name: str, sql: str) -> None:
        if not editor.collect_sql:
            valid = self.ask_one(
                "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s) "
                "AND indrelid = %s::regclass",
                [name, self.table(model)],
            )
            if valid:
                return
            if valid is False:  # Its making was interrupted.
                editor.execute(f"DROP INDEX CONCURRENTLY {name}", None)
        editor.execute(sql.replace("INDEX ", "INDEX CONCURRENTLY ", 1), None)

    def add_valid(self, editor: Any, model: Any, name: str, sql: str, shared: list[Any]) -> None:
        valid = self.constraint(editor, model, name)
        if valid is None:
            with held(editor, [model], shared):
                editor.execute(f"{sql} NOT VALID", None)
        if not valid:
            self.validate(editor, model, name)

    def validate(self, editor: Any, model: Any, name: str) -> None:
        editor.execute(f"ALTER TABLE {self.table(model)} VALIDATE CONSTRAINT {name}", None)

    def constraint(self, editor: Any, model: Any, name: str) -> bool | None:
        """Whether a constraint is validated; None where there is no such constraint."""
        if editor.collect_sql:
            return None
        found = self.ask_one(
            "SELECT convalidated FROM pg_constraint WHERE conrelid = %s::regclass AND conname = %s",
            [self.table(model), name.strip('"')],
        )
        return None if found is None else bool(found)

    def require(
        self, editor: Any, to_model: Any, field: Any, fill: Callable[[], int], null: bool
    ) -> None:
        if null or self.at_once(editor):
            super().require(editor, to_model, field, fill, null)
            return
        table, column = self.table(to_model), self.quote(field.column)
        name = self.quote(
            editor._create_index_name(to_model._meta.db_table, [field.column], "_filled")
        )
        self.fill_mostly(fill)
        if self.constraint(editor, to_model, name) is None:
            with held(editor, [to_model]):
                editor.execute(
                    f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IS NOT NULL) "
                    "NOT VALID",
                    None,
                )
        try:
            # Rows are looked for after that, because to find them takes a while.
            fill()
            self.validate(editor, to_model, name)
        except BaseException:
            # Others may insert rows without a value again, until it is tried again.
            with suppress(DatabaseError), held(editor, [to_model]):
                self._alter(editor, to_model, [f"DROP CONSTRAINT IF EXISTS {name}"], [])
            raise
        with held(editor, [to_model]):
            self.tighten(editor, to_model, [field])
            self._alter(editor, to_model, [f"DROP CONSTRAINT {name}"], [])

    def add_filler(self, editor: Any, model: Any, field: Any, value: Any) -> None:
        found = None if self.at_once(editor) else self.of_new_row(model, value)
        if found is None:
            return
        sql, params, _ = found
        self.drop_filler(editor, model, field)
        name, column = self.quote(self.filler_name(model, field)), self.quote(field.column)
        editor.execute(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql "
            f"SET search_path FROM CURRENT AS $bdmodels$ BEGIN IF NEW.{column} IS NULL THEN "
            f"NEW.{column} := {sql}; END IF; RETURN NEW; END $bdmodels$",
            params,
        )
        with held(editor, [], [model]):
            editor.execute(
                f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON {self.table(model)} "
                f"FOR EACH ROW EXECUTE FUNCTION {name}()",
                None,
            )

    def drop_filler(self, editor: Any, model: Any, field: Any) -> None:
        name = self.filler_name(model, field)
        if editor.collect_sql or not self.ask_one(
            "SELECT 1 FROM pg_proc WHERE proname = %s AND pg_function_is_visible(oid)", [name]
        ):
            return
        with held(editor, [model]):
            editor.execute(
                f"DROP TRIGGER IF EXISTS {self.quote(name)} ON {self.table(model)}", None
            )
            editor.execute(f"DROP FUNCTION {self.quote(name)}()", None)


def bare(field: Any) -> Any:
    """The column alone."""
    column = as_empty(field)
    column._unique = column.db_index = False
    column.__dict__.pop("unique", None)  # Field caches it (5.2 to 6.1).
    column.db_check = lambda connection: None
    if column.remote_field:
        column.db_constraint = False
    return column
