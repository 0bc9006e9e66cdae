"""The one place that knows which Django is running."""

from typing import Any

import django
from django.db import DatabaseError

HAS_FETCH_MODES = django.VERSION >= (6, 1)

#: Whether Model._do_update() returns columns of the row.
RETURNS_UPDATED = django.VERSION >= (6, 0)

#: Whether the admin's breadcrumbs are a list.
BREADCRUMBS_ARE_LIST = django.VERSION >= (6, 1)

#: Whether MigrationWriter writes ``atomic = False``.
WRITES_ATOMIC = django.VERSION >= (6, 0)


def is_not_updated(error: Exception) -> bool:
    """Whether an error says that a save found no row to update."""
    if django.VERSION >= (6, 0):
        from django.core.exceptions import ObjectNotUpdated

        return isinstance(error, ObjectNotUpdated)
    return type(error) is DatabaseError


def table_quoter(compiler: Any) -> Any:
    """The function by which a compiler quotes tables and aliases in a FROM clause."""
    if django.VERSION >= (6, 1):
        return compiler.quote_name
    return compiler.quote_name_unless_alias
