"""Never run: what type checkers have to refuse."""

from __future__ import annotations

from django.db import models

from bdmodels import migration_ops
from bdmodels.fields import VirtualForeignKey, VirtualOneToOneField, VirtualParentLink

from .models import Product, ProductSearch


def without_rows(rows: list[Product]) -> None:
    pass


def operations() -> None:
    migration_ops.CheckCopied("product")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    migration_ops.CheckCopied("product", "productsearch", sprase=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    migration_ops.CopyDataToPartial("product", ProductSearch)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    migration_ops.CopyDataFromPartial("product", "productsearch", fields=3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    migration_ops.CopyDataBetweenParts("productstock")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    migration_ops.AddMovedIndex("product", "product_seo_title")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    migration_ops.AddMovedConstraint("product", models.Index(fields=["title"]))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    migration_ops.AddMovedFields("product", ["price"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    migration_ops.SetBases("product", [1])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    migration_ops.LockTables(exclusive=1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    migration_ops.RenamePart("ProductSeo", "ProductSearch", old_key=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    migration_ops.AddPopulatedField("product", "code", models.CharField(), "X")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    migration_ops.AddPopulatedField("product", "code", models.CharField(), value=without_rows)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def fields() -> None:
    VirtualParentLink(ProductSearch, nul=True)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    VirtualParentLink(ProductSearch, default=1)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    VirtualForeignKey(3, from_field="product_number")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    VirtualForeignKey(Product, db_index=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    VirtualOneToOneField(Product, from_field=models.BigIntegerField())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    VirtualOneToOneField(Product, on_delete="cascade")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
