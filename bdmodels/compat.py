"""The one place that knows which Django is running."""

from typing import Any

import django

HAS_FETCH_MODES = django.VERSION >= (6, 1)


def table_quoter(compiler: Any) -> Any:
    """The function by which a compiler quotes tables and aliases in a FROM clause."""
    if django.VERSION >= (6, 1):
        return compiler.quote_name
    return compiler.quote_name_unless_alias
