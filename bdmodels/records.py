"""What is remembered about two tables of a family beside their copy, in the table of states.

A newer record takes the place of an older one, and a copy that begins anew makes what was compared
before worthless. Remembering is a service: where the database does not let a row be written, a
command goes on without.
"""

import json
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from django.db import Error, connections, transaction
from django.utils.timezone import now

from .copy_state import CopyRange, CopyState
from .dialects import dialect_for
from .transfers import Transfer
from .verification import Findings

VERIFICATION, SIZE = "verification", "size"


def remember_verification(alias: str, transfer: Transfer, found: Findings) -> None:
    """Keep the result of a comparison, with the time."""
    remember(alias, transfer, VERIFICATION, {"rows": found.rows, **found.counts})


def remember_begin(alias: str, transfer: Transfer) -> None:
    """Keep the size of the table that a copy is about to read; forget older comparisons."""
    for found in (transfer, transfer.reversed()):
        rows_of(alias).filter(copy=name_of(VERIFICATION, *labels(found))).delete()
    size = dialect_for(connections[alias]).table_size(transfer.source)
    if size is not None:
        remember(alias, transfer, SIZE, {"bytes": size})


def remember(alias: str, transfer: Transfer, kind: str, values: dict[str, int]) -> None:
    source, target = labels(transfer)
    state = CopyState(alias, transfer)
    try:
        if not state.exists():
            if connections[alias].in_atomic_block:
                return  # SQLite makes no table there, and elsewhere it would be undone.
            state.make_table()
        with transaction.atomic(using=alias):
            rows_of(alias).update_or_create(
                copy=name_of(kind, source, target),
                number=0,
                defaults={
                    "source": source,
                    "target": target,
                    "status": kind,
                    "note": json.dumps(values),
                    "heartbeat": now(),
                },
            )
    except Error:
        return  # A standby, or a user who may only read.


def last_verifications(alias: str, models: Iterable[Any]) -> list[dict[str, Any]]:
    """The last comparison of each pair of tables of a family, the oldest first."""
    return [
        {
            "from": row.source,
            "to": row.target,
            "time": row.heartbeat.isoformat() if row.heartbeat else None,
            **json.loads(row.note),
        }
        for row in records(alias, VERIFICATION, models)
    ]


def size_before(alias: str, core: Any, parts: Iterable[Any]) -> int | None:
    """The bytes of the core's table when it still had all columns; None where nobody knows."""
    found = records(alias, SIZE, [core, *parts])
    sizes = [json.loads(row.note)["bytes"] for row in found if row.source == core._meta.label]
    return max(sizes, default=None)


def records(alias: str, kind: str, models: Iterable[Any]) -> list[CopyRange]:
    names = [model._meta.label for model in models]
    rows = rows_of(alias).filter(status=kind, source__in=names, target__in=names)
    return list(rows.order_by("heartbeat"))


def rows_of(alias: str) -> Any:
    return CopyRange._base_manager.using(alias)


def labels(transfer: Transfer) -> tuple[str, str]:
    return transfer.source._meta.label, transfer.target._meta.label


def name_of(kind: str, source: str, target: str) -> str:
    return blake2b(f"{kind}:{source}>{target}".encode(), digest_size=16).hexdigest()
