"""Families across apps, and migrations that were written for broken-down-models 0.5."""

import pytest

pytest_plugins = ["tests.migrations_project.fixtures"]

WIDE = """
class Product(models.Model):
    title = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)
    note = models.TextField(blank=True)
"""
FILL = """
for n in range(3):
    models.Product.objects.create(title=f"t{n}", slug=f"s{n}", note=f"n{n}")
"""
STATE = "answer([schema('shop_product'), rows('shop_product')])"
VALUES = "answer([[p.title, p.slug, p.note] for p in models.Product.objects.order_by('pk')])"
EXPECTED = [[f"t{n}", f"s{n}", f"n{n}"] for n in range(3)]


class TestAcrossApps:
    @pytest.fixture
    def project_apps(self):
        return ("shop", "texts", "orders")

    def test_a_part_in_another_app(self, project):
        project.models(WIDE)
        project.run("make('shop'); migrate()\n" + FILL)
        before = project.run(STATE)
        project.models("class Seo(PartModel):\n    slug = models.SlugField(unique=True)", "texts")
        core = WIDE.replace("    slug = models.SlugField(unique=True)\n", "")
        project.models(
            "from texts.models import Seo" + core.replace("models.Model", "BreakdownModel, Seo")
        )
        line = "    {} = models.ForeignKey('{}', models.CASCADE, null=True)\n"
        project.models(
            "class Order(models.Model):\n"
            + line.format("product", "shop.Product")
            + line.format("seo", "texts.Seo"),
            "orders",
        )
        project.run("make('shop', 'texts', 'orders'); migrate(); check()")
        assert project.migrations("texts") == ["0001_initial"]
        assert project.run(VALUES) == EXPECTED
        project.run("models.Product.objects.filter(slug='s1').update(slug='changed')")
        project.run("models.Product.objects.filter(slug='changed').update(slug='s1')")
        project.run("migrate('shop', '0001')")
        project.models(WIDE)
        assert project.run(STATE) == before


PEER = """
class Seo(models.Model):
    seo_id = models.IntegerField(primary_key=True)
    slug = models.SlugField(unique=True)
    note = models.TextField(blank=True)

class Product(BreakdownModel, Seo):
    id = models.BigAutoField(primary_key=True)
    seo = VirtualParentLink(Seo)
    title = models.CharField(max_length=100)
"""
PEER_MIGRATION = """
import bdmodels.fields
import bdmodels.migration_ops
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.CreateModel("Seo", [
            ("seo_id", models.IntegerField(primary_key=True, serialize=False)),
            ("slug", models.SlugField(unique=True)),
            ("note", models.TextField(blank=True)),
        ]),
        bdmodels.migration_ops.CopyDataToPartial(
            full_model_name="product", part_model_name="seo", elidable=True
        ),
        migrations.RemoveField("product", "note"),
        migrations.RemoveField("product", "slug"),
        bdmodels.migration_ops.AddVirtualField(
            model_name="product", name="seo",
            field=bdmodels.fields.VirtualParentLink(from_field="id", to="shop.Seo"),
        ),
    ]
"""


def test_migrations_of_the_peer_run_and_nothing_is_left_to_do(project):
    project.models(WIDE)
    project.run("make(); migrate()\n" + FILL)
    project.models(PEER)
    (project.path / "shop" / "migrations" / "0002_break.py").write_text(PEER_MIGRATION)
    project.run("migrate(); check()")
    assert project.run(VALUES) == EXPECTED


def test_a_split_of_the_peer_can_be_split_again(project):
    project.models(WIDE)
    project.run("make(); migrate()\n" + FILL)
    project.models(PEER)
    (project.path / "shop" / "migrations" / "0002_break.py").write_text(PEER_MIGRATION)
    project.run("migrate()")
    project.models(
        "class More(PartModel):\n    note = models.TextField(blank=True)\n"
        + PEER.replace("    note = models.TextField(blank=True)\n", "").replace(
            "(BreakdownModel, Seo)", "(BreakdownModel, Seo, More)"
        )
    )
    project.run("make(); migrate(); check()")
    assert project.run(VALUES) == EXPECTED
    project.run("migrate('shop', '0002')")
    project.models(PEER)
    assert project.run(VALUES) == EXPECTED
