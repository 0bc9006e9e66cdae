"""Saving an object of a core: which tables are written, in which order, in how many statements.

The core's row goes first, because its INSERT makes the key. A part is written when it is
loaded and something in it has changed. One statement needs no transaction around it; several
are one statement where the database can do that (see :mod:`.writes`).
"""

from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

from django.db import DatabaseError, connections, transaction
from django.db.models import FileField, QuerySet
from django.db.models.signals import post_save, pre_save

from . import conf, insertions, snapshots, writes
from .automatic import changes_on_save
from .compat import is_not_updated
from .family import own_parts_of


class Writing(ExitStack):
    """The time of one save; a transaction begins when a second statement is needed."""

    def __init__(self, using: Any) -> None:
        super().__init__()
        self.using = using
        self.begun = False
        # Model.save_base() does this for a model without parents.
        self.enter_context(transaction.mark_for_rollback_on_error(using=using))

    def begin(self) -> None:
        if not self.begun:
            self.begun = True
            self.enter_context(transaction.atomic(using=self.using, savepoint=False))


def save_family(
    instance: Any, raw: bool, force_insert: Any, force_update: bool, using: str, update_fields: Any
) -> None:
    """``Model.save_base()`` for a core without other parents."""
    origin = type(instance)
    cls = origin._meta.concrete_model
    arguments = {"raw": raw, "using": using, "update_fields": update_fields}
    signalled = not cls._meta.auto_created
    if signalled:
        pre_save.send(sender=origin, instance=instance, **arguments)
    state = instance._state
    with Writing(using) as state.writing:
        try:
            force = bool(instance._validate_force_insert(force_insert))
            updated = instance._save_table(raw, cls, force, force_update, using, update_fields)
        finally:
            del state.writing
    state.db = using
    state.adding = False
    if signalled:
        post_save.send(sender=origin, instance=instance, created=not updated, **arguments)


def begin(instance: Any) -> None:
    """From here on it takes more than one statement."""
    writing = getattr(instance._state, "writing", None)
    if writing is not None:
        writing.begin()


def save_tables(
    instance: Any,
    plain_save: Any,
    cls: Any,
    raw: bool,
    force_insert: Any,
    force_update: bool,
    using: str,
    update_fields: Any,
    automatic: dict[str, Any],
) -> Any:
    """Save the core's own row and those of its parts.

    :param plain_save: Django's ``_save_table()``, bound to the object.
    :param automatic: what :func:`set_automatic` returned.
    :returns: whether there was a row to update.
    """
    parts = own_parts_of(cls)
    inserts = inserts_first(instance, cls, force_insert, force_update)
    if raw:
        begin(instance)
    elif inserts:
        wanted = [p for p, link in parts.items() if not (link.null and is_empty(instance, p))]
        whole = not update_fields and not unloaded_any(instance, wanted)
        if whole and insertions.insert_rows(instance, cls, wanted, using, automatic):
            note(instance, wanted, using)
            return False
    else:
        updated = update_at_once(instance, cls, parts, using, update_fields, automatic)
        if updated is not None:
            return updated
    if not raw and (has_key(instance, cls) or not (force_update or update_fields)):
        refuse_unfit(instance, parts, using, update_fields)
    begin_if_needed(instance, cls, parts, using, update_fields, automatic)
    updated = plain_save(raw, cls, force_insert, force_update, using, update_fields)
    if not (updated or raw or inserts):
        # Times of creation are unset where an UPDATE was tried first.
        automatic = set_automatic(instance, parts, True, None)
    for part, link in parts.items():
        save_part(
            instance, plain_save, part, link, not updated, raw, using, update_fields, automatic
        )
    return updated


def update_at_once(
    instance: Any, cls: Any, parts: Any, using: str, update_fields: Any, automatic: dict[str, Any]
) -> Any:
    """Update rows of several tables by one statement; None if that is not the way."""
    if not instance._is_pk_set(cls._meta) or cls._meta.select_on_save:
        return None
    tables = []
    own = named(writes.columns_of(cls), update_fields)
    if own:
        tables.append((cls, [(f, f.pre_save(instance, False)) for f in own]))
    for part, link in parts.items():
        fields = to_write(instance, part, update_fields, automatic)
        if fields and link.null:
            return None
        if fields:
            values = [(f, new_value(instance, f, automatic, False)) for f in fields]
            tables.append((part, values))
    if len(tables) < 2:
        return None
    counts = writes.update_rows(instance, tables, using)
    if counts is None or not all(counts):
        return None  # A row is missing: Django's way finds out what to do.
    note(instance, [model for model, _ in tables if model is not cls], using)
    return True


def begin_if_needed(
    instance: Any, cls: Any, parts: Any, using: str, update_fields: Any, automatic: dict[str, Any]
) -> None:
    """Begin a transaction unless a single row is to be updated."""
    if instance._state.adding or not instance._is_pk_set(cls._meta):
        begin(instance)
        return
    written = [
        link for part, link in parts.items() if to_write(instance, part, update_fields, automatic)
    ]
    own = bool(named(writes.columns_of(cls), update_fields))
    if own + len(written) > 1 or cls._meta.select_on_save or any(link.null for link in written):
        begin(instance)


def named(fields: list[Any], update_fields: Any) -> list[Any]:
    if update_fields is None:
        return fields
    return [f for f in fields if f.name in update_fields or f.attname in update_fields]


def to_write(instance: Any, part: Any, update_fields: Any, automatic: dict[str, Any]) -> list[Any]:
    """The fields of a part that a save of an existing object writes."""
    fields = writes.columns_of(part)
    if update_fields is not None:
        return named(fields, update_fields)
    wanted = snapshots.different(instance, fields, automatic)
    if conf.write_unchanged_parts():
        wanted = [f for f in fields if f in wanted or f.attname in instance.__dict__]
    return wanted


def note(instance: Any, parts: Iterable[Any], using: str) -> None:
    for part in parts:
        snapshots.written(instance, writes.columns_of(part), using)


def unloaded_any(instance: Any, parts: Iterable[Any]) -> bool:
    data = instance.__dict__
    if data.keys() >= instance._meta.part_attnames:
        return False
    return any(f.attname not in data for part in parts for f in writes.columns_of(part))


def inserts_first(instance: Any, cls: Any, force_insert: Any, force_update: bool) -> bool:
    """Whether Django inserts the core's row without trying to update it.

    A new object with a key that somebody chose may stand for a row that is there.
    """
    if force_update:
        return False
    key = cls._meta.pk
    if force_insert or not has_key(instance, cls):
        return True
    return bool(instance._state.adding and (key.has_default() or key.has_db_default()))


def has_key(instance: Any, cls: Any) -> bool:
    """Whether the core's row has a key, or gets one before any statement."""
    key = cls._meta.pk
    if getattr(instance, key.attname) is not None or key.has_default():
        return True
    return key.get_default() is not None  # The empty string, for a key that is a text.


def set_automatic(instance: Any, parts: Any, inserting: bool, update_fields: Any) -> dict[str, Any]:
    """Let the fields of parts set their values, as ``auto_now`` does.

    That is before the first statement: the core's row is written first, but a field of it may
    need what a field of a part sets (an ``upload_to`` by date).

    :returns: the values to be written, by attname; the attributes may be others.
    """
    values = {}
    for part in parts:
        for field in instance._meta.automatic_fields[part]:
            if update_fields is None or field.name in update_fields:
                if inserting or changes_on_save(field):
                    values[field.attname] = field.pre_save(instance, inserting)
    return values


def new_value(instance: Any, field: Any, automatic: dict[str, Any], inserting: bool) -> Any:
    """The value of a field that is written; ``pre_save()`` is called once."""
    if field.attname in automatic:
        return automatic[field.attname]
    return field.pre_save(instance, inserting)


def refuse_unfit(instance: Any, parts: Any, using: Any, update_fields: Any) -> None:
    """Raise for a value that cannot be stored, before anything is: as with one table."""
    connection = connections[using]
    for part in parts:
        for field in writes.columns_of(part):
            value = instance.__dict__.get(field.attname)
            if value is None or (update_fields is not None and field.name not in update_fields):
                continue
            if not hasattr(value, "resolve_expression") and not isinstance(field, FileField):
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
    automatic: dict[str, Any],
) -> None:
    """Write the row of one part by itself.

    :param plain_save: Django's ``_save_table()``, bound to the object.
    :param inserted: the core's row is new, so the part's row is, too.
    :param update_fields: as given to ``save()``.
    """
    fields = writes.columns_of(part)
    if inserted:
        if not (link.null and is_empty(instance, part)):
            known = not (raw or unloaded_any(instance, [part]))
            if not (known and insertions.insert_part(instance, part, using, automatic)):
                new = not insertions.may_have_row(part)
                plain_save(raw, part, new, False, using)
            snapshots.written(instance, fields, using)
        return
    writable = to_write(instance, part, update_fields, automatic)
    if not writable:
        return
    key = getattr(instance, part._meta.pk.attname)  # A child of a core may have no pk yet.
    if link.null and not QuerySet(part, using=using).filter(pk=key).exists():
        if update_fields is not None:
            refuse_missing(instance, link.model, key, using)
        if all(instance.__dict__.get(f.attname) is None for f in writable):
            return
        make_row(part, link, key, using)
    try:
        plain_save(raw, part, False, False, using, frozenset(f.attname for f in writable))
    except DatabaseError as error:
        if not is_not_updated(error) or update_fields is not None or unloaded_any(instance, [part]):
            raise
        plain_save(raw, part, True, False, using)  # The row was missing, and is whole again.
    snapshots.written(instance, writable, using)


def refuse_missing(instance: Any, core: Any, key: Any, using: Any) -> None:
    """Raise what Django raises when no row has the key; a sparse part alone does not tell."""
    if not QuerySet(core, using=using).filter(pk=key).exists():
        error = getattr(instance, "NotUpdated", DatabaseError)  # since Django 6.0
        raise error("Save with update_fields did not affect any rows.")


def make_row(part: Any, link: Any, key: Any, using: Any) -> None:
    """Make the row of a sparse part; of several who try at once, one does and the others wait."""
    rows: Any = QuerySet(part, using=using).filter(pk=key)
    if connections[using].features.has_select_for_update:
        core: Any = QuerySet(link.model, using=using).filter(pk=key)
        QuerySet.select_for_update(core).values_list("pk").first()
        if rows.exists():
            return
    insert_empty(part, [key], using)


def insert_empty(part: Any, keys: Iterable[Any], using: Any) -> None:
    """Make rows of a sparse part, to be updated; somebody else may make them meanwhile."""
    names = [f.attname for f in part._meta.local_concrete_fields if not f.generated]
    rows: list[Any] = [part(**{**dict.fromkeys(names), "pk": key}) for key in keys]
    QuerySet(part, using=using).bulk_create(rows, ignore_conflicts=True)


def is_empty(instance: Any, part: Any) -> bool:
    return all(instance.__dict__.get(f.attname) is None for f in writes.columns_of(part))
