"""What is copied: pairs of columns of two tables that share a primary key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.core.management.base import CommandError

Fields = Iterable[str] | Mapping[str, str] | None


class Refused(CommandError):
    """A migration stopped before it could lose data; the message says what to do.

    A CommandError, so that ``migrate`` and ``makemigrations`` print it without a traceback.
    """


@dataclass(frozen=True)
class Transfer:
    """Pairs of fields that hold the same values in two models of a family.

    :param source: historical model the values come from.
    :param target: historical model they go to; its key equals the source's key.
    :param pairs: ``(source field, target field)``, keys and generated fields left out.
    :param sparse: the part stores a row only where one of the values is set.
    """

    source: Any
    target: Any
    pairs: tuple[tuple[Any, Any], ...]
    sparse: bool = False

    def reversed(self) -> "Transfer":
        """The same pairs, the other way."""
        pairs = tuple((new, old) for old, new in self.pairs)
        return Transfer(self.target, self.source, pairs, self.sparse)

    @property
    def covers_target(self) -> bool:
        """Whether the target has no columns beside these."""
        return not self.others()

    @property
    def makes_rows(self) -> bool:
        """Whether a row of the target can be made of these columns alone."""
        return all(field.null or field.has_db_default() for field in self.others())

    def others(self) -> list[Any]:
        """The further columns of the target that somebody has to fill."""
        known = {new.name for _, new in self.pairs}
        fields = self.target._meta.local_concrete_fields
        return [f for f in fields if movable(f) and f.name not in known]


def movable(field: Any) -> bool:
    """Whether a bound field has a column of its own that a statement can write."""
    return bool(field.concrete and not field.primary_key and not field.generated)


def transfer(source: Any, target: Any, fields: Fields = None, sparse: bool = False) -> Transfer:
    """Pair the fields of two models.

    :param fields: names that both models have, or ``{target name: source name}``; None for
        all fields with a column that both models have.
    :raises Refused: when a named field is missing on either model.
    """
    if fields is None:
        theirs = {f.name for f in source._meta.local_concrete_fields if movable(f)}
        own = (f.name for f in target._meta.local_concrete_fields if movable(f))
        names = {name: name for name in own if name in theirs}
    elif isinstance(fields, Mapping):
        names = dict(fields)
    else:
        names = {name: name for name in fields}
    pairs = tuple((field_of(source, old), field_of(target, new)) for new, old in names.items())
    return Transfer(source, target, pairs, sparse)


def field_of(model: Any, name: str) -> Any:
    """A field of the model's own table, or a message that says where it should be added."""
    try:
        field: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        field = None
    if field is None or field.model is not model:
        raise Refused(
            f"{model._meta.label} has no field {name!r} at this point of the migrations. Were "
            "operations reordered by hand? The field has to be added before it is copied, and "
            "removed after."
        )
    return field
