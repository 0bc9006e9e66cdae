"""Gives each row of a table its own value, in batches with a commit each.

What is left to do is in the table: the rows whose column is NULL. A run that was killed is gone
on with by the next one.
"""

import random
import threading
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

from django.core.exceptions import FieldError, ValidationError
from django.db import DatabaseError, connections, models, transaction

from . import conf
from .copy_batches import BatchSize
from .copy_errors import is_usable
from .copy_in_migrate import output
from .copy_jobs import rows_of
from .copy_runner import RETRIES
from .dialects import dialect_for
from .populated_rows import Created, Rows, key_text
from .progress import Progress, progress
from .stopping import StopOnSignal
from .transfers import Refused

FIRST, MOST = 500, 5000
"""Rows of the first batch, and of the greatest."""


class Population:
    """Fills one column.

    :param editor: of the migration that runs.
    :param model: the historical model, in the state that has the field.
    :param field: the bound field.
    :param value: an expression, or a callable that gets ``(apps, schema_editor, rows)``.
    :param apps: the historical apps, in the state that has the field.
    """

    def __init__(self, editor: Any, model: Any, field: Any, value: Any, apps: Any) -> None:
        self.editor, self.model, self.field = editor, model, field
        self.value, self.apps = value, apps
        self.alias: str = editor.connection.alias
        self.created = Created(self.alias, self.label.lower())
        self.stop = threading.Event()
        #: What ``Rows.distinct()`` has counted so far.
        self.numbers: dict[Any, dict[str, int]] = {}
        self.joins = self.called = False
        self.progress: Progress | None = None

    @property
    def label(self) -> str:
        return f"{self.model._meta.label}.{self.field.name}"

    @property
    def connection(self) -> Any:
        return connections[self.alias]

    @property
    def is_expression(self) -> bool:
        return hasattr(self.value, "resolve_expression")

    def run(self) -> None:
        """Add the column, fill it, and require it.

        :raises Refused: when a row gets no value, or one that cannot be stored, when a callable
            raises, when the run is stopped by a signal, or another process is at it.
        """
        dialect = dialect_for(self.connection)
        # In a transaction the table is locked, and an error leaves nothing to tidy up.
        alone = self.connection.in_atomic_block
        lock = f"fill {self.label}"
        if not alone and not dialect.claim(lock):
            raise Refused(f"Another process is filling {self.label}. Let it end, and see then.")
        try:
            with StopOnSignal() as signals:
                self.stop = signals.event
                self.add_and_fill(dialect, alone)
        finally:
            if not alone and is_usable(self.connection):
                dialect.release(lock)
            if self.progress:
                self.progress.close(False)

    def add_and_fill(self, dialect: Any, alone: bool) -> None:
        if not self.is_expression:
            self.created.make_table(self.editor)
        dialect.add_empty(self.editor, self.model, self.field)
        if alone or not self.is_expression:
            self.fill_and_require(dialect)
            return
        dialect.add_filler(self.editor, self.model, self.field, self.value)
        try:
            self.fill_and_require(dialect)
        finally:
            # After an error, too: the expression may be one that fails for others' rows.
            if is_usable(self.connection):
                dialect.drop_filler(self.editor, self.model, self.field)

    def fill_and_require(self, dialect: Any) -> None:
        self.fill()
        if not self.called and not self.is_expression:
            # A stub that was never filled in is found where there are no rows, too.
            self.call(Rows([], self))
        # Rows may stay empty where that is allowed; they are not asked for again and again.
        again = (lambda: 0) if self.field.null else self.fill
        dialect.require(self.editor, self.model, self.field, again, self.field.null)
        if self.progress:
            self.progress.close(True)
            self.progress = None

    def collect(self) -> None:
        """Show the statements that there are; a callable has none."""
        dialect = dialect_for(self.connection)
        dialect.add_empty(self.editor, self.model, self.field)
        if self.is_expression:
            dialect.collect_fill(self.editor, self.model, self.field, self.value)
        else:
            name = getattr(self.value, "__name__", "a callable")
            self.editor.collected_sql.append(f"-- THE VALUES ARE SET BY {name}(), IN BATCHES")
        dialect.require(self.editor, self.model, self.field, lambda: 0, self.field.null)

    # Batches.

    def left(self, after: Any) -> Any:
        """The rows without a value whose keys are greater."""
        found = self.model._base_manager.using(self.alias).filter(
            **{f"{self.field.name}__isnull": True}
        )
        return (found if after is None else found.filter(pk__gt=after)).order_by("pk")

    def fill(self) -> int:
        """Give values to all rows without one; returns how many that were."""
        size = BatchSize(FIRST, conf.copy_batch_seconds(), MOST)
        after, total, failures = None, 0, 0
        while True:
            if self.stop.is_set():
                raise Refused(
                    f"Filling {self.label} was stopped after a batch; nothing is lost. Run "
                    "migrate again to go on."
                )
            began, wanted = monotonic(), size.rows
            try:
                keys = self.fill_batch(after, wanted)
            except DatabaseError as error:
                failures += 1
                dialect = dialect_for(self.connection)
                if self.connection.in_atomic_block or failures >= RETRIES:
                    raise
                if not dialect.may_retry(error):
                    raise
                size.failed()
                self.stop.wait(random.uniform(0.05, 0.2) * min(failures, 5))
                continue
            failures = 0
            total += len(keys)
            if keys:
                after = keys[-1]
                size.took(len(keys), monotonic() - began)
                self.show(len(keys))
            if len(keys) < wanted:
                # Where others go on inserting rows, there might always be another batch.
                return total

    def show(self, rows: int) -> None:
        if self.progress is None:
            total = rows_of(self.model, self.alias)
            self.progress = progress(f"Filling {self.label}", total, **output)
            self.progress.__enter__()
        self.progress.advance(rows)

    def fill_batch(self, after: Any, most: int) -> list[Any]:
        """Fill the next rows, in a transaction of their own; returns their keys."""
        with transaction.atomic(using=self.alias):
            with self.connection.cursor() as cursor:
                dialect_for(self.connection).before_fill(cursor, self.model, self.field)
            if self.is_expression:
                keys = list(self.left(after).values_list("pk", flat=True)[:most])
                if keys:
                    self.write_expression(after, keys)
                return keys
            rows = Rows(self.locked(self.left(after))[:most], self)
            if rows:
                self.call(rows)
                values = [(self.checked(row), row.pk) for row in rows]
                self.refuse_repeated(rows)
                self.write(
                    [pair for pair in values if pair[0] is not None],
                    lambda pairs: self.write_values(pairs),
                    lambda pair: pair[1],
                )
                self.created.add(rows.created)
            return [row.pk for row in rows]

    def locked(self, rows: Any) -> Any:
        """Rows that nobody changes while their values are made."""
        features = self.connection.features
        if not features.has_select_for_update:
            return rows
        no_key = features.has_select_for_no_key_update
        return rows.select_for_update(no_key=no_key)

    # A callable.

    def call(self, rows: Rows) -> None:
        self.called = True
        try:
            self.value(self.apps, self.editor, rows)
        except (Refused, DatabaseError) as error:
            if isinstance(error, Refused) or dialect_for(self.connection).may_retry(error):
                raise
            raise self.failed(rows, error) from error
        except Exception as error:
            raise self.failed(rows, error) from error

    def failed(self, rows: Rows, error: Exception) -> Refused:
        name = getattr(self.value, "__name__", "the callable")
        where = ""
        if rows:
            # Values are given in order, mostly: the first row without one is the next.
            open_rows = [row for row in rows if getattr(row, self.field.attname, None) is None]
            at = f", at the row {key_text(open_rows[0])}" if open_rows else ""
            where = f" in the batch of rows {key_text(rows[0])} to {key_text(rows[-1])}{at}"
        return self.refused(f"{name}() raised {type(error).__name__}{where}: {error}")

    def checked(self, row: Any) -> Any:
        """The value that a row has got, as the database takes it."""
        field = self.field
        value = getattr(row, field.attname)
        if value is None:
            if not field.null:
                raise self.refused(f"the row {key_text(row)} was left without a value")
            return None
        refusal = ""
        stored: Any = field.target_field if field.remote_field else field
        if hasattr(value, "resolve_expression"):
            refusal = "is an expression; give the operation an expression instead of a callable"
        elif isinstance(stored, (models.CharField, models.TextField)) and not isinstance(
            value, str
        ):
            refusal = "is no text"
        else:
            try:
                stored.run_validators(stored.to_python(value))
                choices = None if field.remote_field else field.flatchoices
                if choices and value not in [choice for choice, _ in choices]:
                    refusal = "is none of the choices"
            except ValidationError as error:
                refusal = f"is not valid: {' '.join(error.messages)}"
            except (TypeError, ValueError) as error:
                refusal = f"is not valid: {error}"
        if refusal:
            raise self.refused(
                f"{value!r} ({type(value).__name__}), the value of the row {key_text(row)}, "
                f"{refusal}"
            )
        return field.get_db_prep_save(value, self.connection)

    def refuse_repeated(self, rows: Rows) -> None:
        if not self.field.unique:
            return
        seen: dict[Any, Any] = {}
        for row in rows:
            value = getattr(row, self.field.attname)
            if value is not None and seen.setdefault(value, row) is not row:
                raise self.refused(
                    f"the rows {key_text(seen[value])} and {key_text(row)} have both got "
                    f"{value!r}, which must be unique"
                )

    def write_values(self, pairs: Sequence[tuple[Any, Any]]) -> None:
        key = self.model._meta.pk
        quote = self.connection.ops.quote_name
        column = quote(self.field.column)
        sql = (
            f"UPDATE {quote(self.model._meta.db_table)} SET {column} = %s "
            f"WHERE {quote(key.column)} = %s AND {column} IS NULL"
        )
        params = [(value, key.get_db_prep_value(pk, self.connection)) for value, pk in pairs]
        with self.connection.cursor() as cursor:
            cursor.executemany(sql, params)

    # An expression.

    def write_expression(self, after: Any, keys: list[Any]) -> None:
        def write(some: Sequence[Any]) -> None:
            if len(some) == 1:
                rows = self.left(None).filter(pk=some[0])
            else:
                rows = self.left(after).filter(pk__lte=keys[-1])
            self.update(rows.order_by())

        self.write(keys, write, lambda key: key)
        if self.field.null:
            return
        if empty := list(self.left(after).filter(pk__lte=keys[-1]).values_list("pk", flat=True)):
            shown = ", ".join(map(str, empty[:5])) + (", ..." if len(empty) > 5 else "")
            raise self.refused(f"the expression is NULL for {len(empty):,} rows ({shown})")

    def update(self, rows: Any) -> None:
        if not self.joins:
            try:
                rows.update(**{self.field.name: self.value})
                return
            except FieldError as error:
                if "Joined field references" not in str(error):
                    raise
                self.joins = True
        # UPDATE takes no columns of other tables, which SELECT can.
        found = rows.annotate(populated_value=self.value).values_list("populated_value", "pk")
        values = [
            (self.field.get_db_prep_save(value, self.connection), key)
            for value, key in found
            if value is not None
        ]
        if values:
            self.write_values(values)

    # Errors.

    def write(self, items: list[Any], write: Callable[[Any], None], key_of: Any) -> None:
        """Write a batch; where the database refuses it, find the row."""
        if not items:
            return
        try:
            self.write_safely(items, write)
        except DatabaseError as error:
            if dialect_for(self.connection).may_retry(error):
                raise
            for item in items:
                try:
                    self.write_safely([item], write)
                except DatabaseError as cause:
                    said = str(cause).strip()
                    raise self.refused(
                        f"the value of the row {key_of(item)!s} cannot be stored: {said}"
                    ) from cause
            raise

    def write_safely(self, items: list[Any], write: Callable[[Any], None]) -> None:
        # With a savepoint, so that the rows can be tried one by one after an error.
        with transaction.atomic(using=self.alias):
            write(items)
            if self.field.remote_field:
                dialect_for(self.connection).settle(self.editor)

    def refused(self, what: str) -> Refused:
        return Refused(
            f"{self.label} could not be filled: {what}. The batch was not written. Change the "
            "value in the migration, or the row, and run migrate again; it goes on with the "
            "rows that have no value yet."
        )
