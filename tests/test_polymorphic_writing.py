"""Creating, changing and deleting polymorphic objects, in one table and split."""

import io
import json

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError, Value
from django.db.models.functions import Concat
from django.db.models.signals import post_delete, post_save, pre_delete

pytestmark = pytest.mark.django_db
pytest_plugins = ["tests.poly.fixtures"]


@pytest.fixture
def signals():
    """The signals that were sent, as (signal, class name)."""
    sent = []

    def receiver(signal, sender, **kwargs):
        names = {id(post_save): "saved", id(pre_delete): "deleting", id(post_delete): "deleted"}
        sent.append((names[id(signal)], sender.__name__))

    for signal in (post_save, pre_delete, post_delete):
        signal.connect(receiver)
    yield sent
    for signal in (post_save, pre_delete, post_delete):
        signal.disconnect(receiver)


def labels(counts):
    """The counts of a deletion without the name of the app."""
    total, by_label = counts
    return total, {label.partition(".")[2]: n for label, n in by_label.items() if n}


def test_saving_writes_what_changed_in_any_table(poly, products):
    comic = products.get(title="c1")
    comic.title, comic.text, comic.isbn, comic.panels, comic.artist = "C", "T", "I", 7, "A"
    comic.note = comic.blurb = "N"
    comic.save()
    row = poly.Comic.objects.values_list(
        "title", "text", "isbn", "panels", "artist", "note", "blurb", "stock", "pages"
    ).get(title="C")
    assert row == ("C", "T", "I", 7, "A", "N", "N", 1, 100)
    comic.text = "ignored"
    comic.panels = 8
    comic.save(update_fields=["panels"])
    comic.refresh_from_db()
    assert (comic.text, comic.panels) == ("T", 8)
    comic.stock = F("stock") + 5
    comic.save()
    assert products.get(stock=6).title == "C"


def test_refreshing(poly, products):
    base = products.non_polymorphic().get(title="b1")
    book = products.get(title="b1")
    poly.Book.objects.filter(title="b1").update(text="new", isbn="j", pages=9, title="B")
    for obj in (base, book):
        obj.refresh_from_db()
        assert (obj.title, obj.text) == ("B", "new")
    assert (book.isbn, book.pages) == ("j", 9)
    poly.Book.objects.update(text="newer", isbn="k")
    book.refresh_from_db(fields=["isbn"])
    assert (book.isbn, book.text) == ("k", "new")
    assert type(base) is poly.Product


def test_bulk_create_knows_the_class(poly):
    made = poly.Product.objects.bulk_create(
        [poly.Product(title=f"p{n}", text="t", stock=n) for n in range(3)]
    )
    made += poly.Bargain.objects.bulk_create([poly.Bargain(title="q", text="u")])
    found = poly.Product.objects.order_by("title")
    assert [(type(o).__name__, o.text, o.stock) for o in found] == [
        ("Product", "t", 0), ("Product", "t", 1), ("Product", "t", 2), ("Bargain", "u", 0)
    ]  # fmt: skip
    with pytest.raises(ValueError, match="multi-table inherited"):
        poly.Book.objects.bulk_create([poly.Book(title="b")])


def test_update_and_bulk_update(poly, products):
    assert products.filter(Book___isbn="i1").update(text="x", stock=F("stock") + 1, title="y") == 2
    assert [(o.text, o.stock) for o in products.filter(title="y")] == [("x", 2)] * 2
    assert poly.Book.objects.filter(isbn="i0").update(isbn="j", text="z", pages=5) == 2
    assert poly.Book.objects.filter(text="z", pages=5, isbn="j").count() == 2
    assert products.instance_of(poly.Shirt).update(note="shirt") == 2
    assert products.filter(note="shirt").count() == 2
    assert products.update(text=Concat("text", Value("!"))) == 8
    rows = list(products.order_by("pk"))
    for n, row in enumerate(rows):
        row.stock, row.title, row.note = n, f"t{n}", f"n{n}"
    assert products.bulk_update(rows, ["stock", "title", "note"]) == 8
    found = products.order_by("pk").values_list("stock", "title", "note")
    assert list(found) == [(n, f"t{n}", f"n{n}") for n in range(8)]
    books = list(poly.Book.objects.order_by("pk"))
    for book in books:
        book.isbn, book.text = f"j{book.pk}", "bulk"
    assert poly.Book.objects.bulk_update(books, ["isbn", "text"]) == 4
    assert [b.isbn for b in poly.Book.objects.order_by("pk")] == [f"j{b.pk}" for b in books]


def test_get_or_create_and_update_or_create(poly, products):
    book, created = products.get_or_create(slug="new", defaults={"text": "n"})
    assert (created, type(book), book.text) == (True, poly.Product, "n")
    again, created = products.update_or_create(title="c1", defaults={"text": "U", "note": "V"})
    assert (created, type(again)) == (False, poly.Comic)
    assert poly.Comic.objects.values_list("text", "note", "panels").get(title="c1") == ("U", "V", 1)
    again, created = poly.Book.objects.update_or_create(isbn="k", defaults={"text": "W"})
    assert created
    assert products.get(Book___isbn="k").text == "W"


def test_unique_values_of_parts_are_kept_unique(poly, products):
    with pytest.raises(IntegrityError), transaction.atomic():
        poly.Shirt.objects.create(title="x", slug="p0")
    assert poly.Shirt.objects.count() == 2
    shirt = poly.Shirt(title="x", slug="p0")
    with pytest.raises(Exception, match="already exists"):
        shirt.full_clean()


def test_promotion_of_an_object_to_a_child(poly, products):
    product = products.get(title="p1")
    if not hasattr(poly.Book.objects, "create_from_super"):
        pytest.fail("django-polymorphic 4.11 has create_from_super()")
    book = poly.Book.objects.create_from_super(product, isbn="up", pages=3)
    assert (book.text, book.stock, book.isbn, book.note) == ("t", 1, "up", "n1")
    found = products.get(title="p1")
    assert (type(found), found.isbn, found.text, found.pages) == (poly.Book, "up", "t", 3)


def test_keeping_the_parent_of_a_deleted_child(poly, products):
    comic = products.get(title="c1")
    pk = comic.pk
    assert labels(comic.delete(keep_parents=True)) == (1, {"Comic": 1})
    book = products.get(pk=pk)
    assert (type(book), book.isbn, book.text) == (poly.Book, "i1", "w")
    assert poly.Comic.objects.count() == 1


def test_deleting_an_object(poly, products, signals):
    counts = labels(products.get(title="c1").delete())
    assert counts == (3, {"Comic": 1, "Book": 1, "Product": 1})
    assert sorted(signals) == sorted(
        (what, name) for what in ("deleting", "deleted") for name in ("Comic", "Book", "Product")
    )
    assert products.count() == 7
    base = products.non_polymorphic().get(title="b1")
    assert labels(base.delete()) == (2, {"Book": 1, "Product": 1})
    assert poly.Book.objects.filter(text="v").count() == 1


def test_deleting_what_a_queryset_finds(poly, products):
    assert labels(products.filter(stock=1, Book___isbn="i1").delete()) == (
        5, {"Comic": 1, "Book": 2, "Product": 2}
    )  # fmt: skip
    assert labels(poly.Shirt.objects.filter(text="u").delete()) == (4, {"Shirt": 2, "Product": 2})
    assert labels(products.all().delete()) == (7, {"Comic": 1, "Book": 2, "Product": 4})
    tables = [m for m in (poly.Product, poly.Book, poly.Comic) if m._base_objects.exists()]
    assert not tables


def test_no_row_of_a_part_is_left(split):
    from tests.poly.rows import fill

    fill(split)
    split.Review.objects.create(product=split.Product.objects.first())
    split.Product.objects.all().delete()
    for part in (split.ProductText, split.ProductStock, split.ProductNote, split.BookDetails,
                 split.BookBlurb, split.ComicPanels):  # fmt: skip
        assert not part.objects.exists()


def test_cascades(poly, products):
    for product in products.all():
        poly.Review.objects.create(product=product)
    for book in poly.Book.objects.all():
        poly.Chapter.objects.create(book=book, name="one")
    acme, best = poly.Brand.objects.order_by("name")
    with pytest.raises(ProtectedError, match=r"'Product\.supplier'"):
        best.delete()
    products.update(supplier=None)
    assert labels(best.delete()) == (
        19, {"Comic": 2, "Book": 4, "Product": 4, "Review": 4, "Chapter": 4, "Brand": 1}
    )  # fmt: skip
    assert {type(o) for o in products.all()} == {poly.Product, poly.Shirt}
    first, second = products.filter(text="t").order_by("pk")
    first.successor = second
    first.save()
    second.delete()
    assert products.get(pk=first.pk).successor is None
    acme.delete()
    assert not products.exists()
    assert not poly.Review.objects.exists()


def test_dumping_and_loading(poly, products, tmp_path):
    app_label = poly.Product._meta.app_label
    poly.Textbook.objects.create(title="z", text="q", isbn="j", blurb="B")
    tag = poly.Tag.objects.create(name="tag")
    products.get(title="c1").tags.add(tag)

    def rows():
        names = ("pk", "title", "text", "stock", "note", "slug", "brand_id", "isbn", "panels")
        names += ("blurb", "colour")
        found = products.order_by("pk")
        return [[type(o).__name__, *(getattr(o, name, None) for name in names)] for o in found]

    before = rows()
    file = tmp_path / "dump.json"
    out = io.StringIO()
    call_command("dumpdata", app_label, indent=1, stdout=out)
    file.write_text(out.getvalue())
    kinds = {entry["model"].partition(".")[2] for entry in json.loads(out.getvalue())}
    assert kinds == {"brand", "tag", "product", "book", "comic", "shirt"}
    book = next(e for e in json.loads(out.getvalue()) if e["model"].endswith(".book"))
    assert set(book["fields"]) == {"pages", "isbn", "publisher", "blurb"}
    products.all().delete()
    poly.Brand.objects.all().delete()
    call_command("loaddata", str(file), verbosity=0)
    assert rows() == before
    assert [o.title for o in tag.product_set.all()] == ["c1"]


def test_a_dump_of_one_table_loads_into_split_ones(split, tmp_path):
    from tests.poly.rows import fill
    from tests.poly.wide import models as wide

    fill(wide)
    out = io.StringIO()
    call_command("dumpdata", "poly_wide", "--natural-foreign", stdout=out)
    file = tmp_path / "dump.json"
    file.write_text(out.getvalue().replace("poly_wide", "poly_split"))
    call_command("loaddata", str(file), verbosity=0)
    values = ["title", "text", "stock", "note", "book__isbn", "book__comic__panels"]
    for model in (wide.Product, split.Product):
        found = list(model.objects.order_by("pk").values_list(*values))
        assert len(found) == 8
        assert found[3] == ("c0", "w", 0, None, "i0", 0)
    assert type(split.Product.objects.get(title="c1")) is split.Comic


@pytest.mark.django_db(databases=["default", "other"])
def test_saving_to_another_database(poly, products):
    comic = products.get(title="c1")
    comic.brand = comic.supplier = comic.publisher = None
    comic.save(using="other")
    found = poly.Product.objects.using("other").get()
    assert (type(found), found.text, found.isbn, found.panels) == (poly.Comic, "w", "i1", 1)
    assert found._state.db == "other"
    assert products.get(title="c1").brand is not None


def test_locking(poly, products):
    with transaction.atomic():
        book = products.select_for_update().get(title="b1")
        book.text = "locked"
        book.isbn = "locked"
        book.save()
        rows = list(products.select_for_update().filter(text="locked"))
    assert [(type(o), o.isbn) for o in rows] == [(poly.Book, "locked")]


def test_many_objects_are_deleted_by_few_statements(split, django_assert_max_num_queries):
    for n in range(20):
        split.Comic.objects.create(title=f"c{n}", text="t", isbn="i")
    list(split.Product.objects.all())
    with django_assert_max_num_queries(20):
        split.Comic.objects.all().delete()
    assert not split.Product.objects.exists()
