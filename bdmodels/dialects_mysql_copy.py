"""The copy in batches on MariaDB and MySQL."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from .copy_batches import KeyRange
from .dialects_copy import BatchSQL
from .transfers import Transfer

RETRY = (1205, 1213, 1020, 3024, 1969)
"""Lock timeout, deadlock, changed since read, and statement timeouts."""
DUPLICATE = 1062
NO_PRIVILEGE = (1044, 1045, 1142, 1227)


class MySQLBatches(BatchSQL):
    """What a batch writes is not written back by the trigger of the table that it fills."""

    meanings = {
        1021: "full",
        1114: "full",
        1290: "read_only",
        1792: "read_only",
        1836: "read_only",
        1062: "duplicate",
        1048: "null",
        2006: "lost",
        2013: "lost",
        1644: "trigger",
    }
    rewrites = (("OPTIMIZE TABLE", False),)
    any_distinct: Any

    def lock_inserted(self) -> str:
        return " LOCK IN SHARE MODE"

    def fill_batch(
        self, transfer: Transfer, keys: KeyRange, only_unset: bool
    ) -> tuple[str, list[Any]]:
        # UPDATE with a join locks the rows that it reads.
        where, params = self.in_both(transfer, keys)
        sql = self.update(transfer, only_unset)
        word = "AND" if only_unset else "WHERE"
        return f"{sql} {word} ({self.any_distinct(transfer)}) AND {where}", params

    def delete_orphans(self, transfer: Transfer, keys: KeyRange) -> tuple[str, list[Any]]:
        where, params = self.in_range(transfer.target, keys, "target")
        return (
            f"DELETE target FROM {self.table(transfer.target)} target "
            f"LEFT JOIN {self.table(transfer.source)} source ON {self.joined(transfer)} "
            f"WHERE {where} AND {self.column(transfer.source._meta.pk, 'source')} IS NULL",
            params,
        )

    def before_batch(self, cursor: Any) -> None:
        cursor.execute("SET @bdmodels_sync = 1")
        cursor.execute("SET @bdmodels_wait = @@SESSION.innodb_lock_wait_timeout")
        cursor.execute("SET SESSION innodb_lock_wait_timeout = 1")

    def after_batch(self, cursor: Any) -> None:
        cursor.execute("SET @bdmodels_sync = NULL")
        cursor.execute("SET SESSION innodb_lock_wait_timeout = @bdmodels_wait")

    def error_code(self, error: BaseException) -> Any:
        return error.args[0] if error.args else None

    def may_retry(self, error: Exception) -> bool:
        code = self.error_code(error)
        if code == DUPLICATE:
            # Somebody has made a row of the part meanwhile; in another index it is an error.
            return "PRIMARY" in str(error)
        return code in RETRY

    def may_not_ask(self, error: BaseException) -> bool:
        return self.error_code(error) in NO_PRIVILEGE

    def claim(self, name: str) -> bool:
        return bool(self.ask_one("SELECT GET_LOCK(%s, 0)", [self.lock_name(name)]))

    def release(self, name: str) -> None:
        self.ask_one("SELECT RELEASE_LOCK(%s)", [self.lock_name(name)])

    def lock_name(self, name: str) -> str:
        """Locks belong to the server, and names of them are short."""
        full = f"{self.connection.settings_dict['NAME']}:{name}"
        return f"bdmodels_{blake2b(full.encode(), digest_size=16).hexdigest()}"

    def estimated_rows(self, model: Any) -> int | None:
        return self.table_fact(model, "TABLE_ROWS")

    def identity(self, model: Any, columns: Sequence[str]) -> str:
        # Changes oftener than the table, too; then what is there is looked at once more.
        found = self.ask_one(
            "SELECT CREATE_TIME FROM information_schema.TABLES "
            "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s",
            [model._meta.db_table],
        )
        return str(found)

    def table_size(self, model: Any) -> int | None:
        return self.table_fact(model, "DATA_LENGTH + INDEX_LENGTH + DATA_FREE")

    def table_fact(self, model: Any, what: str) -> int | None:
        found = self.ask_one(
            f"SELECT {what} FROM information_schema.TABLES "
            "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s",
            [model._meta.db_table],
        )
        return None if found is None else int(found)

    def replica_lag(self) -> float | None:
        with self.connection.cursor() as cursor:
            cursor.execute("SHOW SLAVE STATUS")
            row = cursor.fetchone()
            names = [column[0] for column in cursor.description or ()]
        found = dict(zip(names, row, strict=True)).get("Seconds_Behind_Master") if row else None
        return None if found is None else float(found)

    def blocked_backends(self) -> int | None:
        return int(
            self.ask_one(
                "SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'"
            )
        )

    def rewrite(self, model: Any, way: str) -> str:
        return f"OPTIMIZE TABLE {self.table(model)}"
