"""Later changes of a family: moves between parts, more parts, merging back, renames."""

import re

import pytest

pytest_plugins = ["tests.migrations_project.fixtures"]

CATEGORY = """
class Category(models.Model):
    name = models.CharField(max_length=50)
"""
TITLE = "title = models.CharField(max_length=100)"
SLUG = "slug = models.SlugField(unique=True)"
META = "meta = models.CharField(max_length=100)"
CATEGORY_FK = "category = models.ForeignKey(Category, models.CASCADE)"
IMAGE = "image = models.CharField(max_length=100)"
WIDTH = "width = models.PositiveIntegerField(db_default=4)"
HEIGHT = "height = models.IntegerField(null=True)"
WIDE = ("Product", TITLE, SLUG, META, CATEGORY_FK, IMAGE, WIDTH, HEIGHT)


def family(core, *parts):
    """Source of models: each is a name and its fields; a core without parts is plain."""
    names = [name for name, *_ in parts]
    bases = ", ".join(["BreakdownModel", *names]) if names else "models.Model"
    source = CATEGORY
    for name, *fields in parts:
        source += f"class {name}(PartModel):\n" + "".join(f"    {f}\n" for f in fields)
    name, *fields = core
    return source + f"class {name}({bases}):\n    pass\n" + "".join(f"    {f}\n" for f in fields)


FILL = """
category = models.Category.objects.create(name="Books")
for n in range(4):
    models.Product.objects.create(
        title=f"t{n}", slug=f"s{n}", meta=f"m{n}", category=category, image=f"i{n}", width=n,
        height=n or None,
    )
"""
VALUES = """
answer([[p.title, p.slug, p.meta, p.category.name, p.image, p.width, p.height]
        for p in models.Product.objects.order_by("title")])
"""
EXPECTED = [[f"t{n}", f"s{n}", f"m{n}", "Books", f"i{n}", n, n or None] for n in range(4)]
STATE = "answer([schema('shop_product'), rows('shop_product'), tables()])"

SPLIT = family(
    ("Product", TITLE),
    ("Seo", SLUG, META),
    ("Media", IMAGE, WIDTH),
    ("Links", CATEGORY_FK, HEIGHT),
)
MOVED = family(
    ("Product", TITLE),
    ("Seo", META),
    ("Media", IMAGE, SLUG),
    ("Links", CATEGORY_FK, HEIGHT, WIDTH),
)
FOURTH = family(
    ("Product",),
    ("Seo", META),
    ("Media", IMAGE, SLUG),
    ("Links", HEIGHT),
    ("Fourth", TITLE, CATEGORY_FK, WIDTH),
)
MERGED = family(
    ("Product", IMAGE, SLUG, TITLE),
    ("Seo", META),
    ("Links", HEIGHT),
    ("Fourth", CATEGORY_FK, WIDTH),
)


@pytest.fixture
def wide(project):
    project.models(family(WIDE))
    project.run("make(); migrate()\n" + FILL)
    return project


def step(project, source):
    """Change the models, migrate, and see that all is there and nothing is left to do."""
    project.models(source)
    project.run("make(); migrate(); check()")
    assert project.run(VALUES) == EXPECTED


def test_fields_move_parts_come_and_go_and_everything_can_be_reversed(wide):
    before = wide.run(STATE)
    step(wide, SPLIT)
    step(wide, MOVED)
    step(wide, FOURTH)
    step(wide, MERGED)
    step(wide, family(WIDE))
    after = wide.run(STATE)
    assert after[1:] == before[1:]
    wide.run("migrate('shop', '0004')")
    wide.models(SPLIT)
    assert wide.run(VALUES) == EXPECTED
    wide.run("migrate('shop', '0001')")
    wide.models(family(WIDE))
    assert wide.run(STATE) == before
    wide.run("migrate(); check()")
    assert wide.run(VALUES) == EXPECTED


def test_a_field_moves_and_changes_in_one_step(wide):
    longer = META.replace("100", "300")
    step(wide, family(("Product", *WIDE[1:3], *WIDE[4:]), ("Seo", longer)))
    assert [name[5:] for name in wide.migrations()[1:]] == [
        "product_expand",
        "product_copy",
        "product_contract",
        "alter_seo_meta",
    ]


def test_a_new_required_field_of_a_part_is_asked_for_as_in_django(wide):
    wide.models(
        family(("Product", *WIDE[1:3], *WIDE[4:]), ("Seo", META, "new = models.IntegerField()"))
    )
    said = wide.run("make()", fails=True)
    assert "non-nullable field 'new' to seo without specifying a default" in said


def test_a_field_with_another_name_that_requires_a_value_is_a_new_field(wide):
    """Rows in which the old one is NULL could be neither copied nor kept equal."""
    fields = [field for field in WIDE[1:] if field != HEIGHT]
    wide.models(family(("Product", *fields), ("Size", "tall = models.IntegerField()")))
    said = wide.run("make()", fails=True)
    assert "non-nullable field 'tall' to size without specifying a default" in said
    assert "renamed" not in said


def test_new_fields_of_a_part_come_after_the_split(wide):
    step(
        wide,
        family(
            ("Product", *WIDE[1:3], *WIDE[4:]),
            ("Seo", META, "new = models.IntegerField(default=5)"),
            ("Extra", "other = models.IntegerField(null=True)"),
        ),
    )
    assert (
        wide.run("answer([[p.new, p.other] for p in models.Product.objects.all()])")
        == [[5, None]] * 4
    )


def test_a_related_name_is_no_change_of_the_column(wide):
    named = CATEGORY_FK.replace("CASCADE", "PROTECT, related_name='products'")
    step(wide, family(("Product", *(f for f in WIDE[1:] if f != CATEGORY_FK)), ("Links", named)))
    text = wide.migration("0004").read_text()
    assert "AlterField" not in text


def test_ordinary_changes_of_members_are_ordinary_migrations(wide):
    step(wide, SPLIT)
    changed = SPLIT.replace("title = models.CharField(max_length=100)", TITLE.replace("100", "99"))
    changed = changed.replace(f"    {HEIGHT}\n", "    depth = models.FloatField(null=True)\n")
    wide.models(changed)
    wide.run("make(); migrate(); check()")
    text = wide.migration("0005").read_text()
    assert set(re.findall(r"migrations\.(\w+)\(", text)) == {
        "Migration",
        "AlterField",
        "RemoveField",
        "AddField",
    } - {"Migration"}


def test_a_fresh_project_creates_core_and_parts(project):
    project.models(SPLIT)
    project.run("make(); migrate(); check()\n" + FILL)
    assert project.migrations() == ["0001_initial"]
    assert project.run(VALUES) == EXPECTED


def test_a_sparse_part_gets_rows_only_where_something_is_set(wide):
    source = family(("Product", *WIDE[1:-1]), ("Size", HEIGHT)).replace(
        "(BreakdownModel, Size):\n",
        "(BreakdownModel, Size):\n    size_ptr = VirtualParentLink(Size, null=True)\n",
    )
    step(wide, source)
    assert wide.run("answer(execute('SELECT COUNT(*) FROM shop_size'))") == [[3]]
    wide.run("migrate('shop', '0001')")
    wide.models(family(WIDE))
    assert wide.run(VALUES) == EXPECTED
