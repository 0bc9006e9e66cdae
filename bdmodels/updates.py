"""``update()`` across the tables of a family.

As with one UPDATE, every right-hand side sees the values from before. Three ways, from the
cheapest: all in the core's table (Django's own), all in one part, or several tables - then
the rows are fixed and locked first, and expressions over several tables are evaluated by a
SELECT. Django's tickets 30044, 33091 and 25643 are about this.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import OperationalError, connections, transaction
from django.db.models import (
    Case,
    DecimalField,
    Field,
    FloatField,
    QuerySet,
    Value,
    When,
    sql,
)
from django.db.models.functions import Cast

from .dialects import dialect_for
from .family import own_parts_of, parts_of
from .key_conditions import constant_by_key, same_rows_of
from .part_rows import insert_empty

CHUNK = 2000
UNFIT = {
    "Aggregate functions": "contains_aggregate",
    "Window expressions": "contains_over_clause",
}


class SavedFields(dict[str, Any]):
    """The defaults of ``update_or_create()``: iterating names the fields to be saved.

    To those, Django adds the fields of the model's own table that set themselves; here are
    those of the parts. Their values are no defaults: ``items()`` has not got them.
    """

    def __init__(self, model: Any, defaults: Any) -> None:
        super().__init__(defaults)
        fields = [f for fields in model._meta.part_fields.values() for f in fields]
        self.more = [f.name for f in fields if type(f).pre_save is not Field.pre_save]

    def __iter__(self) -> Any:
        yield from super().__iter__()
        yield from (name for name in self.more if name not in self)

    def __bool__(self) -> bool:
        return True


def update(queryset: Any, plain: Any, values: dict[str, Any]) -> int:
    """Update the rows of a queryset over a core.

    :param plain: Django's ``update()``, bound to the queryset.
    :returns: the number of rows matched.
    """
    query = queryset.query
    if query.is_sliced or query.combinator or query.distinct_fields:
        return int(plain(**values))  # Django says what is wrong.
    parts, foreign = parts_of(queryset.model), queryset.model._meta.foreign_keys
    tables: dict[Any, dict[str, Any]] = defaultdict(dict)
    across: dict[str, Any] = {}
    subqueries: dict[str, Any] = {}
    for name, value in values.items():
        try:
            field = query.get_meta().get_field(name)
        except FieldDoesNotExist:
            return int(plain(**values))
        if (
            not getattr(field, "concrete", False)
            or field in query.get_meta().hidden_fields.values()
        ):
            if getattr(field, "concrete", False) or field.is_relation is False:
                raise FieldError(f"Cannot update {field}: it is the key of a part.")
            return int(plain(**values))
        table = field.model if field.model in parts or field.model in foreign else None
        if hasattr(value, "resolve_expression") and not is_local(queryset, field, value):
            refuse_unfit(queryset, field, value)
            across[name] = value
        elif has_subquery(value):
            subqueries[name] = value
        tables[table][name] = value
    if len(tables) > 1:
        # A query may look at what another UPDATE has changed.
        across.update(subqueries)
    if not across and not any(table in parts for table in tables):
        return int(plain(**values))
    queryset._for_write = True
    rows = queryset._chain()
    rows.query.clear_ordering(force=True)
    rows.query.select_related = False
    queryset._result_cache = None
    sparse = [part for part in tables if part in parts and parts[part].null]
    if not across and len(tables) == 1 and not sparse:
        return update_one_part(rows, *tables.popitem())
    with transaction.atomic(using=queryset.db, savepoint=False):
        keys = keys_of(rows) if sparse or not across else []
        for part in sparse:
            part_keys = translated(rows, part, keys)
            make_rows(part, part_keys, tables[part].values(), queryset.db)
        if across:
            return update_evaluated(rows, tables)
        return update_by_key(queryset, keys, tables)


def keys_of(rows: Any) -> list[Any]:
    """The keys of the rows of a queryset, locked; each once, though a join may repeat a row."""
    return list(dict.fromkeys(locked(rows).values_list("pk", flat=True)))


def translated(rows: Any, table: Any, keys: list[Any]) -> list[Any]:
    """The keys under which a table of the family has the rows with these keys of the model."""
    foreign = rows.model._meta.foreign_keys.get(table)
    if foreign is None:
        return keys
    found: Any = QuerySet(rows.model, using=rows.db).filter(pk__in=keys)
    by_key = dict(found.values_list("pk", foreign.name))
    return [by_key[key] for key in keys]


def make_rows(part: Any, keys: list[Any], values: Any, using: Any) -> None:
    """Give a sparse part the rows that an update is to write to, unless it only unsets."""
    if all(value is None for value in values):
        return
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        present: Any = QuerySet(part, using=using).filter(pk__in=chunk).values_list("pk", flat=True)
        insert_empty(part, set(chunk).difference(present), using)


def evaluate(instance: Any, using: Any, update_fields: Any) -> None:
    """Give an object that is saved the results of its expressions over several tables."""
    if not any(hasattr(value, "resolve_expression") for value in instance.__dict__.values()):
        return
    row = instance._meta.concrete_model._base_manager.using(using).filter(pk=instance.pk)
    across = {}
    for field in instance._meta.concrete_fields:
        value = instance.__dict__.get(field.attname)
        if not hasattr(value, "resolve_expression"):
            continue
        if update_fields is not None and not {field.name, field.attname} & set(update_fields):
            continue
        if not is_local(row, field, value):
            refuse_unfit(row, field, value)
            across[field.attname] = (field.name, value)
    if across:
        results = annotations(row, across.values())
        for values in locked(row.annotate(**results)).values_list(*results):
            instance.__dict__.update(zip(across, values, strict=True))


def annotations(rows: Any, expressions: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """What computes the new values of fields, given as ``(name, expression)``."""
    opts, dialect = rows.model._meta, dialect_for(connections[rows.db])
    return {
        f"_new_value_{n}": dialect.typed(value, value_type(rows, opts.get_field(name), value))
        for n, (name, value) in enumerate(expressions)
    }


def is_local(queryset: Any, field: Any, value: Any) -> bool:
    """Whether an expression needs no other table than the one that it is written to."""
    if field.model in queryset.model._meta.foreign_keys:
        return False  # What it says of the key is about another one.
    if hasattr(value, "flatten") and constant_by_key(value):
        return True
    query: Any = sql.UpdateQuery(field.model)
    if field.model is queryset.model._meta.concrete_model:
        query = queryset.query.chain(sql.UpdateQuery)
    base = query.get_initial_alias()
    tables = active(query)
    try:
        resolved = value.resolve_expression(query, allow_joins=False, for_save=True)
    except FieldError:
        return False
    # Conditions join with a part although joins are not allowed, or it is joined already.
    if active(query) != tables or not {base}.issuperset(query._gen_col_aliases([resolved])):
        return False
    # What cannot be in an UPDATE is left to Django, where it is about the core.
    if field.model not in parts_of(queryset.model):
        return True
    return not any(getattr(resolved, name, False) for name in UNFIT.values())


def has_subquery(value: Any) -> bool:
    if isinstance(value, QuerySet):
        return True
    nodes = value.flatten() if hasattr(value, "flatten") else ()
    return any(getattr(node, "subquery", False) for node in nodes)


def active(query: Any) -> set[str]:
    return {alias for alias, count in query.alias_refcount.items() if count}


def refuse_unfit(queryset: Any, field: Any, value: Any) -> None:
    """Raise for what Django refuses on one table, too: joined relations and aggregates."""
    link = parts_of(queryset.model).get(field.model)
    owner = link.model if link else field.model
    query: Any = sql.Query(owner)  # Django updates a parent by a query about the parent.
    if owner is queryset.model._meta.concrete_model:
        query = queryset.query.clone()
    query.get_initial_alias()
    resolved = value.resolve_expression(query, allow_joins=True, for_save=True)
    tables = {member._meta.db_table for member in (owner, *own_parts_of(owner))}
    # Query._gen_col_aliases() finds the aliases of all columns in expressions (since 4.2).
    if not all(in_family(query, alias, tables) for alias in query._gen_col_aliases([resolved])):
        raise FieldError("Joined field references are not permitted in this query")
    for kind, attribute in UNFIT.items():
        if getattr(resolved, attribute, False):
            raise FieldError(f"{kind} are not allowed in this query ({field.name}={resolved!r}).")


def in_family(query: Any, alias: str, tables: set[str]) -> bool:
    """Whether an alias is of one of the tables of a family, and belongs to the same object."""
    return query.alias_map[alias].table_name in tables and of_same_object(query, alias)


def of_same_object(query: Any, alias: str) -> bool:
    """Whether an alias is the base table or was joined by links and parent links only."""
    join = query.alias_map[alias]
    while getattr(join, "join_field", None) is not None:
        if not getattr(join.join_field.remote_field, "parent_link", False):
            return False
        join = query.alias_map[join.parent_alias]
    return True


def locked(rows: Any) -> Any:
    """The same rows, locked in all tables of the family that the query reads.

    Rows that a condition or an expression is about are then what the update finds, as with
    one table. Not where the query joins other models: nobody expects those to be locked.
    """
    features, query = connections[rows.db].features, rows.query
    if not features.has_select_for_update or query.distinct or query.group_by:
        return rows
    aliases = active(query)
    if not all(of_same_object(query, alias) for alias in aliases):
        return rows
    outer = [a for a in aliases if query.alias_map[a].join_type == "LEFT OUTER JOIN"]
    if outer and features.has_select_for_update_of:
        # PostgreSQL cannot lock the optional side of a join: one table after the other.
        keys = list(rows.order_by().values_list("pk", flat=True))
        for model in (None, *(query.alias_map[a].join_field.related_model for a in outer)):
            one = target(rows, model).filter(pk__in=keys)
            list(QuerySet.select_for_update(one).values_list("pk"))
        return rows
    # Not the queryset's own method: that locks what the query does not read, too.
    return QuerySet.select_for_update(rows)


def update_one_part(rows: Any, part: Any, values: dict[str, Any]) -> int:
    same = same_rows_of(part, rows) if part in own_parts_of(rows.model) else None
    if same is not None:
        return int(same.update(**values))
    features, opts = connections[rows.db].features, rows.model._meta
    key = opts.foreign_keys.get(part, opts.pk)
    if features.update_can_self_select and not reads(rows, part):
        return update_rows(rows, part, rows.values_list(key.name, flat=True), values)
    with transaction.atomic(using=rows.db, savepoint=False):
        # A row that somebody else changes meanwhile has to meet the condition after that.
        if features.update_can_self_select:
            keys = locked(rows).values_list(key.name, flat=True)
            return update_rows(rows, part, keys, values)
        return update_by_key(rows, keys_of(rows), {part: values})


def update_rows(rows: Any, part: Any, keys: Any, values: dict[str, Any]) -> int:
    """Update the rows of a part whose keys a query finds.

    While triggers keep the part and the core equal, MariaDB refuses a statement that reads one
    of them and writes the other. The keys are read first, then.
    """
    using = rows.db
    try:
        return target(rows, part).filter(pk__in=keys).update(**values)
    except OperationalError as error:
        if not dialect_for(connections[using]).refuses_to_read(error):
            raise
    if connections[using].in_atomic_block:
        # QuerySet.update() marks the transaction; the statement has not begun to do anything.
        transaction.set_rollback(False, using=using)
    with transaction.atomic(using=using, savepoint=False):
        return update_by_key(rows, keys_of(rows), {part: values})


def reads(rows: Any, part: Any) -> bool:
    """Whether the conditions of a queryset are about a part."""
    table = part._meta.db_table
    return any(rows.query.alias_map[a].table_name == table for a in active(rows.query))


def update_by_key(rows: Any, keys: list[Any], tables: dict[Any, dict[str, Any]]) -> int:
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        for table, values in tables.items():
            found = translated(rows, table, chunk)
            target(rows, table).filter(pk__in=found).update(**values)
    return len(keys)


def target(rows: Any, table: Any) -> QuerySet[Any]:
    """A queryset that updates one table of the family and nothing else."""
    return QuerySet(table or rows.model, using=rows.db)


def update_evaluated(rows: Any, tables: dict[Any, dict[str, Any]]) -> int:
    """Evaluate all expressions for all rows, then write what came out."""
    computed = [
        (table, name, value)
        for table, values in tables.items()
        for name, value in values.items()
        if hasattr(value, "resolve_expression")
    ]
    results = annotations(rows, [(name, value) for _, name, value in computed])
    types = [result.output_field for result in results.values()]
    rows_found = locked(rows.annotate(**results)).values_list("pk", *results)
    found = list({row[0]: row for row in rows_found}.values())  # A join may repeat them.
    keys = [key for key, *_ in found]
    plain = {
        table: {n: v for n, v in values.items() if not hasattr(v, "resolve_expression")}
        for table, values in tables.items()
    }
    update_by_key(rows, keys, {table: values for table, values in plain.items() if values})
    by_table = defaultdict(list)
    for n, (table, name, _) in enumerate(computed, 1):
        by_table[table].append((n, name, types[n - 1]))
    for start in range(0, len(found), CHUNK // 10):
        chunk = found[start : start + CHUNK // 10]
        for table, columns in by_table.items():
            own = translated(rows, table, [key for key, *_ in chunk])
            renamed = [(key, *row[1:]) for key, row in zip(own, chunk, strict=True)]
            write_chunk(target(rows, table), renamed, columns)
    return len(keys)


def value_type(rows: Any, field: Any, value: Any) -> Any:
    """The type as which a computed value travels to its column.

    A number with a fraction is rounded by the database, by its own rules, for an integer column.
    """
    query = rows.query.clone()
    query.get_initial_alias()
    resolved = value.resolve_expression(query, allow_joins=True, for_save=True)
    try:
        found = [resolved.output_field]
    except FieldError:  # Mixed types have to be named, but not in an UPDATE.
        found = [getattr(node, "_output_field_or_none", None) for node in leaves(resolved)]
    fractions = [type_ for type_ in found if isinstance(type_, (DecimalField, FloatField))]
    return fractions[0] if fractions else field


def leaves(expression: Any) -> list[Any]:
    """The nodes of an expression that are made of no others; a query is one."""
    return [n for n in expression.flatten() if not getattr(n, "get_source_expressions", list)()]


def write_chunk(queryset: Any, chunk: list[Any], columns: list[tuple[int, str, Any]]) -> None:
    """Write computed values, row by row different, in one UPDATE."""
    casts = connections[queryset.db].features.requires_casted_case_in_updates
    values = {}
    for n, name, type_ in columns:
        field = queryset.model._meta.get_field(name)
        whens = [When(pk=row[0], then=Value(row[n], output_field=type_)) for row in chunk]
        case: Any = Case(*whens, output_field=type_)
        if casts and isinstance(type_, FloatField):
            case = Cast(case, type_)  # A literal would be a decimal, which is rounded otherwise.
        values[name] = Cast(case, output_field=field) if casts else case
    queryset.filter(pk__in=[row[0] for row in chunk]).update(**values)
