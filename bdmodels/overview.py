"""What the admin page of all breakdowns shows: numbers and words, from what ``status`` knows."""

from typing import Any

from django.apps import apps
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import lazy_loads
from .copy_in_migrate import command
from .copy_jobs import rows_up_to
from .copy_state import COMPLETE, FAILED, HOLDING, RUNNING
from .copy_status import INTERRUPTED, asked, family_status, task_status
from .copy_tasks import CONTRACTED, COPIED, EXPANDED, PLANNED, Selection, Task, tasks_of
from .dialects import dialect_for
from .progress import duration
from .space import readable
from .verification import DIFFERENT, MISSING, ORPHANED

COUNTED = 100_000
"""So many rows are counted, at every renewal of the page; of larger tables it shows an estimate."""
ORDER = (PLANNED, EXPANDED, COPIED, CONTRACTED)

_tasks: dict[str, tuple[frozenset[Any], list[Task]]] = {}


def known_tasks(alias: str) -> list[Task]:
    """The copies of all migrations. They are read again when other migrations are applied: the
    page is asked for every other second, and to put migrations together takes longer."""
    applied = frozenset(MigrationRecorder(connections[alias]).applied_migrations())
    known = _tasks.get(alias)
    if known is None or known[0] != applied:
        known = _tasks[alias] = (applied, tasks_of(alias))
    return known[1]


def overview(alias: str) -> list[dict[str, Any]]:
    """The families of a project in one database, each a dictionary for the template."""
    selection = Selection(alias, tasks=known_tasks(alias))
    cores = {core._meta.label: (core, parts) for core, parts in selection.families.items()}
    for task in selection.tasks:
        cores.setdefault(task.core._meta.label, (task.core, []))
    tasks: dict[str, list[Task]] = {label: [] for label in cores}
    for task in selection.tasks:
        tasks[task.core._meta.label].append(task)
    lazy = lazy_loads.totals()
    return [
        family(alias, core, parts, tasks[label], lazy)
        for label, (core, parts) in sorted(cores.items())
    ]


def family(
    alias: str, core: Any, parts: list[Any], tasks: list[Task], lazy: dict[Any, int]
) -> dict[str, Any]:
    label = core._meta.label
    status = family_status(core, parts, alias)
    copies = [task_status(task, alias) for task in tasks]
    of_part = {copy["part"]: part_row(copy) for copy in copies}
    for part in parts:
        of_part.setdefault(part._meta.label, split_row(part._meta.label))
    for name, row in of_part.items():
        row["id"] = f"{label}/{name}"
        row["name"] = verbose_name(name)
        row["lazy"] = f"{lazy.get((label, name), 0):,}"
    phases = [copy["phase"] for copy in copies]
    sizes = status["tables"]
    known = [size for size in sizes.values() if size is not None]
    whole_file = dialect_for(connections[alias]).sizes_are_of_the_file
    return {
        "id": label,
        "name": capfirst(core._meta.verbose_name_plural),
        "phase": min(phases, key=ORDER.index, default=CONTRACTED),
        "parts": list(of_part.values()),
        "active": any(row["active"] for row in of_part.values()),
        "rows": about_rows(core, alias),
        "tables": {t: "" if whole_file else readable(size) for t, size in sizes.items()},
        "whole_file": whole_file,
        "before": "" if (before := status["size_before"]) is None else readable(before),
        "now": readable(max(known) if whole_file else sum(known)) if known else _("not known"),
        "verification": verified(status["verifications"], command("verify", core, alias)),
        "wrong": any(found[kind] for found in status["verifications"] for kind in KINDS),
    }


def part_row(copy: dict[str, Any]) -> dict[str, Any]:
    """One copy of a migration: its phase, and how far it has come."""
    done, estimated = copy["rows_done"], copy["rows_estimated"]
    complete = copy["status"] == COMPLETE or copy["phase"] in (COPIED, CONTRACTED)
    most = max(done, estimated or 0, 1)
    if copy["reverse"]:
        complete = copy["status"] == COMPLETE
    return {
        "phase": phase_text(copy),
        "active": copy["status"] in (RUNNING, HOLDING),
        "value": most if complete else done,
        "max": most,
        "copied": copied_text(copy, complete),
        "problem": copy["error"] or waiting(copy),
        "sync": sync_text(copy["sync"]),
        "next": copy["next"],
    }


def split_row(label: str) -> dict[str, Any]:
    """A part that no migration copies to: it was never a part of a wide table."""
    return {
        "phase": _("Split"),
        "active": False,
        "value": None,
        "max": None,
        "copied": _("nothing to copy"),
        "problem": "",
        "sync": "",
        "next": "",
    }


def phase_text(copy: dict[str, Any]) -> str:
    phase, status = copy["phase"], copy["status"]
    if phase == PLANNED:
        return _("Not split yet")
    if phase == CONTRACTED:
        return _("Contracted")
    if phase == COPIED and not copy["reverse"]:
        return _("Copied, kept in step")
    back = copy["reverse"]
    if status == COMPLETE:
        return _("Copied back") if back else _("Copied, to be migrated")
    if status in (RUNNING, HOLDING):
        return _("Copying back") if back else _("Copying")
    if status == FAILED:
        return _("Copy failed")
    if status is None:
        return _("Expanded")
    return _("Copy interrupted") if status == INTERRUPTED else _("Copy stopped")


def copied_text(copy: dict[str, Any], complete: bool) -> str:
    done, estimated = copy["rows_done"], copy["rows_estimated"]
    if complete and copy["status"] is None:
        return _("all rows")
    if complete:
        return ngettext("%(rows)s row", "%(rows)s rows", done) % {"rows": f"{done:,}"}
    if copy["status"] is None:
        return _("none yet")
    if not estimated:
        return f"{done:,}"
    said = _("%(done)s of about %(total)s rows, %(percent)d\u00a0%%") % {
        "done": f"{done:,}",
        "total": f"{max(done, estimated):,}",
        "percent": 100 * done // max(done, estimated),
    }
    if copy["seconds_left"] and copy["status"] in (RUNNING, HOLDING):
        said += ", " + _("%(time)s left") % {"time": duration(copy["seconds_left"])}
    return said


def waiting(copy: dict[str, Any]) -> str:
    reason = copy["waiting_for"]
    return _("Waiting: %(reason)s") % {"reason": reason} if reason else ""


def sync_text(triggers: dict[str, str]) -> str:
    off = [f"{name}: {state}" for name, state in triggers.items() if state != "enabled"]
    if off:
        return _("Triggers not at work: %(names)s") % {"names": ", ".join(off)}
    return _("Triggers keep both tables equal") if triggers else ""


KINDS = (DIFFERENT, MISSING, ORPHANED)


def verified(found: list[dict[str, Any]], again: str) -> list[str]:
    """The last comparisons as sentences."""
    if not found:
        return [_("Not verified. To verify: %(command)s") % {"command": again}]
    words = {DIFFERENT: _("different"), MISSING: _("missing"), ORPHANED: _("orphaned")}
    lines = []
    for record in found:
        wrong = ", ".join(f"{record[kind]:,} {words[kind]}" for kind in KINDS if record[kind])
        lines.append(
            _("%(time)s: %(rows)s rows of %(source)s compared with %(target)s, %(result)s")
            % {
                "time": time_text(record["time"]),
                "rows": f"{record['rows']:,}",
                "source": record["from"],
                "target": record["to"],
                "result": wrong or _("all equal"),
            }
        )
    return lines


def time_text(text: str) -> str:
    found = parse_datetime(text)
    assert found is not None
    return date_format(localtime(found) if is_aware(found) else found, "DATETIME_FORMAT")


def about_rows(core: Any, alias: str) -> str:
    """The number of rows: the database's estimate where it is large, else counted."""
    estimate = asked(alias, dialect_for(connections[alias]).estimated_rows, core)
    if estimate is not None and estimate > COUNTED:
        return _("about %(rows)s") % {"rows": f"{estimate:,}"}
    rows = asked(alias, rows_up_to, core, alias, COUNTED + 1)
    if rows is None:
        return _("not known")
    return _("more than %(rows)s") % {"rows": f"{COUNTED:,}"} if rows > COUNTED else f"{rows:,}"


def verbose_name(label: str) -> str:
    """A part's verbose name; its label where only migrations know it."""
    try:
        return str(capfirst(apps.get_model(label)._meta.verbose_name))
    except LookupError:
        return label.rpartition(".")[2]


def live(families: list[dict[str, Any]]) -> dict[str, Any]:
    """What the page renews without being loaded again, by the ids of its elements."""
    texts: dict[str, str] = {}
    bars: dict[str, list[Any]] = {}
    for found in families:
        for name in ("rows", "before", "now"):
            texts[f"{found['id']}/{name}"] = found[name]
        for table, size in found["tables"].items():
            texts[f"{found['id']}/{table}"] = size
        for part in found["parts"]:
            for name in ("phase", "copied", "problem", "sync", "next", "lazy"):
                texts[f"{part['id']}/{name}"] = part[name]
            bars[f"{part['id']}/bar"] = [part["value"], part["max"]]
    return {
        "active": any(found["active"] for found in families),
        "structure": structure(families),
        "texts": texts,
        "bars": bars,
    }


def structure(families: list[dict[str, Any]]) -> str:
    """Changes when the page has to be loaded again: what is said in lists and styles."""
    return repr(
        [
            (
                found["id"],
                found["verification"],
                list(found["tables"]),
                bool(found["before"]),
                [(p["id"], p["max"] is None, bool(p["problem"])) for p in found["parts"]],
            )
            for found in families
        ]
    )
