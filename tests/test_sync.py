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


def test_a_users_own_triggers_are_carried_or_leave_the_tables_equal(synced):
    synced.run(
        TWO_CODES
        + """
if connection.vendor == "postgresql":
    execute("CREATE FUNCTION louder() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "UPDATE shop_product SET color = upper(color) WHERE id = NEW.id "
            "AND color IS DISTINCT FROM upper(color); RETURN NULL; END $$")
    execute("CREATE TRIGGER a_louder AFTER UPDATE ON shop_product FOR EACH ROW "
            "EXECUTE FUNCTION louder()")
    execute("CREATE TRIGGER z_louder AFTER UPDATE ON shop_product FOR EACH ROW "
            "EXECUTE FUNCTION louder()")
else:
    execute("CREATE TRIGGER a_louder BEFORE UPDATE ON shop_product FOR EACH ROW "
            "SET NEW.width = LEAST(NEW.width, 50), NEW.color = UPPER(NEW.color)")
for model in (old, new) if connection.vendor == "postgresql" else (old,):
    model.objects.filter(pk=1).update(color="green", width=4)
    assert equal()[0]["color"] == "GREEN"
    model.objects.filter(pk=1).update(color=None)
    assert equal()[0]["color"] is None
"""
    )


def test_sync_goes_on_after_an_error_in_the_same_session(synced):
    synced.run(
        TWO_CODES
        + """
from django.db import DatabaseError
for model in (old, new):
    for _ in range(2):
        try:
            model.objects.filter(pk=1).update(slug="s2")
        except DatabaseError:
            pass
        else:
            raise AssertionError("A slug twice.")
        model.objects.filter(pk=1).update(slug="fine", width=4)
        model.objects.filter(pk=1).update(slug="s0", width=5)
        assert equal()[0]["width"] == 5
"""
    )


DEADLOCKS = """
import threading
from django.db import connections, transaction, OperationalError
failed = []

def work(model, start):
    for n in range(ROUNDS):
        try:
            with transaction.atomic():
                for key in (1, 2) if (n + start) % 2 else (2, 1):
                    model.objects.filter(pk=key).update(width=n % 7, facts={"n": n})
        except OperationalError as error:
            failed.append(str(error))
            # The session that was the victim writes again, and that has to be carried.
            while True:
                try:
                    model.objects.filter(pk=3).update(width=n)
                    break
                except OperationalError:
                    pass
    connections.close_all()

threads = [threading.Thread(target=work, args=(m, i)) for i, m in enumerate((old, new) * 2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
equal()
answer(len(failed))
"""


def test_deadlocks_between_old_and_new_code_leave_the_tables_equal(synced):
    assert synced.run(TWO_CODES + DEADLOCKS.replace("ROUNDS", "12")) > 0


@pytest.mark.only_on("mariadb")
def test_a_statement_that_was_killed_does_not_turn_sync_off(synced):
    synced.run(
        TWO_CODES
        + """
import threading, time
from django.db import connections, DatabaseError, transaction
done = threading.Event(); ready = threading.Event(); mine = []

def hold():
    with transaction.atomic():
        execute("SELECT * FROM shop_size WHERE size_id = 1 FOR UPDATE")
        ready.set(); done.wait(30)
    connections.close_all()

(thread,) = [threading.Thread(target=hold)]
thread.start(); ready.wait(10)
mine = execute("SELECT CONNECTION_ID()")[0][0]

def kill():
    time.sleep(1)
    execute(f"KILL QUERY {mine}")
    connections.close_all()

killer = threading.Thread(target=kill); killer.start()
try:
    old.objects.filter(pk=1).update(width=8)
except DatabaseError:
    pass
else:
    raise AssertionError("Not killed.")
killer.join(); done.set(); thread.join()
old.objects.filter(pk=1).update(width=9)
assert equal()[0]["width"] == 9
"""
    )


def test_moves_into_a_part_between_parts_and_back_are_carried_too(synced):
    synced.run("migrate()")
    width = "    width = models.PositiveIntegerField(null=True)\n"
    facts = "    facts = models.JSONField(null=True)\n"
    color = "    color = models.CharField(max_length=20, null=True)\n"
    moved = SPLIT.replace(width, "").replace(facts, width).replace(color, color + facts)
    moved = moved.replace(color + facts, facts) + color
    synced.models(moved)
    synced.run("make(); migrate('shop', '0006')")
    play_on = play(3, 40).replace(
        'wide_model("0001_initial")', 'wide_model("0004_product_contract")'
    )
    synced.run(play_on + "\nmigrate(); check()")


KEYED = """
import uuid

class Product(%s):
    id = models.%s
    title = models.CharField(max_length=100)
    %s
    class Meta:
        db_table = "Shop Products"
"""
KEYED_PART = """
class Size(PartModel):
    width = models.IntegerField(null=True, db_column="The Width")
    class Meta:
        db_table = "Sizes"
"""


@pytest.mark.parametrize(
    ("key", "values"),
    [
        (
            'UUIDField(primary_key=True, default=uuid.uuid4, db_column="Key")',
            [f"00000000-0000-4000-8000-00000000000{n}" for n in range(4)],
        ),
        (
            'CharField(primary_key=True, max_length=20, db_column="Key")',
            ["Ab", "it's 100%", "\u00fc", "a b"],
        ),
    ],
)
def test_keys_that_are_no_numbers(project, key, values):
    width = 'width = models.IntegerField(null=True, db_column="The Width")'
    project.models(KEYED % ("models.Model", key, width))
    create = "models.Product.objects.create(pk=KEYS[0], title='0', width=5)"
    project.run(f"KEYS = {values!r}\nmake(); migrate(); {create}")
    project.models(KEYED_PART + KEYED % ("BreakdownModel, Size", key, ""))
    codes = TWO_CODES.replace(repr(NAMES), repr(["title", "width"]))
    project.run(
        f"""
make(); migrate("shop", "0003")
KEYS = {values!r}
{codes}
old.objects.create(pk=KEYS[1], title="1", width=1)
new.objects.create(pk=KEYS[2], title="2", width=2)
new.objects.bulk_create([new(pk=KEYS[3], title="3", width=3)])
assert len(equal()) == 4
for n, key in enumerate(KEYS):
    for model, other, value in ((old, of_new, 10 + n), (new, of_old, 20 + n)):
        model.objects.filter(pk=key).update(width=None)
        assert other(key)["width"] is None
        obj = model.objects.get(pk=key)
        obj.width = value
        obj.save()
        assert other(key)["width"] == value
assert {{row["width"] for row in equal()}} == {{20, 21, 22, 23}}
old.objects.get(pk=KEYS[0]).delete()
new.objects.filter(pk=KEYS[1]).delete()
assert {{row["width"] for row in equal()}} == {{22, 23}}
assert len(execute("SELECT * FROM " + connection.ops.quote_name("Sizes"))) == 2
migrate(); check()
migrate("shop", "0001")
"""
    )


def test_old_code_reads_what_new_code_writes_where_a_part_is_dissolved(synced):
    """Its columns go to a new part, to one that is there, and to the core."""
    synced.run("migrate()")
    facts = "    facts = models.JSONField(null=True)\n"
    category = "    category = models.ForeignKey(Category, models.CASCADE, null=True)\n"
    width = "    width = models.PositiveIntegerField(null=True)\n"
    moved = SPLIT.replace(facts + category, "").replace("Seo", "Name")
    synced.models(moved.replace(width, width + facts) + category)
    synced.run("make(); migrate('shop', '0006')")
    old_and_new = TWO_CODES.replace("0001_initial", "0004_product_contract")
    synced.run(old_and_new + CREATED + play(5, 60).replace("0001_initial", "0004_product_contract"))
    values = f"answer(list(models.Product.objects.order_by('pk').values_list(*{NAMES!r})))"
    before = synced.run("migrate(); check()\n" + values)
    synced.run("migrate('shop', '0004')")
    assert synced.run("migrate()\n" + values) == before


CREATED = """
for made, number in ((new, 1), (old, 2)):
    for width in (None, 4):
        made.objects.create(title="a", slug=f"c{number}{width}", width=width)
        made.objects.bulk_create([made(title="b", slug=f"b{number}{width}", width=width)])
equal()
"""


def test_two_tables_make_one_row_of_a_part_that_requires_both_values(project):
    part = "class {}(PartModel):\n{}"
    x, y = "    x = models.IntegerField()\n", "    y = models.IntegerField()\n"
    core = "class Product(BreakdownModel, {}):\n    title = models.CharField(max_length=20)\n"
    project.models(part.format("A", x + y) + core.format("A"))
    project.run("make(); migrate(); models.Product.objects.create(title='old', x=1, y=2)")
    project.models(part.format("B", x) + part.format("C", y) + core.format("B, C"))
    project.run("make(); migrate('shop', '0003')")
    made = "models.Product.objects.create(title='new', x=3, y=4)"
    rows = "answer([list(row) for row in execute('SELECT x, y FROM shop_a ORDER BY x')])"
    assert project.run(f"{made}; {rows}") == [[1, 2], [3, 4]]
    assert project.run(f"migrate(); check(); migrate('shop', '0001'); {rows}") == [[1, 2], [3, 4]]
