"""A column that is added empty, filled, and then required: what databases have in common.

Constraints and indexes are added while the column is empty. That is fast, whatever the size of
the table; a duplicate is found in its batch, and a callable can look values up by the index.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from hashlib import blake2b
from typing import Any

from django.core.exceptions import FieldError
from django.db import transaction
from django.db.models import Subquery, Window
from django.db.models.expressions import Col
from django.db.models.sql import UpdateQuery

from .columns import as_empty
from .locks import held, referenced
from .operations_base import finish

PASSES, FEW = 5, 100


class PopulateSQL:
    """Mixed into :class:`~bdmodels.dialects.Dialect`."""

    connection: Any
    columns_of: Any
    quote: Any
    tighten: Any
    settle: Any

    def has_column(self, editor: Any, model: Any, field: Any) -> bool:
        """Whether the table has the column; False where SQL is only collected."""
        return not editor.collect_sql and field.column in self.columns_of(model)

    def add_empty(self, editor: Any, model: Any, field: Any) -> None:
        """Add a column that is NULL in every row, with all but its NOT NULL and default.

        Called again after a failure, it adds what is missing.
        """
        if not self.has_column(editor, model, field):
            with held(editor, [model], referenced([field])):
                editor.add_field(model, as_empty(field))
            finish(editor)

    def require(
        self, editor: Any, to_model: Any, field: Any, fill: Callable[[], int], null: bool
    ) -> None:
        """Give a filled column its NOT NULL, unless ``null``, and its database default.

        :param fill: gives values to rows that were inserted meanwhile; returns how many.
        """
        fill()
        self.settle(editor)
        if not null or field.has_db_default():
            with held(editor, [to_model]):
                self.tighten(editor, to_model, [field])

    def fill_mostly(self, fill: Callable[[], int]) -> None:
        """Fill what was inserted meanwhile, until only little was. There may always be some."""
        for _ in range(PASSES):
            if fill() < FEW:
                return

    def drop_populated(self, editor: Any, model: Any, field: Any) -> None:
        """Drop the column, with everything that belongs to it, unless it is gone."""
        if not editor.collect_sql and not self.has_column(editor, model, field):
            return
        self.settle(editor)
        self.drop_filler(editor, model, field)
        with self.together(editor), held(editor, [model], referenced([field])):
            editor.remove_field(model, field)
        finish(editor)

    def together(self, editor: Any) -> AbstractContextManager[Any]:
        """Several schema changes at once, where the database can roll them back."""
        if editor.collect_sql or not self.connection.features.can_rollback_ddl:
            return nullcontext()
        whole: AbstractContextManager[Any] = transaction.atomic(using=self.connection.alias)
        return whole

    # A trigger that fills rows which others write meanwhile.

    def add_filler(self, editor: Any, model: Any, field: Any, value: Any) -> None:
        """Let the database fill rows by an expression, as they are written.

        Nothing is done where nobody else can write, or where the expression needs more than
        the row itself.
        """

    def drop_filler(self, editor: Any, model: Any, field: Any) -> None:
        """Remove that trigger, if it is there."""

    def filler_name(self, model: Any, field: Any) -> str:
        table = f"{model._meta.db_table}.{field.column}"
        return f"bdfill_{blake2b(table.encode(), digest_size=12).hexdigest()}"

    def of_new_row(self, model: Any, value: Any) -> tuple[str, Any, list[Any]] | None:
        """The SQL of an expression over ``NEW``, its parameters, and the fields it reads.

        None where other rows or tables come into it.
        """
        query = model._base_manager.using(self.connection.alias).query.chain(UpdateQuery)
        try:
            # As UpdateQuery resolves the values of update().
            resolved = value.resolve_expression(query, allow_joins=False, for_save=True)
        except FieldError:
            return None
        parts = list(resolved.flatten())
        if any(isinstance(part, (Subquery, Window)) for part in parts):
            return None
        compiler = query.get_compiler(connection=self.connection)
        sql, params = compiler.compile(resolved)
        own = f"{self.quote(model._meta.db_table)}."
        fields = [part.target for part in parts if isinstance(part, Col)]
        return sql.replace(own, "NEW."), params, fields

    def before_fill(self, cursor: Any, model: Any, field: Any) -> None:
        """Prepare the transaction of a batch of values."""

    def collect_fill(self, editor: Any, model: Any, field: Any, value: Any) -> None:
        """Show the UPDATE that an expression makes, without its batches."""
        rows = model._base_manager.using(self.connection.alias)
        query = rows.filter(**{f"{field.name}__isnull": True}).query.chain(UpdateQuery)
        query.add_update_values({field.name: value})
        sql, params = query.get_compiler(connection=self.connection).as_sql()
        editor.execute(sql, params)
