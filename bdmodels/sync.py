"""Which values keep two tables equal while old and new code write: what a trigger has to do.

Between expand and contract the old code writes the source of a transfer and the new code its
target. A :class:`Sync` is the pair of directions; the dialects make triggers of it.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from .transfers import Transfer

FORWARDS, BACKWARDS = "forwards", "backwards"


@dataclass(frozen=True)
class Flow:
    """One direction: writes to the source of ``transfer`` reach its target.

    :param transfer: the pairs, in this direction.
    :param direction: ``"forwards"`` for what the old code writes, else ``"backwards"``.
    :param makes_rows: whether a row of the target can be made, and may be: never in the core.
    :param required: fields of the source without which no row of the target is made. Where
        all of them are NULL, the row was written by code that knows the target only.
    :param alone: whether nobody but the new code and these triggers writes rows of the table
        that the new code knows. Then what is inserted there counts, also where it is NULL.
    """

    transfer: Transfer
    direction: str
    makes_rows: bool
    required: tuple[Any, ...]
    alone: bool

    @property
    def needed_fields(self) -> list[Any]:
        """Fields of the source one of which must have a value, or no row is made."""
        if self.required:
            return list(self.required)
        return self.source_fields if self.transfer.sparse else []

    @property
    def source_fields(self) -> list[Any]:
        return [old for old, _ in self.transfer.pairs]

    @property
    def target_fields(self) -> list[Any]:
        return [new for _, new in self.transfer.pairs]


@dataclass(frozen=True)
class Sync:
    """Both directions of a transfer, and what goes with a deleted row of the core.

    :param transfer: as the copy has it.
    :param core: historical model of the core, whose rows are never made or deleted here.
    :param required: names of fields of the target that need a value in either code.
    :param linked: labels, in lower case, of parts that have a foreign key to the core anyway.
    """

    transfer: Transfer
    core: Any
    required: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()

    def flows(self) -> list[Flow]:
        """The directions in which there is something to do."""
        forwards, backwards = self.transfer, self.transfer.reversed()
        needed = [pair for pair in forwards.pairs if pair[1].name in self.required]
        alone = forwards.covers_target and bool(forwards.pairs)
        found = [
            Flow(
                forwards,
                FORWARDS,
                forwards.makes_rows and not self.is_core(forwards.target),
                tuple(old for old, _ in needed),
                alone,
            )
        ]
        if forwards.pairs:
            makes_rows = backwards.makes_rows and not self.is_core(backwards.target)
            needed_there = tuple(new for _, new in needed)
            found.append(Flow(backwards, BACKWARDS, makes_rows, needed_there, alone))
        return found

    def is_core(self, model: Any) -> bool:
        return bool(model._meta.label_lower == self.core._meta.label_lower)

    def parts(self) -> list[tuple[str, Any]]:
        """The tables that lose a row when the core does, and the direction that is."""
        found = [(FORWARDS, self.transfer.target), (BACKWARDS, self.transfer.source)]
        return [(direction, model) for direction, model in found if not self.is_core(model)]


def name_of(transfer: Transfer, *ending: str) -> str:
    """A name for a trigger or function: the same for the same tables and columns.

    At most 39 characters, fewer than any database allows.
    """
    sides = [
        (transfer.source, [old.column for old, _ in transfer.pairs]),
        (transfer.target, [new.column for _, new in transfer.pairs]),
    ]
    text = repr([(model._meta.db_table, columns) for model, columns in sides])
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:12]
    return "_".join(["bdmodels", digest, *ending])
