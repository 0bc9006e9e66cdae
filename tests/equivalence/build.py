"""The model classes of all designs, once wide and once split.

Both worlds have the same class names, in two apps, so that reverse accessors and the names in
queries are the same. The tables are made by the test that needs them (``managed = False``).
"""

import sys
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q

from bdmodels.fields import VirtualParentLink
from bdmodels.models import BreakdownModel, PartModel

from . import clock
from .designs import DESIGNS, Design, FieldDesign

KEY_FIELDS = {
    "bigauto": models.BigAutoField,
    "auto": models.AutoField,
    "integer": models.IntegerField,
    "uuid": models.UUIDField,
    "char": models.CharField,
}


def empty_settings() -> dict[str, Any]:
    return {}


def make_field(design: Design, field: FieldDesign) -> Any:
    kwargs: dict[str, Any] = {"db_column": field.db_column, "blank": field.null}
    kind = field.kind
    if field.null and kind != "generated":
        kwargs["null"] = True
    if field.unique and kind != "badge":
        kwargs["unique"] = True
    if field.index:
        kwargs["db_index"] = kind not in ("text", "json", "binary", "generated")
    if kind in ("group", "owner", "badge", "parent"):
        cls = models.OneToOneField if kind == "badge" else models.ForeignKey
        to = design.name("Item" if kind == "parent" else "Group")
        if cls is models.OneToOneField:
            kwargs.pop("db_index", None)
        return cls(to, getattr(models, field.on_delete), related_name=field.related_name, **kwargs)
    return PLAIN[kind](field, kwargs)


def with_default(value: Any) -> Any:
    def add(field: FieldDesign, kwargs: dict[str, Any]) -> dict[str, Any]:
        return {**kwargs, "default": value} if field.default else kwargs

    return add


def plain(cls: Any, default: Any, **fixed: Any) -> Any:
    add = with_default(default)
    return lambda field, kwargs: cls(**{**fixed, **add(field, kwargs)})


def generated(field: FieldDesign, kwargs: dict[str, Any]) -> Any:
    return models.GeneratedField(
        expression=F("number") * 2,
        output_field=models.BigIntegerField(),
        db_persist=True,
        null=True,
        db_column=kwargs["db_column"],
    )


def optional_default(cls: Any, **fixed: Any) -> Any:
    return lambda field, kwargs: cls(**{**fixed, **kwargs})


PLAIN = {
    "char": plain(models.CharField, "none", max_length=30),
    "text": plain(models.TextField, "long"),
    "integer": plain(models.IntegerField, 5),
    "db_default": optional_default(models.IntegerField, db_default=7),
    "decimal": plain(models.DecimalField, Decimal("1.50"), max_digits=8, decimal_places=2),
    "float": plain(models.FloatField, 0.5),
    "boolean": plain(models.BooleanField, True),
    "date": plain(models.DateField, clock.FIRST_DAY),
    "datetime": plain(models.DateTimeField, clock.now),
    "auto_now": optional_default(models.DateTimeField, auto_now=True),
    "auto_now_add": optional_default(models.DateTimeField, auto_now_add=True),
    "json": plain(models.JSONField, empty_settings),
    "uuid": plain(models.UUIDField, clock.next_uuid),
    "duration": plain(models.DurationField, clock.ONE_DAY),
    "binary": plain(models.BinaryField, b"\x00"),
    "generated": generated,
}


def key_field(design: Design) -> Any:
    kwargs: dict[str, Any] = {"primary_key": True, "db_column": design.key_column}
    if design.key == "uuid":
        kwargs["default"] = clock.next_uuid
    elif design.key == "char":
        kwargs["max_length"] = 40
    return KEY_FIELDS[design.key](**kwargs)


class Builder:
    """Makes the classes of one design in one of the two apps."""

    def __init__(self, design: Design, module: str, app_label: str) -> None:
        self.design, self.module, self.app_label = design, module, app_label

    def make(self, name: str, bases: tuple[Any, ...] = (models.Model,), /, **body: Any) -> Any:
        meta = {"app_label": self.app_label, "managed": False, **body.pop("meta", {})}
        attrs = {"__module__": self.module, "Meta": type("Meta", (), meta), **body}
        made = type(bases[0])(self.design.name(name), bases, attrs)
        setattr(sys.modules[self.module], made.__name__, made)  # where pickle looks for it
        return made

    def meta(self, table: int | None) -> dict[str, Any]:
        """The options of one table of the family, or of the wide one (None)."""
        design = self.design
        names = {f.name for f in design.fields if table is None or f.table == table}
        where = "w" if table is None else f"s{table}"
        constraints: list[Any] = [
            models.CheckConstraint(
                condition=Q(**{f"{name}__gte": -2}),
                name=f"{where}{design.seed}_{name}_ck",
                violation_error_message=f"{name} is too small",
            )
            for name in design.positive
            if name in names
        ]
        constraints += [
            models.UniqueConstraint(fields=pair, name=f"{where}{design.seed}_{pair[0]}_{pair[1]}_u")
            for pair in design.listed_unique
            if names.issuperset(pair)
        ]
        together = [pair for pair in design.unique_together if names.issuperset(pair)]
        return {"constraints": constraints, "unique_together": together}

    def build(self) -> None:
        design = self.design
        self.make(
            "Group",
            name=models.CharField(max_length=30, default="g"),
            size=models.IntegerField(default=0),
        )
        self.make("Tag", name=models.CharField(max_length=30))
        item = self.build_split() if self.app_label == "split_twin" else self.build_wide()
        on_delete = getattr(models, design.note_on_delete)
        nullable = design.note_on_delete == "SET_NULL"
        self.make(
            "Note",
            text=models.CharField(max_length=30, default="n"),
            item=models.ForeignKey(item, on_delete, null=nullable),
        )
        self.make(
            "Extra",
            item=models.OneToOneField(item, models.CASCADE, primary_key=design.extra_is_keyed),
            info=models.CharField(max_length=30, default="e"),
        )
        if design.child:
            self.make("Child", (item,), toy=models.CharField(max_length=30, default="toy"))
        if design.proxy:
            self.make("Proxy", (item,), meta={"proxy": True})

    def core_body(self, fields: list[FieldDesign]) -> dict[str, Any]:
        design = self.design
        body: dict[str, Any] = {}
        if design.key != "bigauto":
            body[design.key_name] = key_field(design)
        body.update({f.name: make_field(design, f) for f in fields})
        body["tags"] = models.ManyToManyField(design.name("Tag"))
        body["__str__"] = lambda self: f"item {self.pk}"
        return body

    def build_wide(self) -> Any:
        meta = {**self.meta(None), "ordering": self.design.ordering}
        return self.make("Item", meta=meta, **self.core_body(self.design.fields))

    def build_split(self) -> Any:
        design = self.design
        parts, links = [], {}
        for table in range(1, design.parts + 1):
            own = [f for f in design.fields if f.table == table]
            body = {f.name: make_field(design, f) for f in own}
            part = self.make(f"Part{table}Of", (PartModel,), meta=self.meta(table), **body)
            parts.append(part)
            if table in design.sparse:
                links[f"link{table}"] = VirtualParentLink(part, null=True)
        body = self.core_body([f for f in design.fields if f.table == 0])
        if design.keeps_order:
            body["field_order"] = (design.key_name, *(f.name for f in design.fields))
        meta = {**self.meta(0), "ordering": design.ordering}
        return self.make("Item", (BreakdownModel, *parts), meta=meta, **body, **links)


def build_all(module: str, app_label: str) -> None:
    for design in DESIGNS:
        Builder(design, module, app_label).build()
