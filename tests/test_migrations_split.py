"""A wide model with rows is split, and goes all the way back."""

import pytest

pytest_plugins = ["tests.migrations_project.fixtures"]


WIDE = """
class Category(models.Model):
    name = models.CharField(max_length=50)

class Product(models.Model):
    title = models.CharField(max_length=100)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    slug = models.SlugField(unique=True)
    meta_title = models.CharField(max_length=100)
    category = models.ForeignKey(Category, models.CASCADE)
    image = models.CharField(max_length=100, blank=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(default=3)

    class Meta:
        indexes = [models.Index(fields=["meta_title"], name="by_meta_title")]
        unique_together = [("width", "image")]
"""
SPLIT = """
class Category(models.Model):
    name = models.CharField(max_length=50)

class ProductSeo(PartModel):
    slug = models.SlugField(unique=True)
    meta_title = models.CharField(max_length=100)
    category = models.ForeignKey(Category, models.CASCADE)

    class Meta:
        indexes = [models.Index(fields=["meta_title"], name="by_meta_title")]

class ProductMedia(PartModel):
    image = models.CharField(max_length=100, blank=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(default=3)

    class Meta:
        unique_together = [("width", "image")]

class Product(BreakdownModel, ProductSeo, ProductMedia):
    title = models.CharField(max_length=100)
    price = models.DecimalField(max_digits=8, decimal_places=2)
"""
FILL = """
category = models.Category.objects.create(name="Books")
for n in range(5):
    models.Product.objects.create(
        title=f"t{n}", price=n, slug=f"s{n}", meta_title=f"m{n}", category=category,
        image=f"i{n}", width=n or None,
    )
"""


@pytest.fixture
def wide(project):
    project.models(WIDE)
    project.run("make(); migrate()\n" + FILL)
    return project


def test_a_split_writes_three_migrations_without_a_question(wide):
    wide.models(SPLIT)
    wide.run("make(); check()")
    assert wide.migrations() == [
        "0001_initial",
        "0002_product_expand",
        "0003_product_copy",
        "0004_product_contract",
    ]


def test_a_split_goes_forwards_and_back_with_all_rows(wide):
    before = wide.run("answer([schema('shop_product'), rows('shop_product'), tables()])")
    wide.models(SPLIT)
    wide.run("make(); migrate(); check()")
    values = wide.run(
        "answer([[p.title, p.slug, p.meta_title, p.image, p.width, p.height, p.category.name]"
        " for p in models.Product.objects.order_by('pk')])"
    )
    assert values[2] == ["t2", "s2", "m2", "i2", 2, 3, "Books"]
    assert values[0][4] is None
    assert len(values) == 5
    wide.run("migrate('shop', '0001')")
    wide.models(WIDE)
    after = wide.run("answer([schema('shop_product'), rows('shop_product'), tables()])")
    assert after == before
    wide.models(SPLIT)
    wide.run("migrate(); check()")
