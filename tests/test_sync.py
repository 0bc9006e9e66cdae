"""Between expand and contract old and new code write at the same time, and no value is lost."""

import random
import textwrap

import pytest

pytest_plugins = ["tests.migrations_project.fixtures"]
pytestmark = pytest.mark.only_on("postgresql", "mariadb")

WIDE = """
class Category(models.Model):
    name = models.CharField(max_length=50)

class Product(models.Model):
    title = models.CharField(max_length=100)
    slug = models.SlugField(unique=True, db_column="Slug Column")
    facts = models.JSONField(null=True)
    category = models.ForeignKey(Category, models.CASCADE, null=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True, db_default=3)
    color = models.CharField(max_length=20, null=True)
"""
SPLIT = """
class Category(models.Model):
    name = models.CharField(max_length=50)

class Seo(PartModel):
    slug = models.SlugField(unique=True, db_column="Slug Column")
    facts = models.JSONField(null=True)
    category = models.ForeignKey(Category, models.CASCADE, null=True)

class Size(PartModel):
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True, db_default=3)

class Paint(PartModel):
    color = models.CharField(max_length=20, null=True)

class Product(BreakdownModel, Seo, Size, Paint):
    paint_ptr = VirtualParentLink(Paint, null=True)
    title = models.CharField(max_length=100)
"""
# What both codes write, on the same server: `old` and `new` are the models of two registries.
TWO_CODES = """
import copy
from django.db import connection
from django.db.migrations.loader import MigrationLoader

def wide_model(migration):
    state = MigrationLoader(connection).project_state(("shop", migration))
    return state.apps.get_model("shop", "Product")

old, new = wide_model("0001_initial"), models.Product
NAMES = {names!r}

def of_old(key):
    return old.objects.filter(pk=key).values(*NAMES).first()

def of_new(key):
    return new.objects.filter(pk=key).values(*NAMES).first()

def everywhere():
    return [list(m.objects.order_by("pk").values("pk", *NAMES)) for m in (old, new)]

def equal():
    first, second = everywhere()
    assert first == second, (first, second)
    return first
"""
NAMES = ["title", "slug", "facts", "category_id", "width", "height", "color"]
TWO_CODES = TWO_CODES.replace("{names!r}", repr(NAMES))

PLAY = """
import random
draw = random.Random(SEED)

def value(name, n):
    if name == "slug":
        return f"s{n}-{draw.randrange(10**9)}"
    if name == "title":
        return draw.choice(["a", "A", "a ", "b"])
    if name == "facts":
        return draw.choice([None, {"a": [1, n]}, [], "text", 0])
    if name == "category_id":
        return draw.choice([None, *CATEGORIES])
    if name == "color":
        return draw.choice([None, "red", "Red", "red ", ""])
    return draw.choice([None, 0, 1, 2])

CATEGORIES = list(models.Category.objects.values_list("pk", flat=True))

def create(model, n):
    names = [n for n in NAMES if n not in ("height", "color") or draw.random() < .6]
    return model.objects.create(**{name: value(name, n) for name in names})

def bulk(model, n):
    model.objects.bulk_create([
        model(**{name: value(name, f"{n}{i}") for name in NAMES}) for i in range(3)])

def save(model, n):
    obj = model.objects.order_by("?").first()
    if obj:
        for name in draw.sample(NAMES, 2):
            setattr(obj, name, value(name, n))
        obj.save()

def save_some(model, n):
    obj = model.objects.order_by("?").first()
    if obj:
        name = draw.choice(NAMES)
        setattr(obj, name, value(name, n))
        obj.save(update_fields=[name])

def update(model, n):
    names = draw.sample([n for n in NAMES if n != "slug"], 2)
    model.objects.filter(title=draw.choice("aAb")).update(**{x: value(x, n) for x in names})

def update_by_moved(model, n):
    model.objects.filter(width=draw.choice([0, 1, 2])).update(height=value("height", n))

def delete(model, n):
    obj = model.objects.order_by("?").first()
    if obj and draw.random() < .5:
        obj.delete()

def delete_found(model, n):
    model.objects.filter(width=2, color="red").delete()

ACTIONS = [create, create, bulk, save, save, save_some, update, update_by_moved, delete,
           delete_found]
for n in range(STEPS):
    action, model = draw.choice(ACTIONS), draw.choice([old, new])
    before = everywhere()
    action(model, f"{SEED}x{n}")
    try:
        equal()
    except AssertionError as error:
        raise AssertionError(f"{n}: {action.__name__} by {model}\\n{before}\\n{error}")
"""


def play(seed, steps=60):
    return TWO_CODES + PLAY.replace("SEED", str(seed)).replace("STEPS", str(steps))


@pytest.fixture
def synced(project):
    """Copied, not contracted; the models are those of the new code."""
    project.models(WIDE)
    project.run(
        "make(); migrate()\nc = models.Category.objects.create(name='c')\n"
        "models.Category.objects.create(name='d')\n"
        "for n in range(3):\n    models.Product.objects.create("
        "title='a', slug=f's{n}', facts={'n': n}, category=c, width=n, color='red')"
    )
    project.models(SPLIT)
    project.run("make(); migrate('shop', '0003')")
    return project


def test_whatever_either_code_writes_the_other_reads(synced):
    synced.run(play(1) + play(random.randrange(10**6)) + "\nmigrate(); check()")


def test_on_the_way_back_both_codes_write_again(synced):
    last = synced.run(
        "migrate()\nmodels.Product.objects.create(title='n', slug='n')\nmigrate('shop', '0003')\n"
        "models.Product.objects.filter(slug='s1').update(width=8)\n"
        "models.Product.objects.create(title='m', slug='m', width=5)\n"
        "migrate('shop', '0002')\n" + play(2, 30) + "answer(equal()); migrate('shop', '0001')"
    )
    synced.models(WIDE)
    names = ["pk", *NAMES]
    found = synced.run(f"answer(list(models.Product.objects.order_by('pk').values(*{names})))")
    assert found == last
    assert last


def test_both_codes_write_before_the_copy(project):
    project.models(WIDE)
    project.run(
        "make(); migrate()\nmodels.Category.objects.create(name='c')\nfor n in range(5):\n"
        "    models.Product.objects.create(title='a', slug=f's{n}', width=n)"
    )
    project.models(SPLIT)
    project.run(
        textwrap.dedent(
            """
            make(); migrate('shop', '0002')
            CODES
            old.objects.filter(slug="s1").update(width=9)
            obj = old.objects.get(slug="s2"); obj.slug = "changed"; obj.save()
            old.objects.get(slug="s3").delete()
            old.objects.create(title="old", slug="old", width=1)
            new.objects.create(title="new", slug="new", width=2)
            migrate("shop", "0003")
            assert [r["slug"] for r in equal()] == ["s0", "s1", "changed", "s4", "old", "new"]
            migrate(); check()
            """
        ).replace("CODES", TWO_CODES)
    )


def test_a_write_to_the_core_alone_fires_nothing(synced):
    synced.run(
        TWO_CODES
        + """
behind("UPDATE shop_size SET width = 77")
old.objects.update(title="x")
new.objects.update(title="y")
assert set(new.objects.values_list("width", flat=True)) == {77}
assert 77 not in set(old.objects.values_list("width", flat=True))
"""
    )


def test_old_code_cannot_leave_out_what_a_part_requires(synced):
    said = synced.run(
        TWO_CODES + "old.objects.filter(title='a').update(slug=None, width=3)", fails=True
    )
    assert "IntegrityError" in said or "OperationalError" in said


def test_going_back_past_expand_refuses_what_would_be_lost(synced):
    synced.run("migrate('shop', '0002')\nbehind('UPDATE shop_size SET width = 77')")
    said = synced.run("migrate('shop', '0001')", fails=True)
    assert "shop.Size holds values that shop.Product does not (width, height)" in said
    assert "3 rows differ" in said
    synced.run("behind('UPDATE shop_size SET width = size_id - 1')")
    synced.run("migrate('shop', '0001')")
    synced.models(WIDE)
    synced.run("assert models.Product.objects.get(pk=3).width == 2; migrate()")
