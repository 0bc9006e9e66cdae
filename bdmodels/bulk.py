"""``bulk_create()`` of a core: its own rows first, then those of each part."""

from typing import Any

from django.db import IntegrityError, ProgrammingError, connections, transaction
from django.db.models import QuerySet

from .family import own_parts_of
from .insertions import can_write_over, conflict_options
from .loading import load_all_parts
from .saving import is_empty, set_automatic


def bulk_create(
    queryset: Any,
    plain: Any,
    objs: list[Any],
    batch_size: Any = None,
    ignore_conflicts: bool = False,
    update_conflicts: bool = False,
    update_fields: Any = None,
    unique_fields: Any = None,
) -> list[Any]:
    """Insert cores with their parts.

    :param plain: Django's ``bulk_create()``, bound to the queryset.
    """
    if (
        not objs
        or (ignore_conflicts and update_conflicts)
        or (update_conflicts and not update_fields)
    ):
        # Nothing to do, or something that Django has an error message for.
        return plain(  # type: ignore[no-any-return]
            objs, batch_size, ignore_conflicts, update_conflicts, update_fields, unique_fields
        )
    if ignore_conflicts or update_conflicts:
        check_options(queryset, ignore_conflicts, update_conflicts, update_fields, unique_fields)
    queryset._for_write = True
    with transaction.atomic(using=queryset.db, savepoint=False):
        for obj in objs:
            load_all_parts(obj, to_write=True)
        if ignore_conflicts:
            return [obj for obj in objs if insert_or_skip(queryset, plain, obj) or True]
        if update_conflicts:
            return insert_or_update(queryset, plain, objs, batch_size, update_fields, unique_fields)
        return insert(queryset, plain, objs, batch_size)


def check_options(
    queryset: Any, ignore: bool, update: bool, update_fields: Any, unique_fields: Any
) -> None:
    """Let Django check the options."""
    opts = queryset.model._meta
    names = [opts.pk.name if n == "pk" else n for n in unique_fields or ()]
    # QuerySet._check_bulk_create_options() (since 4.1) raises for what cannot be.
    queryset._check_bulk_create_options(
        ignore,
        update,
        [opts.get_field(n) for n in update_fields] if update_fields else None,
        [opts.get_field(n) for n in names] if names else None,
    )


def insert(queryset: Any, plain: Any, objs: list[Any], batch_size: Any) -> list[Any]:
    features = connections[queryset.db].features
    unset = [obj for obj in objs if not obj._is_pk_set()]
    if not features.can_return_rows_from_bulk_insert and len(unset) > 1:
        # The parts need the keys, and only a single INSERT tells its key there.
        for obj in unset:
            obj._prepare_related_fields_for_save(operation_name="bulk_create")
            insert_one(queryset, obj)
        created = [obj for obj in objs if obj not in unset]
        if created:
            plain(created, batch_size)
    else:
        plain(objs, batch_size)
        for obj in unset:
            if not obj._is_pk_set():
                raise_no_key(queryset, obj)
    for part, link in own_parts_of(queryset.model).items():
        insert_part(queryset, part, link, objs, batch_size)
    for obj in objs:
        obj._state.key = obj.pk
    return objs


def insert_one(queryset: Any, obj: Any) -> None:
    opts = queryset.model._meta.concrete_model._meta
    fields = [f for f in opts.local_concrete_fields if not f.generated and f is not opts.auto_field]
    returning = opts.db_returning_fields
    rows = queryset._insert([obj], fields=fields, using=queryset.db, returning_fields=returning)
    for value, field in zip(rows[0], returning, strict=False):
        setattr(obj, field.attname, value)
    obj._state.adding = False
    obj._state.db = queryset.db


def raise_no_key(queryset: Any, obj: Any) -> None:
    raise IntegrityError(
        f"{queryset.model._meta.label} cannot be created in bulk: the database did not tell "
        "the new key, which the rows of the parts need."
    )


def insert_part(queryset: Any, part: Any, link: Any, objs: list[Any], batch_size: Any) -> None:
    fields = [f for f in part._meta.local_concrete_fields if not f.generated]
    if link.null:
        for obj in objs:
            set_automatic(obj, [part], True, None)
        objs = [obj for obj in objs if not is_empty(obj, part)]
    if not objs:
        return
    returning = part._meta.db_returning_fields
    own: Any = QuerySet(part, using=queryset.db)
    options = conflict_options(part)
    if not can_write_over(part, queryset.db):
        # Only triggers can have made rows under keys that are new.
        own.filter(pk__in=[obj.pk for obj in objs])._raw_delete(queryset.db)
        options = {}
    rows = own._batched_insert(objs, fields, batch_size, **options)
    for obj, values in zip(objs, rows, strict=False):
        for value, field in zip(values, returning, strict=False):
            if not field.primary_key:
                setattr(obj, field.attname, value)


def insert_or_skip(queryset: Any, plain: Any, obj: Any) -> bool:
    """Insert one object unless a unique value of it is taken, in any table.

    As with Django's, the object does not learn the key that the database gave it, and then counts
    as new still.
    """
    key, db = obj.pk, obj._state.db
    try:
        with transaction.atomic(using=queryset.db):
            insert(queryset, plain, [obj], None)
    except IntegrityError as error:
        if not may_be_ignored(error):
            raise
        inserted = False
    else:
        inserted = True
    obj.pk = obj._state.key = key
    obj._state.adding, obj._state.db = (True, db) if key is None else (False, queryset.db)
    return inserted


def may_be_ignored(error: IntegrityError) -> bool:
    """Whether the database itself would skip the row.

    PostgreSQL does so for conflicts only, which have these states; the others, whose drivers
    tell no state, do so for everything.
    """
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    return state in (None, "23505", "23P01")


def insert_or_update(
    queryset: Any,
    plain: Any,
    objs: list[Any],
    batch_size: Any,
    update_fields: Any,
    unique_fields: Any,
) -> list[Any]:
    """Insert, or update where a row with the same unique values exists."""
    opts = queryset.model._meta
    sets = unique_sets(queryset.model)
    if unique_fields:
        wanted = [opts.pk.name if n == "pk" else n for n in unique_fields]
        if not any(set(wanted) == set(names) for names in sets):
            raise ProgrammingError(
                f"{opts.label} has no unique constraint on unique_fields {', '.join(wanted)}."
            )
        sets = [wanted]
    for obj in objs:
        found = existing(queryset, obj, sets)
        if found is None:
            insert(queryset, plain, [obj], None)
            continue
        values = {n: getattr(obj, opts.get_field(n).attname) for n in update_fields}
        QuerySet.filter(queryset.model._base_manager.using(queryset.db), pk=found).update(**values)
        obj.pk = found
        obj._state.adding, obj._state.db = False, queryset.db
    return objs


def unique_sets(model: Any) -> list[list[str]]:
    """The sets of fields that are unique together, where the database finds them itself."""
    opts = model._meta
    members = [model._meta.concrete_model, *own_parts_of(model)]
    sets = [[f.name] for f in opts.concrete_fields if f.unique]
    for member in members:
        sets += [list(names) for names in member._meta.unique_together]
        sets += [list(c.fields) for c in member._meta.total_unique_constraints]
    return sets


def existing(queryset: Any, obj: Any, sets: list[list[str]]) -> Any:
    """The key of the row that an object conflicts with, locked, or None.

    Of several such rows MySQL and MariaDB update the one that the first key finds.
    """
    opts = queryset.model._meta
    rows = queryset.model._base_manager.using(queryset.db).order_by()
    if connections[queryset.db].features.has_select_for_update:
        rows = rows.select_for_update()
    for names in sets:
        values = {n: getattr(obj, opts.get_field(n).attname) for n in names}
        if any(v is None for v in values.values()):
            continue
        for key in rows.filter(**values).values_list("pk", flat=True)[:1]:
            return key
    return None
