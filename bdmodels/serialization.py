"""Serialized cores have the format of the wide model: one object with all its fields.

Django's serializers walk ``_meta.concrete_model._meta.local_fields`` of each object. They get
the object behind a view whose local fields are those of the whole family.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.apps import apps
from django.core import serializers
from django.core.management.commands import dumpdata
from django.core.serializers.base import Serializer

from . import lazy_loads
from .family import parts_of

OBJECTS_AHEAD = 500

plain_serialize = Serializer.serialize
plain_sort_dependencies = serializers.sort_dependencies
plain_dump = dumpdata.Command.handle


class WholeOptions:
    """``_meta`` as serializers should see it; all else as it is."""

    def __init__(self, opts: Any) -> None:
        self._opts = opts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._opts, name)

    def __str__(self) -> str:
        return str(self._opts)

    @property
    def concrete_model(self) -> Any:
        return WholeModel(self._opts.concrete_model)

    @property
    def local_fields(self) -> list[Any]:
        opts = self._opts
        own = set(opts.local_fields)
        return [f for f in opts.fields if f in own or f.model in opts.own_parts]


class WholeModel:
    def __init__(self, model: Any) -> None:
        self._model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    @property
    def _meta(self) -> Any:
        return WholeOptions(self._model._meta)


class WholeObject:
    """An object of a core, with the ``_meta`` of the wide model."""

    def __init__(self, instance: Any) -> None:
        self.__dict__["_instance"] = instance

    def __getattr__(self, name: str) -> Any:
        return getattr(self._instance, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._instance, name, value)

    def __str__(self) -> str:
        return str(self._instance)

    def _class(self) -> Any:
        return self._instance.__class__

    __class__: Any = property(_class)

    @property
    def _meta(self) -> Any:
        return WholeOptions(self._instance._meta)


def whole(objects: Iterable[Any]) -> Iterator[Any]:
    # Some at a time, so that objects of an iterator have peers to load their parts with.
    objects = iter(objects)
    while ahead := list(islice(objects, OBJECTS_AHEAD)):
        for instance in ahead:
            # Serializers take anything with a _meta, and say what is wrong with the rest.
            meta = getattr(instance, "_meta", None)
            yield WholeObject(instance) if meta is not None and parts_of(instance) else instance


def serialize(serializer: Any, queryset: Any, *args: Any, **kwargs: Any) -> Any:
    """Replaces ``Serializer.serialize()``: a core is serialized with the fields of its parts."""
    with lazy_loads.on_purpose():
        return plain_serialize(serializer, whole(queryset), *args, **kwargs)


def sort_dependencies(app_list: Any, *args: Any, **kwargs: Any) -> Any:
    """Replaces ``serializers.sort_dependencies()``: parts go with their cores."""
    by_app = [(app, list(app.get_models() if m is None else m)) for app, m in app_list]
    parts = {part for _, found in by_app for model in found for part in parts_of(model)}
    wanted = [(app, [model for model in found if model not in parts]) for app, found in by_app]
    return plain_sort_dependencies(wanted, *args, **kwargs)


def dump(command: Any, *app_labels: str, **options: Any) -> Any:
    """Replaces ``dumpdata.Command.handle()``: a part is dumped only when it is named."""
    named = {label.lower() for label in app_labels}
    parts = {part._meta.label for model in apps.get_models() for part in parts_of(model)}
    hidden = [label for label in sorted(parts) if label.lower() not in named]
    options["exclude"] = [*(options.get("exclude") or ()), *hidden]
    return plain_dump(command, *app_labels, **options)
