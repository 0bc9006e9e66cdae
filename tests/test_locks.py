"""A schema change waits for its lock a moment only, and others are not kept waiting behind it."""

import contextlib
import time

import pytest
from django.db import connection

from .databases import chosen
from .processes import CONTEXT, Writer

pytest_plugins = ["tests.migrations_project.fixtures"]
pytestmark = pytest.mark.only_on("postgresql", "mariadb")

WIDE = """
class Product(models.Model):
    title = models.CharField(max_length=100)
    size = models.IntegerField()
"""
SPLIT = """
class Sizes(PartModel):
    size = models.IntegerField()

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
    assert "Traceback" not in said.split("bdmodels.")[0] or "Refused" in said
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
