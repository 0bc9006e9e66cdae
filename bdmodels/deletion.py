"""Deleting the rows of a core: its parts go with it, unseen.

The delete collector sees a core as a model without parents (see :class:`.options.Parents`):
it collects, counts and signals cores only. Here the rows of the parts are removed.
"""

from typing import Any

from django.db import transaction
from django.db.models import sql
from django.db.models.signals import post_delete

from .family import own_parts_of, parts_of
from .loading import load_all_parts

plain_delete_batch = sql.DeleteQuery.delete_batch


def delete_family_rows(model: Any, keys: list[Any], using: str) -> int:
    """Delete rows of a core by key, and their rows in the parts.

    :returns: the number of core rows deleted.
    """
    with transaction.atomic(using=using, savepoint=False):
        for part in own_parts_of(model):
            plain_delete_batch(sql.DeleteQuery(part), keys, using)
        return plain_delete_batch(sql.DeleteQuery(model), keys, using)


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
                load_all_parts(instance)
