"""A polymorphic model with rows is split, base and children, and goes all the way back."""

import pytest

pytest_plugins = ["tests.migrations_project.fixtures"]

IMPORTS = """
from polymorphic.managers import PolymorphicManager
from polymorphic.models import PolymorphicModel
from polymorphic.query import PolymorphicQuerySet
from bdmodels.contrib.polymorphic import PolymorphicBreakdownModel

class CheapQuerySet(PolymorphicQuerySet):
    def cheap(self):
        return self.filter(price__lt=5)

class Brand(models.Model):
    name = models.CharField(max_length=20)
"""
WIDE = (
    IMPORTS
    + """
class Product(PolymorphicModel):
    title = models.CharField(max_length=20)
    price = models.IntegerField(default=0)
    slug = models.SlugField(unique=True)
    text = models.TextField()
    brand = models.ForeignKey(Brand, models.CASCADE)

    objects = PolymorphicManager.from_queryset(CheapQuerySet)()

    class Meta:
        base_manager_name = "objects"

class Book(Product):
    pages = models.IntegerField(default=1)
    isbn = models.CharField(max_length=20)
    publisher = models.ForeignKey(Brand, models.PROTECT, null=True, related_name="books")

class Comic(Book):
    artist = models.CharField(max_length=20)
    panels = models.IntegerField(null=True)

class Shirt(Product):
    colour = models.CharField(max_length=20)

class Bargain(Product):
    class Meta:
        proxy = True
"""
)
SPLIT_BASE = (
    IMPORTS
    + """
class ProductText(PartModel):
    slug = models.SlugField(unique=True)
    text = models.TextField()
    brand = models.ForeignKey(Brand, models.CASCADE)

class Product(PolymorphicBreakdownModel, ProductText):
    title = models.CharField(max_length=20)
    price = models.IntegerField(default=0)

    objects = PolymorphicManager.from_queryset(CheapQuerySet)()

    class Meta:
        base_manager_name = "objects"
"""
    + WIDE[WIDE.index("\nclass Book") :]
)
SPLIT_ALL = (
    SPLIT_BASE[: SPLIT_BASE.index("\nclass Book")]
    + """
class BookDetails(PartModel):
    isbn = models.CharField(max_length=20)
    publisher = models.ForeignKey(Brand, models.PROTECT, null=True, related_name="books")

class Book(Product, BookDetails):
    pages = models.IntegerField(default=1)

class ComicPanels(PartModel):
    panels = models.IntegerField(null=True)

class Comic(Book, ComicPanels):
    artist = models.CharField(max_length=20)
"""
    + WIDE[WIDE.index("\nclass Shirt") :]
)
# The base keeps its table; one of its children is split.
SPLIT_CHILD = (
    WIDE[: WIDE.index("\nclass Book")].replace(
        "Product(PolymorphicModel)", "Product(PolymorphicBreakdownModel)"
    )
    + SPLIT_ALL[SPLIT_ALL.index("\nclass BookDetails") : SPLIT_ALL.index("\nclass ComicPanels")]
    + WIDE[WIDE.index("\nclass Comic") :]
)
NAMES = "'shop_product', 'shop_book', 'shop_comic', 'shop_shirt'"
FILL = """
brand = models.Brand.objects.create(name="Acme")
for n in range(3):
    common = {"price": n, "text": f"x{n}", "brand": brand}
    models.Product.objects.create(title=f"p{n}", slug=f"p{n}", **common)
    models.Book.objects.create(title=f"b{n}", slug=f"b{n}", isbn=f"i{n}", publisher=brand, **common)
    models.Comic.objects.create(
        title=f"c{n}", slug=f"c{n}", isbn=f"j{n}", artist="a", panels=n or None, **common)
    models.Shirt.objects.create(title=f"s{n}", slug=f"s{n}", colour="red", **common)
    models.Bargain.objects.create(title=f"r{n}", slug=f"r{n}", **common)
"""
# What is in the database, and what the models say.
TABLES = f"""
keys = {{"shop_book": "product_ptr_id", "shop_comic": "book_ptr_id"}}
keys["shop_shirt"] = keys["shop_book"]
tables_then = [schema({NAMES}), [rows(t, keys.get(t, "id")) for t in ({NAMES})], tables()]
"""
READ = """
from django.core.management import call_command
call_command("check", fail_level="WARNING")
objects_then = [
    [type(o).__name__, o.title, o.slug, o.text, o.brand.name]
    + [str(getattr(o, name, "-")) for name in ("isbn", "pages", "publisher_id", "panels", "colour")]
    for o in models.Product.objects.order_by("pk")
]
"""
HISTORY = """
from bdmodels.models import Breakdown
from django.db.migrations.loader import MigrationLoader
apps = MigrationLoader(connection).project_state().apps
assert all(issubclass(apps.get_model("shop", name), Breakdown) for name in ("Product", "Comic"))
Product, Book, Brand = (apps.get_model("shop", name) for name in ("Product", "Book", "Brand"))
old = Book.objects.get(title="b1")
read = [old.text, old.isbn, old.publisher.name, type(Product.objects.get(title="b1")).__name__]
found = Book.objects.filter(isbn="i2", text="x2").update(text="y2", isbn="k2", pages=9)
old.isbn, old.text = "k1", "y1"
old.save()
kind = apps.get_model("contenttypes", "ContentType").objects.get(model="book")
Book.objects.create(
    title="h", slug="h", text="t", isbn="k", brand=Brand.objects.get(), polymorphic_ctype=kind)
columns = ("title", "text", "isbn", "pages")
now = models.Book.objects.filter(title__in=("h", "b1", "b2")).order_by("title")
made = type(models.Product.objects.get(slug="h")).__name__
answer([read, found, list(now.values_list(*columns)), made])
"""


@pytest.fixture
def wide(project):
    project.installed.append("polymorphic")
    project.models(WIDE)
    project.run("make(); check(); migrate()\n" + FILL)
    return project


@pytest.mark.parametrize(
    ("split", "written"),
    [(SPLIT_CHILD, {"book"}), (SPLIT_ALL, {"product", "book", "comic"})],
    ids=["child", "all"],
)
def test_a_split_goes_forwards_and_back_with_all_rows(wide, split, written):
    before, values = wide.run(TABLES + READ + "answer([tables_then, objects_then])")
    assert values[1] == ["Book", "b0", "b0", "x0", "Acme", "i0", "1", "1", "-", "-"]
    assert len(values) == 15
    wide.models(split)
    found = wide.run("make(); check(); migrate(); check()\n" + READ + "answer(objects_then)")
    assert found == values
    assert len(wide.migrations()) == 1 + 3 * len(written)
    assert {name.split("_")[1] for name in wide.migrations()[1:]} == written
    files = [wide.migration(name).read_text() for name in wide.migrations()]
    assert not any("polymorphic.base" in f or "contrib.polymorphic" in f for f in files)
    wide.run("migrate('shop', '0001')")
    wide.models(WIDE)
    assert wide.run(TABLES + READ + "answer([tables_then, objects_then])") == [before, values]
    wide.models(split)
    wide.run("migrate(); check()")
    assert wide.run(HISTORY) == [
        ["x1", "i1", "Acme", "Product"],
        1,
        [["b1", "y1", "k1", 1], ["b2", "y2", "k2", 9], ["h", "t", "k", 1]],
        "Book",
    ]


def test_a_base_that_is_split_goes_on_to_split_its_children(wide):
    wide.models(SPLIT_BASE)
    wide.run("make(); migrate(); check()")
    wide.models(SPLIT_ALL)
    values = wide.run("make(); migrate(); check()\n" + READ + "answer(objects_then)")
    assert values[2] == ["Comic", "c0", "c0", "x0", "Acme", "j0", "1", "None", "None", "-"]
    assert len(values) == 15
    assert len(wide.migrations()) == 10


def test_new_models_are_created_split(project):
    project.installed.append("polymorphic")
    project.models(SPLIT_ALL)
    values = project.run("make(); check(); migrate()\n" + FILL + READ + "answer(objects_then)")
    assert len(project.migrations()) == 1
    assert len(values) == 15
