"""Operations that carry data between the tables of a family, both ways."""

from typing import Any

from django.db import transaction

from .copy_in_migrate import copy_in_migrate
from .copy_jobs import CopyJob
from .copying import Copier
from .dialects import dialect_for
from .operations_base import listed, model_of
from .operations_transfer import TransferOperation
from .transfers import Fields, transfer


class CopyData(TransferOperation):
    """Copy fields from one table to another that shares its primary key.

    Subclasses name the two models and say which of the tables may get new rows: never the
    core's. Set-based, and idempotent: running it again changes nothing.

    In a migration with ``atomic = False`` it copies in batches with a commit each, except on
    SQLite, and stops if the table has more than ``BDMODELS_COPY_IN_MIGRATE`` rows: those are
    copied by ``manage.py breakdown copy``.

    :param fields: names, ``{target name: source name}``, or None for all fields with a column
        that both models have.
    :param sparse: the part has a row only where one of the values is set.
    :param overwrite: whether values that the table copied to already has are replaced
        (only rows whose columns are all NULL are filled otherwise, and rows that differ
        stop the migration).
    :param elidable: whether squashing drops the operation.
    :raises Refused: when a value is missing that the other table requires, or when rows
        differ that must not be overwritten.
    """

    inserts_forwards = True
    inserts_backwards = False

    def __init__(
        self,
        source_name: str,
        target_name: str,
        fields: Fields,
        sparse: bool,
        overwrite: bool,
        elidable: bool,
    ) -> None:
        super().__init__(fields, sparse, elidable)
        self.source_name, self.target_name, self.overwrite = source_name, target_name, overwrite

    def options(self, **more: Any) -> dict[str, Any]:
        found = super().options(**more)
        return found if self.overwrite else {**found, "overwrite": False}

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if job := self.job_in(app_label, schema_editor.connection, to_state):
            self.copy(schema_editor, job, backwards=False)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if job := self.job_in(app_label, schema_editor.connection, from_state, backwards=True):
            self.copy(schema_editor, job, backwards=True)

    def job_in(
        self, app_label: str, connection: Any, state: Any, backwards: bool = False
    ) -> CopyJob | None:
        """What there is to copy in a database, None if the models do not belong into it.

        :param state: in which both models have the fields.
        """
        source = model_of(state, app_label, self.source_name)
        target = model_of(state, app_label, self.target_name)
        if not self.allow_migrate_model(connection.alias, target):
            return None
        found = transfer(source, target, self.field_names, self.sparse)
        if backwards:
            return CopyJob(found.reversed(), self.inserts_backwards, True, not self.overwrite)
        # Rows the target has already got their values from newer code, unless columns were
        # added to it for this copy.
        fill = self.field_names is not None or not self.inserts_forwards
        return CopyJob(found, self.inserts_forwards, fill, not self.overwrite)

    def copy(self, schema_editor: Any, job: CopyJob, backwards: bool) -> None:
        """In batches where each can be committed, else with one statement in one transaction."""
        connection = schema_editor.connection
        if schema_editor.collect_sql or connection.in_atomic_block:
            self.copy_at_once(schema_editor, job)
        elif not dialect_for(connection).copies_in_batches:
            with transaction.atomic(using=connection.alias):
                self.copy_at_once(schema_editor, job)
        else:
            copy_in_migrate(connection.alias, job, backwards)

    def copy_at_once(self, schema_editor: Any, job: CopyJob) -> None:
        copier = Copier(schema_editor, job.transfer)
        with copier.dialect.unsynced(schema_editor):
            if job.fill:
                copier.update(job.only_unset)
                if job.only_unset:
                    copier.refuse_conflicts()
            if job.insert:
                copier.insert_missing()
        copier.settle()

    def describe(self) -> str:
        names = "" if self.field_names is None else f"{listed(list(self.field_names))} "
        return f"Copy {names}from {self.source_name} to {self.target_name}".replace("  ", " ")

    @property
    def migration_name_fragment(self) -> str:
        return f"copy_{self.source_name}_to_{self.target_name}".lower().replace(".", "_")


class CopyDataToPartial(CopyData):
    """Copy from the model that has all fields to a part; reversed, back into its rows.

    Forwards is an ``INSERT ... SELECT``, backwards an ``UPDATE`` of existing rows.

    :param full_model_name: the model with all fields: the core, before its columns go.
    :param part_model_name: the part.
    :param elidable: whether squashing drops the operation; True by default.
    :param fields: see ``CopyData``; with it, rows that the part already has are
        filled, too. Without, they are left as they are.
    """

    def __init__(
        self,
        full_model_name: str,
        part_model_name: str,
        elidable: bool = True,
        *,
        fields: Fields = None,
        sparse: bool = False,
        overwrite: bool = True,
    ) -> None:
        self.full_model_name, self.part_model_name = full_model_name, part_model_name
        super().__init__(full_model_name, part_model_name, fields, sparse, overwrite, elidable)

    def arguments(self) -> dict[str, Any]:
        return {
            "full_model_name": self.full_model_name,
            "part_model_name": self.part_model_name,
            **self.options(),
        }


class CopyDataFromPartial(CopyData):
    """Copy from a part back into the core; reversed, into rows of the part.

    :param full_model_name: the core.
    :param part_model_name: the part.
    """

    inserts_forwards = False
    inserts_backwards = True

    def __init__(
        self,
        full_model_name: str,
        part_model_name: str,
        elidable: bool = True,
        *,
        fields: Fields = None,
        sparse: bool = False,
        overwrite: bool = True,
    ) -> None:
        self.full_model_name, self.part_model_name = full_model_name, part_model_name
        super().__init__(part_model_name, full_model_name, fields, sparse, overwrite, elidable)

    arguments = CopyDataToPartial.arguments


class CopyDataBetweenParts(CopyData):
    """Copy from one part to another; reversed, back.

    :param from_model_name: the part that had the fields.
    :param to_model_name: the part that gets them.
    """

    inserts_backwards = True

    def __init__(
        self,
        from_model_name: str,
        to_model_name: str,
        elidable: bool = True,
        *,
        fields: Fields = None,
        sparse: bool = False,
        overwrite: bool = True,
    ) -> None:
        self.from_model_name, self.to_model_name = from_model_name, to_model_name
        super().__init__(from_model_name, to_model_name, fields, sparse, overwrite, elidable)

    def arguments(self) -> dict[str, Any]:
        return {
            "from_model_name": self.from_model_name,
            "to_model_name": self.to_model_name,
            **self.options(),
        }
