"""One field of every type, with every kind of key: split in three, and all the way back."""

import pytest

pytest_plugins = ["tests.migrations_project.fixtures"]

KEYS = {
    "auto": "",
    "uuid": "key = models.UUIDField(primary_key=True, default=uuid.uuid4)",
    "string": "code = models.CharField(max_length=30, primary_key=True, db_column='the_code')",
}
FIELDS = """
import datetime, decimal, uuid
from django.db.models.functions import Lower, Now

class Category(models.Model):
    name = models.CharField(max_length=50)
    code = models.CharField(max_length=50, unique=True)

class Tag(models.Model):
    name = models.CharField(max_length=50)
"""
FIRST = """
    f_bigint = models.BigIntegerField(unique=True)
    f_binary = models.BinaryField()
    f_bool = models.BooleanField(default=True)
    f_char = models.CharField(
        "Label", max_length=40, db_index=True, help_text="x", db_comment="it's \\"c\\""
    )
    f_char_null = models.CharField(max_length=40, null=True, blank=True, unique=True)
    f_date = models.DateField(auto_now_add=True)
    f_datetime = models.DateTimeField(auto_now=True)
    f_decimal = models.DecimalField(max_digits=12, decimal_places=4)
    f_duration = models.DurationField()
    f_email = models.EmailField(db_column="mail")
"""
SECOND = """
    f_file = models.FileField(upload_to="x")
    f_path = models.FilePathField(path="/tmp")
    f_float = models.FloatField()
    f_ip = models.GenericIPAddressField(null=True)
    f_int = models.IntegerField(db_default=7)
    f_int_null = models.IntegerField(null=True, db_default=3)
    f_int_unique = models.IntegerField(db_default=-5, unique=True)
    f_json = models.JSONField()
    f_json_null = models.JSONField(null=True, default=dict)
    f_posbig = models.PositiveBigIntegerField(db_comment="positive")
    f_pos = models.PositiveIntegerField()
    f_possmall = models.PositiveSmallIntegerField(null=True)
    f_generated = models.GeneratedField(
        expression=F("f_pos") + F("f_posbig"),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
"""
THIRD = """
    f_slug = models.SlugField()
    f_small = models.SmallIntegerField(choices=[(1, "a"), (2, "b")])
    f_text = models.TextField()
    f_text_null = models.TextField(null=True)
    f_time = models.TimeField()
    f_url = models.URLField(unique=True)
    f_uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    f_fk = models.ForeignKey(Category, models.PROTECT, related_name="things")
    f_fk_null = models.ForeignKey(
        Category, models.SET_NULL, null=True, related_name="+", db_column="cat"
    )
    f_fk_code = models.ForeignKey(Category, models.CASCADE, to_field="code", related_name="+")
    f_one = models.OneToOneField(Tag, models.CASCADE, related_name="thing")
"""
CORE = """
    name = models.CharField(max_length=20)
    parent = models.ForeignKey("self", models.CASCADE, null=True)
    tags = models.ManyToManyField(Tag, related_name="things")
"""
OPTIONS = {
    "first": """
        indexes = [models.Index(fields=["f_date", "-f_datetime"])]
        constraints = [models.CheckConstraint(condition=Q(f_decimal__gte=-1), name="decimal_ok")]
""",
    "second": """
        indexes = [models.Index(fields=["f_float"], name="by_float")]
        constraints = [models.UniqueConstraint(fields=["f_file", "f_path"], name="file_once")]
""",
    "third": """
        unique_together = [("f_slug", "f_fk")]
        constraints = [
            models.CheckConstraint(
                condition=Q(f_text__isnull=False) | Q(f_url__isnull=False), name="some"
            ),
        ]
""",
}
REST = """
class Order(models.Model):
    thing = models.ForeignKey("Thing", models.CASCADE)
    things = models.ManyToManyField("Thing", related_name="many_orders")
"""


def wide(key):
    return f"""{FIELDS}
class Thing(models.Model):
    {KEYS[key]}
{CORE}{FIRST}{SECOND}{THIRD}
    class Meta:
        indexes = [
            models.Index(fields=["f_date", "-f_datetime"]),
            models.Index(fields=["f_float"], name="by_float"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(f_decimal__gte=-1), name="decimal_ok"),
            models.UniqueConstraint(fields=["f_file", "f_path"], name="file_once"),
            models.CheckConstraint(
                condition=Q(f_text__isnull=False) | Q(f_url__isnull=False), name="some"
            ),
        ]
        unique_together = [("f_slug", "f_fk")]
{REST}"""


def split(key, bases="Numbers, Texts, Links", links=""):
    return f"""{FIELDS}
class Numbers(PartModel):
{FIRST}
    class Meta:{OPTIONS["first"]}
class Texts(PartModel):
{SECOND}
    class Meta:
        db_table = "shop_custom_texts"{OPTIONS["second"]}
class Links(PartModel):
{THIRD}
    class Meta:{OPTIONS["third"]}
class Thing(BreakdownModel, {bases}):
    {KEYS[key]}
{links}
{CORE}
{REST}"""


FILL = """
import datetime, decimal, uuid
Category, Tag, Thing, Order = models.Category, models.Tag, models.Thing, models.Order
category, _ = Category.objects.get_or_create(name="Books", code="b")
def thing(n, **more):
    tag = Tag.objects.create(name=f"t{n}")
    if Thing._meta.pk.name == "code":
        more["code"] = f"k{n}"
    return Thing.objects.create(
        name=f"n{n}", f_bigint=n * 10**15, f_binary=bytes([0, 255, n]), f_char=f"ü'%{n}",
        f_char_null=str(n) if n % 2 else None, f_decimal=decimal.Decimal(n) / 8,
        f_duration=datetime.timedelta(days=n, microseconds=5), f_email=f"e{n}@example.org",
        f_file=f"x/{n}", f_path=f"/tmp/{n}", f_float=n / 3, f_ip=f"10.0.0.{n}",
        f_int=n, f_int_null=None if n % 2 else n, f_int_unique=n, f_json={"a": [n, None, "é"]},
        f_json_null=None if n % 2 else n, f_posbig=n * 10**10, f_pos=n, f_possmall=n or None,
        f_slug=f"s{n}", f_small=n % 3, f_text="long " * n, f_text_null=None if n % 3 else "",
        f_time=datetime.time(n, 1, 2), f_url=f"https://example.org/{n}", f_fk=category,
        f_fk_null=category if n % 2 else None, f_fk_code=category, f_one=tag, **more,
    )
"""
VALUES = """
fields = [f for f in models.Thing._meta.get_fields() if f.concrete and not f.many_to_many]
names = sorted(f.attname for f in fields if not f.name.endswith("_ptr"))
def value(o, n):
    found = getattr(o, n)
    return bytes(found).hex() if isinstance(found, memoryview) else repr(found)
values = [[[n, value(o, n)] for n in names] for o in models.Thing.objects.order_by("name")]
related = [[sorted(t.name for t in o.tags.all()), o.order_set.count(), o.many_orders.count(),
            o.f_one.thing.pk == o.pk, o.f_fk.things.count(), o.f_fk_code.name]
           for o in models.Thing.objects.order_by("name")]
"""
STATE = """
key = models.Thing._meta.pk.column
answer([schema("shop_thing", "shop_thing_tags", "shop_order"), rows("shop_thing", key), tables(),
        rows("shop_thing_tags"), rows("shop_order")])
"""


@pytest.mark.parametrize("key", KEYS)
def test_every_type_of_field_goes_forwards_and_back(project, key):
    project.models(wide(key))
    before = project.run(
        "make(); migrate()\n" + FILL + "things = [thing(n) for n in range(6)]\n"
        "order = Order.objects.create(thing=things[2]); order.things.set(things[:3])\n"
        "things[1].tags.set(Tag.objects.all()); things[3].parent = things[2]; things[3].save()\n"
        + STATE
    )
    wide_values = project.run(VALUES + "answer([values, related])")

    project.models(split(key))
    project.run("make(); migrate(); check()")
    assert project.migrations()[1:] == [
        "0002_thing_expand",
        "0003_thing_copy",
        "0004_thing_contract",
    ]
    assert project.run(VALUES + "answer([values, related])") == wide_values
    links = "    texts_ptr = VirtualParentLink(Texts)\n    numbers_ptr = VirtualParentLink(Numbers)"
    project.models(split(key, "Links, Texts, Numbers", links))
    project.run("check()")

    project.run("migrate('shop', '0001')")
    project.models(wide(key))
    assert project.run(STATE) == before

    # Forwards again, and back with rows that the split model made and changed.
    project.models(split(key))
    project.run("migrate(); check()\n" + FILL + "thing(7)")
    project.run(
        "o = models.Thing.objects.get(name='n2')\n"
        "o.f_char = 'changed'; o.f_int = 99; o.f_url = 'http://changed'; o.save()"
    )
    after_split = project.run(VALUES + "answer(values)")
    project.run("migrate('shop', '0001')")
    project.models(wide(key))
    assert project.run(VALUES + "answer(values)") == after_split
    assert project.run(STATE)[0] == before[0]
