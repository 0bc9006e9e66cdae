"""MariaDB and MySQL, which commit every schema change on its own."""

import copy
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.db.models import DateField, TimeField
from django.db.models.functions import Cast

from .copy_batches import KeyRange
from .dialects import REGISTRY, Dialect, Pair
from .dialects_mysql_copy import MySQLBatches
from .dialects_mysql_locks import patient
from .dialects_mysql_populate import MySQLPopulate
from .dialects_mysql_triggers import Triggers, states
from .locks import held
from .sync import Sync
from .transfers import Transfer

KEY_FACTS = """
SELECT c.DATA_TYPE, c.COLUMN_TYPE LIKE '%%unsigned%%', c.CHARACTER_SET_NAME, c.COLLATION_NAME,
  t.ENGINE
FROM information_schema.COLUMNS c JOIN information_schema.TABLES t USING (TABLE_SCHEMA, TABLE_NAME)
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s AND c.COLUMN_NAME = %s
"""


class MySQL(MySQLBatches, MySQLPopulate, Dialect):
    """Columns are changed by MODIFY, which needs the full definition or loses the rest."""

    needs_sync = True
    check_belongs_to_column = False

    def typed(self, expression: Any, output_field: Any) -> Any:
        # CASE over parameters is a text, which Django's converters cannot read as a time.
        if isinstance(output_field, (DateField, TimeField)):
            return Cast(expression, output_field)
        return super().typed(expression, output_field)

    def delete_joined(self, core: Any, targets: Sequence[Any], keys: int) -> str:
        table, key = self.table(core), core._meta.pk
        joins = "".join(
            f" LEFT JOIN {self.table(part)} ON "
            f"{self.column(part._meta.pk, self.table(part))} = {self.column(key, table)}"
            for part in targets
            if part is not core
        )
        return (
            f"DELETE {', '.join(map(self.table, targets))} FROM {table}{joins} "
            f"WHERE {self.column(key, table)} IN ({', '.join(['%s'] * keys)})"
        )

    def on_conflict(self, transfer: Transfer) -> str:
        # ON DUPLICATE KEY would also swallow conflicts on other unique columns.
        return ""

    def update(self, transfer: Transfer, only_unset: bool) -> str:
        assignments = ", ".join(
            f"{self.column(new, 'target')} = {self.column(old, 'source')}"
            for old, new in transfer.pairs
        )
        where = self._only_unset(transfer, only_unset).replace(" AND ", " WHERE ", 1)
        return (
            f"UPDATE {self.table(transfer.target)} target "
            f"JOIN {self.table(transfer.source)} source ON {self.joined(transfer)} "
            f"SET {assignments}{where}"
        )

    def distinct(self, old: Any, new: Any) -> str:
        left, right = self.column(old, "source"), self.column(new, "target")
        return f"NOT ({self.comparable(old, left)} <=> {self.comparable(new, right)})"

    def comparable(self, field: Any, column: str) -> str:
        db_type = (field.db_type(self.connection) or "").lower()
        if any(kind in db_type for kind in ("char", "text", "json", "enum", "set")):
            # Converted, because tables of different age may have different charsets.
            return f"BINARY CONVERT({column} USING utf8mb4)"
        return column

    def held(
        self, editor: Any, exclusive: list[Any], shared: list[Any]
    ) -> AbstractContextManager[None]:
        tables = dict.fromkeys(model._meta.db_table for model in [*exclusive, *shared])
        return patient(self.connection, ", ".join(tables))

    def add_part_key(self, editor: Any, part: Any, core: Any) -> None:
        if self.keys_fit(editor, part, core) and (
            editor.collect_sql or not self.part_key(editor, part, core)
        ):
            with held(editor, [part], [core]):
                editor.execute(self.part_key_sql(editor, part, core), None)

    def keys_fit(self, editor: Any, part: Any, core: Any) -> bool:
        """Whether a foreign key can be made: charset and collation have to be the same, too,
        and those of a new table are not always those of an old one."""
        own, other = part._meta.pk, core._meta.pk
        if own.rel_db_type(self.connection) != other.rel_db_type(self.connection):
            return False
        return bool(editor.collect_sql or self.key_facts(part) == self.key_facts(core))

    def adopt_key(self, editor: Any, part: Any, core: Any) -> None:
        """Give the text key of a new part the charset and collation of its core's, which an
        older table has from another default. Two collations could not be compared."""
        if editor.collect_sql:
            return
        own, other = self.key_facts(part), self.key_facts(core)
        if own == other or None in (own, other) or own[:2] != other[:2] or not other[2]:
            return
        if not self.has_rows(part, KeyRange()):
            key = part._meta.pk
            comment = f" COMMENT {editor.quote_value(key.db_comment)}" if key.db_comment else ""
            with held(editor, [part]):
                editor.execute(
                    f"ALTER TABLE {self.table(part)} MODIFY {self.quote(key.column)} "
                    f"{key.rel_db_type(self.connection)} CHARACTER SET {other[2]} "
                    f"COLLATE {other[3]} NOT NULL{comment}",
                    None,
                )

    def key_facts(self, model: Any) -> Any:
        """What has to be the same in two columns of a foreign key."""
        with self.connection.cursor() as cursor:
            cursor.execute(KEY_FACTS, [model._meta.db_table, model._meta.pk.column])
            return cursor.fetchone()

    def drop_part_key(self, editor: Any, part: Any, core: Any) -> None:
        name = self.part_key(editor, part, core)
        if not name or (not editor.collect_sql and self.is_synced(part)):
            return  # Without it, rows of the part would stay when the core's go.
        with held(editor, [part], [core]):
            editor.execute(
                f"ALTER TABLE {self.table(part)} DROP FOREIGN KEY {self.quote(name)}", None
            )

    def is_synced(self, model: Any) -> bool:
        """Whether triggers of a sync are on a table."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = "
                "DATABASE() AND EVENT_OBJECT_TABLE = %s AND TRIGGER_NAME LIKE %s",
                [model._meta.db_table, r"bdmodels\_%"],
            )
            return bool(cursor.fetchone()[0])

    def install_sync(self, editor: Any, sync: Sync) -> None:
        for _, part in sync.parts():
            self.adopt_key(editor, part, sync.core)
            # A trigger could not delete rows of a table that the statement reads.
            self.add_part_key(editor, part, sync.core)
        for sql in Triggers(self, sync).install():
            editor.execute(sql, None)

    def remove_sync(self, editor: Any, sync: Sync) -> None:
        for sql in Triggers(self, sync).remove():
            editor.execute(sql, None)
        for _, part in sync.parts():
            if part._meta.label_lower not in sync.linked:
                self.drop_part_key(editor, part, sync.core)

    @contextmanager
    def unsynced(self, editor: Any) -> Iterator[None]:
        # INSERT ... SELECT uses the table that the triggers would write to.
        editor.execute("SET @bdmodels_sync = 1", None)
        try:
            yield
        finally:
            editor.execute("SET @bdmodels_sync = NULL", None)

    def by_hand(self, statement: str) -> str:
        return f"SET @bdmodels_sync = 1; {statement}; SET @bdmodels_sync = NULL"

    def refuses_to_read(self, error: Exception) -> bool:
        return bool(error.args) and error.args[0] == 1442

    def sync_state(self, transfer: Transfer) -> dict[str, str]:
        return states(self, transfer)

    def relax(self, editor: Any, to_model: Any, pairs: Sequence[Pair]) -> None:
        self._modify(editor, to_model, [new for old, new in pairs if not old.null])

    def tighten(self, editor: Any, to_model: Any, fields: Sequence[Any]) -> None:
        self._modify(editor, to_model, fields)

    def _modify(self, editor: Any, model: Any, fields: Sequence[Any]) -> None:
        changes, params = [], []
        for field in fields:
            definition, values = self._definition(editor, model, field)
            changes.append(f"MODIFY {self.quote(field.column)} {definition}")
            params.extend(values)
        if changes:
            editor.execute(f"ALTER TABLE {self.table(model)} {', '.join(changes)}", params or None)

    def _definition(self, editor: Any, model: Any, field: Any) -> tuple[str, list[Any]]:
        """The column as CREATE TABLE has it, but UNIQUE, which MODIFY would add once more."""
        column = copy.copy(field)
        column._unique = False
        column.__dict__.pop("unique", None)  # Field caches it (5.2 to 6.1).
        definition, params = editor.column_sql(model, column)
        db_params = field.db_parameters(connection=self.connection)
        if db_params["check"] and self.check_belongs_to_column:
            definition += " " + editor.sql_check_constraint % db_params
        return definition, params


class MariaDB(MySQL):
    """A check of a column is part of its definition here; MODIFY drops what it does not name."""

    check_belongs_to_column = True


REGISTRY["mysql"] = lambda connection: (
    MariaDB(connection) if connection.mysql_is_mariadb else MySQL(connection)
)
