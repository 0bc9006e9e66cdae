"""The copy in batches: complete for any key, resumable, one runner at a time."""

import gc
import os
import signal
import threading
import time
import tracemalloc
from types import SimpleNamespace

import pytest
from django.core.management.base import CommandError
from django.db import InterfaceError, connection, transaction

from bdmodels import space
from bdmodels.copy_batches import BatchSize, KeyRange, Keys
from bdmodels.copy_runner import CopyRunner
from bdmodels.copy_state import COMPLETE, FAILED, STOPPED, CopyRange
from bdmodels.dialects import dialect_for
from bdmodels.throttles import Throttles
from bdmodels.transfers import Refused
from tests.copies import Pair
from tests.processes import Writer

pytestmark = [
    pytest.mark.only_on("postgresql", "mariadb"),
    # The tables are dropped by themselves: those of other apps need not be flushed.
    pytest.mark.django_db(transaction=True, available_apps=["bdmodels"]),
]


@pytest.fixture
def pair():
    with Pair() as found:
        yield found


# Ranges


@pytest.mark.parametrize("key", ["number", "uuid", "text"])
@pytest.mark.parametrize("workers", [1, 3])
def test_every_row_is_copied_whatever_the_key(key, workers):
    with Pair(key) as pair:
        pair.fill(2500, gaps=True)
        assert pair.runner(most_rows=170, workers=workers).run()
        assert pair.equal()
        assert pair.part.objects.count() == 2500


def test_ranges_of_workers_are_of_about_the_same_size(pair):
    pair.fill(1000, gaps=True)
    keys = Keys(pair.core, "default")
    found = keys.split(KeyRange(), 4)
    assert [keys.count(r) for r in found] == [250] * 4
    assert found[-1].until is None
    assert Keys(pair.part, "default").split(KeyRange(), 4) == [KeyRange()]


def test_an_empty_table_is_copied(pair):
    assert pair.runner().run()
    assert [r.status for r in pair.runner().state.ranges()] == [COMPLETE]


def test_batches_grow_towards_the_time_aimed_at_and_halve_when_they_fail():
    size = BatchSize(1000, aim=0.5, most=100_000)
    size.took(1000, 0.001)
    assert size.rows == 4000
    for _ in range(20):
        size.took(size.rows, size.rows / 20_000)
    assert 9_000 < size.rows < 11_000
    size.failed()
    assert 4_500 < size.rows < 5_500
    for _ in range(20):
        size.failed()
    assert size.rows == size.least


# Both directions


def test_copying_again_changes_nothing_and_fills_what_is_missing(pair):
    pair.fill(300)
    assert pair.runner().run()
    pair.part.objects.filter(pk__in=[5, 6]).delete()
    pair.part.objects.filter(pk=7).update(slug="newer")
    assert pair.runner().run()
    assert pair.part.objects.count() == 300
    assert pair.part.objects.get(pk=7).slug == "newer"


def test_rows_that_are_there_are_filled_where_nothing_is_set():
    with Pair(required=False) as pair:
        pair.fill(100)
        pair.part.objects.bulk_create(pair.part(pk=n) for n in range(1, 51))
        assert pair.runner(fill=True, most_rows=30).run()
        assert pair.equal()


def test_the_way_back_updates_rows_and_refuses_those_that_differ(pair):
    pair.fill(500)
    assert pair.runner().run()
    pair.core.objects.update(slug=None, note=None)
    assert pair.runner(insert=False, fill=True, back=True, most_rows=100).run()
    assert pair.equal()
    pair.core.objects.filter(pk__lt=3).update(slug="other")
    with pytest.raises(Refused, match=r"2 rows have different values in copies.Part and"):
        pair.runner(insert=False, fill=True, back=True).run()
    assert pair.core.objects.filter(slug="other").count() == 2
    assert pair.runner(insert=False, fill=True, only_unset=False, back=True).run()
    assert pair.equal()


def test_a_value_that_the_part_requires_is_refused_and_rows_are_copied_once_it_is_there(pair):
    pair.fill(50)
    pair.core.objects.filter(pk=9).update(slug=None)
    with pytest.raises(Refused, match=r"copies.Core.slug is NULL in 1 rows, but copies.Part.slug"):
        pair.runner().run()
    assert pair.runner().state.ranges()[0].status == FAILED
    pair.core.objects.filter(pk=9).update(slug="now")
    assert pair.runner().run()
    assert pair.equal()


def test_rows_of_newer_code_are_left_alone(pair):
    pair.fill(20)
    pair.core.objects.create(pk=21, title="new")
    pair.part.objects.create(pk=21, slug="only here")
    assert pair.runner().run()
    assert pair.part.objects.get(pk=21).slug == "only here"


# Stopping and going on


def stopped_after(pair, batches, **options):
    """Run until a signal comes after so many batches."""
    runner, seen = pair.runner(most_rows=50, **options), []

    def count():
        seen.append(1)
        if len(seen) == batches + 1:
            os.kill(os.getpid(), signal.SIGTERM)
        return None

    runner.options.throttles = Throttles([count])
    return runner.run()


def test_a_signal_ends_the_copy_after_the_batch_and_it_goes_on_from_there(pair):
    pair.fill(1000)
    before = signal.getsignal(signal.SIGTERM)
    assert not stopped_after(pair, 3)
    assert signal.getsignal(signal.SIGTERM) is before
    (row,) = pair.runner().state.ranges()
    assert (row.status, row.rows_done) == (STOPPED, 150)
    assert pair.part.objects.count() == 150
    pair.part.objects.filter(pk__lt=10).delete()
    assert pair.runner().run()
    # It went on behind the cursor: what was removed before it is not looked at.
    assert pair.part.objects.count() == 1000 - 9


def test_a_part_that_was_made_anew_is_copied_from_the_start(pair):
    pair.fill(300)
    assert not stopped_after(pair, 3)
    if connection.vendor == "mysql":
        time.sleep(1.1)  # What MariaDB tells of a table is precise to a second.
    with connection.schema_editor() as editor:
        editor.delete_model(pair.part)
        editor.create_model(pair.part)
    assert not pair.runner().state.is_complete()
    assert pair.runner().run()
    assert pair.equal()


def test_only_one_runner_copies_at_a_time(pair):
    pair.fill(10)
    state = pair.runner().state

    def other():
        assert dialect_for(connection).claim(state.name)
        claimed.set()
        released.wait(30)
        dialect_for(connection).release(state.name)
        connection.close()

    claimed, released = threading.Event(), threading.Event()
    thread = threading.Thread(target=other)
    thread.start()
    assert claimed.wait(30)
    try:
        with pytest.raises(Refused, match=r"Another process is copying copies.Core to copies.Part"):
            pair.runner().run()
    finally:
        released.set()
        thread.join()
    assert pair.runner().run()


def test_a_runner_that_lost_its_lock_stops(pair):
    pair.fill(1000)
    runner = pair.runner(most_rows=100)

    def steal():
        if CopyRange._base_manager.filter(rows_done__gt=200).exists():
            CopyRange._base_manager.update(runner="somebody else")
        return None

    runner.options.throttles = Throttles([steal])
    with pytest.raises(Refused, match="Another process has begun to copy"):
        runner.run()
    assert pair.part.objects.count() == 300


def test_a_throttle_holds_the_copy_and_its_reason_is_shown(pair):
    pair.fill(10)
    reasons = iter(["the disk is hot", "the disk is hot", None])
    shown = []
    runner = pair.runner(throttles=Throttles([lambda: next(reasons, None)], again=0.01))
    hold = CopyRunner.update

    def update(self, row, **values):
        shown.append(values.get("note"))
        hold(self, row, **values)

    runner.update = update.__get__(runner)
    assert runner.run()
    assert shown[0] == "the disk is hot"


# Others at work


def test_a_row_that_is_deleted_meanwhile_leaves_no_orphan(pair):
    """The delete waits for the batch, and what follows it sees the part's row."""
    pair.fill(2000)
    runner = pair.runner()
    statements = runner.statements
    writers = []

    def delete():
        with transaction.atomic():
            pair.core.objects.filter(pk=77).delete()
            pair.part.objects.filter(pk=77).delete()  # As the trigger, or the foreign key.

    def slow(dialect, keys, care):
        yield from statements(dialect, keys, care)
        writers.append(Writer(delete))
        yield (
            "SELECT pg_sleep(0.5)" if connection.vendor == "postgresql" else "DO SLEEP(0.5)",
            None,
        )

    runner.statements = slow
    # The connection stays: a forked process opens its own.
    writer_init, Writer.__init__ = Writer.__init__, fork_keeping_connection
    try:
        assert runner.run()
    finally:
        Writer.__init__ = writer_init
    for writer in writers:
        writer.result()
    assert not pair.part.objects.filter(pk=77).exists()
    assert pair.part.objects.count() == pair.core.objects.count() == 1999


def fork_keeping_connection(self, work):
    from django.db import connections

    from tests.processes import CONTEXT

    def run(answers):
        # The inherited connection is left alone, neither used nor closed.
        inherited.append(connections["default"])
        del connections["default"]
        Writer.run(answers, work, ())

    inherited: list = []
    self.mine, theirs = CONTEXT.Pipe(duplex=False)
    self.process = CONTEXT.Process(target=run, args=(theirs,), daemon=True)
    self.process.start()
    theirs.close()


def test_a_batch_that_has_to_wait_is_tried_again_with_fewer_rows(pair):
    pair.fill(3000)
    sizes = []
    runner = pair.runner()
    nth = runner.keys.nth
    runner.keys.nth = lambda keys, count: sizes.append(count) or nth(keys, count)
    locked, done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            list(pair.core.objects.select_for_update().filter(pk=5))
            locked.set()
            done.wait(1.5)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert locked.wait(10)
    assert runner.run()
    thread.join()
    assert pair.equal()
    assert sizes[1] < sizes[0]


def test_a_row_that_a_trigger_makes_at_the_same_moment_is_no_error(pair):
    pair.fill(100)
    runner = pair.runner()
    seen = []

    def empty_at_first(model, keys):
        seen.append(1)
        return False

    pair.part.objects.create(pk=50, slug="newer", note="newer")
    original = type(dialect_for(connection)).has_rows
    type(dialect_for(connection)).has_rows = lambda self, *args: empty_at_first(*args)
    try:
        assert runner.run()
    finally:
        type(dialect_for(connection)).has_rows = original
    assert seen
    assert pair.part.objects.count() == 100
    assert pair.part.objects.get(pk=50).slug == "newer"


# Failures: the state has the error, and the copy goes on once its cause is gone


def fails(pair, match, **options):
    with pytest.raises(CommandError, match=match) as info:
        pair.runner(most_rows=100, **options).run()
    return str(info.value)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_duplicate_value_is_named(workers):
    with Pair(unique=True) as pair:
        pair.fill(500)
        pair.core.objects.filter(pk=300).update(slug="s10")
        fails(pair, "Two rows have the same value in a column that must be unique", workers=workers)
        failed = [row for row in pair.runner().state.ranges() if row.status == FAILED]
        assert "s10" in failed[0].error
        for model in (pair.core, pair.part):  # The part by the trigger, if that worker was first.
            model.objects.filter(pk=300).update(slug="s300")
        assert pair.runner().run()
        assert pair.equal()


def execute(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_the_error_of_a_trigger_is_named(pair):
    pair.fill(500)
    if connection.vendor == "postgresql":
        execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN IF NEW.slug = 's300' THEN RAISE 'not this one'; END IF; RETURN NEW; END $$",
            "CREATE TRIGGER mine BEFORE INSERT ON copies_part FOR EACH ROW "
            "EXECUTE FUNCTION refuse()",
        )
    else:
        execute(
            "CREATE TRIGGER mine BEFORE INSERT ON copies_part FOR EACH ROW BEGIN "
            "IF NEW.slug = 's300' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not this one';"
            " END IF; END"
        )
    try:
        said = fails(pair, "not this one")
        assert "A trigger of yours refused the row" in said
        (row,) = pair.runner().state.ranges()
        assert row.status == FAILED
        assert "not this one" in row.error
        assert 200 <= pair.part.objects.count() < 300
    finally:
        if connection.vendor == "postgresql":
            execute("DROP TRIGGER mine ON copies_part", "DROP FUNCTION refuse()")
        else:
            execute("DROP TRIGGER mine")
    assert pair.runner().run()
    assert pair.equal()


def test_a_lost_connection_leaves_the_error_and_the_copy_goes_on(pair):
    pair.fill(1000)
    runner = pair.runner(most_rows=100)

    def cut():
        if pair.part.objects.count() == 300:
            with connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    cursor.execute("SELECT pg_backend_pid()")
                    kill = "SELECT pg_terminate_backend(%s)"
                else:
                    cursor.execute("SELECT CONNECTION_ID()")
                    kill = "KILL CONNECTION %s"
                pid = cursor.fetchone()[0]
            other = connection.copy()
            with other.cursor() as cursor:
                cursor.execute(kill, [pid])
            other.close()
        return None

    runner.options.throttles = Throttles([cut])
    with pytest.raises(Refused, match="The connection to the database was lost"):
        runner.run()
    (row,) = pair.runner().state.ranges()
    assert row.status == FAILED
    assert row.rows_done == 300
    assert pair.runner().run()
    assert pair.equal()


def test_a_full_disk_is_named(pair):
    pair.fill(500)
    runner = pair.runner(most_rows=100)
    statements = runner.statements

    def full(dialect, keys, care):
        yield from statements(dialect, keys, care)
        if pair.part.objects.count() > 300:
            if connection.vendor == "postgresql":
                yield "DO $$ BEGIN RAISE 'no space left' USING ERRCODE = '53100'; END $$", None
            else:
                yield (
                    "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'is full'",
                    None,
                )

    runner.statements = full
    with pytest.raises(Refused, match=r"The disk of the database is full. Make room"):
        runner.run()
    (row,) = pair.runner().state.ranges()
    assert (row.status, row.rows_done) == (FAILED, 300)
    assert pair.part.objects.count() == 300
    assert pair.runner().run()
    assert pair.equal()


@pytest.mark.only_on("postgresql")
def test_a_read_only_database_is_named(pair):
    pair.fill(10)
    execute("SET default_transaction_read_only = on")
    try:
        fails(pair, "This database is read-only, a replica perhaps")
    finally:
        execute("SET default_transaction_read_only = off")
    assert pair.runner().run()


def test_nothing_of_a_batch_outlives_it(pair):
    pair.fill(10)
    assert pair.runner().run()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone()[0] == "0"
        else:
            cursor.execute("SELECT @bdmodels_sync, @@SESSION.innodb_lock_wait_timeout")
            sync, wait = cursor.fetchone()
            assert sync is None
            assert wait > 1


def test_the_runner_takes_no_more_memory_for_more_rows():
    peaks = []
    for rows in (2000, 20_000):
        with Pair() as pair:
            pair.fill(rows)
            pair.runner(most_rows=200).run()  # What is kept once is there.
            pair.part.objects.all().delete()
            pair.runner().state.forget()
            gc.collect()
            tracemalloc.start()
            assert pair.runner(most_rows=200).run()
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    # Measured: about 60 KiB for either.
    assert peaks[1] < peaks[0] * 1.5 + 50_000


def test_a_lost_connection_is_a_refusal_whatever_the_driver_calls_it(pair, monkeypatch):
    pair.fill(10)
    runner = pair.runner()

    def lost(*args):
        raise InterfaceError("connection already closed")

    monkeypatch.setattr(runner, "copy_batch", lost)
    with pytest.raises(Refused, match="stopped: connection already closed"):
        runner.run()
    assert [row.status for row in runner.state.ranges()] == [FAILED]


def test_two_first_runners_may_make_the_table_of_states_at_once(pair, monkeypatch):
    state = pair.runner().state
    state.make_table()
    answers = iter([False, True])
    monkeypatch.setattr(state, "exists", lambda: next(answers))
    state.make_table()


@pytest.mark.only_on("postgresql")
def test_pg_repack_is_given_a_quoted_name(pair, monkeypatch):
    given = []

    def run(arguments, **options):
        given.extend(arguments)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(space.subprocess, "run", run)
    space.Space("default", [pair.core]).repack(pair.core)
    assert given[given.index("--table") + 1] == f'"{pair.core._meta.db_table}"'
