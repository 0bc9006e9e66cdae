"""What ``_meta.parents`` and ``_meta.all_parents`` of a core answer."""

from collections.abc import Iterable, Iterator
from typing import Any

from .fields import is_link


class Parents(dict[Any, Any]):
    """``_meta.parents`` of a core: a join looks a part up here like any other parent.

    ``values()`` leaves the links to parts out. Django asks it for the parents whose rows and
    keys have a life of their own: the delete collector, the assignment to ``pk`` and the
    choice of a primary key (Django 5.2 to 6.1). The rows of parts go with the core's row.

    Going through it shows the parts of parents, too: REST framework looks for what is unique
    together in a model and its direct parents, where a proxy or child of the wide model has it.
    """

    def __iter__(self) -> Iterator[Any]:
        own = list(super().__iter__())
        inherited = [part for p in own for part in getattr(p._meta, "family_parts", ())]
        return iter(dict.fromkeys([*own, *inherited]))

    def values(self) -> Any:
        return [link for link in super().values() if not is_link(link)]


class AllParents(tuple[Any, ...]):
    """``_meta.all_parents`` of a core: parts are found in it, but not among its members.

    Django walks the members in bulk_create(), validation and formsets, where parts are no
    parents; it looks a model up to see whether an object may stand for one of that model.
    """

    parts: Any

    def __new__(cls, parents: Iterable[Any], parts: Any) -> "AllParents":
        found = super().__new__(cls, (p for p in parents if p not in parts))
        found.parts = parts
        return found

    def __contains__(self, model: Any) -> bool:
        return model in self.parts or super().__contains__(model)
