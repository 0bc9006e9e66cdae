"""Migrations written before triggers kept old and new tables equal still run."""

import pytest

pytest_plugins = ["tests.migrations_project.fixtures"]

OPTIONS = """
    class Meta:
        indexes = [models.Index(fields=["note"], name="by_note")]
        constraints = [models.UniqueConstraint(fields=["slug"], name="%s_slug")]
"""
WIDE = """
class Product(models.Model):
    title = models.CharField(max_length=100)
    slug = models.CharField(max_length=50)
    note = models.CharField(max_length=50, default="")
"""
SPLIT = """
class Seo(PartModel):
    slug = models.CharField(max_length=50)
    note = models.CharField(max_length=50, default="")
%s
class Product(BreakdownModel, Seo):
    title = models.CharField(max_length=100)
"""
FILL = """
for n in range(4):
    models.Product.objects.create(title=f"t{n}", slug=f"s{n}", note=f"n{n}")
"""
MIGRATION = """
import bdmodels.fields
import bdmodels.models
from bdmodels.migration_ops import *
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("shop", "%s")]
    operations = [%s]
"""
EXPAND = """
    CreatePart(
        name="Seo",
        fields=[
            ("seo_id", models.BigIntegerField(primary_key=True, serialize=False)),
            ("slug", models.CharField(max_length=50)),
            ("note", models.CharField(default="", max_length=50)),
        ],
        bases=(bdmodels.models.PartModel,),
    ),
    RelaxMovedFields(model_name="product", names=["slug", "note"]),
"""
COPY = """
    CopyDataToPartial(full_model_name="product", part_model_name="seo", overwrite=False),
"""
CONTRACT = """
    CheckCopied(from_model_name="product", to_model_name="seo"),
    RemoveMovedIndex(model_name="product", name="by_note"),
    RemoveMovedConstraint(model_name="product", name="old_slug"),
    RemoveMovedFields(model_name="product", names=["slug", "note"]),
    AddMovedIndex(model_name="seo", index=models.Index(fields=["note"], name="by_note")),
    AddMovedConstraint(
        model_name="seo",
        constraint=models.UniqueConstraint(fields=["slug"], name="new_slug"),
    ),
    AddVirtualField(
        model_name="product",
        name="seo_ptr",
        field=bdmodels.fields.VirtualParentLink(auto_created=True, to="shop.seo"),
    ),
    SetBases(name="product", bases=(bdmodels.models.BreakdownModel, "shop.seo", models.Model)),
"""
STATE = "answer([schema('shop_product'), rows('shop_product'), tables()])"


@pytest.mark.parametrize("at_once", [True, False])
def test_they_run_forwards_and_backwards(project, at_once):
    project.models(WIDE + OPTIONS % "old")
    project.run("make(); migrate()\n" + FILL)
    before = project.run(STATE)
    project.models(SPLIT % (OPTIONS % "new"))
    stages = [("expand", EXPAND), ("copy", COPY), ("contract", CONTRACT)]
    last = "0001_initial"
    for number, (stage, operations) in enumerate(stages, 2):
        name = f"{number:04}_product_{stage}"
        path = project.path / "shop" / "migrations" / f"{name}.py"
        path.write_text(MIGRATION % (last, operations))
        last = name
    steps = ["0004"] if at_once else ["0002", "0003", "0004"]
    project.run("; ".join(f"migrate('shop', '{step}')" for step in steps) + "; check()")
    project.run("models.Product.objects.create(title='new', slug='new', note='x')")
    back = ["0001"] if at_once else ["0003", "0002", "0001"]
    project.run("; ".join(f"migrate('shop', '{step}')" for step in back))
    project.models(WIDE + OPTIONS % "old")
    project.run("models.Product.objects.get(slug='new').delete()")
    assert project.run(STATE) == before
