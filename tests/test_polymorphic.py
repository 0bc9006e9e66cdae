"""Polymorphic models behave the same in one table and split: queries, relations, classes."""

import copy
import pickle

import pytest
from asgiref.sync import async_to_sync
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, F, FilteredRelation, Max, Prefetch, Q, Sum
from polymorphic.models import PolymorphicTypeInvalid, PolymorphicTypeUndefined
from polymorphic.utils import prepare_for_copy

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.compatibility(
        "django-polymorphic",
        package="django-polymorphic",
        holds="A polymorphic base and its children are split, with parts of their own: classes of "
        "rows, `instance_of()`, `Class___field`, `non_polymorphic()`, relations, writing, "
        "deletion, migrations and the admin; parts are loaded once for the objects of all classes.",
        needs="`PolymorphicBreakdownModel` of `bdmodels.contrib.polymorphic`; django-polymorphic "
        "4.10.5 or newer.",
    ),
]
pytest_plugins = ["tests.poly.fixtures"]


def described(objects):
    """Objects as (class, title) in order."""
    return [(type(o).__name__, o.title) for o in objects]


ALL = [
    ("Product", "p0"), ("Shirt", "s0"), ("Book", "b0"), ("Comic", "c0"),
    ("Product", "p1"), ("Shirt", "s1"), ("Book", "b1"), ("Comic", "c1"),
]  # fmt: skip


def test_rows_come_as_objects_of_their_classes(poly, products):
    found = list(products.order_by("pk"))
    assert described(found) == ALL
    assert [o.text for o in found] == ["t", "u", "v", "w"] * 2
    assert [o.stock for o in found] == [0] * 4 + [1] * 4
    assert [o.note for o in found] == [None] * 4 + ["n1"] * 4
    assert [(o.isbn, o.publisher.name, o.pages) for o in found[2::4]] == [
        ("i0", "Best", 0),
        ("i1", "Best", 1),
    ]
    assert [(o.panels, o.isbn, o.artist) for o in found[3::4]] == [(0, "i0", "a"), (1, "i1", "a")]
    assert found[1].century() == 20


@pytest.mark.parametrize(
    ("condition", "titles"),
    [
        (lambda poly: Q(instance_of=poly.Book), "b0 b1 c0 c1"),
        (lambda poly: Q(not_instance_of=poly.Book), "p0 p1 s0 s1"),
        (lambda poly: Q(instance_of=poly.Shirt) | Q(text="t"), "p0 p1 s0 s1"),
        (lambda poly: Q(Book___isbn="i1"), "b1 c1"),
        (lambda poly: Q(Book___publisher__name="Best", stock=0), "b0 c0"),
        (lambda poly: Q(Comic___panels=1), "c1"),
        (lambda poly: Q(Comic___text="w"), "c0 c1"),
        (lambda poly: Q(Book___stock__gt=0) | Q(Shirt___colour="red"), "b1 c1 s0 s1"),
        (lambda poly: Q(Book___text="v") & ~Q(Book___isbn="i0"), "b1"),
        (lambda poly: Q(Book___blurb=None) & Q(instance_of=poly.Comic), "c0 c1"),
        (lambda poly: Q(app__Book___isbn="i0"), "b0 c0"),
        (lambda poly: ~Q(brand__name="Acme"), ""),
        (lambda poly: Q(note="n1", Shirt___year=1901), "s1"),
    ],
)
def test_conditions(poly, products, condition, titles):
    condition = condition(poly)
    if "app__Book___isbn" in str(condition):
        condition = Q(**{f"{poly.Product._meta.app_label}__Book___isbn": "i0"})
    found = products.filter(condition).order_by("title")
    assert [o.title for o in found] == titles.split()
    left = {title for _, title in ALL} - set(titles.split())
    if "Book___blurb" not in str(condition):
        excluded = products.exclude(pk__in=products.filter(condition).values("pk"))
        assert {o.title for o in excluded} == left
    assert products.filter(condition).count() == len(titles.split())


def test_exclude(poly, products):
    assert {o.title for o in products.exclude(Book___isbn="i1")} == {
        "p0", "p1", "s0", "s1", "b0", "c0"
    }  # fmt: skip
    assert {o.title for o in products.exclude(instance_of=poly.Book)} == {"p0", "p1", "s0", "s1"}
    assert {o.title for o in products.instance_of(poly.Book, poly.Shirt).exclude(text="u")} == {
        "b0", "b1", "c0", "c1"
    }  # fmt: skip


def test_a_condition_is_translated_for_other_querysets(poly, products):
    condition = poly.Product.translate_polymorphic_Q_object(Q(Book___isbn="i1", text="v"))
    found = poly.Product.objects.non_polymorphic().filter(condition)
    assert described(found) == [("Product", "b1")]


def test_order(poly, products):
    found = products.instance_of(poly.Comic).order_by("-Book___isbn", "Comic___panels")
    assert [o.title for o in found] == ["c1", "c0"]
    assert [o.title for o in products.order_by("text", "-stock")] == [
        "p1", "p0", "s1", "s0", "b1", "b0", "c1", "c0"
    ]  # fmt: skip
    assert products.order_by("-stock", "title").reverse().last().title == "b1"
    assert products.order_by("stock", "-title").first().title == "s0"


def test_values_and_aggregates(poly, products):
    rows = products.order_by("text", "stock").values_list("text", "stock", "book__isbn", "note")
    assert list(rows)[:2] == [("t", 0, None, None), ("t", 1, None, "n1")]
    assert list(rows)[-1] == ("w", 1, "i1", "n1")
    assert products.values("brand__name").annotate(n=Count("pk"), s=Sum("stock")).get() == {
        "brand__name": "Acme", "n": 8, "s": 4
    }  # fmt: skip
    found = products.aggregate(m=Max("Book___isbn"), s=Sum("Comic___panels"), t=Count("text"))
    assert found == {"m": "i1", "s": 1, "t": 8}
    found = products.annotate(i=F("Book___isbn"), double=F("stock") * 2).order_by("pk")
    assert [(o.i, o.double) for o in found][2:5] == [("i0", 0), ("i0", 0), (None, 2)]
    found = products.annotate(
        p=FilteredRelation("book__publisher", condition=Q(book__publisher__name="Best"))
    ).filter(p__name="Best")
    assert {o.title for o in found} == {"b0", "b1", "c0", "c1"}


def test_objects_that_are_not_cast(poly, products):
    found = list(products.non_polymorphic().order_by("pk"))
    assert {type(o) for o in found} == {poly.Product}
    assert [o.text for o in found] == ["t", "u", "v", "w"] * 2
    assert described(poly.Product.objects.get_real_instances(found)) == ALL
    assert described([o.get_real_instance() for o in found]) == ALL
    assert found[3].get_real_instance_class() is poly.Comic
    assert found[3].get_real_instance().panels == 0
    assert found[3].book.comic.panels == 0
    assert type(found[3].book) is poly.Book
    assert found[3].book.isbn == "i0"
    assert [type(o) for o in poly.Book.objects.order_by("pk")[:2]] == [poly.Book, poly.Comic]


def test_a_stale_type_falls_back_to_the_base(poly, products):
    book = ContentType.objects.get_for_model(poly.Book)
    poly.Product.objects.non_polymorphic().filter(title="p0").update(polymorphic_ctype=book)
    found = list(products.order_by("pk"))
    assert described(found) == ALL
    assert (found[0].text, found[0].stock) == ("t", 0)


def test_an_unknown_or_wrong_type_is_an_error(poly, products):
    rows = poly.Product.objects.non_polymorphic().filter(title="p0")
    rows.update(polymorphic_ctype=None)
    with pytest.raises(PolymorphicTypeUndefined):
        list(products.all())
    rows.update(polymorphic_ctype=ContentType.objects.get_for_model(poly.Brand))
    with pytest.raises(PolymorphicTypeInvalid):
        list(products.all())


# Classes


def test_proxies(poly, products):
    bargain = poly.Bargain.objects.create(title="x", text="y", stock=5)
    textbook = poly.Textbook.objects.create(title="z", text="q", isbn="j", blurb="B")
    found = products.filter(pk__in=[bargain.pk, textbook.pk]).order_by("pk")
    assert described(found) == [("Bargain", "x"), ("Textbook", "z")]
    assert [(o.text, o.stock) for o in found] == [("y", 5), ("q", 0)]
    assert (found[1].isbn, found[1].blurb) == ("j", "B")
    assert described(poly.Bargain.objects.all()) == [("Bargain", "x")]
    assert poly.Bargain.objects.filter(stock=5).get().text == "y"
    found[1].isbn = "k"
    found[1].save()
    assert poly.Textbook.objects.get(isbn="k").title == "z"
    assert poly.Book.objects.get(isbn="k") == textbook


def test_a_proxy_of_a_class_with_an_init_keeps_what_it_has_not_loaded(poly):
    poly.Gauge.objects.create(unit="m", limit=3)
    found = poly.Meter.objects.get()
    assert type(found) is poly.Gauge
    assert found.made
    found.unit = "km"
    found.save()
    assert poly.Gauge.objects.get().limit == 3
    assert found.limit == 3


def test_keys_of_other_names_and_types(poly):
    poly.Car.objects.create(plate="A", power=90, doors=2)
    poly.Bike.objects.create(plate="B")
    found = list(poly.Vehicle.objects.order_by("pk"))
    assert [type(o).__name__ for o in found] == ["Car", "Bike"]
    assert (found[0].power, found[0].doors, found[1].gears) == (90, 2, 7)
    assert poly.Vehicle.objects.get(Car___power__gt=80) == found[0]
    found[0].power = 91
    found[0].save()
    assert poly.Car.objects.filter(power=91).update(power=F("power") + F("doors")) == 1
    assert poly.Vehicle.objects.values_list("car__power", flat=True).get(pk="A") == 93


def test_children_with_keys_of_their_own(poly):
    poly.Media.objects.create(label="m", size=1)
    poly.Disc.objects.create(code="d1", label="x", size=2, tracks=9)
    found = list(poly.Media.objects.order_by("size"))
    assert [(type(o).__name__, o.size) for o in found] == [("Media", 1), ("Disc", 2)]
    disc = poly.Disc.objects.get()
    assert (disc.pk, disc.size, disc.tracks, disc.label) == ("d1", 2, 9, "x")
    disc.size, disc.tracks = 3, 8
    disc.save()
    assert poly.Media.objects.get(Disc___tracks=8).size == 3
    assert poly.Disc.objects.filter(size=3).update(size=4, tracks=7) == 1
    assert poly.Disc.objects.values_list("size", "tracks").get() == (4, 7)
    assert poly.Disc.objects.get().delete()[0] == 2
    assert poly.Media.objects.get().label == "m"


def test_managers_and_querysets_of_a_model(poly):
    poly.Sound.objects.create(cost=1, volume=9)
    poly.Song.objects.create(cost=2, volume=4, verses=5)
    poly.Song.objects.create(cost=20, volume=6)
    assert [s.volume for s in poly.Sound.objects.all()] == [9, 6, 4]
    assert [s.volume for s in poly.Sound.cheap.loud()] == [9]
    assert [s.volume for s in poly.Sound.plain.all()] == [4, 6, 9]
    assert [s.verses for s in poly.Song.objects.all()] == [3, 5]
    assert [s.verses for s in poly.Song.cheap.all()] == [5]
    assert {type(s) for s in poly.Sound.plain.loud()} == {poly.Sound, poly.Song}


def test_fields_are_shown(poly):
    poly.Song.objects.create(cost=2, volume=4, verses=5, singer="Bo")
    first = repr(poly.Sound.objects.all()).replace("poly_split", "poly_wide")
    assert "volume (IntegerField) 4" in first
    assert 'singer (CharField) "Bo"' in first
    assert "verses (IntegerField) 5" in first


# Relations


def test_relations_of_moved_fields_lead_to_real_objects(poly, products):
    acme, best = poly.Brand.objects.order_by("name")
    assert described(acme.product_set.order_by("pk")) == ALL
    assert described(best.book_set.order_by("pk")) == [e for e in ALL if e[1][0] in "bc"]
    assert described(best.supplies.filter(stock=1).order_by("pk")) == ALL[4:]
    assert poly.Brand.objects.filter(product__text="u").distinct().get() == acme
    first, second = products.order_by("pk")[:2]
    first.successor = second
    first.save()
    assert described([products.get(pk=first.pk).successor]) == [("Shirt", "s0")]
    assert described(second.predecessors.all()) == [("Product", "p0")]


def test_prefetching(poly, products, django_assert_num_queries):
    with django_assert_num_queries(5):
        brands = list(poly.Brand.objects.prefetch_related("product_set").order_by("name"))
        assert sorted(described(brands[0].product_set.all())) == sorted(ALL)
    books = Prefetch("product_set", products.filter(Book___isbn="i0"), to_attr="books")
    brand = poly.Brand.objects.prefetch_related(books).get(name="Acme")
    assert sorted(described(brand.books)) == [("Book", "b0"), ("Comic", "c0")]
    found = products.prefetch_related("brand", "tags", "supplier").order_by("pk")
    assert {o.brand.name for o in found} == {"Acme"}
    tag = poly.Tag.objects.create(name="t")
    for o in found:
        o.tags.add(tag)
    assert described(poly.Tag.objects.get().product_set.order_by("pk")) == ALL


def test_relations_to_polymorphic_objects(poly, products):
    for n, product in enumerate(products.order_by("pk")):
        poly.Review.objects.create(product=product, stars=n)
        poly.Warranty.objects.create(product=product)
    found = poly.Review.objects.order_by("stars")
    assert described([r.product for r in found]) == ALL
    assert described([r.product for r in found.prefetch_related("product")]) == ALL
    assert [r.product.text for r in found.select_related("product")] == ["t", "u", "v", "w"] * 2
    assert products.get(review__stars=2).isbn == "i0"
    assert products.select_related("warranty").get(title="b1").warranty.years == 2
    assert poly.Review.objects.filter(product__stock=1, product__book__isbn="i1").count() == 2


# Everything else that querysets do


def whole(model):
    return getattr(model.objects, "with_parts", model.objects.all)()


def test_asynchronous_code(poly, products):
    async def read():
        rows = [o async for o in whole(poly.Product).order_by("pk")]
        book = await whole(poly.Book).aget(title="b0")
        return rows, book

    rows, book = async_to_sync(read)()
    assert described(rows) == ALL
    assert (book.text, book.isbn) == ("v", "i0")


def test_pickling(poly, products):
    queryset = products.filter(text="w").order_by("pk")
    again = poly.Product.objects.none()
    again.query = pickle.loads(pickle.dumps(queryset.query))
    assert described(again) == [("Comic", "c0"), ("Comic", "c1")]
    rows = pickle.loads(pickle.dumps(queryset))
    assert [(o.title, o.panels, o.text) for o in rows] == [("c0", 0, "w"), ("c1", 1, "w")]
    one = pickle.loads(pickle.dumps(queryset[0]))
    assert (one.isbn, one.text, one.panels) == ("i0", "w", 0)


def test_iterating_in_chunks(poly, products):
    assert described(products.order_by("pk").iterator(chunk_size=3)) == ALL
    assert [o.text for o in products.order_by("pk").iterator(chunk_size=3)] == [
        "t",
        "u",
        "v",
        "w",
    ] * 2


def test_combined_querysets(poly, products):
    both = products.filter(text="t") | products.filter(Book___isbn="i1")
    assert {o.title for o in both} == {"p0", "p1", "b1", "c1"}
    united = products.filter(text="t").union(products.filter(text="v")).order_by("title")
    assert described(united) == [
        ("Book", "b0"),
        ("Book", "b1"),
        ("Product", "p0"),
        ("Product", "p1"),
    ]


def test_in_bulk_get_and_slices(poly, products):
    keys = list(products.order_by("pk").values_list("pk", flat=True))
    assert described(products.in_bulk(keys[:2]).values()) == ALL[:2]
    assert described(products.order_by("pk")[2:4]) == ALL[2:4]
    assert described([products.get(slug="p1")]) == [("Product", "p1")]
    assert products.filter(text="w").exists()


def test_objects_are_copied(poly, products):
    comic = poly.Comic.objects.get(title="c1")
    prepare_for_copy(comic)
    comic.title = "copy"
    comic.save()
    found = products.get(title="copy")
    assert (found.text, found.stock, found.isbn, found.panels, found.note) == (
        "w",
        1,
        "i1",
        1,
        "n1",
    )
    assert poly.Comic.objects.count() == 3
    assert copy.copy(found).text == "w"
    assert copy.deepcopy(products.get(title="b1")).isbn == "i1"
