"""The INSERT of an object into all tables of its family, as one statement."""

from types import SimpleNamespace
from typing import Any

from django.db import connections
from django.db.models import FileField, QuerySet, UniqueConstraint, sql
from django.db.models.constants import OnConflict
from django.db.models.expressions import DatabaseDefault, RawSQL

from .snapshots import CONSTANT
from .statements import insert_row, is_parameter, is_plain, kept
from .writes import CORE, can_combine, columns_of, combined, plain_managers


class Insertion:
    """The statement for one set of tables; its text is kept while all values are parameters.

    :param parts: the parts that get a row.
    :param keyed: whether the key is known before.
    :param defaults: the attnames of the fields that the database gives a value to.
    """

    def __init__(self, cls: Any, parts: Any, keyed: bool, defaults: Any, using: str) -> None:
        self.cls, self.parts, self.keyed, self.using = cls, parts, keyed, using
        self.connection: Any = connections[using]
        opts = cls._meta
        written = (f for f in opts.local_concrete_fields if not f.generated)
        self.fields = [f for f in written if keyed or f is not opts.auto_field]
        self.returned = list(opts.db_returning_fields)
        self.possible = keyed or opts.pk in self.returned
        self.made = {
            p: [f for f in p._meta.db_returning_fields if not f.primary_key] for p in parts
        }
        self.results = [*self.returned, *(f for fields in self.made.values() for f in fields)]
        columns = [*self.fields, *(f for part in parts for f in columns_of(part, key=keyed))]
        #: The fields of the parameters, in their order.
        self.parameters = [f for f in columns if f.attname not in defaults]
        self.plain = all(map(is_plain, self.parameters))
        self.text = ""
        self.compiler: Any = None
        self.converters: Any = None

    def insert(self, instance: Any, automatic: dict[str, Any]) -> None:
        values = self.values(instance, automatic)
        given = [values[f.attname] for f in self.parameters]
        if self.text and all(map(is_parameter, given)):
            pairs = zip(self.parameters, given, strict=True)
            text, params = self.text, [f.get_db_prep_save(v, self.connection) for f, v in pairs]
        else:
            text, params = self.compile(values)
            if self.plain and all(map(is_parameter, given)) and len(params) == len(given):
                self.text = text
        with self.connection.cursor() as cursor:
            cursor.execute(text, params)
            found = cursor.fetchone()
        if self.converters:
            (found,) = self.compiler.apply_converters([list(found)], self.converters)
        if self.results:
            for field, value in zip(self.results, found, strict=True):
                setattr(instance, field.attname, value)

    def values(self, instance: Any, automatic: dict[str, Any]) -> dict[str, Any]:
        """What is written, by attname; the keys of parts are that of the core."""
        values = {f.attname: f.pre_save(instance, True) for f in self.fields}
        key = getattr(instance, self.cls._meta.pk.attname)
        for part in self.parts:
            for field in columns_of(part):
                values[field.attname] = value_for(instance, field, automatic)
            values[part._meta.pk.attname] = key
        return values

    def compile(self, values: dict[str, Any]) -> tuple[str, list[Any]]:
        quote, opts = self.connection.ops.quote_name, self.cls._meta
        self.compiler = compiler_for(self.cls, self.fields, SimpleNamespace(**values), self.using)
        ctes = [(CORE, *statement(self.compiler, self.returned))]
        if not self.keyed:
            key = RawSQL(f"(SELECT {quote(opts.pk.column)} FROM {CORE})", ())
            values = {**values, **{part._meta.pk.attname: key for part in self.parts}}
        row = SimpleNamespace(**values)
        results = [(CORE, f) for f in self.returned]
        for n, part in enumerate(self.parts):
            fields, options = columns_of(part, key=True), conflict_options(part)
            compiler = compiler_for(part, fields, row, self.using, options)
            ctes.append((f"part{n}", *statement(compiler, self.made[part])))
            results += [(f"part{n}", f) for f in self.made[part]]
        wanted = ", ".join(f"{name}.{quote(f.column)}" for name, f in results) or "1"
        sources = ", ".join(dict.fromkeys(name for name, _ in results))
        columns = [f.get_col(f.model._meta.db_table) for f in self.results]
        self.converters = self.compiler.get_converters(columns)
        self.compiler.query.objs = []  # Values are not kept.
        return combined(ctes, f"SELECT {wanted}" + (f" FROM {sources}" if sources else ""))


def insert_rows(
    instance: Any, cls: Any, parts: list[Any], using: str, automatic: dict[str, Any]
) -> bool:
    """Insert an object into the tables of its family; say whether it could be done at once.

    :param parts: the parts that get a row.
    :param automatic: values that fields of parts have set, by attname.
    """
    opts = cls._meta
    if opts.order_with_respect_to or not can_combine(using) or not plain_managers(cls):
        return False
    if not instance._is_pk_set(opts):
        setattr(instance, opts.pk.attname, opts.pk.get_pk_value_on_save(instance))
    keyed = instance._is_pk_set(opts)
    defaults = []
    for name, value in (instance.__dict__ | automatic).items():
        if type(value) not in CONSTANT and hasattr(value, "resolve_expression"):
            if not isinstance(value, DatabaseDefault):
                return False
            defaults.append(name)
    tables = tuple(member._meta.db_table for member in (cls, *parts))
    insertion = kept(
        connections[using],
        ("insert", cls, tables, keyed, *defaults),
        lambda: Insertion(cls, parts, keyed, defaults, using),
    )
    if insertion.possible:
        insertion.insert(instance, automatic)
    return bool(insertion.possible)


def compiler_for(model: Any, fields: Any, row: Any, using: str, options: Any = None) -> Any:
    """A compiler for the INSERT of one row whose values are ready."""
    query = sql.InsertQuery(model, **(options or {}))
    query.insert_values(fields, [row], raw=True)
    return query.get_compiler(using)


def may_have_row(part: Any) -> bool:
    """Whether a new object's row may be there already, made by a trigger from the core's row.

    A row that requires a value is made by nobody who does not know the value.
    """
    return all(f.null or f.has_db_default() for f in columns_of(part))


def conflict_options(part: Any) -> dict[str, Any]:
    """How to write the row of a new object: over a row that may be there."""
    fields = columns_of(part)
    if not fields or not may_have_row(part):
        return {}
    return {
        "on_conflict": OnConflict.UPDATE,
        "update_fields": fields,
        "unique_fields": [part._meta.pk],
    }


def can_write_over(part: Any, using: str) -> bool:
    """Whether ``conflict_options()`` concern the row with the same key and no other.

    MariaDB and MySQL would write over a row that has another unique value, too.
    """
    if not may_have_row(part) or connections[using].features.supports_update_conflicts_with_target:
        return True
    opts = part._meta
    unique = [f for f in opts.local_concrete_fields if f.unique and not f.primary_key]
    constraints = [c for c in opts.constraints if isinstance(c, UniqueConstraint)]
    return not (unique or constraints or opts.unique_together)


def insert_part(instance: Any, part: Any, using: str, automatic: dict[str, Any]) -> bool:
    """Insert the row of a part of a new object; say whether it could be done."""
    if not can_write_over(part, using):
        return False
    row = row_of(instance, part, getattr(instance, part._meta.pk.attname), automatic)
    options = conflict_options(part)
    if insert_row(part, row, using, options):
        return True
    returned = [f for f in part._meta.db_returning_fields if not f.primary_key]
    features = connections[using].features
    if not options or not (features.can_return_columns_from_insert and plain_managers(part)):
        return False
    # QuerySet._insert() is what Model._do_insert() calls (since 1.8, here with raw values).
    ((*values,),) = (
        QuerySet(part, using=using)._insert(  # type: ignore[attr-defined]
            [row],
            fields=columns_of(part, key=True),
            returning_fields=returned,
            raw=True,
            using=using,
            **options,
        )
        if returned
        else ((),)
    )
    for field, value in zip(returned, values, strict=True):
        setattr(instance, field.attname, value)
    return bool(returned)


def statement(compiler: Any, returned: list[Any]) -> tuple[str, Any]:
    compiler.returning_fields = returned or None
    ((text, params),) = compiler.as_sql()
    return text, params


def row_of(instance: Any, part: Any, key: Any, automatic: dict[str, Any]) -> Any:
    """The values of a part's row."""
    row = SimpleNamespace()
    for field in columns_of(part):
        setattr(row, field.attname, value_for(instance, field, automatic))
    setattr(row, part._meta.pk.attname, key)
    return row


def value_for(instance: Any, field: Any, automatic: dict[str, Any]) -> Any:
    """The value of a part's field in a new row; a file is stored now."""
    if field.attname in automatic:
        return automatic[field.attname]
    if isinstance(field, FileField):
        return field.pre_save(instance, True)
    return getattr(instance, field.attname)
