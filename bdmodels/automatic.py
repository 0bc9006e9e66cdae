"""Fields that set their value themselves when an object is saved."""

from typing import Any

from django.db.models import DateField, DateTimeField, Field, FileField, TimeField

# Fields whose pre_save() only reads the value, or works on a value that is there.
READS_ONLY = (Field.pre_save, FileField.pre_save)
DATES = (DateField.pre_save, DateTimeField.pre_save, TimeField.pre_save)


def changes_on_save(field: Any) -> bool:
    """Whether a field gets a new value by being saved, as with ``auto_now``."""
    pre_save = type(field).pre_save
    if pre_save in READS_ONLY:
        return False
    if pre_save in DATES or getattr(field, "auto_now_add", False):
        return bool(getattr(field, "auto_now", False))
    return True


def sets_value(field: Any) -> bool:
    """Whether a field gets a value by being saved, at least when the row is new."""
    return changes_on_save(field) or bool(getattr(field, "auto_now_add", False))
