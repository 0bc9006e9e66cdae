"""Querysets as data: chains of calls that either world can make and print.

A chain is a tuple of links such as ``("filter", "group__name", "a")``; an expression is a
tuple such as ``("+", ("F", "number"), ("Value", 1))``.
"""

import pickle
from dataclasses import dataclass
from functools import reduce
from typing import Any

from django.db.models import (
    Avg,
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Concat, Length, Upper

from .worlds import World, plain


@dataclass(frozen=True)
class Row:
    """The key of the n-th row of a model, whatever it is when the step is made."""

    model: str
    n: int


def value_of(world: World, value: Any) -> Any:
    """A drawn value, with rows looked up and expressions built."""
    if isinstance(value, Row):
        return world.key(value.model, value.n)
    if isinstance(value, Expr):
        return value.build(world)
    if isinstance(value, list):
        return [value_of(world, v) for v in value]
    return value


@dataclass(frozen=True)
class Expr:
    """An expression: a name and its arguments."""

    name: str
    args: tuple[Any, ...]

    def build(self, world: World) -> Any:
        return BUILDERS[self.name](world, *(value_of(world, a) for a in self.args))

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(map(repr, self.args))})"


def newest_note(world: World, name: str) -> Any:
    notes = world.model("Note")._base_manager.filter(item=OuterRef("pk")).order_by("-pk")
    return Subquery(notes.values(name)[:1])


def has_note(world: World) -> Any:
    return Exists(world.model("Note")._base_manager.filter(item=OuterRef("pk")))


def same_item(world: World, name: str) -> Any:
    items = world.model("Item")._base_manager.filter(pk=OuterRef("pk")).order_by()
    return Subquery(items.values(name)[:1])


def lookup(world: World, path: str, value: Any) -> Any:
    return Q(**{path: value})


BUILDERS: dict[str, Any] = {
    "F": lambda w, name: F(name),
    "Value": lambda w, value: Value(value),
    "add": lambda w, a, b: a + b,
    "times": lambda w, a, b: a * b,
    "Coalesce": lambda w, a, b: Coalesce(a, b),
    "Concat": lambda w, a, b: Concat(a, b, output_field=CharField()),
    "Upper": lambda w, a: Upper(a),
    "Length": lambda w, a: Length(a),
    "CoalesceText": lambda w, a, b: Coalesce(a, b, output_field=CharField()),
    "Case": lambda w, q, a, b: Case(When(q, then=a), default=b, output_field=CharField()),
    "Q": lookup,
    "or": lambda w, a, b: a | b,
    "and": lambda w, a, b: a & b,
    "not": lambda w, a: ~a,
    "newest_note": newest_note,
    "same_item": same_item,
    "has_note": has_note,
    "Count": lambda w, path: Count(path),
    "CountDistinct": lambda w, path: Count(path, distinct=True),
    "CountIf": lambda w, path, q: Count(path, filter=q),
    "Sum": lambda w, path: Sum(path),
    "Min": lambda w, path: Min(path),
    "Max": lambda w, path: Max(path),
    "Avg": lambda w, path: Avg(path),
    "length_of": lambda w, a: Length(a, output_field=IntegerField()),
}

Chain = tuple[tuple[Any, ...], ...]


def start(world: World, model: str, chain: Chain, manager: Any = None) -> Any:
    """The queryset that a chain makes."""
    manager = world.model(model).objects if manager is None else manager
    return reduce(lambda queryset, link: follow(world, queryset, *link), chain, manager.all())


def follow(world: World, queryset: Any, name: str, *args: Any) -> Any:
    if name in ("filter", "exclude"):
        *first, value = args
        if first:
            return getattr(queryset, name)(**{first[0]: value_of(world, value)})
        return getattr(queryset, name)(value.build(world))
    if name in ("annotate", "alias"):
        return getattr(queryset, name)(**{args[0]: args[1].build(world)})
    if name == "slice":
        return queryset[args[0] : args[1]]
    if name in ("union", "intersection", "difference"):
        others = [start(world, model, chain) for model, chain in args]
        return getattr(queryset, name)(*others)
    if name in ("or", "and"):
        other = start(world, *args[0])
        return queryset | other if name == "or" else queryset & other
    if name == "prefetch_queryset":
        path, model, chain = args
        return queryset.prefetch_related(
            Prefetch(path, start(world, model, chain), to_attr="found")
        )
    if name == "of_group":
        return queryset.filter(group=world.get("Group", args[0]))
    return getattr(queryset, name)(*args)


def is_ordered(chain: Chain) -> bool:
    """Whether the rows come in one order only: the last ordering ends with the key."""
    ordered = False
    for name, *args in chain:
        if name == "order_by":
            ordered = bool(args) and args[-1] in ("pk", "-pk")
        elif name in ("union", "intersection", "difference", "or", "and"):
            ordered = False
    return ordered


TERMINALS: dict[str, Any] = {
    "list": lambda qs: list(qs),
    "iterator": lambda qs: list(qs.iterator(chunk_size=2)),
    "count": lambda qs: qs.count(),
    "exists": lambda qs: qs.exists(),
    "len": lambda qs: len(qs),
    "first": lambda qs: qs.first(),
    "last": lambda qs: qs.last(),
    "get": lambda qs: qs.get(),
    "in_bulk": lambda qs: qs.in_bulk(),
    "keys": lambda qs: [o.pk for o in qs],
}


def answer(world: World, model: str, chain: Chain, terminal: Any, manager: Any = None) -> Any:
    """What a query answers, as plain data."""
    queryset = start(world, model, chain, manager)
    name, *args = terminal
    if name == "aggregate":
        result = queryset.aggregate(result=args[0].build(world))
    elif name in ("dates", "datetimes"):
        return sorted(plain(list(getattr(queryset, name)(*args))), key=repr)
    elif name == "contains":
        wanted = world.get(model, args[0])
        result = wanted is not None and queryset.contains(wanted)
    elif name in ("earliest", "latest"):
        result = getattr(queryset, name)(*args)
    elif name == "related":
        result = [related(obj, args) for obj in queryset]
    elif name == "pickled":
        queryset.query = pickle.loads(pickle.dumps(queryset.query))
        result = list(queryset)
    elif name == "pickled_result":
        result = list(pickle.loads(pickle.dumps(queryset)))
    else:
        result = TERMINALS[name](queryset)
        if name in ("first", "last") and not queryset.ordered and ("order_by",) in chain:
            result = result is None  # Django 6.1 takes any row when an order was taken away.
    result = plain(result)
    return result if is_ordered(chain) or not isinstance(result, list) else sorted(result, key=repr)


def related(obj: Any, paths: Any) -> Any:
    """An object and what its relations lead to, as prefetched or selected."""
    found = [obj]
    for path in paths:
        try:
            value = getattr(obj, path)
        except Exception as error:
            found.append(type(error).__name__)
            continue
        if hasattr(value, "all"):
            found.append(sorted(plain(list(value.all())), key=repr))
        else:
            found.append(value)
    if hasattr(obj, "found"):
        obj.__dict__["found"] = sorted(plain(obj.__dict__["found"]), key=repr)
    return found
