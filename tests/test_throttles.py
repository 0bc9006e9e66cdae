"""What holds a copy back."""

import os

import pytest
from django.db import connection, connections
from django.test import override_settings

from bdmodels import conf
from bdmodels.dialects import dialect_for
from bdmodels.throttles import Autovacuum, BlockedBackends, PauseFile, ReplicaLag, Throttles
from bdmodels.transfers import Refused, transfer
from tests.shop.models import Product, ProductSeo

TRANSFER = transfer(Product, ProductSeo, [])


@pytest.fixture
def dialect(monkeypatch):
    """The class of the dialect, whose answers a test can set."""
    kind = type(dialect_for(connection))
    return lambda **answers: [
        monkeypatch.setattr(kind, name, lambda *args, answer=answer: answer)
        for name, answer in answers.items()
    ]


def test_the_first_reason_counts():
    asked = []
    holds = [lambda: None, lambda: "first", lambda: asked.append(1)]
    assert Throttles(holds).reason() == "first"
    assert not asked
    assert Throttles([lambda: None]).reason() is None


def test_a_throttle_that_fails_is_a_reason_to_wait():
    assert "ZeroDivisionError" not in Throttles([lambda: 1 / 0]).reason()
    assert "could not be asked: division by zero" in Throttles([lambda: 1 / 0]).reason()


def test_rest_after_a_batch():
    assert Throttles(sleep=0.5, nice=2).rest(0.25) == 1.0
    assert Throttles().rest(10) == 0


def test_a_pause_file(tmp_path):
    path = tmp_path / "pause"
    assert PauseFile(str(path))() is None
    path.touch()
    assert PauseFile(str(path))() == f"the file {path} exists"


def test_the_lag_of_replicas(dialect):
    lag = ReplicaLag("default", 2)
    dialect(replica_lag=None)
    assert lag() is None
    dialect(replica_lag=1.5)
    assert lag() is None
    dialect(replica_lag=3.25)
    assert lag() == "a replica (default) is 3.2 s behind, more than 2 s"


def test_vacuum_of_one_of_the_tables(dialect):
    dialect(vacuumed="shop_product")
    assert Autovacuum("default", TRANSFER)() == "shop_product is being vacuumed"


def test_sessions_that_wait_for_locks(dialect):
    blocked = BlockedBackends("default", 3)
    dialect(blocked_backends=3)
    assert blocked() is None
    dialect(blocked_backends=4)
    assert blocked() == "4 sessions wait for locks, more than 3"


@pytest.fixture
def poor(django_db_blocker):
    """The alias of a connection whose user sees the tables and nothing else."""
    name = f"bdmodels_poor_{os.getpid()}"
    database = connection.ops.quote_name(connection.settings_dict["NAME"])
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"CREATE USER {name}@'%%' IDENTIFIED BY 'poor'", [])
        try:
            cursor.execute(f"GRANT ALL ON {database}.* TO {name}@'%%'", [])
            given = {**connection.settings_dict, "USER": name, "PASSWORD": "poor"}
            connections.databases["poor"] = given
            yield "poor"
        finally:
            connections["poor"].close()
            del connections["poor"], connections.databases["poor"]
            cursor.execute(f"DROP USER {name}@'%%'", [])


@pytest.mark.only_on("mariadb")
@pytest.mark.django_db(transaction=True)
def test_who_may_not_see_other_sessions_copies_without_looking_at_them(poor, caplog):
    blocked = BlockedBackends(poor, 1)
    assert [blocked(), blocked()] == [None, None]
    assert len(caplog.messages) == 1
    assert "Grant PROCESS" in caplog.messages[0]


@pytest.mark.only_on("mariadb")
@pytest.mark.django_db(transaction=True)
def test_who_may_not_see_replicas_is_told_so_before_the_copy_begins(poor):
    with pytest.raises(Refused, match="may not ask how far replicas are behind"):
        ReplicaLag(poor, 1).refuse_blindness()


@pytest.mark.django_db
def test_the_database_can_be_asked():
    for throttle in (
        ReplicaLag("default", 1),
        Autovacuum("default", TRANSFER),
        BlockedBackends("default", 1000),
    ):
        assert throttle() is None


def own_throttle():
    return "it is Monday"


def test_a_function_of_the_project():
    assert conf.copy_throttle() is None
    with override_settings(BDMODELS_COPY_THROTTLE="tests.test_throttles.own_throttle"):
        assert conf.copy_throttle()() == "it is Monday"
