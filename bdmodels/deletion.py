"""Deleting the rows of a core: its parts go with it, unseen.

The delete collector sees a core as a model without parents (see :class:`.options.Parents`):
it collects, counts and signals cores only. Here the rows of the parts are removed.
"""

from contextlib import suppress
from typing import Any

from django.db import connections, router, transaction
from django.db.models import ProtectedError, QuerySet, sql
from django.db.models.deletion import Collector
from django.db.models.signals import post_delete

from . import writes
from .dialects import dialect_for
from .family import own_parts_of, parts_of
from .loading import fill, key_of, load_all_parts, load_at_once, unloaded, unloaded_parts
from .relations import CoreRel
from .statements import delete_by_key
from .updates import keys_of, locked

plain_collect = Collector.collect
plain_delete_batch = sql.DeleteQuery.delete_batch


def delete_family_rows(model: Any, keys: list[Any], using: str) -> int:
    """Delete rows of a core by key, and their rows in the parts.

    :returns: the number of core rows deleted.
    """
    if writes.can_combine(using):
        return writes.delete_rows(model, keys, using)
    parts = list(own_parts_of(model))
    if len(keys) == 1 and not any(refers_to(model, part) for part in parts):
        count = delete_joined(model, [*parts, model], keys, using)
        if count is not None:
            return min(count, 1)  # Rows of all tables.
    with transaction.atomic(using=using, savepoint=False):
        if delete_joined(model, parts, keys, using) is not None:
            return delete_joined(model, [model], keys, using) or 0
        for member in (*parts, model):
            if len(keys) == 1:
                count = delete_by_key(member, keys[0], using)
            else:
                count = plain_delete_batch(sql.DeleteQuery(member), keys, using)
    return count or 0


def refers_to(model: Any, part: Any) -> bool:
    """Whether rows of a part refer to rows of the core, which have to be deleted after them.

    Within one statement, MariaDB chooses the order, and an object may refer to itself.
    """
    return any(
        field.remote_field and field.related_model._meta.concrete_model is model
        for field in writes.columns_of(part)
    )


def delete_joined(model: Any, targets: list[Any], keys: list[Any], using: str) -> int | None:
    """Delete rows of several tables at once; None where the database cannot.

    :returns: the number of rows of all tables.
    """
    connection = connections[using]
    dialect, count = dialect_for(connection), 0
    for start in range(0, len(keys), writes.KEYS_AT_ONCE):
        chunk = keys[start : start + writes.KEYS_AT_ONCE]
        text = dialect.delete_joined(model, targets, len(chunk))
        if not text:
            return None
        key = model._meta.pk
        with transaction.mark_for_rollback_on_error(using=using), connection.cursor() as cursor:
            cursor.execute(text, [key.get_db_prep_value(k, connection) for k in chunk])
            count += cursor.rowcount
    return count


def delete_alone(instance: Any, using: Any) -> Any:
    """Delete an object that nothing else depends on, by one statement where that can be.

    What the object lacks of its parts comes back with it, or is read before.

    :returns: what ``Model.delete()`` returns, or None if that has to do it.
    """
    model = type(instance)
    key = instance.pk
    if key is None or not model._meta.own_parts or key != key_of(instance):
        return None
    using = using or router.db_for_write(model, instance=instance)
    if instance._state.db not in (None, using):
        return None
    # Nobody listens, and no object and no parent goes with it (Collector, since 1.5).
    if not Collector(using=using, origin=instance).can_fast_delete(instance):
        return None
    core = model._meta.concrete_model
    if writes.can_combine(using):
        names = [name for part in unloaded_parts(instance) for name in unloaded(instance, part)]
        with transaction.mark_for_rollback_on_error(using=using):
            count, values = writes.delete_row(core, key, names, using)
        if count:
            fill(instance, list(values), list(values.values()))
    else:
        load_at_once(instance)
        count = delete_family_rows(core, [key], using)
    setattr(instance, model._meta.pk.attname, None)
    return count, {model._meta.label: count}


def delete_queryset(rows: Any, plain: Any, using: str) -> int:
    """Delete the rows that a queryset over a core finds, and their rows in the parts.

    :param plain: Django's ``_raw_delete()``, bound to the queryset.
    """
    rows = rows.using(using).order_by()
    if writes.can_combine(using):
        deleted = writes.delete_alike(rows, using)
        if deleted is not None:
            return deleted
    keys = rows.values_list("pk", flat=True)
    with transaction.atomic(using=using, savepoint=False):
        if writes.can_combine(using):
            return writes.delete_found(locked(keys), using)
        if connections[using].features.has_select_for_update:
            # MariaDB looks at every row of a part for "IN (SELECT ...)".
            found = keys_of(rows)
            return delete_family_rows(rows.model, found, using) if found else 0
        if sum(map(bool, rows.query.alias_refcount.values())) > 1:
            # Without the rows of the parts, the core's might not be found any more.
            return delete_family_rows(rows.model, list(keys), using)
        for part in own_parts_of(rows.model):
            QuerySet(part, using=using).filter(pk__in=keys)._raw_delete(using)
        return int(plain(using))


def delete_batch(query: Any, keys: list[Any], using: str) -> int:
    """Replaces ``DeleteQuery.delete_batch()``, by which the collector deletes objects."""
    if own_parts_of(query.model):
        return delete_family_rows(query.model, keys, using)
    return plain_delete_batch(query, keys, using)


def load_for_listeners(collector: Any) -> None:
    """Before deleting: who listens to ``post_delete`` may read what is then gone."""
    for model, instances in collector.data.items():
        if parts_of(model) and post_delete.has_listeners(model):
            for instance in instances:
                with suppress(model.DoesNotExist):  # There is nothing to delete, then.
                    load_all_parts(instance)


def name_cores(error: ProtectedError, model: Any) -> ProtectedError:
    """A ProtectedError names the model of the field; for a moved field that is the core."""
    message, objects = error.args[0], error.protected_objects
    for rel in model._meta.get_fields(include_hidden=True):
        if isinstance(rel, CoreRel):
            field = rel.field
            old = f"'{field.model.__name__}.{field.name}'"
            message = message.replace(old, f"'{rel.core.__name__}.{field.name}'")
    return ProtectedError(message, objects)


def collect(collector: Any, objs: Any, *args: Any, **kwargs: Any) -> Any:
    """Replaces ``Collector.collect()``, for the text of its errors."""
    try:
        return plain_collect(collector, objs, *args, **kwargs)
    except ProtectedError as error:
        model = getattr(objs, "model", None) or type(objs[0])
        raise name_cores(error, model) from None
