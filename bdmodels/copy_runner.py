"""Runs a copy in batches, each committed on its own, so that it can end and go on at any time."""

import queue
import random
import threading
from time import monotonic
from typing import Any
from uuid import uuid4

from django.db import DatabaseError, Error, connections, transaction
from django.db.models import F
from django.utils.timezone import now

from . import conf
from .contraction import Contraction
from .copy_batches import BatchSize, KeyRange, Keys
from .copy_errors import explained
from .copy_jobs import CopyJob, CopyOptions, rows_of
from .copy_state import COMPLETE, FAILED, HOLDING, RUNNING, STOPPED, CopyRange, CopyState
from .copying import Copier
from .dialects import dialect_for
from .dialects_copy import CAREFUL, EMPTY, MISSING
from .progress import Progress
from .records import remember_begin
from .stopping import StopOnSignal
from .transfers import Refused

RETRIES = 30
"""How often one batch is tried before its error counts."""


class CopyRunner:
    """Runs one job to its end, or until it is stopped; run again, it goes on from there.

    :param alias: the database.
    :param job: what to copy.
    :param options: how.
    """

    def __init__(self, alias: str, job: CopyJob, options: CopyOptions | None = None) -> None:
        self.alias, self.job, self.options = alias, job, options or CopyOptions()
        self.transfer = job.transfer
        self.state = CopyState(alias, job.transfer)
        self.keys = Keys(job.transfer.source, alias)
        self.token = uuid4().hex
        self.stop = threading.Event()
        self.progress = Progress("", None)

    @property
    def connection(self) -> Any:
        """Every thread has a connection of its own."""
        return connections[self.alias]

    def run(self) -> bool:
        """Copy; returns whether all is copied, which it is not after a signal to stop.

        :raises Refused: when another runner is at it, when the contract migration was stopped
            after it had removed the triggers, when a value is missing that the target
            requires or rows differ that must not be overwritten, and for errors of the
            database; the table of states has the error as well.
        """
        dialect = dialect_for(self.connection)
        try:
            self.state.make_table()
        except Error as error:
            raise Refused(explained(dialect, error, self.job.label)) from error
        for found in (self.transfer, self.transfer.reversed()):
            if (contraction := Contraction(self.alias, found)).is_half_done():
                raise Refused(contraction.text())
        if not self.claim(dialect):
            raise Refused(
                f"Another process is copying {self.job.label}. See how far it has come: "
                f"manage.py breakdown status {self.transfer.source._meta.label}"
            )
        try:
            with StopOnSignal() as signals:
                self.stop = signals.event
                return self.run_ranges()
        finally:
            self.release(dialect)

    def claim(self, dialect: Any) -> bool:
        """Take the lock; a server notices a moment later that a process was killed."""
        for _ in range(10):
            if dialect.claim(self.state.name):
                return True
            self.stop.wait(0.1)
        return False

    def release(self, dialect: Any) -> None:
        try:
            dialect.release(self.state.name)
        except Error:
            # The lock went with the connection.
            self.connection.close()

    def run_ranges(self) -> bool:
        ranges = self.prepared()
        try:
            self.check(before=True)
            done = sum(row.rows_done for row in ranges)
            total = sum(row.rows_estimated or 0 for row in ranges)
            with self.options.show(f"Copying {self.job.label}", total, done) as self.progress:
                self.copy([row for row in ranges if row.status != COMPLETE])
            if self.stop.is_set():
                return False
            self.check(before=False)
        except Error as error:  # psycopg2 says InterfaceError of a lost connection.
            said = explained(dialect_for(self.connection), error, self.job.label)
            raise Refused(said) from error
        return True

    def prepared(self) -> list[CopyRange]:
        """The ranges to copy: those that are left, or new ones."""
        CopyState(self.alias, self.transfer.reversed()).forget()
        ranges = self.state.ranges()
        if not ranges or all(row.status == COMPLETE for row in ranges):
            self.begin()
            ranges = self.state.ranges()
        self.state.all().update(runner=self.token, attempts=F("attempts") + 1, started=now())
        return ranges

    def begin(self) -> None:
        remember_begin(self.alias, self.transfer)
        if self.options.workers > 1:
            found = self.keys.split(KeyRange(), self.options.workers)
            estimates = [self.keys.count(keys) for keys in found]
        else:
            found, estimates = [KeyRange()], [rows_of(self.transfer.source, self.alias)]
        self.state.begin(found, estimates)

    def check(self, before: bool) -> None:
        """Refuse what cannot be copied: early, and what has come meanwhile."""
        copier = Copier(self.connection.schema_editor(atomic=False), self.transfer)
        try:
            if self.job.inserts:
                copier.refuse_nulls()
            if self.job.fills and self.job.only_unset and not before:
                copier.refuse_conflicts()
        except Refused as refusal:
            # Once the cause is removed all rows have to be looked at.
            self.state.all().update(
                status=FAILED, error=str(refusal), cursor=F("after"), rows_done=0
            )
            raise

    # Workers.

    def copy(self, ranges: list[CopyRange]) -> None:
        waiting: queue.SimpleQueue[CopyRange] = queue.SimpleQueue()
        for row in ranges:
            waiting.put(row)
        count = min(self.options.workers, len(ranges))
        if count <= 1:
            self.work(waiting)
            return
        errors: list[BaseException] = []
        threads = [
            threading.Thread(target=self.work_in_thread, args=(waiting, errors), daemon=True)
            for _ in range(count)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            # With a timeout: signals are handled between the waits.
            while thread.is_alive():
                thread.join(0.2)
        if errors:
            raise errors[0]

    def work_in_thread(self, waiting: Any, errors: list[BaseException]) -> None:
        try:
            self.work(waiting)
        except BaseException as error:
            errors.append(error)
            self.stop.set()
        finally:
            self.connection.close()

    def work(self, waiting: Any) -> None:
        """Copy one waiting range after the other."""
        while not self.stop.is_set():
            try:
                row = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                self.copy_range(row)
            except Error as error:
                said = explained(dialect_for(self.connection), error, self.job.label)
                self.record_failure(row, said)
                raise Refused(said) from error
            except BaseException as error:
                self.record_failure(row, str(error) or type(error).__name__)
                raise

    def copy_range(self, row: CopyRange) -> None:
        size = BatchSize(
            min(row.batch or 1000, self.options.most_rows),
            conf.copy_batch_seconds(),
            self.options.most_rows,
        )
        failures, care = 0, EMPTY
        while self.may_go_on(row):
            keys, began, count = self.state.left_in(row), monotonic(), size.rows
            last = self.keys.nth(keys, count)
            try:
                if last is None:
                    count = self.keys.count(keys)
                    self.copy_batch(row, keys, count, size, COMPLETE, care)
                else:
                    batch = keys.ending_with(last)
                    self.copy_batch(row, batch, count, size, RUNNING, care)
            except DatabaseError as error:
                dialect = dialect_for(self.connection)
                if care < CAREFUL and dialect.is_duplicate(error):
                    care = CAREFUL
                    continue
                failures += 1
                if failures >= RETRIES or not dialect.may_retry(error):
                    raise
                size.failed()
                self.stop.wait(random.uniform(0.05, 0.2) * min(failures, 5))
                continue
            failures, care = 0, EMPTY
            self.progress.advance(count)
            if last is None:
                return
            size.took(count, monotonic() - began)
            if rest := self.options.throttles.rest(monotonic() - began):
                self.stop.wait(rest)
        self.update(row, status=STOPPED, note="")

    def may_go_on(self, row: CopyRange) -> bool:
        """Wait as long as a throttle has a reason; returns False when it is time to stop."""
        told = 0.0
        while not self.stop.is_set() and (reason := self.options.throttles.reason()):
            self.progress.hold(reason)
            if monotonic() - told > 5:
                self.update(row, status=HOLDING, note=reason)
                told = monotonic()
            self.stop.wait(self.options.throttles.again)
        return not self.stop.is_set()

    def copy_batch(
        self,
        row: CopyRange,
        keys: KeyRange,
        count: int,
        size: BatchSize,
        status: str,
        care: int,
    ) -> None:
        """Copy a range of keys and write down that it is copied, in one transaction."""
        connection, began = self.connection, monotonic()
        dialect = dialect_for(connection)
        try:
            with transaction.atomic(using=self.alias), connection.cursor() as cursor:
                dialect.before_batch(cursor)
                for sql, params in self.statements(dialect, keys, care):
                    cursor.execute(sql, params)
                cursor_text = row.cursor if keys.until is None else self.state.text(keys.until)
                self.update(
                    row,
                    status=status,
                    cursor=cursor_text,
                    rows_done=F("rows_done") + count,
                    seconds=F("seconds") + (monotonic() - began),
                    batch=size.rows,
                    note="",
                    error="",
                )
        finally:
            self.leave_batch(dialect)
        row.cursor = cursor_text

    def leave_batch(self, dialect: Any) -> None:
        try:
            with dialect.connection.cursor() as cursor:
                dialect.after_batch(cursor)
        except Error:
            # What a session was told must not outlive the batch: neither does the session.
            dialect.connection.close()

    def statements(self, dialect: Any, keys: KeyRange, care: int) -> list[tuple[str, list[Any]]]:
        found = []
        if self.job.fills:
            found.append(dialect.fill_batch(self.transfer, keys, self.job.only_unset))
        if self.job.inserts:
            if care < MISSING and dialect.has_rows(self.transfer.target, keys):
                care = MISSING
            found.append(dialect.insert_batch(self.transfer, keys, care))
        return found

    # The state.

    def update(self, row: CopyRange, **values: Any) -> None:
        mine = CopyRange._base_manager.using(self.alias).filter(pk=row.pk, runner=self.token)
        if not mine.update(heartbeat=now(), **values):
            raise Refused(
                f"Another process has begun to copy {self.job.label}; this one has stopped."
            )

    def record_failure(self, row: CopyRange, said: str) -> None:
        """Leave the error for ``status``, over a new connection if the old one is gone."""
        connection = self.connection
        try:
            connection.close_if_unusable_or_obsolete()
            self.update(row, status=FAILED, error=said)
        except (Error, Refused):
            # The caller raises the error itself; status sees an old heartbeat.
            connection.close()
