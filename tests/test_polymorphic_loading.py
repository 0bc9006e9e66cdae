"""What is read when rows are cast to their classes: as little as was asked for, and no N+1."""

import gc
import re

import pytest
from django.core.exceptions import FieldError
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from bdmodels.compat import HAS_FETCH_MODES
from tests.poly.rows import fill

pytestmark = pytest.mark.django_db
pytest_plugins = ["tests.poly.fixtures"]

TEXT = {"slug", "text", "brand_id"}
STOCK = {"stock", "supplier_id", "successor_id"}
DETAILS = {"isbn", "publisher_id"}


@pytest.fixture
def products(split):
    fill(split)
    list(split.Product.objects.all())  # Content types are known from here on.
    return split.Product.objects.order_by("pk")


@pytest.fixture
def queries():
    """Runs a function; returns what it returned and the columns that each query selected."""

    def run(function):
        with CaptureQueriesContext(connection) as captured:
            found = function()
        return found, [columns(query["sql"]) for query in captured]

    return run


def columns(sql):
    """The names of the columns that a SELECT reads, without links between tables."""
    selected = sql.split(" FROM ", 1)[0]
    return {a or b for a, b in re.findall(r'\.(?:"(\w+)"|`(\w+)`)', selected)}


def test_no_part_is_read_until_it_is_needed(products, queries):
    _, read = queries(lambda: list(products))
    # One for the products, and one for each other class.
    assert len(read) == 4
    parts = TEXT | STOCK | DETAILS | {"note", "blurb", "panels"}
    assert all(parts.isdisjoint(names) for names in read)
    assert all({"title", "price", "maker_id"} <= names for names in read)


def test_a_part_is_read_once_for_all_classes_that_have_it(products, queries):
    rows = list(products)
    for field in ("text", "stock", "note"):
        _, read = queries(lambda field=field: [getattr(o, field) for o in rows])
        assert len(read) == 1
    books = [o for o in rows if hasattr(o, "pages")]
    _, read = queries(lambda: [(o.isbn, o.blurb) for o in books])
    assert [names - {"bookdetails_id", "bookblurb_id"} for names in read] == [DETAILS, {"blurb"}]
    _, read = queries(lambda: [o.panels for o in books if hasattr(o, "artist")])
    assert len(read) == 1


def test_rows_of_a_child_know_each_other_too(split, products, queries):
    rows = list(split.Book.objects.all())
    _, read = queries(lambda: [(o.text, o.isbn) for o in rows])
    assert len(read) == 2


def test_parts_are_read_with_the_rows_on_request(products, queries):
    rows, read = queries(lambda: list(products.with_parts("producttext_ptr")))
    assert len(read) == 4
    assert all(names >= TEXT and names.isdisjoint(STOCK | DETAILS) for names in read)
    _, read = queries(lambda: [(o.text, o.brand_id) for o in rows])
    assert read == []


def test_parts_of_a_class_are_read_with_its_rows_on_request(split, products, queries):
    wanted = products.with_parts("Book___bookdetails_ptr", "producttext_ptr")
    rows, read = queries(lambda: list(wanted))
    assert len(read) == 4
    assert sum(names >= DETAILS for names in read) == 2  # Books and comics.
    assert all(names >= TEXT and "panels" not in names for names in read)
    _, read = queries(lambda: [(o.isbn, o.text) for o in rows if isinstance(o, split.Book)])
    assert read == []
    for label in ("Comic___comicpanels_ptr", "poly_split__Comic___comicpanels_ptr"):
        rows, read = queries(lambda label=label: list(products.with_parts(label)))
        assert sum("panels" in names for names in read) == 1
    rows, read = queries(lambda: list(products.with_parts("Comic___producttext_ptr")))
    assert sum(names >= TEXT for names in read) == 1
    found = products.with_parts("Product___producttext_ptr").defer("text")
    rows, read = queries(lambda: list(found))
    assert all("slug" in names and "text" not in names for names in read)


def test_all_parts_are_those_of_the_real_classes(products, queries):
    for wanted in (products.with_parts(), products.fetch_all_parents()):
        rows, read = queries(lambda wanted=wanted: list(wanted))
        assert len(read) == 4
        _, read = queries(lambda rows=rows: [vars(o) for o in rows if o.note != o.text != o.stock])
        assert read == []
        assert all(not o.get_deferred_fields() for o in rows)


def test_unknown_requests_are_refused(products):
    with pytest.raises(FieldError, match="Its links are: productnote_ptr, productstock_ptr"):
        products.with_parts("nothing")
    with pytest.raises(FieldError, match=r"poly_split\.Book has no link named 'nothing'"):
        products.with_parts("Book___nothing")
    with pytest.raises(FieldError, match=r"names no subclass of poly_split\.Product"):
        products.with_parts("Nobody___nothing_ptr")


def test_requests_stay_with_clones(split, products, queries):
    wanted = split.Product.objects.with_parts("Book___bookdetails_ptr").filter(title__gt="b")
    again = wanted.exclude(title="x").order_by("pk").all()
    _, read = queries(lambda: list(again))
    assert sum(names >= DETAILS for names in read) == 2
    _, read = queries(lambda: list(again.iterator(chunk_size=100)))
    assert sum(names >= DETAILS for names in read) == 2


def test_only_reads_just_that(products, queries):
    rows, read = queries(lambda: list(products.only("title", "text")))
    assert len(read) == 4
    keys = {"id", "product_ptr_id", "book_ptr_id"}
    assert all(names - keys == {"title", "text", "polymorphic_ctype_id"} for names in read)
    _, read = queries(lambda: [(o.title, o.text) for o in rows])
    assert read == []
    assert [o.price for o in rows] == [0] * 8


def test_only_reads_columns_of_a_childs_part(split, products, queries):
    _, read = queries(lambda: list(products.only("title", "Book___isbn")))
    assert len(read) == 4
    assert sum("isbn" in names for names in read) == 2
    assert all("publisher_id" not in names for names in read)


def test_defer_leaves_columns_of_parts_out(products, queries):
    wanted = products.with_parts().defer("text", "Book___isbn", "Comic___panels")
    _, read = queries(lambda: list(wanted))
    assert len(read) == 4
    assert all({"slug", "stock"} <= names for names in read)
    assert all(names.isdisjoint({"text", "isbn", "panels"}) for names in read)
    assert sum("publisher_id" in names for names in read) == 2


def test_as_many_queries_as_in_one_table(poly, queries):
    fill(poly)
    list(poly.Product.objects.all())
    acme = poly.Brand.objects.get(name="Acme")
    for read, count in [
        (lambda: list(acme.product_set.all()), 4),
        (lambda: list(poly.Brand.objects.prefetch_related("product_set", "book_set")), 7),
        (lambda: list(poly.Product.objects.filter(brand=acme, Book___isbn="i0")), 3),
        (lambda: poly.Product.objects.get(title="c0"), 2),
        (lambda: list(poly.Product.objects.annotate(x=F("Book___isbn"))), 4),
        (lambda: list(poly.Product.objects.values_list("text", "book__isbn")), 1),
        (lambda: poly.Product.objects.filter(text="t").count(), 1),
        (lambda: list(poly.Product.objects.select_related("brand")), 4),
        (lambda: [o.brand for o in poly.Product.objects.select_related("brand")], 4),
        (lambda: list(poly.Review.objects.select_related("product")), 1),
    ]:
        assert len(queries(read)[1]) == count


def test_objects_of_a_reverse_relation_know_what_they_are_found_by(split, products, queries):
    acme = split.Brand.objects.get(name="Acme")
    rows = list(acme.product_set.all())
    _, read = queries(lambda: [o.brand_id for o in rows])
    assert read == []


def test_select_related_over_a_moved_relation_reads_its_part(products, queries):
    rows, read = queries(lambda: list(products.select_related("supplier")))
    assert len(read) == 4
    assert all(names >= STOCK and names.isdisjoint(TEXT) for names in read)
    _, read = queries(lambda: [o.supplier.name for o in rows])
    assert read == []


def test_objects_cast_later_know_each_other(split, products, queries):
    plain = list(products.non_polymorphic())
    rows = products.get_real_instances(plain)
    _, read = queries(lambda: [o.text for o in rows])
    assert len(read) == 1
    _, read = queries(lambda: [o.isbn for o in rows if isinstance(o, split.Book)])
    assert len(read) == 1


def test_chunks_do_not_hold_on_to_each_other(split, products, queries):
    def walk():
        return [
            (o.text, len(list(o._state.batch.peers()))) for o in products.iterator(chunk_size=4)
        ]

    rows, read = queries(walk)
    assert max(peers for _, peers in rows) <= 4
    # The products, three other classes and a part, for each of two chunks.
    assert len(read) == 1 + 2 * 4


def test_a_deleted_row_of_many_is_not_missed_by_the_others(split, products):
    rows = list(products)
    connection.check_constraints()
    split.Comic.objects.get(title="c1").delete()
    gc.collect()
    assert [o.text for o in rows[:-1]] == ["t", "u", "v", "w", "t", "u", "v"]
    with pytest.raises(split.Comic.DoesNotExist):
        _ = rows[-1].text


def test_objects_of_proxies_read_parts_together(split, queries):
    for n in range(2):
        split.Product.objects.create(title=f"p{n}", text="t")
        split.Bargain.objects.create(title=f"q{n}", text="u")
        split.Textbook.objects.create(title=f"r{n}", text="v", isbn="i")
    list(split.Product.objects.all())
    rows, read = queries(lambda: list(split.Product.objects.order_by("title")))
    assert len(read) == 2
    _, read = queries(lambda: [o.text for o in rows])
    assert len(read) == 1
    _, read = queries(lambda: [o.isbn for o in rows if isinstance(o, split.Book)])
    assert len(read) == 1
    wanted = split.Product.objects.with_parts("Textbook___bookdetails_ptr")
    rows, read = queries(lambda: [o.isbn for o in wanted if isinstance(o, split.Book)])
    assert len(read) == 2


def test_the_same_row_twice_gives_two_objects(split, products):
    tags = [split.Tag.objects.create(name=name) for name in "ab"]
    comic = split.Comic.objects.get(title="c1")
    comic.tags.set(tags)
    one, other = split.Product.objects.filter(tags__in=tags)
    assert one == other
    one.text = "changed"
    assert other.text == "w"
    other.panels = 99
    other.save()
    one.save()
    found = split.Comic.objects.with_parts().get(title="c1")
    assert (found.text, found.panels) == ("changed", 99)


LOCK = {"nowait": False, "skip_locked": False, "no_key": False}


@pytest.mark.parametrize("names", [(), ("productnote_ptr",), ("Book___productnote_ptr",)])
def test_parts_of_locked_rows_are_locked(products, names):
    with transaction.atomic():
        rows = list(products.select_for_update().with_parts(*names))
        # The rows of a sparse part are locked when they are read.
        assert not any("note" in vars(row) for row in rows)
        assert all(row._state.batch.lock == LOCK for row in rows)
        with CaptureQueriesContext(connection) as captured:
            assert [o.note for o in rows][4:] == ["n1"] * 4
        assert len(captured) == 1
        assert ("FOR UPDATE" in captured[0]["sql"]) is connection.features.has_select_for_update


def test_locked_rows_that_are_cast_later_are_locked(products):
    with transaction.atomic():
        plain = list(products.non_polymorphic().select_for_update())
        rows = products.get_real_instances(plain)
        assert all(row._state.batch.lock == LOCK for row in rows)


@pytest.mark.only_on(django=(6, 1))
class TestFetchModes:
    def test_rows_of_subclasses_have_the_mode_of_the_query(self, split, products, queries):
        from django.core.exceptions import FieldFetchBlocked
        from django.db.models import FETCH_ONE, FETCH_PEERS, FETCH_RAISE

        assert HAS_FETCH_MODES
        rows = list(products.fetch_mode(FETCH_RAISE))
        for row in rows:
            with pytest.raises(FieldFetchBlocked):
                _ = row.text
        rows = list(products.fetch_mode(FETCH_ONE))
        _, read = queries(lambda: [o.text for o in rows])
        assert len(read) == 8
        rows = list(products.fetch_mode(FETCH_PEERS))
        _, read = queries(lambda: [o.text for o in rows])
        assert len(read) == 4
        _, read = queries(lambda: [o.brand.name for o in rows])
        assert len(read) == 4
        assert [o.brand.name for o in rows] == ["Acme"] * 8
