"""What the fields of parts held when they were last read: an unchanged part is not written.

Values are compared, assignments are not trusted: a list that was changed in place is a change.
Values that can change in place are remembered pickled. What is written inside a transaction is
forgotten, because a rollback would take it back, and the next save writes it again.
"""

import datetime
import decimal
import pickle
import uuid
from collections.abc import Iterable
from typing import Any

from django.db import connections
from django.db.models.fields.files import FieldFile

CONSTANT = frozenset({
    bool, bytes, complex, float, int, str, type(None), decimal.Decimal, uuid.UUID,
    datetime.date, datetime.datetime, datetime.time, datetime.timedelta,
})  # fmt: skip
UNKNOWN = object()


class Pickled:
    __slots__ = ("data",)

    def __init__(self, value: Any) -> None:
        self.data = pickle.dumps(value)


def frozen(value: Any) -> Any:
    """A value, or a copy of it that does not change with it."""
    if type(value) in CONSTANT:
        return value
    try:
        return Pickled(value)
    except Exception:  # Whatever cannot be pickled counts as changed.
        return UNKNOWN


def note_read(instance: Any, names: Iterable[str], values: Iterable[Any]) -> None:
    """Note what was read from the database."""
    state = instance._state
    known = getattr(state, "read", None)
    if known is None:
        known = state.read = {}
    for name, value in zip(names, values, strict=True):
        known[name] = value if type(value) in CONSTANT else frozen(value)


def note_columns(instance: Any, columns: list[tuple[int, str]], values: Any) -> None:
    """Note the columns of parts that came with a row."""
    instance._state.read = {
        name: value if type(value := values[n]) in CONSTANT else frozen(value)
        for n, name in columns
    }


def forget(instance: Any, names: Iterable[str]) -> None:
    """Note that the database may hold something else by now."""
    known = getattr(instance._state, "read", None)
    if known:
        for name in names:
            known.pop(name, None)


def read_again(instance: Any, names: Any) -> None:
    """Note what ``refresh_from_db()`` has read; ``names`` is None for all that is loaded."""
    data = instance.__dict__
    for fields in instance._meta.part_fields.values():
        for field in fields:
            name = field.attname
            if name in data and (names is None or name in names or field.name in names):
                note_read(instance, (name,), (data[name],))


def different(instance: Any, fields: Iterable[Any], automatic: dict[str, Any]) -> list[Any]:
    """The fields whose values to be written are not those that were read.

    :param automatic: values that fields have set themselves, by attname; the others are the
        loaded ones.
    """
    known = getattr(instance._state, "read", None) or {}
    values = instance.__dict__ | automatic if automatic else instance.__dict__
    for name in instance._meta.foreign_setters.intersection(values):
        answer = getattr(instance, name)
        if answer != values[name]:  # It is what the attribute answers that is stored.
            values = {**values, name: answer}
    return [
        f
        for f in fields
        if f.attname in values and differs(known.get(f.attname, UNKNOWN), values[f.attname])
    ]


def differs(old: Any, value: Any) -> bool:
    if value is old:
        return False
    if isinstance(value, FieldFile):
        file: Any = value
        return not (isinstance(old, str) and file._committed and file.name == old)
    if isinstance(old, Pickled):
        new = frozen(value)
        return not isinstance(new, Pickled) or new.data != old.data
    return type(value) is not type(old) or value != old


def written(instance: Any, fields: Iterable[Any], using: str) -> None:
    """Note what was written; forget it where it may be rolled back."""
    data = instance.__dict__
    names = [f.attname for f in fields if f.attname in data]
    if connections[using].in_atomic_block:
        forget(instance, names)
    else:
        note_read(instance, names, [data[name] for name in names])
