"""What objects, classes and kept statements cost: memory, time and imports."""

import gc
import json
import os
import subprocess
import sys
import tracemalloc
from time import process_time
from types import SimpleNamespace
from weakref import WeakSet, ref

import pytest
from django.apps.registry import Apps
from django.db import connection, models

from bdmodels import statements
from bdmodels.models import BreakdownModel, PartModel
from tests.shop.models import Product
from tests.wide.models import Product as WideProduct
from tests.zoo.models import Asset


@pytest.fixture
def no_collection():
    """Objects go when nothing refers to them, not when the collector finds a cycle."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


# Memory


class Memory:
    """What Python has allocated since, in bytes."""

    def __enter__(self):
        gc.collect()
        tracemalloc.start()
        return self

    def __exit__(self, *args):
        self.size, self.peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()


def create(model, count, **values):
    objs = [model(title=f"Product {i}", price=i, **values) for i in range(count)]
    return model.objects.bulk_create(objs)


def size_of_rows(model):
    list(model.objects.all()[:10])  # What is kept once per model and connection is there.
    with Memory() as memory:
        rows = list(model.objects.all())
    assert len(rows) == 1000
    return memory.size


TEXT = "A lamp of brass, with a shade of green glass. " * 20


@pytest.mark.django_db
def test_rows_without_their_parts_take_less_memory_than_whole_ones():
    for model in (WideProduct, Product):
        create(model, 1000, seo_title="A lamp", seo_text=TEXT)
    # Measured: 0.51 to 0.54.
    assert size_of_rows(Product) < 0.7 * size_of_rows(WideProduct)


@pytest.fixture
def many():
    """20,480 rows of the core alone."""
    create(Product, 20)
    table = connection.ops.quote_name(Product._meta.db_table)
    copy = f"INSERT INTO {table} (title, price) SELECT title, price FROM {table}"
    with connection.cursor() as cursor:
        for _ in range(10):
            cursor.execute(copy)


def peak_of_iterating(count):
    with Memory() as memory:
        for product in Product.objects.order_by("pk")[:count].iterator(chunk_size=500):
            assert product.title
    return memory.peak


@pytest.mark.django_db
@pytest.mark.only_on("sqlite", "postgresql")  # The driver for MariaDB fetches all rows at once.
def test_memory_stays_flat_while_iterating(many):
    peak_of_iterating(10)
    assert peak_of_iterating(20_000) < 3 * peak_of_iterating(2000)


@pytest.mark.django_db
def test_an_iterator_remembers_a_bounded_number_of_peers(many):
    batches, noted = WeakSet(), []
    for product in Product.objects.iterator(chunk_size=500):
        batch = product._state.batch
        batches.add(batch)
        noted.append(sum(len(batch.refs) for batch in batches))
    assert len(noted) == 20_480
    assert max(noted) <= 2000


@pytest.mark.django_db
def test_peers_go_with_the_list_of_them(no_collection):
    create(Product, 20)
    rows = list(Product.objects.all())
    assert {row.stock for row in rows} == {0}
    refs = [ref(row) for row in rows]
    one = rows.pop()
    del rows
    assert [r() for r in refs if r() is not None] == [one]


@pytest.mark.django_db
def test_rows_of_several_queries_go_when_they_are_forgotten(no_collection):
    create(Product, 3)
    refs = []
    for _ in range(30):
        refs += [ref(row) for row in Product.objects.with_parts()]
    assert {r() for r in refs} == {None}


# Kept statements


@pytest.mark.django_db
def test_kept_statements_hold_no_objects(no_collection):
    for _ in range(2):  # When a statement is compiled, and when it is used again.
        asset = Asset.objects.create(name="a", path="p")
        read = Asset.objects.get(pk=asset.pk)
        assert read.path == "p"
        asset.path = "q"
        asset.save()
        asset.save(update_fields=["path"])
        read.name = "b"
        read.save()
        found = Asset.objects.get(pk=asset.pk)
        found.delete()
        refs = [ref(asset), ref(read), ref(found)]
        del asset, read, found
        gc.collect()
        assert [r() for r in refs] == [None, None, None]


def test_the_number_of_kept_statements_is_bounded():
    keeper = SimpleNamespace()
    for number in range(5 * statements.MOST):
        assert statements.kept(keeper, (number,), lambda made=number: made) == number
        assert len(keeper.bdmodels_statements) <= statements.MOST


@pytest.mark.django_db
def test_statements_are_kept_once_for_all_objects():
    def use():
        asset = Asset.objects.create(name="a")
        asset.path = "p"
        asset.save()
        assert Asset.objects.get(pk=asset.pk).path == "p"
        asset.delete()

    connection.__dict__.pop("bdmodels_statements", None)
    use()
    kept = list(connection.bdmodels_statements.items())
    for _ in range(3):
        use()
    assert list(connection.bdmodels_statements.items()) == kept


# Classes


def make(count, core_bases, part_bases):
    """Make pairs of models in a registry of their own, as while models are imported."""
    registry = Apps()

    def new(name, bases, column):
        meta = type("Meta", (), {"apps": registry, "app_label": "made"})
        columns = {f"{column}{n}": models.IntegerField(default=0) for n in range(3)}
        namespace = {"__module__": __name__, "Meta": meta, **columns}
        return type(bases[0])(name, bases, namespace)

    started = process_time()
    for number in range(count):
        part = new(f"Part{number}", part_bases, "moved")
        bases = (*core_bases, part) if core_bases else (models.Model,)
        new(f"Core{number}", bases, "own")
    return process_time() - started


def best(*args):
    return min(make(300, *args) for _ in range(5))


def test_split_models_are_made_in_a_small_multiple_of_the_time_of_plain_ones():
    plain = best((), (models.Model,))
    split = best((BreakdownModel,), (PartModel,))
    assert split < 8 * plain  # Measured: 1.6 to 3.7.


IMPORTS = """
import json, sys

import django
from django.conf import settings
from django.db import models
settings.configure(INSTALLED_APPS=["django.contrib.contenttypes"])
django.setup()

class Plain(models.Model):  # The first model loads the database's modules.
    class Meta:
        app_label = "plain"

before = set(sys.modules)
import bdmodels.models
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def test_importing_the_models_imports_nothing_but_django():
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS], env=environment, stdout=subprocess.PIPE, check=True
    )
    imported = json.loads(done.stdout)
    assert "bdmodels.models" in imported
    assert {name.split(".")[0] for name in imported} <= {"bdmodels", "django"}
