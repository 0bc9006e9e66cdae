"""Building objects from rows, and loading the parts that did not come with them."""

from collections.abc import Iterable
from time import perf_counter
from typing import Any

from django.core.exceptions import SynchronousOnlyOperation
from django.db import connections
from django.db.models import DEFERRED, QuerySet
from django.db.models.base import ModelState

from . import conf, lazy_loads
from .family import parts_of
from .peers import batch_for
from .snapshots import note_columns, note_read
from .statements import row_by_key

PEERS_PER_QUERY = 10_000


def build(model: Any, db: str | None, names: Any, values: Any, fetch_mode: Any = None) -> Any:
    """An object from a row: ``Model.from_db()`` at the price of the columns that are there."""
    batch = batch_for(model, names, db)
    given_values = values
    if batch.direct and len(values) == len(batch.attnames):
        instance = model.__new__(model)
        state: Any = ModelState()
        data = instance.__dict__
        data["_state"] = state
        data.update(zip(batch.attnames, values, strict=True))
    else:
        if not batch.all_given or len(values) != len(model._meta.concrete_fields):
            given = iter(values)
            fields = model._meta.concrete_fields
            values = [next(given) if f.attname in batch.given else DEFERRED for f in fields]
        instance = model(*values)
        state = instance._state
    state.adding = False
    state.db = db
    if fetch_mode is not None:
        state.fetch_mode = fetch_mode
    if batch.key_index is not None:
        state.key = values[batch.key_index] if batch.direct else instance.pk
        if batch.foreign_keys:
            note_foreign_keys(instance)
    state.batch = batch.add(instance)
    if batch.part_columns:
        note_columns(instance, batch.part_columns, given_values)
    return instance


def key_of(instance: Any) -> Any:
    """The key under which the object's rows are stored: what ``pk`` was when it was read."""
    key = getattr(instance._state, "key", None)
    return instance.pk if key is None else key


def part_key(instance: Any, part: Any) -> Any:
    """The key of the object's row in a part, as :func:`key_of` that of its own row."""
    foreign = instance._meta.foreign_keys
    if part not in foreign:
        return key_of(instance)
    name = foreign[part].attname
    known = getattr(instance._state, "foreign_keys", {})
    return known[name] if known.get(name) is not None else getattr(instance, name)


def note_foreign_keys(instance: Any) -> None:
    """Note the keys of inherited cores, which may be changed in order to copy the object."""
    if foreign := instance._meta.foreign_keys:
        names, data = {f.attname for f in foreign.values()}, instance.__dict__
        instance._state.foreign_keys = {name: data.get(name) for name in names}


def unloaded(instance: Any, part: Any) -> list[str]:
    """The attnames of a part's fields that the object has not got yet."""
    fields = instance._meta.part_fields[part]
    return [f.attname for f in fields if f.attname not in instance.__dict__]


def unloaded_parts(instance: Any, to_write: bool = False) -> list[Any]:
    """The parts of which the object lacks something.

    :param to_write: generated fields are not missed: the database computes them.
    """
    if instance.__dict__.keys() >= instance._meta.part_attnames:
        return []
    found = {part: unloaded(instance, part) for part in parts_of(instance)}
    if to_write:
        generated = {f.attname for f in instance._meta.concrete_fields if f.generated}
        return [part for part, names in found.items() if not generated.issuperset(names)]
    return [part for part, names in found.items() if names]


def lazily_load(instance: Any, part: Any, attname: str) -> None:
    """Load a part because one of its fields is read, in the way that the settings say."""
    require_allowed(instance, part)
    started = perf_counter()
    # FETCH_ONE, asked for by name (Django 6.1).
    alone = getattr(getattr(instance._state, "fetch_mode", None), "alone", False)
    only_one = alone or conf.part_loading() == conf.ONE
    rows = load_part(instance, part, [instance] if only_one else None)
    lazy_loads.note_load(instance, part, attname, rows, started)


def lazily_load_many(instances: list[Any], part: Any, attname: str) -> None:
    """Load a part for several objects, because one of its fields is read."""
    if instances:
        require_allowed(instances[0], part)
        started = perf_counter()
        rows = load_for(instances, part)
        lazy_loads.note_load(instances[0], part, attname, rows, started)


class LazyPartLoad(RuntimeError):
    """A field of a part was read that was not loaded, and the settings forbid to load it."""


def require_allowed(instance: Any, part: Any) -> None:
    if lazy_loads.is_forbidden():
        raise LazyPartLoad(f"{advice(instance, part)} (the settings forbid to load it lazily).")


def advice(instance: Any, part: Any) -> str:
    call = lazy_loads.with_parts_call(lazy_loads.request_for(instance, part))
    return (
        f"Part {part._meta.label} of this {instance._meta.label} is not loaded; load it with "
        f"the query by {call}"
    )


def load_part(instance: Any, part: Any, instances: Iterable[Any] | None = None) -> int:
    """Load a part for an object and its peers, in one query.

    Values that are there already, assigned or loaded, are left as they are. In a transaction
    that locked the objects, the rows of the part are locked too.

    :param instance: the object whose field is read.
    :param part: the part to load.
    :param instances: the objects to load it for; by default all that came with the same query.
    :returns: how many objects got values.
    :raises ObjectDoesNotExist: when the row of ``instance`` is gone.
    """
    batch = getattr(instance._state, "batch", None)
    if instances is None:
        instances = batch.peers_with(part) if batch is not None else ()
    peers = [p for p in instances if p is not instance and p.pk is not None]
    rows = load_for([instance, *peers], part, unloaded(instance, part))
    if unloaded(instance, part):
        raise instance.__class__.DoesNotExist(
            f"{instance._meta.label} with key {key_of(instance)!r} has no row in its part "
            f"{part._meta.label}: the object was deleted, or the part was not copied."
        )
    return rows


def load_for(instances: list[Any], part: Any, names: list[str] | None = None) -> int:
    """Load a part for several objects of one database; who has no row is left as it is.

    :param names: the attnames to load; by default all that any of the objects lacks.
    :returns: how many objects got values.
    """
    if not instances:
        return 0
    first = instances[0]
    db = first._state.db
    wanted: dict[Any, list[Any]] = {}
    for instance in instances:
        if instance._state.db == db and unloaded(instance, part):
            wanted.setdefault(part_key(instance, part), []).append(instance)
    wanted.pop(None, None)
    if names is None:
        lacking = {n for group in wanted.values() for i in group for n in unloaded(i, part)}
        names = sorted(lacking)
    if not wanted or not names:
        return 0
    link = parts_of(first)[part]
    batch = getattr(first._state, "batch", None)
    rows = read_rows(part, names, list(wanted), db, batch.lock if batch else None, first)
    filled = 0
    for key, group in wanted.items():
        values = rows.get(key)
        if values is None:
            if not link.null:
                continue
            values = [None] * len(names)
        for instance in group:
            fill(instance, names, values)
        filled += len(group)
    return filled


def fill(instance: Any, names: list[str], values: Any) -> None:
    """Give an object what was read of its parts; what it has already stays."""
    data, opts = instance.__dict__, instance._meta
    found = {n: v for n, v in zip(names, values, strict=True) if n not in data}
    note_read(instance, found, found.values())
    if opts.self_setters.isdisjoint(found):
        data.update(found)
        return
    for name, value in found.items():
        if name in opts.foreign_setters:
            set_alone(instance, name, value)
        else:
            setattr(instance, name, value)


def set_alone(instance: Any, name: str, value: Any) -> None:
    """Set a field by its attribute, and undo what that does to other fields."""
    data, fields = instance.__dict__, instance._meta.concrete_fields
    before = {f.attname: data[f.attname] for f in fields if f.attname in data}
    setattr(instance, name, value)
    for field in fields:
        if field.attname in before:
            data[field.attname] = before[field.attname]
        elif field.attname != name:
            data.pop(field.attname, None)


def read_rows(
    part: Any, names: list[str], keys: list[Any], db: Any, lock: Any, instance: Any
) -> dict[Any, Any]:
    """The values of ``names`` in a part, by key."""
    try:
        if len(keys) == 1 and lock is None and db is not None:
            reader = row_by_key(part, names, keys[0], db)
            if reader is not None:
                values = reader.read(keys[0])
                return {} if values is None else {keys[0]: values}
        return read_many(part, names, keys, db, lock, instance)
    except SynchronousOnlyOperation as error:
        raise SynchronousOnlyOperation(f"{error} {advice(instance, part)}.") from None


def read_many(
    part: Any, names: list[str], keys: list[Any], db: Any, lock: Any, instance: Any
) -> dict[Any, Any]:
    queryset = part._base_manager.db_manager(db, hints={"instance": instance}).all()
    connection = connections[queryset.db]
    if lock is not None and connection.in_atomic_block:
        queryset = queryset.select_for_update(**lock)
    # Not the queryset's own method: the columns are meant, whatever their names stand for.
    queryset = QuerySet.values_list(queryset.order_by(), "pk", *names)
    size = connection.ops.bulk_batch_size([part._meta.pk], keys)
    size = min(size or PEERS_PER_QUERY, PEERS_PER_QUERY)
    rows = {}
    for start in range(0, len(keys), size):
        for key, *values in queryset.filter(pk__in=keys[start : start + size]):
            rows[key] = values
    return rows


def load_all_parts(instance: Any, to_write: bool = False) -> None:
    """Load every part that the object lacks; ``to_write``: before it is written elsewhere."""
    for part in unloaded_parts(instance, to_write):
        load_part(instance, part)


def load_at_once(instance: Any) -> None:
    """Load all that the object lacks in one query, if its row is still there."""
    names = [name for part in unloaded_parts(instance) for name in unloaded(instance, part)]
    key = key_of(instance)
    if not names or key is None or instance._state.adding:
        return
    rows = instance._meta.concrete_model._base_manager.using(instance._state.db)
    values = QuerySet.values_list(rows.filter(pk=key), *names).first()
    if values is not None:
        fill(instance, names, values)
