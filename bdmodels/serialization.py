"""Serialized cores have the format of the wide model: one object with all its fields.

Django's serializers walk ``_meta.concrete_model._meta.local_fields`` of each object. They get
the object behind a view whose local fields are those of the whole family.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.serializers.base import Serializer

from .family import parts_of

plain_serialize = Serializer.serialize


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

    @property
    def __class__(self) -> Any:  # type: ignore[override]
        return self._instance.__class__

    @property
    def _meta(self) -> Any:
        return WholeOptions(self._instance._meta)


def whole(objects: Iterable[Any]) -> Iterator[Any]:
    for instance in objects:
        # Serializers take anything with a _meta, and say what is wrong with the rest.
        meta = getattr(instance, "_meta", None)
        yield WholeObject(instance) if meta is not None and parts_of(instance) else instance


def serialize(serializer: Any, queryset: Any, *args: Any, **kwargs: Any) -> Any:
    """Replaces ``Serializer.serialize()``; the objects of cores come with all their parts."""
    with_parts = getattr(queryset, "with_parts", None)
    if with_parts is not None and getattr(queryset, "_result_cache", ()) is None:
        if not queryset.query.deferred_loading[0] and queryset.query.select_related is False:
            queryset = with_parts()
    return plain_serialize(serializer, whole(queryset), *args, **kwargs)
