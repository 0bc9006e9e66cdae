"""Sparse parts: a row only where something is set, None everywhere else."""

import pytest
from django.db.models import Count, Max

from tests.shop.models import Product, ProductNote
from tests.zoo.models import Country

pytestmark = pytest.mark.django_db


def notes():
    return list(ProductNote.objects.order_by("pk").values_list("note", "weight"))


def test_nothing_set_stores_no_row():
    Product.objects.create(title="t")
    assert notes() == []
    product = Product.objects.get()
    assert (product.note, product.weight) == (None, None)


def test_something_set_stores_a_row():
    Product.objects.create(title="t", weight=3)
    assert notes() == [(None, 3)]
    assert Product.objects.get().weight == 3


def test_a_row_is_made_when_something_is_set_later():
    Product.objects.create(title="t")
    product = Product.objects.get()
    product.note = "n"
    product.save()
    assert notes() == [("n", None)]
    product.weight = 2
    product.save()
    assert notes() == [("n", 2)]


def test_saving_unset_values_makes_no_row():
    Product.objects.create(title="t")
    product = Product.objects.with_parts().get()
    product.note = None
    product.save()
    product.save(update_fields=["note", "title"])
    assert notes() == []


def test_unsetting_values_reads_as_none():
    Product.objects.create(title="t", note="n")
    product = Product.objects.get()
    product.note = None
    product.save()
    assert Product.objects.get().note is None
    assert Product.objects.filter(note=None).count() == 1


def test_rows_are_found_by_missing_values():
    Product.objects.create(title="a")
    Product.objects.create(title="b", note="n")
    Product.objects.create(title="c", weight=1)

    def titles(**conditions):
        return sorted(Product.objects.filter(**conditions).values_list("title", flat=True))

    assert titles(note=None) == ["a", "c"]
    assert titles(note__isnull=False) == ["b"]
    assert titles(note="n") == ["b"]
    assert titles(note=None, weight=None) == ["a"]
    assert sorted(p.title for p in Product.objects.exclude(note="n")) == ["a", "c"]
    assert sorted(p.title for p in Product.objects.exclude(note=None)) == ["b"]


def test_a_row_is_not_lost_by_ordering_or_aggregating():
    Product.objects.create(title="a")
    Product.objects.create(title="b", weight=1)
    assert {p.title for p in Product.objects.order_by("weight")} == {"a", "b"}
    assert Product.objects.aggregate(n=Count("pk"), w=Max("weight")) == {"n": 2, "w": 1}
    assert Product.objects.values("weight").count() == 2
    assert len(Product.objects.values_list("title", "note")) == 2


def test_loading_with_the_query_keeps_rows_without_a_part(django_assert_num_queries):
    Product.objects.create(title="a")
    Product.objects.create(title="b", weight=1)
    with django_assert_num_queries(1):
        found = Product.objects.with_parts("productnote_ptr").order_by("title")
        assert [(p.title, p.weight) for p in found] == [("a", None), ("b", 1)]


def test_loading_later_loads_once_for_all(django_assert_num_queries):
    Product.objects.create(title="a")
    Product.objects.create(title="b", weight=1)
    with django_assert_num_queries(2):
        assert [p.weight for p in Product.objects.order_by("title")] == [None, 1]


def test_deleting_an_object_without_a_row():
    Product.objects.create(title="a")
    Product.objects.create(title="b", note="n")
    assert Product.objects.get(title="a").delete() == (1, {"shop.Product": 1})
    assert notes() == [("n", None)]
    Product.objects.all().delete()
    assert notes() == []


def test_copying_an_object_with_and_without_a_row():
    for note in (None, "n"):
        Product.objects.create(title="t", note=note)
    for product in Product.objects.all():
        product.pk = None
        product.save()
    assert notes() == [("n", None)] * 2
    assert Product.objects.count() == 4


def test_the_link_of_an_object_without_a_row_is_none():
    product = Product.objects.create(title="t")
    other = Product.objects.create(title="u", note="n")
    assert Product.objects.get(pk=other.pk).productnote_ptr.note == "n"
    with pytest.raises(ProductNote.DoesNotExist):
        Product.objects.get(pk=product.pk).productnote_ptr  # noqa: B018


def test_only_fields_of_a_sparse_part():
    Product.objects.create(title="a")
    assert Product.objects.only("note").get().note is None
    assert Product.objects.only("note", "title").get().title == "a"


@pytest.mark.parametrize("options", [{}, {"force_insert": True}])
def test_a_time_set_by_creating_is_set_with_a_key_that_somebody_chose(options):
    country = Country(code="fr", name="France")
    country.save(**options)
    assert country.recorded is not None
    assert Country.objects.values_list("recorded", flat=True).get() == country.recorded
