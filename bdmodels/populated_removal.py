"""Removes what a migration has created to fill a column, after the column is gone."""

from typing import Any

from django.db import transaction

from .dialects import dialect_for
from .populated_rows import Created, key_text
from .transfers import Refused

BATCH = 500


class Removal:
    """Removes what was created to fill a column, when the column is gone.

    :param editor: of the migration that is reversed.
    :param label: of the field.
    :param reverse: a callable that gets ``(apps, schema_editor, created)``, or None.
    :param apps: the historical apps, in the state without the field.
    """

    def __init__(self, editor: Any, label: str, reverse: Any, apps: Any) -> None:
        self.editor, self.label, self.reverse, self.apps = editor, label, reverse, apps
        self.alias = editor.connection.alias
        self.created = Created(self.alias, label.lower())

    def run(self) -> None:
        """Batch by batch, each with a commit.

        :raises Refused: when rows cannot be removed; the rest is tried by the next run.
        """
        if not self.created.exists():
            return
        while records := self.created.batch(BATCH):
            with transaction.atomic(using=self.alias):
                rows = self.created.objects(records, self.apps)
                self.remove(rows)
                self.created.forget(records)

    def remove(self, rows: list[Any]) -> None:
        if not rows:
            return
        try:
            if self.reverse is not None:
                self.reverse(self.apps, self.editor, rows)
            else:
                keys = [row.pk for row in rows]
                type(rows[0])._base_manager.using(self.alias).filter(pk__in=keys).delete()
            dialect_for(self.editor.connection).settle(self.editor)
        except Exception as error:
            shown = ", ".join(key_text(row) for row in rows[:5])
            more = ", ..." if len(rows) > 5 else ""
            raise Refused(
                f"{rows[0]._meta.label} {shown}{more}, created for {self.label}, could not be "
                f"removed: {type(error).__name__}: {error}. The column is gone already. Remove "
                "the cause, and run the same command again."
            ) from error
