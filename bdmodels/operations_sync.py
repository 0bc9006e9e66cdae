"""Triggers that keep the tables of a transfer equal between expand and contract."""

from collections.abc import Iterable
from typing import Any

from .contraction import Contraction
from .copying import Copier
from .dialects import dialect_for
from .locks import held
from .operations_base import POST_DEPLOY, listed, model_of
from .operations_keys import is_linked, without_orphans
from .operations_transfer import TransferOperation
from .sync import Sync
from .transfers import Fields, Refused, Transfer, transfer


class SyncOperation(TransferOperation):
    """What installing and removing have in common: both directions of both."""

    def __init__(
        self,
        from_model_name: str,
        to_model_name: str,
        elidable: bool = True,
        *,
        fields: Fields = None,
        sparse: bool = False,
        core_name: str = "",
        required: Iterable[str] = (),
    ) -> None:
        super().__init__(fields, sparse, elidable)
        self.from_model_name, self.to_model_name = from_model_name, to_model_name
        self.core_name, self.required = core_name, list(required)

    def arguments(self) -> dict[str, Any]:
        return {
            "from_model_name": self.from_model_name,
            "to_model_name": self.to_model_name,
            **self.options(core_name=self.core_name, required=self.required),
        }

    def sync_in(self, app_label: str, schema_editor: Any, state: Any) -> Sync | None:
        source = model_of(state, app_label, self.from_model_name)
        target = model_of(state, app_label, self.to_model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, target):
            return None
        core = model_of(state, app_label, self.core_name) if self.core_name else source
        found = transfer(source, target, self.field_names, self.sparse)
        linked = tuple(
            m._meta.label_lower
            for m in (source, target)
            if is_linked(state, (m._meta.app_label, m._meta.model_name))
        )
        return Sync(found, core, tuple(self.required), linked)

    def install(self, app_label: str, schema_editor: Any, state: Any) -> None:
        if sync := self.sync_in(app_label, schema_editor, state):
            dialect = dialect_for(schema_editor.connection)
            models = [sync.transfer.source, sync.transfer.target, sync.core]
            parts = [part for _, part in sync.parts()]
            with (
                held(schema_editor, shared=models),
                without_orphans(schema_editor.connection, parts, sync.core),
            ):
                dialect.install_sync(schema_editor, sync)
            if not schema_editor.collect_sql:
                Contraction(schema_editor.connection.alias, sync.transfer).forget()

    def remove(self, app_label: str, schema_editor: Any, state: Any) -> None:
        if sync := self.sync_in(app_label, schema_editor, state):
            dialect = dialect_for(schema_editor.connection)
            models = [sync.transfer.source, sync.transfer.target, sync.core]
            with held(schema_editor, exclusive=models):
                dialect.remove_sync(schema_editor, sync)

    def what(self) -> str:
        names = "" if self.field_names is None else f"{listed(list(self.field_names))} of "
        return f"{names}{self.from_model_name} and {self.to_model_name}"


class InstallSync(SyncOperation):
    """Let the database keep two tables equal, whichever code writes.

    From here to :class:`RemoveSync` the old code may write the columns of one table while the
    new code writes those of the other: triggers carry every change over, in the transaction of
    the write. Nothing is done on SQLite, which has one writer at a time.

    Reversed, the triggers go, but not before all rows of both tables are proved to be equal.

    :param from_model_name: the model that the old code writes.
    :param to_model_name: the model that the new code writes.
    :param elidable: whether squashing drops the operation.
    :param fields: as given to the copy.
    :param sparse: as given to the copy.
    :param core_name: the core, if that is not ``from_model_name``. Where a row of it is
        deleted, the row of the part that only the other code knows is deleted, too.
    :param required: names of the moved fields that have a value in every row. A row is not
        carried while all of them are NULL: it comes from code that knows the other table.
    :raises Refused: reversed, when rows of the two tables have different values.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        self.install(app_label, schema_editor, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        sync = self.sync_in(app_label, schema_editor, from_state)
        if sync and dialect_for(schema_editor.connection).needs_sync:
            self.refuse_losses(schema_editor, sync)
        self.remove(app_label, schema_editor, from_state)

    def refuse_losses(self, schema_editor: Any, sync: Sync) -> None:
        """One statement sees both tables at one moment, and the triggers are still there."""
        found = sync.transfer
        copier = Copier(schema_editor, found)
        different = copier.ask(copier.dialect.count_different(found)) if found.pairs else 0
        missing = 0
        if found.pairs and not sync.is_core(found.source):
            # A row of the new table that no row of the old table can take the values of.
            back = Transfer(found.target, found.source, found.reversed().pairs, sparse=True)
            missing = copier.ask(copier.dialect.count_missing(back))
        if different or missing:
            source, target = found.source._meta, found.target._meta
            names = ", ".join(new.name for _, new in found.pairs)
            raise Refused(
                f"{target.label} holds values that {source.label} does not ({names}): "
                f"{different:,} rows differ, {missing:,} are missing. They would be lost on the "
                "way back. Migrate forwards to the migration after the copy, and back again: "
                "reversing the copy carries them over."
            )

    def describe(self) -> str:
        return f"Keep {self.what()} equal by triggers"

    @property
    def migration_name_fragment(self) -> str:
        return f"sync_{self.from_model_name}_and_{self.to_model_name}".lower().replace(".", "_")


class RemoveSync(SyncOperation):
    """Remove the triggers of :class:`InstallSync`: the other code is no longer running.

    It stands before the removal of the columns, in the same migration. Reversed, the triggers
    are there again before the reversed copy fills the columns. The arguments are those of
    :class:`InstallSync`.
    """

    stage_name = POST_DEPLOY

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        sync = self.sync_in(app_label, schema_editor, from_state)
        if sync and not schema_editor.collect_sql:
            Contraction(schema_editor.connection.alias, sync.transfer).begin()
        self.remove(app_label, schema_editor, from_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        self.install(app_label, schema_editor, to_state)
        sync, dialect = (
            self.sync_in(app_label, schema_editor, to_state),
            dialect_for(schema_editor.connection),
        )
        if sync and dialect.needs_sync:
            # The columns have come back without. Not before the triggers are there: a row with
            # a default in it, that nobody carries over, would look as if it were written.
            source = sync.transfer.source
            with held(schema_editor, exclusive=[source]):
                dialect.set_defaults(schema_editor, source, [old for old, _ in sync.transfer.pairs])

    def describe(self) -> str:
        return f"Let {self.what()} be independent"

    @property
    def migration_name_fragment(self) -> str:
        return f"unsync_{self.from_model_name}_and_{self.to_model_name}".lower().replace(".", "_")
