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
from .part_rows import is_empty, make_row, refuse_missing


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


class FamilySave:
    """One save of the core's own row and those of its parts.

    :param plain_save: Django's ``_save_table()``, bound to the object.
    :param cls: the core.
    :param raw: as given to ``save_base()``, like the other arguments.
    :param automatic: what :func:`set_automatic` returned.
    """

    def __init__(
        self,
        instance: Any,
        plain_save: Any,
        cls: Any,
        raw: bool,
        force_insert: Any,
        force_update: bool,
        using: str,
        update_fields: Any,
        automatic: dict[str, Any],
    ) -> None:
        self.instance, self.plain_save, self.cls, self.raw = instance, plain_save, cls, raw
        self.force_insert, self.force_update = force_insert, force_update
        self.using, self.update_fields, self.automatic = using, update_fields, automatic
        self.parts = own_parts_of(cls)
        self.found: dict[Any, list[Any]] = {}

    def run(self) -> Any:
        """Write the rows; returns whether there was a row of the core to update."""
        instance, named = self.instance, self.force_update or self.update_fields
        inserts = inserts_first(instance, self.cls, self.force_insert, self.force_update)
        if self.raw:
            begin(instance)
        elif inserts:
            if self.insert_at_once():
                return False
        elif self.update_at_once():
            return True
        if not self.raw and (has_key(instance, self.cls) or not named):
            self.refuse_unfit()
        self.begin_if_needed()
        updated = self.plain_save(
            self.raw, self.cls, self.force_insert, self.force_update, self.using, self.update_fields
        )
        if not (updated or self.raw or inserts):
            # Times of creation are unset where an UPDATE was tried first.
            self.automatic = set_automatic(instance, self.parts, True, None)
        for part, link in self.parts.items():
            if updated:
                self.update_part(part, link)
            else:
                self.insert_part(part, link)
        return updated

    # All tables at once.

    def insert_at_once(self) -> bool:
        """Insert all rows by one statement; say whether that is done."""
        instance = self.instance
        wanted = [p for p, link in self.parts.items() if not (link.null and is_empty(instance, p))]
        if self.update_fields or unloaded_any(instance, wanted):
            return False
        if not insertions.insert_rows(instance, self.cls, wanted, self.using, self.automatic):
            return False
        self.note(wanted)
        return True

    def update_at_once(self) -> bool:
        """Update rows of several tables by one statement; say whether that is done."""
        instance, cls = self.instance, self.cls
        if not instance._is_pk_set(cls._meta) or cls._meta.select_on_save:
            return False
        tables = []
        own = named(writes.columns_of(cls), self.update_fields)
        if own:
            tables.append((cls, [(f, f.pre_save(instance, False)) for f in own]))
        for part, link in self.parts.items():
            fields = self.to_write(part)
            if fields and link.null:
                return False
            if fields:
                tables.append((part, [(f, self.new_value(f)) for f in fields]))
        if len(tables) < 2:
            return False
        counts = writes.update_rows(instance, tables, self.using)
        if counts is None or not all(counts):
            return False  # A row is missing: Django's way finds out what to do.
        self.note(model for model, _ in tables if model is not cls)
        return True

    def to_write(self, part: Any) -> list[Any]:
        """The fields of a part that a save of an existing object writes."""
        if part not in self.found:
            fields = writes.columns_of(part)
            if self.update_fields is not None:
                wanted = named(fields, self.update_fields)
            else:
                wanted = snapshots.different(self.instance, fields, self.automatic)
                if conf.write_unchanged_parts():
                    loaded = self.instance.__dict__
                    wanted = [f for f in fields if f in wanted or f.attname in loaded]
            self.found[part] = wanted
        return self.found[part]

    def new_value(self, field: Any) -> Any:
        """The value of a field that is written; ``pre_save()`` is called once."""
        if field.attname in self.automatic:
            return self.automatic[field.attname]
        return field.pre_save(self.instance, False)

    def note(self, parts: Iterable[Any]) -> None:
        for part in parts:
            snapshots.written(self.instance, writes.columns_of(part), self.using)

    # One table after the other.

    def refuse_unfit(self) -> None:
        """Raise for a value that cannot be stored, before anything is: as with one table."""
        connection, names = connections[self.using], self.update_fields
        for part in self.parts:
            for field in writes.columns_of(part):
                value = self.instance.__dict__.get(field.attname)
                if value is None or (names is not None and field.name not in names):
                    continue
                if not hasattr(value, "resolve_expression") and not isinstance(field, FileField):
                    field.get_db_prep_save(value, connection)

    def begin_if_needed(self) -> None:
        """Begin a transaction unless a single row is to be updated."""
        opts = self.cls._meta
        single = not self.instance._state.adding and self.instance._is_pk_set(opts)
        if single and not opts.select_on_save:
            written = [link for part, link in self.parts.items() if self.to_write(part)]
            own = bool(named(writes.columns_of(self.cls), self.update_fields))
            single = own + len(written) < 2 and not any(link.null for link in written)
        else:
            single = False
        if not single:
            begin(self.instance)

    def insert_part(self, part: Any, link: Any) -> None:
        """Insert the row of a part of a new object."""
        instance, using = self.instance, self.using
        if link.null and is_empty(instance, part):
            return
        known = not (self.raw or unloaded_any(instance, [part]))
        if not (known and insertions.insert_part(instance, part, using, self.automatic)):
            self.plain_save(self.raw, part, not insertions.may_have_row(part), False, using)
        self.note([part])

    def update_part(self, part: Any, link: Any) -> None:
        """Update the row of a part, if something in it has changed."""
        writable = self.to_write(part)
        if not writable:
            return
        instance, using, partial = self.instance, self.using, self.update_fields is not None
        key = getattr(instance, part._meta.pk.attname)  # A child of a core may have no pk yet.
        if link.null and not QuerySet(part, using=using).filter(pk=key).exists():
            if partial:
                refuse_missing(instance, link.model, key, using)
            if all(instance.__dict__.get(f.attname) is None for f in writable):
                return
            make_row(part, link, key, using)
        names = frozenset(f.attname for f in writable)
        try:
            self.plain_save(self.raw, part, False, False, using, names)
        except DatabaseError as error:
            if not is_not_updated(error) or partial or unloaded_any(instance, [part]):
                raise
            # The row was missing, and is whole again.
            self.plain_save(self.raw, part, True, False, using)
        snapshots.written(instance, writable, using)


def named(fields: list[Any], update_fields: Any) -> list[Any]:
    if update_fields is None:
        return fields
    return [f for f in fields if f.name in update_fields or f.attname in update_fields]


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
