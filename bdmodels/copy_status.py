"""How far the copies of a project have come, and what to do next."""

from contextlib import nullcontext
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, connections, transaction
from django.utils.timezone import now

from . import conf
from .copy_in_migrate import command, copy_command
from .copy_jobs import has_more_rows
from .copy_state import COMPLETE, FAILED, HOLDING, RUNNING, CopyRange
from .copy_tasks import CONTRACTED, COPIED, EXPANDED, PLANNED, Selection, Task, migrate_command
from .dialects import dialect_for
from .records import last_verifications, size_before

SILENT = timedelta(seconds=90)
"""A runner that was not heard of for so long is dead: a batch takes a second or so."""
INTERRUPTED = "interrupted"


def status_of(selection: Selection) -> dict[str, Any]:
    """What ``breakdown status`` shows, as it is in JSON."""
    alias = selection.alias
    dialect = dialect_for(connections[alias])
    return {
        "database": alias,
        "replica_lag_seconds": asked(alias, dialect.replica_lag),
        "sessions_waiting_for_locks": asked(alias, dialect.blocked_backends),
        "copies": [task_status(task, alias) for task in selection.tasks],
        "families": [
            family_status(core, parts, alias) for core, parts in selection.families.items()
        ],
    }


def family_status(core: Any, parts: list[Any], alias: str) -> dict[str, Any]:
    dialect = dialect_for(connections[alias])
    return {
        "core": core._meta.label,
        "tables": {
            model._meta.db_table: asked(alias, dialect.table_size, model)
            for model in (core, *parts)
        },
        "size_before": asked(alias, size_before, alias, core, parts),
        "verifications": asked(alias, last_verifications, alias, [core, *parts]) or [],
    }


def asked(alias: str, question: Any, *args: Any) -> Any:
    """What the database answers; None where it does not know, or may not say."""
    # An error within a transaction would end it.
    inside = connections[alias].in_atomic_block
    try:
        with transaction.atomic(using=alias) if inside else nullcontext():
            return question(*args)
    except DatabaseError:
        return None


def task_status(task: Task, alias: str) -> dict[str, Any]:
    dialect = dialect_for(connections[alias])
    source, target = task.job.transfer.source, task.job.transfer.target
    back = task.state(alias, reverse=True).ranges() if task.phase == COPIED else []
    ranges = back or (task.state(alias).ranges() if task.phase != PLANNED else [])
    both = task.phase in (EXPANDED, COPIED)
    found: dict[str, Any] = {
        "core": task.core._meta.label,
        "part": task.part._meta.label,
        "from": source._meta.label,
        "to": target._meta.label,
        "migration": ".".join(task.node),
        "phase": task.phase,
        "reverse": bool(back),
        "sync": asked(alias, dialect.sync_state, task.job.transfer) if both else {},
        **copy_progress(ranges),
    }
    found["rows_estimated"] = found["rows_estimated"] or (
        asked(alias, dialect.estimated_rows, source) if both else None
    )
    found["next"] = next_step(task, alias, found)
    return found


def copy_progress(ranges: list[CopyRange]) -> dict[str, Any]:
    done = sum(r.rows_done for r in ranges)
    estimated = sum(r.rows_estimated or 0 for r in ranges) or None
    working = [r for r in ranges if r.seconds > 0]
    rate = sum(r.rows_done / r.seconds for r in working if r.status != COMPLETE)
    rate = rate or sum(r.rows_done / r.seconds for r in working)
    status = overall(ranges)
    left = None
    if rate and estimated and status != COMPLETE:
        left = max(estimated - done, 0) / rate
    beats = [r.heartbeat for r in ranges if r.heartbeat]
    return {
        "status": status,
        "rows_done": done,
        "rows_estimated": estimated,
        "rows_per_second": round(rate) if rate else None,
        "seconds_left": None if left is None else round(left, 1),
        "attempts": max((r.attempts for r in ranges), default=0),
        "ranges": len(ranges),
        "waiting_for": next((r.note for r in ranges if r.note), ""),
        "error": next((r.error for r in ranges if r.error), ""),
        "heartbeat": max(beats).isoformat() if beats else None,
    }


def overall(ranges: list[CopyRange]) -> str | None:
    """One status for all ranges: the one that asks for something first."""
    if not ranges:
        return None
    found = {row.status for row in ranges}
    if FAILED in found:
        return FAILED
    if found & {RUNNING, HOLDING}:
        last = max((row.heartbeat for row in ranges if row.heartbeat), default=None)
        if last is None or now() - last > SILENT:
            return INTERRUPTED
        return RUNNING if RUNNING in found else HOLDING
    return COMPLETE if found == {COMPLETE} else "stopped"


def next_step(task: Task, alias: str, found: dict[str, Any]) -> str:
    """What to do now, with the command to type."""
    model = task.core
    if task.phase == PLANNED:
        return f"Apply the migrations before the copy: {migrate_command(task.before[-1], alias)}"
    if task.phase == CONTRACTED:
        return f"Done. To give disk space back: {command('reclaim', model, alias)}"
    reverse = bool(found["reverse"])
    job = task.back if reverse else task.job
    again = copy_command(job, alias, reverse)
    status = found["status"]
    if task.phase == COPIED and not reverse:
        contract = task.contract or task.node
        return (
            "Deploy the code that knows the parts; when no other is running: "
            f"{migrate_command(contract, alias)}"
        )
    if status in (RUNNING, HOLDING):
        return "Wait: it is being copied."
    if status == FAILED:
        return f"Remove the cause of the error, and go on: {again}"
    if status is None and has_more_rows(job.transfer.source, alias, conf.copy_in_migrate()):
        return f"Copy while the application runs: {again}"
    if status in (None, COMPLETE):
        if reverse:
            return f"Migrate back to the migration before {'.'.join(task.node)}."
        return f"Apply the copy migration: {migrate_command(task.node, alias)}"
    return f"Go on where it was interrupted: {again}"
