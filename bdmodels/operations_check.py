"""The gate: nothing is removed before it is proved to be in its new table."""

from typing import Any

from django.db.migrations.operations.base import OperationCategory

from .copying import Copier
from .operations_base import POST_DEPLOY, SplitOperation, listed, model_of
from .transfers import Fields, Refused, Transfer, transfer


class CheckCopied(SplitOperation):
    """Refuse to go on unless every row was copied and holds the same values.

    Where no triggers keep the tables equal, both are locked against writes first on PostgreSQL,
    until the transaction of the migration ends, so that nothing changes between this check and
    the removal of columns.

    A row that lacks a value which the target requires was written by code that knows the new
    tables only; it is left out of the comparison.

    :param from_model_name: the model whose columns are going to be removed.
    :param to_model_name: the model that has them now.
    :param fields: as given to the copy.
    :param sparse: as given to the copy.
    :param into_core: the fields went from a part to the core.
    :raises Refused: with the number of missing, orphaned and different rows and the remedy.
    """

    category = OperationCategory.SQL
    stage_name = POST_DEPLOY
    reduces_to_sql = True

    def __init__(
        self,
        from_model_name: str,
        to_model_name: str,
        elidable: bool = True,
        *,
        fields: Fields = None,
        sparse: bool = False,
        into_core: bool = False,
    ) -> None:
        self.from_model_name, self.to_model_name = from_model_name, to_model_name
        self.field_names = fields if fields is None or isinstance(fields, dict) else list(fields)
        self.sparse, self.into_core = sparse, into_core
        self.elidable = elidable  # type: ignore[misc]

    def arguments(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "from_model_name": self.from_model_name,
            "to_model_name": self.to_model_name,
        }
        if self.field_names is not None:
            found["fields"] = self.field_names
        if self.sparse:
            found["sparse"] = True
        if self.into_core:
            found["into_core"] = True
        if not self.elidable:
            found["elidable"] = False
        return found

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        source = model_of(from_state, app_label, self.from_model_name)
        target = model_of(from_state, app_label, self.to_model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, source):
            found = transfer(source, target, self.field_names, self.sparse)
            self.check(Copier(schema_editor, found))

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Nothing to check: the copy that is reversed next checks for itself."""

    def check(self, copier: Copier) -> None:
        found = self.left_to_compare(copier)
        dialect = copier.dialect
        if not self.is_synced(copier):
            dialect.lock(copier.editor, [found.source, found.target])
        skipped = [
            f" AND {dialect.column(old, 'source')} IS NOT NULL"
            for old, new in found.pairs
            if old.null and not new.null
        ]
        counts = {
            "different": copier.ask(dialect.count_different(found, "".join(skipped))),
            "missing": 0,
            "orphaned": 0,
        }
        if self.into_core:
            counts["orphaned"] = copier.ask(dialect.count_missing(found))
        elif found.pairs or not found.sparse:
            counts["missing"] = copier.ask(dialect.count_missing(found))
            if not self.sparse and found.covers_target:
                back = Transfer(found.target, found.source, ())
                counts["orphaned"] = copier.ask(dialect.count_missing(back))
        if any(counts.values()):
            raise Refused(self.refusal(found, counts))

    def is_synced(self, copier: Copier) -> bool:
        """Whether triggers keep the tables equal, so that nobody need be kept from writing."""
        if copier.editor.collect_sql:
            return False
        states = set(copier.dialect.sync_state(copier.transfer).values())
        return states == {"enabled"}

    def left_to_compare(self, copier: Copier) -> Transfer:
        """The transfer without the columns that a failed run of this migration has removed."""
        found = copier.transfer
        left = copier.dialect.not_done(
            copier.editor, found.source, [old for old, _ in found.pairs], present=True
        )
        pairs = tuple(pair for pair in found.pairs if pair[0] in left)
        return Transfer(found.source, found.target, pairs, found.sparse)

    def refusal(self, found: Transfer, counts: dict[str, int]) -> str:
        source, target = found.source._meta, found.target._meta
        names = ", ".join(new.name for _, new in found.pairs) or "the key"
        lines = [
            f"{source.label} is not completely in {target.label} yet ({names}): "
            + ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
            + " rows. No column was removed."
        ]
        if counts["missing"] or counts["different"]:
            lines.append(
                "Rows were written after the copy. Migrate back to the migration before the "
                "copy and forwards again to copy them; where both tables have a value and "
                "they differ, that says so and shows a statement for either choice."
            )
        if counts["orphaned"]:
            lines.append(self.orphan_remedy(found))
        return "\n".join(lines)

    def orphan_remedy(self, found: Transfer) -> str:
        part, core = found.source._meta, found.target._meta
        if not self.into_core:
            part, core = core, part
        return (
            f"Orphaned rows of {part.label} belong to no row of {core.label}; most likely it was "
            f"deleted after the copy. To remove them: DELETE FROM {part.db_table} WHERE "
            f"{part.pk.column} NOT IN (SELECT {core.pk.column} FROM {core.db_table})"
        )

    def describe(self) -> str:
        names = "" if self.field_names is None else f"{listed(list(self.field_names))} of "
        return f"Check that {names}{self.from_model_name} is in {self.to_model_name}, row by row"

    @property
    def migration_name_fragment(self) -> str:
        return f"check_{self.to_model_name}".lower().replace(".", "_")
