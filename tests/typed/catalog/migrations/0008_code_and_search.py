"""Written by hand: a part is renamed, and a required field is filled by a callable."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from bdmodels.migration_ops import AddPopulatedField, Refused, RenamePart
from bdmodels.populated_rows import Rows
from tests.typed.checked import assert_type


def fill_codes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor, rows: Rows) -> None:
    if not all(row.title for row in rows):
        raise Refused("A product has no title to make a code of.")
    codes = rows.distinct(row.title[:16].upper() for row in rows)
    assert_type(codes, list[str])
    for row, code in zip(rows, codes, strict=True):
        row.code = code
    # Rows of another model; they go when the migration is reversed.
    brands = apps.get_model("catalog", "Brand")
    rows.create(brands, name="Unknown")
    more = brands(name="None")
    more.save()
    rows.remember(more)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0007_product_contract")]

    operations = [
        RenamePart(
            old_name="ProductSeo",
            new_name="ProductSearch",
            old_key="productseo_id",
            new_key="productsearch_id",
        ),
        migrations.RenameField(
            model_name="product",
            old_name="productseo_ptr",
            new_name="productsearch_ptr",
        ),
        AddPopulatedField(
            model_name="product",
            name="code",
            field=models.CharField(max_length=20),
            value=fill_codes,
        ),
    ]
