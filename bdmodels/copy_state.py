"""What is known of copies: a table in the database that they write to, made when first needed."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from django.apps.registry import Apps
from django.db import DatabaseError, connections, models

from .copy_batches import KeyRange
from .dialects import dialect_for
from .transfers import Transfer

RUNNING, HOLDING, STOPPED, FAILED, COMPLETE = "running", "holding", "stopped", "failed", "complete"
TABLE = "bdmodels_copy"


class CopyRange(models.Model):
    """A range of keys of one copy and how far it has come.

    As the table of ``MigrationRecorder``, it belongs to no app and is not migrated.
    """

    copy = models.CharField(max_length=64)
    number = models.IntegerField()
    tables = models.TextField(default="")
    source = models.CharField(max_length=255)
    target = models.CharField(max_length=255)
    after = models.TextField(null=True)
    until = models.TextField(null=True)
    cursor = models.TextField(null=True)
    rows_done = models.BigIntegerField(default=0)
    rows_estimated = models.BigIntegerField(null=True)
    batch = models.IntegerField(default=0)
    seconds = models.FloatField(default=0)
    status = models.CharField(max_length=20)
    note = models.TextField(default="")
    error = models.TextField(default="")
    attempts = models.IntegerField(default=0)
    runner = models.CharField(max_length=32, default="")
    started = models.DateTimeField(null=True)
    heartbeat = models.DateTimeField(null=True)

    class Meta:
        apps = Apps()
        app_label = "bdmodels"
        db_table = TABLE
        unique_together = [("copy", "number")]

    def __str__(self) -> str:
        return f"{self.source} to {self.target}, range {self.number}: {self.status}"


class CopyState:
    """The rows of the table that belong to one transfer.

    :param alias: the database.
    :param transfer: what is copied; the same tables and columns are the same copy.
    """

    def __init__(self, alias: str, transfer: Transfer) -> None:
        self.alias, self.transfer = alias, transfer
        self.name = name_of(transfer)

    @property
    def connection(self) -> Any:
        return connections[self.alias]

    def exists(self) -> bool:
        """Whether there is such a table; nothing was copied in batches before there is."""
        with self.connection.cursor() as cursor:
            return TABLE in self.connection.introspection.table_names(cursor)

    def make_table(self) -> None:
        if self.exists():
            return
        try:
            with self.connection.schema_editor() as editor:
                editor.create_model(CopyRange)
        except DatabaseError:
            if not self.exists():  # Another first runner may have made it meanwhile.
                raise

    def all(self) -> Any:
        return CopyRange._base_manager.using(self.alias).filter(copy=self.name)

    def ranges(self) -> list[CopyRange]:
        """The ranges in order; none if the copy never began, or if a table or column that it
        wrote to has been made anew since."""
        if not self.exists():
            return []
        tables = self.tables()
        return [row for row in self.all().order_by("number") if row.tables == tables]

    def tables(self) -> str:
        target = self.transfer.target
        columns = [target._meta.pk.column, *(new.column for _, new in self.transfer.pairs)]
        return dialect_for(self.connection).identity(target, columns)

    def is_complete(self) -> bool:
        found = self.ranges()
        return bool(found) and all(r.status == COMPLETE for r in found)

    def begin(self, ranges: Iterable[KeyRange], estimates: Iterable[int]) -> None:
        """Write the ranges of a new copy."""
        source, tables = self.transfer.source._meta.label, self.tables()
        self.all().delete()
        CopyRange._base_manager.using(self.alias).bulk_create(
            CopyRange(
                copy=self.name,
                number=number,
                tables=tables,
                source=source,
                target=self.transfer.target._meta.label,
                after=self.text(keys.after),
                until=self.text(keys.until),
                cursor=self.text(keys.after),
                rows_estimated=estimate,
                status=STOPPED,
            )
            for number, (keys, estimate) in enumerate(zip(ranges, estimates, strict=True))
        )

    def forget(self) -> None:
        """Remove what is known, because it is no longer true."""
        if self.exists():
            self.all().delete()

    def left_in(self, row: CopyRange) -> KeyRange:
        """The keys of a range that are left to copy."""
        return KeyRange(self.key(row.cursor), self.key(row.until))

    # Keys as texts.

    def text(self, key: Any) -> str | None:
        if key is None:
            return None
        holder = self.transfer.source()
        holder.pk = key
        return str(self.plain_key().value_to_string(holder))

    def key(self, text: str | None) -> Any:
        return None if text is None else self.plain_key().to_python(text)

    def plain_key(self) -> Any:
        return self.transfer.source._meta.pk


def name_of(transfer: Transfer) -> str:
    """The same for the same tables and columns, whatever migration they are copied by."""
    source, target = transfer.source._meta, transfer.target._meta
    columns = ",".join(sorted(f"{old.column}>{new.column}" for old, new in transfer.pairs))
    full = f"{source.db_table}>{target.db_table}:{columns}:{transfer.sparse}"
    return blake2b(full.encode(), digest_size=16).hexdigest()
