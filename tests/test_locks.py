"""A schema change waits for its lock a moment only, and others are not kept waiting behind it."""

import contextlib
import json
import time
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection

from bdmodels import locks
from bdmodels.transfers import Refused

from .databases import chosen
from .processes import CONTEXT, Writer

pytest_plugins = ["tests.migrations_project.fixtures"]
pytestmark = pytest.mark.only_on("postgresql", "mariadb")

WIDE = """
class Product(models.Model):
    title = models.CharField(max_length=100)
    size = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["size"], name="product_size")]
"""
SPLIT = """
class Sizes(PartModel):
    size = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["size"], name="sizes_size")]

class Product(BreakdownModel, Sizes):
    title = models.CharField(max_length=100)
"""
# Seconds; MariaDB knows whole ones only.
TIMEOUT = 0.3 if chosen() == "postgresql" else 1
SLACK = 1.0
FAST = f"""
from django.conf import settings
settings.BDMODELS_LOCK_TIMEOUT = {TIMEOUT}
settings.BDMODELS_LOCK_TIMEOUT_MAX = {TIMEOUT}
settings.BDMODELS_LOCK_TRIES = 3
"""


@pytest.fixture
def ready(project, django_db_blocker):
    """A wide table with rows, the migrations of the split, and this process's connection to it."""
    project.models(WIDE)
    project.run(
        "make(); migrate()\nfor n in range(3): models.Product.objects.create(title='a', size=n)"
    )
    project.models(SPLIT)
    project.run("make()")
    name = project.database["NAME"]
    with django_db_blocker.unblock():
        connection.close()
        before, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], name
        try:
            yield project
        finally:
            connection.close()
            connection.settings_dict["NAME"] = before


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else None


@contextlib.contextmanager
def long_transaction(sql):
    """Another process that has run a statement in a transaction, and stays in it."""
    started, end = CONTEXT.Event(), CONTEXT.Event()

    def hold():
        connection.set_autocommit(False)
        execute(sql)
        started.set()
        end.wait(60)
        connection.rollback()

    writer = Writer(hold)
    assert started.wait(20)
    try:
        yield end
    finally:
        end.set()
        writer.result()


@contextlib.contextmanager
def probe():
    """A process that reads and writes the table all the time; yields its longest waits."""
    started, end = CONTEXT.Event(), CONTEXT.Event()
    longest = CONTEXT.Value("d", 0.0)

    def run():
        execute("SELECT 1")
        while not end.is_set():
            for sql in (
                "SELECT COUNT(*) FROM shop_product",
                "UPDATE shop_product SET title = 'b' WHERE id = 3",
            ):
                before = time.monotonic()
                execute(sql)
                longest.value = max(longest.value, time.monotonic() - before)
            started.set()
            time.sleep(0.01)

    writer = Writer(run)
    assert started.wait(20)
    try:
        yield longest
    finally:
        end.set()
        writer.result()


READS = "SELECT * FROM shop_product WHERE id = 1"


def test_migrate_gives_up_with_the_blocker_named_and_nobody_waited_longer(ready):
    with long_transaction(READS), probe() as longest:
        said = ready.run(FAST + "migrate('shop', '0002')", fails=True)
        assert 0 < longest.value < TIMEOUT + SLACK
    assert "No lock on shop_product could be had in 3 tries" in said
    if chosen() == "postgresql":
        assert "pid " in said
        assert "idle in transaction" in said
    else:
        assert "connection " in said
    ready.run(FAST + "migrate(); check()")


def test_migrate_succeeds_when_the_blocker_goes(ready):
    with long_transaction(READS) as end, probe() as longest:
        patient = FAST.replace("TRIES = 3", "TRIES = 60")
        migrating = Writer(ready.run, patient + "migrate('shop', '0002')")
        time.sleep(4)
        assert migrating.process.is_alive()
        end.set()
        migrating.result()
        assert 0 < longest.value < TIMEOUT + SLACK
    ready.run("migrate(); check()")


def test_contract_and_the_way_back_wait_in_the_same_way(ready):
    ready.run("migrate('shop', '0003')")
    with long_transaction(READS), probe() as longest:
        said = ready.run(FAST + "migrate('shop', '0004')", fails=True)
        assert "No lock on shop_product" in said
        said = ready.run(FAST + "migrate('shop', '0001')", fails=True)
        assert "No lock on " in said
        assert 0 < longest.value < TIMEOUT + SLACK
    ready.run("migrate(); check()")
    ready.run("migrate('shop', '0001')")


def test_a_transaction_on_another_table_is_in_nobody_s_way(ready):
    with long_transaction("SELECT * FROM django_migrations"):
        ready.run(FAST.replace("TRIES = 3", "TRIES = 1") + "migrate('shop', '0002')")


@pytest.mark.only_on("postgresql")
def test_the_index_of_a_part_waits_for_others_and_nobody_for_it(ready):
    """Under a timeout that would have ended each try, with what it had made."""
    ready.run(
        "migrate('shop', '0002')\n"
        "for name in 'lock_timeout', 'statement_timeout':\n"
        "    execute(f'ALTER DATABASE {connection.settings_dict[\"NAME\"]} SET {name} = 500')"
    )
    write = "UPDATE shop_sizes SET size = 7 WHERE sizes_id = 1"
    with long_transaction("LOCK TABLE shop_sizes IN ROW EXCLUSIVE MODE") as end:
        migrating = Writer(ready.run, "migrate('shop', '0003')")
        waiting = (
            "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%' "
            "AND wait_event_type = 'Lock'"
        )
        deadline = time.monotonic() + 60
        while not execute(waiting):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        started = time.monotonic()
        while time.monotonic() < started + 1.5:
            execute(write)
            execute("INSERT INTO shop_product (title, size) VALUES ('new', 8)")
        assert execute(waiting)
        end.set()
        migrating.result()
    ready.run("migrate(); check(); assert models.Product.objects.get(pk=1).size == 7")


def test_a_change_that_worked_for_long_in_vain_is_not_repeated(monkeypatch):
    clock = iter([0, 200])
    monkeypatch.setattr(locks, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    tries = []

    def attempt(timeout):
        tries.append(timeout)
        raise OperationalError(1205, "Lock wait timeout exceeded")

    with pytest.raises(Refused, match="was at work for 200 s, and then did not get the lock"):
        locks.patiently(attempt, lambda error: True, lambda: ["a"], "shop_product", works=True)
    assert len(tries) == 1


@pytest.mark.only_on("postgresql")
def test_parameters_may_be_bound_by_the_server(project):
    options = {**project.database["OPTIONS"], "server_side_binding": True}
    given = {**project.database, "OPTIONS": options}
    (project.path / "database.json").write_text(json.dumps(given))
    project.models(WIDE)
    project.run("make(); migrate(); models.Product.objects.create(title='a', size=1)")
    project.models(SPLIT)
    project.run("make(); migrate('shop', '0002'); call_command('breakdown', 'copy')")
    project.run("call_command('breakdown', 'status'); migrate(); check()")
    project.run("call_command('breakdown', 'verify'); migrate('shop', '0001'); migrate()")
    assert project.run("answer(models.Product.objects.get().size)") == 1


STOPPED = """
from bdmodels.operations_columns import RemoveMovedFields
drop = RemoveMovedFields.database_forwards

def stopped(self, *args):
    STOP
    drop(self, *args)

RemoveMovedFields.database_forwards = stopped
migrate()
"""
BLOCKED = """
    from django.db import connections
    connections.databases["blocker"] = connection.settings_dict
    cursor = connections["blocker"].cursor()
    cursor.execute("START TRANSACTION")
    cursor.execute("SELECT * FROM shop_product")
"""
KILLED = """
    import os
    os._exit(9)
"""


@pytest.mark.only_on("mariadb")
@pytest.mark.parametrize("stop", [BLOCKED, KILLED], ids=["blocked", "killed"])
def test_contract_goes_on_after_it_was_stopped_without_triggers(ready, stop):
    ready.run("migrate('shop', '0003')")
    said = ready.run(FAST + STOPPED.replace("    STOP\n", stop), fails=True)
    if stop == BLOCKED:
        assert "No lock on shop_product" in said
    ready.run("models.Product.objects.filter(pk=1).update(size=77)")
    ready.run("models.Product.objects.create(title='new', size=78)")
    for command in ("'repair', interactive=False", "'copy', reverse=True"):
        said = ready.run(f"call_command('breakdown', {command})", fails=True)
        assert "What is written since is in shop.Sizes only, which is right." in said
    assert "Run manage.py migrate to complete it" in ready.run(
        "migrate('shop', '0002')", fails=True
    )
    ready.run("migrate(); check()")
    sizes = "answer(list(models.Product.objects.order_by('pk').values_list('size', flat=True)))"
    assert ready.run(sizes) == [77, 1, 2, 78]
    # Back, with the columns and triggers: the next contract compares again.
    ready.run("migrate('shop', '0003'); migrate('shop', '0002'); migrate('shop', '0003')")
    ready.run("behind('UPDATE shop_product SET size = 5 WHERE id = 2')")
    assert "1 different (key 2)" in ready.run("migrate()", fails=True)
