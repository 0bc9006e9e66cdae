"""Nothing is lost while old and new code write through a split and back (see tests/online).

`make soak` runs the same at length; `BDMODELS_ONLINE_SECONDS`, `_ROWS`, `_WRITERS`, ... say how
long and how hard, and `BDMODELS_ONLINE_REPORT` names a file for the figures.
"""

import os
import tempfile
from pathlib import Path

import pytest

from .migrations_project import Failed, Project
from .online import costs, report
from .online.checker import check, products
from .online.course import Course, Options
from .online.history import Histories
from .online.process import ALL, OWN
from .online.server import Server

pytest_plugins = ["tests.migrations_project.fixtures"]
pytestmark = pytest.mark.only_on("postgresql", "mariadb")
REPORT = os.environ.get("BDMODELS_ONLINE_REPORT")


@pytest.fixture
def course(project, django_db_blocker):
    with django_db_blocker.unblock():
        found = Course(project, Options.from_environment())
        yield found
        found.finish()


def test_no_acknowledged_write_is_lost(course):
    verdict = course.run()
    if REPORT:
        report.write(Path(REPORT), report.figures(course, verdict))
    assert verdict.passed, verdict
    assert verdict.acknowledged > 100


@pytest.fixture
def server():
    """Not in pytest's own folder, the way to which would be opened for the server's user."""
    with tempfile.TemporaryDirectory(prefix="bdmodels-crash-") as name:
        found = Server(Path(name, "data"))
        yield found
        found.stop()


@pytest.mark.only_on("postgresql")
def test_crashes_of_the_server_lose_nothing(server, tmp_path, django_db_blocker):
    with django_db_blocker.unblock():
        course = Course(Project(tmp_path, server.database), Options.from_environment())
        course.prepare()
        try:
            course.tell("expand")
            course.migrate("expand")
            course.start("old1", "old", ALL)
            course.start("new1", "new", OWN)
            course.tell("copy")
            for _ in range(course.options.crashes):
                migrating = course.begin_to_migrate("copy")
                server.crash()
                migrating.wait(60)
                server.start()
            course.migrate("copy")
            course.work()
            course.look()
            course.insist()
        finally:
            course.finish()


# The proof proves nothing unless it sees a loss.


def test_without_the_sync_the_loss_is_seen_and_contract_refuses(course):
    course.prepare()
    course.tell("expand")
    course.migrate("expand")
    course.start("old1", "old", ALL)
    course.tell("copy")
    course.migrate("copy")
    with course.connection() as connection:
        costs.drop_triggers(connection)
    course.start("new1", "new", ALL)
    course.work()
    with pytest.raises(AssertionError, match="not the same in all tables"):
        course.look()
    course.stop("old1")
    with pytest.raises(Failed, match="No column was removed"):
        course.migrate("contract")
    assert not course.verdict().passed


@pytest.fixture
def written(course):
    """What the old code wrote, as noted and as found; some rows were changed and deleted."""
    course.prepare()
    course.tell("before")
    course.start("old1", "old", ALL)
    course.work()
    course.stop("old1")
    with course.connection() as connection:
        rows, problems = products(connection)
    histories = Histories.read(course.folder)
    assert not problems
    assert check(histories, rows, course.options.rows).passed
    return histories, rows, course.options.rows


def last_of(histories, kind, **wanted):
    """A written row and the last write of it, by the kind of the effect."""
    last = {}
    for write in histories.writes:
        if write.acknowledged:
            for label, what, values in write.effects:
                last[label] = (what, values)
    return [(n, values) for n, (what, values) in last.items() if what == kind]


def test_every_kind_of_loss_is_seen(written):
    histories, rows, seeds = written
    own = [(n, v) for n, v in last_of(histories, "set") if n.startswith(("seed", "old1"))]
    label, values = own[0]
    deleted = next(n for n, _ in last_of(histories, "delete") if n.startswith("old1"))
    counted = next(n for n in rows if n.startswith("shared") and rows[n]["views"])
    shared = next(n for n in rows if n.startswith("shared"))
    older = next(
        write.effects[0][2]
        for write in histories.writes
        if write.effects and write.effects[0][0] == shared and "title" in write.effects[0][2]
    )
    assert older["title"] != rows[shared]["title"]
    losses = {
        "a row is missing": {label: None},
        "a row came back": {deleted: rows[label] | {"label": deleted}},
        "an old value": {label: rows[label] | {next(iter(values)): "before"}},
        "a row of the beginning": {f"seed.{seeds - 1}": None},
        "a count": {counted: rows[counted] | {"views": rows[counted]["views"] - 1}},
        "an older write of a shared row": {shared: rows[shared] | {"title": older["title"]}},
        "a row that nobody wrote": {"stranger": rows[label] | {"label": "stranger"}},
    }
    unseen = []
    for loss, changes in losses.items():
        changed = {n: row for n, row in (rows | changes).items() if row is not None}
        if check(histories, changed, seeds).passed:
            unseen.append(loss)
    assert not unseen
