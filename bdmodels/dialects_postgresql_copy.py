"""The copy in batches on PostgreSQL."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from .copy_batches import KeyRange
from .dialects_copy import BatchSQL
from .transfers import Transfer

RETRY = ("40001", "40P01", "55P03", "57014")
"""Serialization failure, deadlock, lock timeout, statement timeout."""


class PostgreSQLBatches(BatchSQL):
    """Source rows are locked, so that no row is deleted or changed while it is copied."""

    meanings = {
        "53100": "full",
        "25006": "read_only",
        "23505": "duplicate",
        "23502": "null",
        "57P01": "lost",
        "P0001": "trigger",
    }
    rewrites = (("pg_repack", False), ("VACUUM FULL", True))
    any_distinct: Any
    all_unset: Any

    def lock_inserted(self) -> str:
        # Does not block updates of the source: the trigger that follows them waits for the
        # new row and writes the newer values.
        return " FOR KEY SHARE OF source"

    def fill_batch(
        self, transfer: Transfer, keys: KeyRange, only_unset: bool
    ) -> tuple[str, list[Any]]:
        # FOR SHARE: an UPDATE that waited for the target row would go on with the source row
        # as it was before, and write an older value over a newer one.
        where, params = self.in_range(transfer.source, keys, "source")
        in_target, more = self.in_range(transfer.target, keys, "target")
        locked = [transfer.source._meta.pk, *(old for old, _ in transfer.pairs)]
        columns = ", ".join(self.column(f, "source") for f in dict.fromkeys(locked))
        assignments = ", ".join(
            f"{self.quote(new.column)} = {self.column(old, 'source')}"
            for old, new in transfer.pairs
        )
        unset = ""
        if only_unset:
            unset = f" AND {self.all_unset([new for _, new in transfer.pairs], 'target')}"
        return (
            f"WITH source AS MATERIALIZED (SELECT {columns} FROM {self.table(transfer.source)} "
            f"source WHERE {where} FOR SHARE) UPDATE {self.table(transfer.target)} AS target "
            f"SET {assignments} FROM source WHERE {self.joined(transfer)}{unset} "
            f"AND ({self.any_distinct(transfer)}) AND {in_target}",
            [*params, *more],
        )

    def before_batch(self, cursor: Any) -> None:
        # Shorter than deadlock_timeout, 1 s by default: the copy gives way before the
        # application would be told of a deadlock.
        cursor.execute("SET LOCAL lock_timeout = '400ms'")
        cursor.execute("SET LOCAL statement_timeout = '60s'")

    def error_code(self, error: BaseException) -> Any:
        # psycopg, and psycopg2.
        cause = error.__cause__
        return getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)

    def may_retry(self, error: Exception) -> bool:
        return self.error_code(error) in RETRY

    def may_not_ask(self, error: BaseException) -> bool:
        return bool(self.error_code(error) == "42501")

    def claim(self, name: str) -> bool:
        return bool(self.ask_one("SELECT pg_try_advisory_lock(%s)", [number(name)]))

    def release(self, name: str) -> None:
        self.ask_one("SELECT pg_advisory_unlock(%s)", [number(name)])

    def estimated_rows(self, model: Any) -> int | None:
        found = self.ask_one(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [self.table(model)]
        )
        # 0 before version 14, -1 since, where nothing has counted the rows yet.
        return int(found) if found and found > 0 else None

    def identity(self, model: Any, columns: Sequence[str]) -> str:
        # Numbers of tables and columns are not used again.
        found = self.ask_one(
            "SELECT string_agg(attrelid || '.' || attnum, ',' ORDER BY attnum) FROM pg_attribute "
            "WHERE attrelid = %s::regclass AND attname = ANY(%s)",
            [self.table(model), list(columns)],
        )
        return str(found)

    def table_size(self, model: Any) -> int | None:
        found = self.ask_one("SELECT pg_total_relation_size(%s::regclass)", [self.table(model)])
        return int(found) if found is not None else None

    def replica_lag(self) -> float | None:
        if self.ask_one("SELECT pg_is_in_recovery()"):
            found = self.ask_one(
                "SELECT CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 "
                "ELSE EXTRACT(EPOCH FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END"
            )
        else:
            found = self.ask_one(
                "SELECT EXTRACT(EPOCH FROM max(replay_lag)) FROM pg_stat_replication"
            )
        return None if found is None else float(found)

    def vacuumed(self, models: Sequence[Any]) -> str | None:
        found = self.ask_one(
            "SELECT relid::regclass::text FROM pg_stat_progress_vacuum WHERE relid = ANY(%s::text[]"
            "::regclass[]::oid[]) AND datname = current_database()",
            [[self.table(model) for model in models]],
        )
        return str(found) if found is not None else None

    def blocked_backends(self) -> int | None:
        return int(
            self.ask_one(
                "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                "AND datname = current_database()"
            )
        )

    def rewrite(self, model: Any, way: str) -> str:
        return f"VACUUM (FULL, ANALYZE) {self.table(model)}"


def number(name: str) -> int:
    """The number of an advisory lock."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
