"""Querysets of a core.

What a query loads is decided in :mod:`bdmodels.masks`, for any queryset. Here is what the
users call, and the writing operations that Django has for one table only.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldError
from django.db.models import QuerySet

from . import bulk, masks, updates
from .compat import HAS_FETCH_MODES
from .deletion import delete_queryset
from .family import own_parts_of, parts_of
from .snapshots import forget

if TYPE_CHECKING:
    from typing_extensions import Self

    from .typed import M, Row  # noqa: F401 (Row: in a string)


class FamilyQuerySet(type):
    """Metaclass of BreakdownQuerySet: other querysets that a class has among its bases go first.

    They may give the fields other names (django-modeltranslation, which puts itself last); what
    the family's tables get to see are the names of columns.
    """

    def mro(cls) -> list[type]:
        order = super().mro()
        ours = [c for c in order if isinstance(c, FamilyQuerySet)][-1]
        order.remove(ours)
        order.insert(order.index(QuerySet), ours)
        return order


class BreakdownQuerySet(QuerySet["M", "Row"], metaclass=FamilyQuerySet):
    """A queryset whose rows come without their parts until somebody asks for them."""

    def with_parts(self, *links: str) -> "Self":
        """Load these parts in the same query.

        :param links: names of links, such as ``"productseo_ptr"``; all parts without names.
        :raises django.core.exceptions.FieldError: for a name that is not a link.
        """
        known = {link.name for link in parts_of(self.model).values()}
        unknown = [name for name in links if name not in known]
        if unknown:
            raise FieldError(
                f"{self.model._meta.label} has no link named {unknown[0]!r}. "
                f"Its links are: {', '.join(sorted(known)) or '(none)'}."
            )
        clone: Self = self._chain()  # type: ignore[attr-defined]
        query: Any = clone.query
        query.add_part_request(links or known)
        return clone

    def fetch_all_parents(self) -> "Self":
        """Load all parts in the same query."""
        return self.with_parts()

    def with_part_columns(self, *fields: Any) -> "Self":
        """Load single columns of parts in the same query; for relations."""
        moved = frozenset(f for f in fields if f.model in parts_of(self.model))
        if not moved:
            return self
        clone: Self = self._chain()  # type: ignore[attr-defined]
        query: Any = clone.query
        query.part_columns = getattr(query, "part_columns", frozenset()) | moved
        return clone

    def select_for_update(
        self,
        nowait: bool = False,
        skip_locked: bool = False,
        of: Iterable[str] = (),
        no_key: bool = False,
    ) -> "Self":
        """As Django's: the rows of the parts are locked with the row of the core.

        Rows of sparse parts are locked when they are loaded later in the transaction.
        """
        of = tuple(of)
        links = parts_of(self.model).values()
        queryset = super().select_for_update(nowait, skip_locked, of, no_key)
        named = [link.name for link in links if link.name in of]
        if named:
            queryset = queryset.with_parts(*named)
        if not of or "self" in of:
            masks.join_parts(queryset.query, [link for link in links if not link.null])
        return queryset

    if HAS_FETCH_MODES:

        def fetch_mode(self, fetch_mode: Any) -> "Self":
            from .fetching import explicit

            return super().fetch_mode(explicit(fetch_mode))

    def _merge_known_related_objects(self, other: Any) -> None:
        # qs1 & qs2: the columns by which Django finds the known objects come along.
        super()._merge_known_related_objects(other)  # type: ignore[misc]
        known = [f for f in self._known_related_objects if f.model in parts_of(self.model)]  # type: ignore[attr-defined]
        if known:
            query: Any = self.query
            query.part_columns = getattr(query, "part_columns", frozenset()).union(known)

    def _combinator_query(self, combinator: str, *other_qs: Any, all: bool = False) -> Any:
        # The columns of combined queries have to match, and may be ordered by: those of the
        # wide model do.
        plain = super()._combinator_query  # type: ignore[misc]
        whole = [whole_rows(queryset) for queryset in other_qs]
        if (mine := whole_rows(self)) is self:
            return plain(combinator, *whole, all=all)
        return mine._combinator_query(combinator, *whole, all=all)

    def _fetch_all(self) -> None:
        fresh = self._result_cache is None
        super()._fetch_all()
        if fresh and self.query.select_for_update:
            for instance in self._result_cache or ():
                self._pass_lock(instance)

    def _iterator(self, use_chunked_fetch: Any, chunk_size: Any) -> Any:
        rows = super()._iterator(use_chunked_fetch, chunk_size)  # type: ignore[misc]
        if not self.query.select_for_update:
            return rows
        return map(self._pass_lock, rows)

    def _pass_lock(self, instance: Any) -> Any:
        """Let the parts of a locked object be locked when they are loaded."""
        batch = getattr(getattr(instance, "_state", None), "batch", None)
        if batch is not None and batch.lock is None:
            query = self.query
            batch.lock = {
                "nowait": query.select_for_update_nowait,
                "skip_locked": False,
                "no_key": query.select_for_no_key_update,
            }
        return instance

    def update(self, **kwargs: Any) -> int:
        """As Django's, also with values and expressions of several parts."""
        if not parts_of(self.model):
            return super().update(**kwargs)
        return updates.update(self, super().update, kwargs)

    update.alters_data = True  # type: ignore[attr-defined]

    def update_or_create(
        self,
        defaults: Mapping[str, Any] | None = None,
        create_defaults: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> "tuple[M, bool]":
        """As Django's; ``auto_now`` fields of parts are set, too."""
        if self.model._meta.proxy or not own_parts_of(self.model):
            return super().update_or_create(defaults, create_defaults, **kwargs)
        if create_defaults is None:
            create_defaults = defaults
        wider = updates.SavedFields(self.model, defaults or {})
        return super().update_or_create(wider, create_defaults, **kwargs)

    update_or_create.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: "Iterable[M]", *args: Any, **kwargs: Any) -> "list[M]":
        """As Django's: the rows of the core, then one batched insert for each part."""
        if not own_parts_of(self.model):
            return super().bulk_create(objs, *args, **kwargs)
        return bulk.bulk_create(self, super().bulk_create, list(objs), *args, **kwargs)

    bulk_create.alters_data = True  # type: ignore[attr-defined]

    def bulk_update(self, objs: "Iterable[M]", fields: Iterable[str], *args: Any, **kw: Any) -> int:
        """As Django's, for fields of the core and of its parts."""
        objs, fields = tuple(objs), list(fields)
        updated = super().bulk_update(objs, fields, *args, **kw)
        if own_parts_of(self.model):
            opts: Any = self.model._meta
            names = [opts.get_field(name).attname for name in fields]
            for obj in objs:
                forget(obj, names)
        return updated

    bulk_update.alters_data = True  # type: ignore[attr-defined]

    def _batched_insert(self, objs: Any, fields: Any, *args: Any, **kwargs: Any) -> Any:
        # Of the fields that bulk_create() has found, those of the core's own table.
        concrete: Any = self.model._meta.concrete_model
        opts = concrete._meta
        own = [f for f in fields if f in opts.local_concrete_fields]
        return super()._batched_insert(objs, own, *args, **kwargs)  # type: ignore[misc]

    def _raw_delete(self, using: Any) -> int:
        """As Django's, with the rows of the parts."""
        if not own_parts_of(self.model):
            return int(super()._raw_delete(using))
        return delete_queryset(self, super()._raw_delete, using)

    _raw_delete.alters_data = True  # type: ignore[attr-defined]


def whole_rows(queryset: Any) -> Any:
    """The same queryset with all parts, unless its columns are chosen already."""
    query = queryset.query
    plain = query.default_cols and not query.deferred_loading[0] and not query.combinator
    if not plain or query.select_related or not parts_of(queryset.model):
        return queryset
    if not isinstance(queryset, BreakdownQuerySet):
        return queryset
    # By column as well: a query that locks would leave sparse parts out.
    return queryset.with_parts().with_part_columns(*queryset.model._meta.concrete_fields)
