"""The manager and the queryset of polymorphic cores."""

from typing import Any, TypeVar

from django.core.exceptions import FieldError
from polymorphic.managers import PolymorphicManager
from polymorphic.models import PolymorphicModel
from polymorphic.query import PolymorphicQuerySet
from polymorphic.utils import concrete_descendants

from ...family import parts_of
from ...managers import AdoptingManager, BreakdownManager, adopt_for
from ...query import BreakdownQuerySet
from .downcasting import make_peers, source

M = TypeVar("M", bound=PolymorphicModel)


class PolymorphicBreakdownQuerySet(PolymorphicQuerySet[M], BreakdownQuerySet[M]):  # type: ignore[misc]
    """A polymorphic queryset whose rows come without their parts until somebody asks for them."""

    #: Requests for parts of real classes: pairs of a class and the name of a link, None for all.
    requested_of_classes: frozenset[tuple[Any, str | None]] = frozenset()

    def _clone(self, *args: Any, **kwargs: Any) -> Any:
        clone: Any = super()._clone(*args, **kwargs)
        clone.requested_of_classes = self.requested_of_classes
        return clone

    def with_parts(self, *links: str) -> Any:
        """Load these parts with the objects.

        :param links: names of links of the model; those of a subclass follow the name of the class
            as in lookups: ``"Shirt___shirtsizes_ptr"``. Without names: all parts that an object
            of its real class has.
        :raises django.core.exceptions.FieldError: for a name that is not a link.
        """
        own = [name for name in links if "___" not in name]
        requested: set[tuple[Any, str | None]] = {
            named_link(self.model, name) for name in links if "___" in name
        }
        if not links:
            requested = {(self.model._meta.concrete_model, None)}
        own += [name for cls, name in requested if name and issubclass(self.model, cls)]
        clone = super().with_parts(*own) if own or not links else self._chain()  # type: ignore[attr-defined]
        clone.requested_of_classes |= requested
        return clone

    def _get_real_instances(self, base_result_objects: Any) -> list[Any]:
        # PolymorphicQuerySet._get_real_instances() (4.0 on) makes the second queries.
        queryset = self.as_source()
        token = source.set(queryset)
        try:
            found = super(PolymorphicBreakdownQuerySet, queryset)._get_real_instances(
                base_result_objects
            )
        finally:
            source.reset(token)
        if found:
            first = getattr(base_result_objects[0]._state, "batch", None)
            make_peers(self.model, found, first and first.lock)
        return found

    def as_source(self) -> Any:
        """This queryset, with what is copied from it to the second queries."""
        clone = self._chain()  # type: ignore[attr-defined]
        names, defer = self.polymorphic_deferred_loading
        if names and not defer:
            # The type of each object is asked for.
            clone.polymorphic_deferred_loading = ({*names, "polymorphic_ctype"}, False)
        query = clone.query
        if query.select_for_update and isinstance(query.select_related, dict):
            # The second queries lock nothing; sparse parts are locked when they are loaded.
            sparse = {link.name for link in parts_of(self.model).values() if link.null}
            query.select_related = {
                name: inner for name, inner in query.select_related.items() if name not in sparse
            }
        return clone


class PolymorphicBreakdownManager(
    AdoptingManager,
    PolymorphicManager.from_queryset(PolymorphicBreakdownQuerySet),  # type: ignore[misc]
    BreakdownManager[Any],
):
    """The manager of a polymorphic core.

    Any other manager of a polymorphic core is made one, under its own name.
    """


def named_link(model: Any, path: str) -> tuple[Any, str]:
    """The class and the name of the link that ``"Shirt___shirtsizes_ptr"`` stands for."""
    class_name, _, name = path.rpartition("___")
    label = class_name.replace("__", ".").lower()
    classes = [
        cls
        for cls in (model, *concrete_descendants(model, include_proxy=True))
        if label in (cls.__name__.lower(), cls._meta.label_lower)
    ]
    if len(classes) != 1:
        raise FieldError(
            f"{path!r} names {'no' if not classes else 'more than one'} subclass of "
            f"{model._meta.label}; write it as in Shirt___shirtsizes_ptr or "
            "shop__Shirt___shirtsizes_ptr."
        )
    known = {link.name for link in parts_of(classes[0]).values()}
    if name not in known:
        raise FieldError(
            f"{classes[0]._meta.label} has no link named {name!r}. "
            f"Its links are: {', '.join(sorted(known)) or '(none)'}."
        )
    return classes[0]._meta.concrete_model, name  # Rows of proxies are read as those of it.


adopt_for(PolymorphicQuerySet, PolymorphicBreakdownQuerySet)
