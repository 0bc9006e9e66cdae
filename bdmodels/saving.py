"""Saving one part of an object."""

from collections.abc import Iterable
from typing import Any

from django.db import DatabaseError, connections
from django.db.models import DateField, DateTimeField, Field, FileField, QuerySet, TimeField

from .loading import unloaded

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


def inserts_first(instance: Any, cls: Any, force_insert: Any, force_update: bool) -> bool:
    """Whether Django inserts the core's row without trying to update it.

    A new object with a key that somebody chose may stand for a row that is there.
    """
    key = cls._meta.pk
    if force_insert or getattr(instance, key.attname) is None:
        return True
    has_default = key.has_default() or key.has_db_default()
    return instance._state.adding and has_default and not force_update


def has_key(instance: Any, cls: Any) -> bool:
    """Whether the core's row has a key, or gets one before any statement."""
    key = cls._meta.pk
    if getattr(instance, key.attname) is not None or key.has_default():
        return True
    return key.get_default() is not None  # The empty string, for a key that is a text.


def prepare(instance: Any, parts: Any, inserting: bool, using: Any, update_fields: Any) -> None:
    """Before the first statement: let fields set their values, and refuse those that are unfit.

    The core's row is written first, but a field of it may need what a field of a part sets
    (an ``upload_to`` by date), and an unfit value raises before anything is written, as with
    one table.
    """
    connection = connections[using]
    for part in parts:
        for field in instance._meta.part_fields[part]:
            if field.generated or (update_fields is not None and field.name not in update_fields):
                continue
            if changes_on_save(field) or (inserting and getattr(field, "auto_now_add", False)):
                field.pre_save(instance, inserting)
            value = instance.__dict__.get(field.attname)
            if value is not None and not hasattr(value, "resolve_expression"):
                if not isinstance(field, FileField):
                    field.get_db_prep_save(value, connection)


def save_part(
    instance: Any,
    plain_save: Any,
    part: Any,
    link: Any,
    inserted: bool,
    raw: bool,
    using: Any,
    update_fields: Any,
) -> None:
    """Write the row of one part, as far as it is loaded.

    :param plain_save: Django's ``_save_table()``, bound to the object.
    :param inserted: the core's row is new, so the part's row is, too.
    :param update_fields: as given to ``save()``.
    """
    opts = part._meta
    fields = [f for f in opts.local_concrete_fields if not f.primary_key and not f.generated]
    if inserted:
        if not (link.null and is_empty(instance, fields)):
            # An empty row may be there already, so only a part with required values is new.
            plain_save(raw, part, not all(f.null for f in fields), False, using)
        return
    if update_fields is not None:
        fields = [f for f in fields if f.name in update_fields or f.attname in update_fields]
        if not fields:
            return
        writable = fields
    else:
        missing = set(unloaded(instance, part))
        writable = [f for f in fields if f.attname not in missing or changes_on_save(f)]
    if not writable:
        return
    key = getattr(instance, opts.pk.attname)  # A child has no pk before its parents are saved.
    if link.null and not QuerySet(part, using=using).filter(pk=key).exists():
        if update_fields is not None:
            refuse_missing(instance, link.model, key, using)
        if is_empty(instance, writable):
            return
        make_row(part, link, key, using)
    if update_fields is None and not unloaded(instance, part):
        plain_save(raw, part, False, False, using)
    else:
        names = frozenset(f.attname for f in writable)
        plain_save(raw, part, False, False, using, names)


def refuse_missing(instance: Any, core: Any, key: Any, using: Any) -> None:
    """Raise what Django raises when no row has the key; a sparse part alone does not tell."""
    if not QuerySet(core, using=using).filter(pk=key).exists():
        error = getattr(instance, "NotUpdated", DatabaseError)  # since Django 6.0
        raise error("Save with update_fields did not affect any rows.")


def make_row(part: Any, link: Any, key: Any, using: Any) -> None:
    """Make the row of a sparse part; of several who try at once, one does and the others wait."""
    rows = QuerySet(part, using=using).filter(pk=key)
    if connections[using].features.has_select_for_update:
        core = QuerySet(link.model, using=using).filter(pk=key)
        QuerySet.select_for_update(core).values_list("pk").first()
        if rows.exists():
            return
    insert_empty(part, [key], using)


def insert_empty(part: Any, keys: Iterable[Any], using: Any) -> None:
    """Make rows of a sparse part, to be updated; somebody else may make them meanwhile."""
    names = [f.attname for f in part._meta.local_concrete_fields if not f.generated]
    rows: list[Any] = [part(**{**dict.fromkeys(names), "pk": key}) for key in keys]
    QuerySet(part, using=using).bulk_create(rows, ignore_conflicts=True)


def is_empty(instance: Any, fields: list[Any]) -> bool:
    return all(instance.__dict__.get(f.attname) is None for f in fields)
