"""The gate: nothing is removed before it is proved to be in its new table."""

from functools import partial
from typing import Any

from .contraction import Contraction
from .copy_in_migrate import command, output
from .copying import Copier
from .operations_base import POST_DEPLOY, listed, model_of
from .operations_transfer import TransferOperation
from .progress import progress
from .records import remember_verification
from .state_families import core_in
from .transfers import Fields, Refused, Transfer, transfer
from .verification import DIFFERENT, MISSING, ORPHANED, Verifier


class CheckCopied(TransferOperation):
    """Refuse to go on unless every row was copied and holds the same values.

    The tables are compared in chunks while others write. Triggers keep them equal until the
    operation that removes these has locked the tables, which is why nothing is locked here.
    Where there are no such triggers, PostgreSQL locks the tables against writes first, until
    the transaction of the migration ends. Where a failed run of the migration has removed them,
    after it had compared the tables, the values of the target are right and nothing is compared.

    A row that lacks all values which the target requires was written by code that knows the
    new tables only; its values are left out of the comparison.

    :param from_model_name: the model whose columns are going to be removed.
    :param to_model_name: the model that has them now.
    :param fields: as given to the copy.
    :param sparse: as given to the copy.
    :param into_core: the fields went from a part to the core.
    :param core_name: the core, where it is neither of the two models. A row of the new table
        is an orphan only if the core has no row for it.
    :raises Refused: with the number of missing, orphaned and different rows and the remedy.
    """

    stage_name = POST_DEPLOY

    def __init__(
        self,
        from_model_name: str,
        to_model_name: str,
        elidable: bool = True,
        *,
        fields: Fields = None,
        sparse: bool = False,
        into_core: bool = False,
        core_name: str = "",
    ) -> None:
        super().__init__(fields, sparse, elidable)
        self.from_model_name, self.to_model_name = from_model_name, to_model_name
        self.into_core, self.core_name = into_core, core_name

    def arguments(self) -> dict[str, Any]:
        return {
            "from_model_name": self.from_model_name,
            "to_model_name": self.to_model_name,
            **self.options(into_core=self.into_core, core_name=self.core_name),
        }

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        source = model_of(from_state, app_label, self.from_model_name)
        target = model_of(from_state, app_label, self.to_model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, source):
            found = transfer(source, target, self.field_names, self.sparse)
            core = core_in(from_state, app_label, self.from_model_name, self.core_name)
            self.check(Copier(schema_editor, found), core)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Nothing to check: the copy that is reversed next checks for itself."""

    def check(self, copier: Copier, core: Any = None) -> None:
        found = self.left_to_compare(copier)
        if copier.editor.collect_sql:
            self.lock(copier, found)
            self.collect(copier, found, core)
            return
        if Contraction(copier.editor.connection.alias, copier.transfer).has_begun():
            return
        states = copier.dialect.sync_state(found)
        online = bool(states) and set(states.values()) != {"missing"}
        if not online:
            # Nothing carries over what is written between the comparison and the lock.
            self.lock(copier, found)
        self.compare(copier, found, core)
        if online:
            self.refuse_without_sync(copier, found, states)

    def lock(self, copier: Copier, found: Transfer) -> None:
        copier.dialect.lock(copier.editor, [found.source, found.target])

    def compare(self, copier: Copier, found: Transfer, core: Any) -> None:
        alias = copier.editor.connection.alias
        show = partial(progress, **output)
        verifier = Verifier(alias, found, self.into_core, show, core)
        findings = verifier.run()
        remember_verification(alias, found, findings)
        if findings.wrong:
            raise Refused(self.refusal(verifier))

    def collect(self, copier: Copier, found: Transfer, core: Any) -> None:
        """Show the same questions as SQL."""
        dialect = copier.dialect
        copier.ask(dialect.count_different(found))
        copier.ask(dialect.count_missing(found))
        if not self.into_core and not self.sparse and found.covers_target:
            copier.ask(dialect.count_missing(Transfer(found.target, core or found.source, ())))

    def refuse_without_sync(self, copier: Copier, found: Transfer, states: dict[str, str]) -> None:
        """The tables are equal now; triggers have to keep them so until they are locked."""
        # Some may have been switched off since the comparison began.
        states = {**states, **copier.dialect.sync_state(found)}
        if off := sorted(name for name, state in states.items() if state != "enabled"):
            named = ", ".join(f"{name} ({states[name]})" for name in off)
            source, target = found.source._meta, found.target._meta
            raise Refused(
                f"{source.label} and {target.label} are equal, but triggers that keep them so "
                f"are not at work: {named}. A row that is written now would be lost, and no "
                "column was removed. Enable them (ALTER TABLE ... ENABLE TRIGGER ...), or, where "
                "they are missing, migrate back to before the expand migration and forwards "
                "again to have them installed, and migrate."
            )

    def left_to_compare(self, copier: Copier) -> Transfer:
        """The transfer without the columns that a failed run of this migration has removed."""
        found = copier.transfer
        left = copier.dialect.not_done(
            copier.editor, found.source, [old for old, _ in found.pairs], present=True
        )
        pairs = tuple(pair for pair in found.pairs if pair[0] in left)
        return Transfer(found.source, found.target, pairs, found.sparse)

    def refusal(self, verifier: Verifier) -> str:
        found, findings, alias = verifier.transfer, verifier.findings, verifier.alias
        source, target = found.source._meta, found.target._meta
        names = ", ".join(new.name for _, new in found.pairs) or "the key"
        core = verifier.core
        lines = [
            f"{source.label} is not completely in {target.label} yet ({names}): "
            f"{findings.text()} rows. No column was removed.",
            f"Look at them: {command('verify', core, alias)}",
        ]
        counts = findings.counts
        if counts[MISSING] or counts[ORPHANED]:
            lines.append(
                "Create the rows that are missing and remove orphans, rows of a part without a "
                f"row of the core: {command('repair', core, alias)}"
            )
        if counts[MISSING] or counts[DIFFERENT]:
            lines.append(
                "Rows were written after the copy. Migrate back to the migration before the "
                "copy and forwards again to copy them; where both tables have a value and "
                "they differ, that says so and shows a statement for either choice."
            )
        return "\n".join(lines)

    def describe(self) -> str:
        names = "" if self.field_names is None else f"{listed(list(self.field_names))} of "
        return f"Check that {names}{self.from_model_name} is in {self.to_model_name}, row by row"

    @property
    def migration_name_fragment(self) -> str:
        return f"check_{self.to_model_name}".lower().replace(".", "_")
