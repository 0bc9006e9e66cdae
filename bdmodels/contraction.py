"""Remembers that a contract migration has begun, where it cannot be one transaction.

There, triggers and columns go one after the other. Whatever ends the migration in between - a lock
that was not to be had, a killed process - leaves columns that nobody writes any more, while the new
code goes on writing the other table. That is no loss, and no reason to compare them again.
"""

from typing import Any

from django.db import connections

from .copy_state import RUNNING, CopyRange, CopyState
from .dialects import dialect_for
from .sync import name_of
from .transfers import Transfer


class Contraction:
    """What is known about the contract migration of a transfer.

    :param alias: the database.
    :param transfer: with all of its columns, as the copy has it.
    """

    def __init__(self, alias: str, transfer: Transfer) -> None:
        self.alias = alias
        pairs = sorted(transfer.pairs, key=lambda pair: str(pair[0].column))
        self.transfer = transfer
        self.name = name_of(Transfer(transfer.source, transfer.target, tuple(pairs)), "contract")
        self.state = CopyState(alias, transfer)

    @property
    def is_transaction(self) -> bool:
        return bool(connections[self.alias].features.can_rollback_ddl)

    def rows(self) -> Any:
        return CopyRange._base_manager.using(self.alias).filter(copy=self.name)

    def begin(self) -> None:
        """Note, before the first trigger goes, that the rows were proved to be equal."""
        if self.is_transaction:
            return
        self.state.make_table()
        source, target = self.transfer.source._meta.label, self.transfer.target._meta.label
        self.rows().get_or_create(
            number=0, defaults={"copy": self.name, "source": source, "target": target,
                                "status": RUNNING},
        )  # fmt: skip

    def has_begun(self) -> bool:
        """Whether triggers are gone since, so that the target alone has what was written."""
        if self.is_transaction or not self.state.exists() or not self.rows().exists():
            return False
        states = dialect_for(connections[self.alias]).sync_state(self.transfer)
        return any(state == "missing" for state in states.values())

    def is_half_done(self) -> bool:
        """Whether there are columns, besides, that have been left behind."""
        return bool(self.transfer.pairs) and self.has_begun()

    def forget(self) -> None:
        """The triggers are there again, and with them the reason to compare."""
        if not self.is_transaction and self.state.exists():
            self.rows().delete()

    def text(self) -> str:
        """What to tell who would copy or repair now."""
        source, target = self.transfer.source._meta.label, self.transfer.target._meta.label
        names = ", ".join(old.name for old, _ in self.transfer.pairs) or "the key"
        return (
            f"The contract migration of {source} has removed triggers, and was stopped before it "
            f"removed the columns ({names}). What is written since is in {target} only, which is "
            "right. Run manage.py migrate to complete it; after that it can be reversed. The old "
            "code must not run."
        )
