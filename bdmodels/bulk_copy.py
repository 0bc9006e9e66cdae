"""Rows of parts by COPY, where that stores what INSERT stores: ``bulk_create()`` on PostgreSQL.

COPY needs no literals, which are most of the time of a long INSERT. A model's part qualifies if
its fields are Django's own - others may rely on how a literal is cast - and its table has neither
rules nor row security, which COPY knows nothing of. Rows that a trigger may have made are written
over, which COPY cannot. All else is inserted as usual.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connections

from .dialects import dialect_for
from .insertions import may_have_row
from .snapshots import CONSTANT
from .statements import is_plain, kept

LEAST = 10  # Fewer rows are inserted as fast.


class RowCopy:
    """The COPY of one part on one connection.

    :param fields: those that are written, the key first.
    """

    def __init__(self, part: Any, fields: Sequence[Any], using: str) -> None:
        self.connection: Any = connections[using]
        self.fields = fields
        quote = self.connection.ops.quote_name
        columns = ", ".join(quote(f.column) for f in fields)
        self.text = f"COPY {quote(part._meta.db_table)} ({columns}) FROM STDIN"
        answers = any(not f.primary_key for f in part._meta.db_returning_fields)
        self.possible = (
            not (answers or may_have_row(part))
            and all(map(is_standard, fields))
            and dialect_for(self.connection).takes_copy(part)
        )

    def run(self, objs: Sequence[Any]) -> None:
        connection = self.connection
        with connection.cursor() as cursor, connection.wrap_database_errors:
            rows = [
                [f.get_db_prep_save(f.pre_save(obj, True), connection) for f in self.fields]
                for obj in objs
            ]
            with cursor.copy(self.text) as copy:
                for row in rows:
                    copy.write_row(row)


def copy_rows(part: Any, fields: Sequence[Any], objs: Sequence[Any], using: str) -> bool:
    """Store the rows of a part; say whether it could be done."""
    connection = connections[using]
    if len(objs) < LEAST or connection.execute_wrappers:
        return False
    copy: RowCopy = kept(
        connection, ("copy", part, part._meta.db_table), lambda: RowCopy(part, fields, using)
    )
    if not copy.possible:
        return False
    names = [f.attname for f in fields]
    for obj in objs:
        data = obj.__dict__
        for name in names:
            value = data.get(name)
            if type(value) not in CONSTANT and hasattr(value, "resolve_expression"):
                return False
    copy.run(objs)
    return True


def is_standard(field: Any) -> bool:
    """Whether a field, and what it refers to, is one of Django's own."""
    own = type(field).__module__.startswith("django.")
    return own and is_plain(field) and is_standard_target(field)


def is_standard_target(field: Any) -> bool:
    return field.remote_field is None or is_standard(field.target_field)
