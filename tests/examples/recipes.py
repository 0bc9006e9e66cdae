"""What each page with examples starts from, and what is to be looked at in between.

A page that is not named here runs by `standard`: from the split models of `SPLIT`, all its blocks
in order. A recipe is needed where a page starts from something else.
"""

import ast
import shutil
from collections.abc import Callable
from pathlib import Path

from .blocks import ROOT, blocks
from .models import is_excerpt
from .page import Page

NOT_RUN = {
    ("README.md", "pip install bdmodels"): "installs from the package index",
    (
        "docs/contributing.md",
        "git clone https://example.org/bdmodels.git && cd bdmodels",
    ): "stands for the address of the repository",
    ("docs/tutorial.md", "python3 -m venv .venv"): "makes the environment that the tests are in",
    ("docs/tutorial.md", ". .venv/bin/activate"): "the same",
    ("docs/tutorial.md", "pip install --editable '.[demo]'"): "the same",
    ("docs/tutorial.md", "python manage.py createsuperuser"): "asks for a password",
    ("docs/tutorial.md", "python manage.py runserver"): "does not end",
    (
        "docs/howto/lazy-loads.md",
        "from debug_toolbar.settings import PANELS_DEFAULTS",
    ): "needs django-debug-toolbar; tests/ecosystem/test_debug_toolbar.py has the panel",
    (
        "docs/howto/other-packages.md",
        "from bdmodels.contrib.reversion import VersionAdmin, register",
    ): "needs django-reversion; tests/ecosystem has such a model",
    (
        "docs/howto/other-packages.md",
        "from bdmodels.base import BreakdownBase",
    ): "needs django-mptt; tests/ecosystem has such a model",
    (
        "docs/howto/other-packages.md",
        '@pghistory.track(obj_field=pghistory.ObjForeignKey(related_name="seo_events"))',
    ): "needs django-pghistory; tests/ecosystem has such models",
    (
        "docs/howto/other-packages.md",
        "# yourapp/management/commands/makemigrations.py",
    ): "needs both packages; tests/ecosystem has such a command",
    (
        "docs/reference/lazy-loads.md",
        "Part shop.ProductSeo of shop.Product was loaded lazily for 25 rows at "
        "/srv/shop/views.py:31 in product_list",
    ): "shows a line of a log",
}
"""Commands, and other blocks by their first line, that no test runs, and why."""

SPLIT = """
class Supplier(models.Model):
    name = models.CharField(max_length=50)

class Category(models.Model):
    name = models.CharField(max_length=50)

class ProductSeo(PartModel):
    seo_title = models.CharField(max_length=200)
    seo_description = models.TextField(blank=True)

class ProductMedia(PartModel):
    image = models.FileField(upload_to="products", blank=True)
    image_alt = models.CharField(max_length=200, blank=True)
    supplier = models.ForeignKey("Supplier", models.CASCADE, null=True)

class Product(BreakdownModel, ProductSeo, ProductMedia):
    title = models.CharField(max_length=200)
    price = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    category = models.ForeignKey(Category, models.CASCADE, null=True)
"""
WIDE = """
class Product(models.Model):
    title = models.CharField(max_length=200)
    seo_title = models.CharField(max_length=200)
    seo_text = models.TextField()
    price = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    image = models.ImageField(upload_to="products")
    image_alt = models.CharField(max_length=200, blank=True)
"""
WIDE_ROWS = """
for n in range(3):
    Product.objects.create(title=f"t{n}", seo_title=f"s{n}", seo_text="x", price=n)
"""
ROWS = """
supplier = Supplier.objects.create(name="s")
category = Category.objects.create(name="c")
for n in range(3):
    Product.objects.create(title=f"t{n}", seo_title=f"s{n}", supplier=supplier, category=category)
"""


def standard(page: Page) -> None:
    page.given(SPLIT, ROWS)
    page.rest()


def commands_only(page: Page) -> None:
    page.rest()


def readme(page: Page) -> None:
    page.console()
    page.models()
    page.migrate()
    page.python("Product.objects.create(title='t', price=1, seo_title='s', seo_text='x')")
    page.rest()
    page.python("assert Product.objects.get(title='t').seo_text == 'x'")
    page.manage("migrate", "shop", "0001")


def tutorial(page: Page) -> None:
    clone = page.folder / "clone"
    shutil.copytree(
        ROOT / "testproject", clone / "testproject",
        ignore=shutil.ignore_patterns("var", "pgdata", "__pycache__", "*.sqlite3*"),
    )  # fmt: skip
    shutil.rmtree(page.folder / "shop")
    page.folder = page.project = clone
    page.env = {"DJANGO_SETTINGS_MODULE": "project.settings", "DB": "sqlite", "DATABASE_URL": ""}
    page.console()
    split = (ROOT / "testproject" / "flights" / "models_split.py").read_text()
    assert is_excerpt(page.next("python").text, split)
    page.rest()


DESCRIBE = """
for model in (Product, ProductSeo):
    print([(f.name, f.concrete and f.column, type(f).__name__) for f in model._meta.get_fields()])
"""


def split(page: Page) -> None:
    page.given(WIDE, WIDE_ROWS)
    page.models()
    links_added = page.models_source
    page.become(links_added.replace("ProductSeo, ProductMedia", "ProductSeo"))
    added = page.python(DESCRIBE)
    page.models(without=("ProductMedia",))
    assert page.python(DESCRIBE) == added
    page.become(links_added)
    page.models()
    page.python("assert [f.name for f in Product._meta.fields] == list(Product.field_order)")
    page.console()
    page.python("assert Product.objects.get(title='t1').seo_title == 's1'")
    page.become(links_added)
    page.rest()
    page.migrate()
    page.python("assert Product.objects.get(title='t1').recalled is None")


def go_back(page: Page) -> None:
    split_it(page)
    page.rest()


def move_a_field(page: Page) -> None:
    page.given(SPLIT, ROWS)
    line = "    seo_title = models.CharField(max_length=200)\n"
    head = "class ProductMedia(PartModel):\n"
    page.become(page.models_source.replace(line, "").replace(head, head + line))
    page.rest()
    page.python("assert Product.objects.get(title='t1').seo_title == 's1'")


def merge_a_part(page: Page) -> None:
    page.given(SPLIT.replace("    price = ", "    # ").replace("    category = ", "    # "))
    page.python("Product.objects.create(title='t', seo_title='s')")
    page.models(without=("ProductSeo",))
    page.rest()
    page.python("assert Product.objects.get().seo_title == 's'")


def admin(page: Page) -> None:
    page.add_settings(ADMIN)
    page.given(BOOKS)
    for block in page.take_all():
        (page.project / "shop" / "admin.py").write_text(ADMIN_IMPORTS + block.text)
        page.manage("check")
        said = page.python("from django.contrib import admin; print(list(admin.site._registry))")
        assert ("shop.models.Book" in said) is ("@admin.register(Book)" in block.text)


ADMIN = """
INSTALLED_APPS += [
    "django.contrib.admin", "django.contrib.messages", "django.contrib.sessions",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]
"""
ADMIN_IMPORTS = """
from django.contrib import admin
from bdmodels.admin_mixin import BreakdownAdminMixin
site = admin.AdminSite()
"""
BOOKS = """
class Publisher(models.Model):
    name = models.CharField(max_length=50)

class BookStock(PartModel):
    stock = models.IntegerField(default=0)

class BookPrint(PartModel):
    publisher = models.ForeignKey(Publisher, models.CASCADE)
    award = models.CharField(max_length=50, blank=True)

class Book(BreakdownModel, BookStock, BookPrint):
    title = models.CharField(max_length=50)
    author = models.CharField(max_length=50)
    price = models.IntegerField()
"""


def lazy_loads(page: Page) -> None:
    page.given(SPLIT + REVIEW, ROWS)
    (page.project / "urls.py").write_text(PRODUCTS_PAGE)
    page.names = "metrics = type('Metrics', (), {'increment': print})\n"
    page.names += "feed = build_feed = lambda products=(): [p.title for p in products]\n"
    page.rest()


REVIEW = """
class Review(models.Model):
    product = models.ForeignKey("Product", models.CASCADE)
"""
PRODUCTS_PAGE = """
from django.http import HttpResponse
from django.template import engines
from django.urls import path

from shop.models import Product

TEMPLATE = "{% for product in products %}{{ product.seo_title }}{% endfor %}"

def products(request):
    context = {"products": Product.objects.with_parts("productseo_ptr")}
    return HttpResponse(engines["django"].from_string(TEMPLATE).render(context, request))

urlpatterns = [path("products/", products)]
"""


def deploy(page: Page) -> None:
    split_it(page, "makemigrations")
    page.next("sql")
    page.rest()
    page.manage("migrate")


def breakdown(page: Page) -> None:
    split_it(page, "makemigrations", "migrate shop 0002")
    page.rest()


def split_it(page: Page, *commands: str) -> None:
    """Split a wide model that has rows into three, by commands or completely."""
    page.given(WIDE, WIDE_ROWS)
    (models,) = [b for b in blocks("docs/howto/split.md") if "class ProductMedia" in b.text]
    page.become_like(models.text)
    for command in commands or ("makemigrations", "migrate"):
        page.manage(*command.split())


COURSES = """
class Time(models.TextChoices):
    MORNING = "M"
    EVENING = "E"

class CourseText(PartModel):
    text = models.TextField()

class Course(BreakdownModel, CourseText):
    title = models.CharField(max_length=60)

class Movie(models.Model):
    title = models.CharField(max_length=60)

class Organization(models.Model):
    name = models.CharField(max_length=60)
"""
COURSE_ROWS = """
Course.objects.create(title="Knots", text="All of them.")
Organization.objects.create(name="ACME")
for _ in range(2):
    Movie.objects.create(title="Alien")
"""


def required_fields(page: Page) -> None:
    page.given(COURSES, COURSE_ROWS)
    console, course, movie, fill_movie, operation, organization, fill_organization = page.take_all()

    page.run_models(movie)
    page.run_console(console, answers="3\n")
    write_function(page.migration("0002"), fill_movie.text, "from django.utils.text import slugify")
    page.manage("migrate")
    page.python("assert [m.slug for m in Movie.objects.order_by('pk')] == ['alien', 'alien-2']")

    page.run_models(course)
    page.manage("makemigrations", answers="1\n'M'\n")
    page.manage("migrate")
    page.python("assert Course.objects.get().time == 'M'")

    page.run_models(organization)
    page.manage("makemigrations", answers="3\n")
    write_function(page.migration("0004"), fill_organization.text)
    page.manage("migrate")
    page.python("assert Organization.objects.get().admin.name == 'ACME Admin'")
    page.manage("migrate", "shop", "0003")
    page.python("from django.contrib.auth.models import Group; assert not Group.objects.exists()")
    page.manage("migrate")

    slug = "    slug = models.SlugField"
    added = f"    sort_title = models.CharField(max_length=60)\n{slug}"
    page.become(page.models_source.replace(slug, added))
    migration = page.migration("0004").with_name("0005_movie_sort_title.py")
    migration.write_text(MIGRATION.format(operation=operation.text.rstrip()))
    page.manage("migrate")
    page.manage("makemigrations", "--check")
    page.python("assert {m.sort_title for m in Movie.objects.all()} == {'alien'}")


MIGRATION = """
import bdmodels.migration_ops
from django.db import migrations, models
from django.db.models.functions import Lower

class Migration(migrations.Migration):
    atomic = False
    dependencies = [("shop", "0004_organization_admin")]
    operations = [{operation}]
"""


def write_function(migration: Path, source: str, imports: str = "") -> None:
    """Put a function in the place of the one in a migration that is to be written."""
    tree, written = ast.parse(migration.read_text()), ast.parse(f"{imports}\n{source}").body
    at = next(n for n, s in enumerate(tree.body) if isinstance(s, ast.FunctionDef))
    assert tree.body[at].name == written[-1].name
    tree.body[at : at + 1] = written
    migration.write_text(ast.unparse(tree))


def polymorphic(page: Page) -> None:
    wide, split_models, queries, conflict = page.take_all()
    page.add_settings('INSTALLED_APPS += ["polymorphic"]\n')
    page.become(wide.text)
    page.migrate()
    page.python(BOOK)
    page.become(split_models.text)
    page.migrate()
    page.manage("makemigrations", "--check")
    page.python(queries.text)
    said = page.python(CONFLICT)
    assert " ".join(conflict.text.split()) == f"TypeError: {said.strip()}"


BOOK = """
Product.objects.create(title="p", slug="p")
Book.objects.create(title="b", slug="b", text="t", isbn="3-16-148410-0")
"""
CONFLICT = """
from bdmodels.models import BreakdownModel
from polymorphic.models import PolymorphicModel
found = Product.objects.get(Book___isbn="3-16-148410-0")
assert (type(found), found.text) == (Book, "t")
try:
    type("Both", (BreakdownModel, PolymorphicModel), {"__module__": "shop.models"})
except TypeError as error:
    print(error)
"""

RECIPES: dict[str, Callable[[Page], None]] = {
    "docs/contributing.md": commands_only,
    "docs/reference/lazy-loads.md": commands_only,
    "docs/explanation/online.md": commands_only,
    "docs/explanation/performance.md": commands_only,
    "README.md": readme,
    "docs/tutorial.md": tutorial,
    "docs/howto/admin.md": admin,
    "docs/howto/split.md": split,
    "docs/howto/go-back.md": go_back,
    "docs/howto/move-a-field.md": move_a_field,
    "docs/howto/lazy-loads.md": lazy_loads,
    "docs/howto/merge-a-part.md": merge_a_part,
    "docs/howto/required-fields.md": required_fields,
    "docs/howto/deploy.md": deploy,
    "docs/howto/polymorphic.md": polymorphic,
    "docs/reference/breakdown.md": breakdown,
}
ONLY_ON = {"docs/howto/deploy.md": "postgresql", "docs/reference/breakdown.md": "postgresql"}
"""Pages about what SQLite does not have. All others run on SQLite."""
