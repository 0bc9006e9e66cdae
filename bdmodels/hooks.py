"""Every replacement of a Django method, in one place; installed once, on import of models.

A subclass would not do for these: Django makes the objects itself, for querysets of other
models that reach a core. Each replacement asks first whether a core is concerned.
"""

from typing import Any

from django.core import serializers
from django.core.management.commands import dumpdata
from django.db.models import QuerySet, sql
from django.db.models.deletion import Collector
from django.db.models.expressions import RawSQL
from django.db.models.sql.compiler import SQLCompiler

from . import deletion, iterating, joins, masks, serialization, trimming


def delete(collector: Any) -> Any:
    deletion.load_for_listeners(collector)
    return plain_delete(collector)


def install() -> None:
    """Put the replacements in; a second call changes nothing."""
    if getattr(sql.Query, "add_part_request", None) is masks.add_part_request:
        return
    replace(
        sql.Query,
        add_part_request=masks.add_part_request,
        # What a query loads; signatures as in Django 5.2 to 6.1.
        get_select_mask=masks.get_select_mask,
        join_class=staticmethod(joins.join_class),
    )
    replace(RawSQL, resolve_expression=joins.resolve_raw_sql)
    replace(
        SQLCompiler,
        pre_sql_setup=trimming.pre_sql_setup,
        get_default_columns=masks.get_default_columns,
        get_related_selections=masks.get_related_selections,
        get_select_for_update_of_arguments=masks.get_select_for_update_of_arguments,
    )
    replace(QuerySet, _iterator=iterating.iterate)
    # The collector deletes objects by DeleteQuery.delete_batch(), not by querysets.
    replace(sql.DeleteQuery, delete_batch=deletion.delete_batch)
    replace(Collector, collect=deletion.collect, delete=delete)
    # Serializers walk _meta.local_fields of the concrete model.
    replace(serializers.base.Serializer, serialize=serialization.serialize)
    replace(serializers, sort_dependencies=serialization.sort_dependencies)
    replace(dumpdata.Command, handle=serialization.dump)


def replace(owner: Any, **functions: Any) -> None:
    for name, function in functions.items():
        setattr(owner, name, function)


plain_delete = Collector.delete
