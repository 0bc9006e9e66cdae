"""The models that users subclass: :class:`BreakdownModel` for a core, :class:`PartModel`."""

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import FieldDoesNotExist
from django.db import DatabaseError, models, router, transaction
from django.db.models.query_utils import DeferredAttribute

from . import hooks, validation
from .base import BreakdownBase, PartBase
from .checks import check_core, check_part
from .compat import RETURNS_UPDATED
from .deletion import delete_alone
from .family import own_parts_of, parts_of
from .loading import (
    build,
    key_of,
    load_all_parts,
    load_at_once,
    load_part,
    note_foreign_keys,
    part_key,
    unloaded_parts,
)
from .managers import BreakdownManager
from .managers import BreakdownManager as BrokenDownManager
from .overview_model import Breakdown as _Page  # noqa: F401 - the app's only model
from .query import BreakdownQuerySet
from .query import BreakdownQuerySet as BrokenDownQuerySet
from .saving import FamilySave, begin, has_key, inserts_first, save_family, set_automatic
from .snapshots import read_again
from .statements import update_found
from .updates import evaluate

__all__ = [
    "BreakdownManager",
    "BreakdownModel",
    "BreakdownQuerySet",
    "BrokenDownManager",
    "BrokenDownModel",
    "BrokenDownQuerySet",
    "PartModel",
]

hooks.install()


class Breakdown(metaclass=BreakdownBase):
    """The behaviour of a core, as a plain class without ``_meta``.

    Migrations flatten abstract bases: a historical core inherits from this class directly.
    Models use :class:`BreakdownModel`.
    """

    _meta: Any
    _state: Any
    pk: Any
    DoesNotExist: Any

    #: Names of fields in the order that ``_meta.fields`` shall have; by default the key, the
    #: core's fields as declared, then those of each part in the order of the bases. Forms show
    #: a many-to-many field where it is named here, if it is, else where it was declared.
    field_order: ClassVar[Iterable[str]] = ()

    @classmethod
    def from_db(cls, db: Any, field_names: Any, values: Any, *, fetch_mode: Any = None) -> Any:
        """As Django's; the objects of one query know each other as peers."""
        return build(cls, db, field_names, values, fetch_mode)

    def refresh_from_db(
        self,
        using: Any = None,
        fields: Any = None,
        *args: Any,
        all_parents: bool = False,
        **kw: Any,
    ) -> None:
        """As Django's. A field of a part that is not loaded brings its whole part.

        :param all_parents: load every part that is not loaded yet, as well.
        """
        kw = {name: value for name, value in kw.items() if value is not None}
        args = tuple(arg for arg in args if arg is not None)  # from_queryset
        if fields is not None:
            fields = list(fields)
            lazy = [name for name in fields if self._is_lazy(name)]
            here = using in (None, self._state.db) and key_of(self) == self.pk
            if lazy and here and not args and not kw:
                for part in {self._meta.get_field(name).model for name in lazy}:
                    load_part(self, part, [self])
                fields = [name for name in fields if name not in lazy]
                if not fields:
                    return
        elif not self.get_deferred_fields():  # type: ignore[attr-defined]
            # Django takes what a queryset brings, which is no parts unless they are asked for.
            queryset = args[0] if args else kw.pop("from_queryset", None)
            if queryset is None:
                model: Any = type(self)
                manager = model._base_manager.db_manager(using, hints={"instance": self})
                queryset = manager.all()
            args = (getattr(queryset, "with_parts", queryset.all)(),)
        super().refresh_from_db(using, fields, *args, **kw)  # type: ignore[misc]
        read_again(self, fields)
        if fields is None:
            self._state.key = self.pk
            note_foreign_keys(self)
        if all_parents:
            load_all_parts(self)

    def _is_lazy(self, name: str) -> bool:
        """Whether a name stands for a field of a part that is not loaded."""
        try:
            field = self._meta.get_field(name)
        except FieldDoesNotExist:
            return False
        return field.model in parts_of(self) and getattr(field, "attname", "") not in self.__dict__

    def getattr_if_loaded(self, name: str, default: Any = None) -> Any:
        """The value of a field if it is loaded, else ``default``; never runs a query.

        Warns with UserWarning about a name that is no attribute.
        """
        if name in self.__dict__:
            return self.__dict__[name]
        attribute = getattr(type(self), name, None)
        if isinstance(attribute, DeferredAttribute):
            return default
        try:
            field = self._meta.get_field(name)
        except FieldDoesNotExist:
            if attribute is None:
                message = f"{type(self).__name__} instance has no attribute {name!r}"
                warnings.warn(message, UserWarning, stacklevel=2)
                return default
        else:
            if field.is_relation and not (field.concrete and field.is_cached(self)):
                return default
        return getattr(self, name, default)

    def save(self, *args: Any, update_fields: Any = None, **kwargs: Any) -> None:
        """As Django's. Parts that are not loaded are not written."""
        # update_fields may be the fourth positional argument (deprecated in Django 5.1).
        self._state.saves_all = update_fields is None and len(args) < 4
        try:
            super().save(*args, update_fields=update_fields, **kwargs)  # type: ignore[misc]
        finally:
            self._state.saves_all = False

    save.alters_data = True  # type: ignore[attr-defined]

    def delete(self, using: Any = None, keep_parents: bool = False) -> Any:
        """As Django's. The object keeps the values of its parts, as it keeps its own."""
        deleted = delete_alone(self, using)
        if deleted is not None:
            return deleted
        load_at_once(self)
        return super().delete(using, keep_parents)  # type: ignore[misc]

    delete.alters_data = True  # type: ignore[attr-defined]

    def save_base(
        self,
        raw: bool = False,
        force_insert: Any = False,
        force_update: bool = False,
        using: Any = None,
        update_fields: Any = None,
    ) -> None:
        # Model.save() names the loaded fields when some are deferred. When those are parts
        # only, this is no partial save: signals and UPDATE are those of the wide model.
        if update_fields is not None and getattr(self._state, "saves_all", False):
            parts = parts_of(self)
            names = self.get_deferred_fields()  # type: ignore[attr-defined]
            deferred = [self._meta.get_field(name) for name in names]
            if all(field.model in parts or field.generated for field in deferred):
                update_fields = None
        using = using or router.db_for_write(self._meta.model, instance=self)
        if self._meta.own_parts and not self._meta.concrete_model._meta.parents.values():
            save_family(self, raw, force_insert, force_update, using, update_fields)
        else:
            # Model.save_base() does this for a model without parents.
            with transaction.mark_for_rollback_on_error(using=using):
                super().save_base(raw, force_insert, force_update, using, update_fields)  # type: ignore[misc]
        self._state.key = self.pk
        note_foreign_keys(self)

    save_base.alters_data = True  # type: ignore[attr-defined]

    def _save_parents(
        self,
        cls: Any,
        using: Any,
        update_fields: Any,
        force_insert: Any,
        updated_parents: Any = None,
    ) -> Any:
        # The core goes first, because its INSERT makes the key: parts count as saved here.
        updated_parents = {} if updated_parents is None else updated_parents
        updated_parents.update(dict.fromkeys(parts_of(cls), True))
        return super()._save_parents(cls, using, update_fields, force_insert, updated_parents)  # type: ignore[misc]

    def _save_table(
        self,
        raw: bool = False,
        cls: Any = None,
        force_insert: Any = False,
        force_update: bool = False,
        using: Any = None,
        update_fields: Any = None,
    ) -> Any:
        """Save the core's own row, then those of its parts."""
        parts = own_parts_of(cls)
        known = part_key(self, next(iter(parts))) if parts else None
        if known is not None:
            # The core's own key: that of a child follows it later.
            key = getattr(self, cls._meta.pk.attname)
            moved_away = known != key or self._state.db not in (None, using)
            if moved_away and update_fields is None:
                load_all_parts(self, to_write=True)
                self._state.read = None  # Nothing is known of the row that is written now.
        automatic: dict[str, Any] = {}
        if parts and not raw:
            if not (force_insert or self._state.adding):
                evaluate(self, using, update_fields)
            inserting = inserts_first(self, cls, force_insert, force_update)
            if has_key(self, cls) or not (force_update or update_fields):  # Django refuses that.
                named = None if inserting else update_fields
                automatic = set_automatic(self, parts, inserting, named)
        plain_save = super()._save_table  # type: ignore[misc]
        if parts:
            return FamilySave(
                self,
                plain_save,
                cls,
                raw,
                force_insert,
                force_update,
                using,
                update_fields,
                automatic,
            ).run()
        return plain_save(raw, cls, force_insert, force_update, using, update_fields)

    def _do_update(
        self,
        base_qs: Any,
        using: Any,
        pk_val: Any,
        values: Any,
        update_fields: Any,
        forced_update: bool,
        returning_fields: Any = (),  # since Django 6.0, which wants the returned rows
    ) -> Any:
        if not returning_fields and (forced_update or not self._meta.select_on_save):
            count = update_found(base_qs, pk_val, values, using)
            if count is not None:
                return [()] * count
        more = (returning_fields,) if RETURNS_UPDATED else ()
        return super()._do_update(  # type: ignore[misc]
            base_qs, using, pk_val, values, update_fields, forced_update, *more
        )

    def _do_insert(self, manager: Any, using: Any, fields: Any, *args: Any, **kwargs: Any) -> Any:
        # A row that is made anew gets all its parts: those not loaded are read first.
        begin(self)
        if own_parts_of(manager.model) and unloaded_parts(self, to_write=True):
            try:
                load_all_parts(self, to_write=True)
            except self.DoesNotExist as error:
                raise DatabaseError(f"The row cannot be inserted again. {error}") from error
        return super()._do_insert(manager, using, fields, *args, **kwargs)  # type: ignore[misc]

    def unique_error_message(self, model_class: Any, unique_check: Any) -> Any:
        if model_class in parts_of(self):
            model_class = validation.core_of(self, model_class)
        return super().unique_error_message(model_class, unique_check)  # type: ignore[misc]

    def _get_unique_checks(
        self, exclude: Any = None, include_meta_constraints: bool = False
    ) -> Any:
        plain = super()._get_unique_checks  # type: ignore[misc]
        return validation.unique_checks(self, plain, exclude, include_meta_constraints)

    def _get_field_expression_map(self, meta: Any, exclude: Any = None) -> Any:
        # What constraints are validated against (Django 4.1 on): the family's fields.
        plain = super()._get_field_expression_map  # type: ignore[misc]
        return validation.expression_map(plain, meta, exclude)

    def get_constraints(self) -> Any:
        """As Django's, with those of the parts."""
        return [*super().get_constraints(), *validation.part_constraints(self)]  # type: ignore[misc]

    @classmethod
    def check(cls, **kwargs: Any) -> Any:
        return [*super().check(**kwargs), *check_core(cls, **kwargs)]  # type: ignore[misc]


if TYPE_CHECKING:
    from .typed import CoreModel
    from .typed import PartModel as PlainPart
    from .typed import RelatedManager as RelatedManager
else:
    CoreModel, PlainPart = Breakdown, models.Model


class BreakdownModel(CoreModel, models.Model):
    """Base class of a core: ``class Product(BreakdownModel, ProductSeo, ProductMedia)``.

    Its other concrete bases are its parts. Links and, where missing, an explicit key are
    added; both may also be declared.
    """

    # No class statement: Pyright would want the Meta of every subclass to inherit from it.
    Meta: Any = type("Meta", (), {"abstract": True})


class PartModel(PlainPart, metaclass=PartBase):
    """Base class of a part; adds the key ``<model>_id``, of the type of the core's key."""

    Meta: Any = type("Meta", (), {"abstract": True})

    @classmethod
    def check(cls, **kwargs: Any) -> Any:
        return [*super().check(**kwargs), *check_part(cls)]


# A class without Meta takes that of its first base that has one; these would hide the Meta of
# abstract bases that follow.
del BreakdownModel.Meta, PartModel.Meta

#: The names that broken-down-models 0.5 has for the same; the other two are imported by them, as
#: the plugin of django-stubs does not know the classes by another name that is assigned.
BrokenDownModel = BreakdownModel
