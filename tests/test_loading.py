"""Loading parts when their fields are read: once for all rows, and never over a value."""

import copy
import gc
import pickle

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.models.signals import post_init
from django.forms import ModelChoiceField

from bdmodels.loading import LazyPartLoad
from tests.shop.models import Brand, Product, ProductSeo, Review

pytestmark = pytest.mark.django_db


@pytest.fixture
def products():
    brands = [Brand.objects.create(name=n) for n in "AB"]
    return [
        Product.objects.create(
            title=f"t{i}",
            price=i,
            seo_title=f"s{i}",
            seo_text=f"x{i}",
            stock=i,
            brand=brands[i % 2],
        )
        for i in range(4)
    ]


def test_a_query_loads_the_core_only(products, django_assert_num_queries):
    with django_assert_num_queries(1) as captured:
        loaded = list(Product.objects.all())
        assert [p.title for p in loaded] == ["t0", "t1", "t2", "t3"]
    assert "shop_productseo" not in captured[0]["sql"]
    assert "shop_productstock" not in captured[0]["sql"]


def test_a_part_is_loaded_once_for_all_rows(products, django_assert_num_queries):
    with django_assert_num_queries(2):
        seen = [(p.seo_title, p.seo_text) for p in Product.objects.order_by("pk")]
    assert seen == [(f"s{i}", f"x{i}") for i in range(4)]


def test_each_part_is_loaded_by_itself(products, django_assert_num_queries):
    with django_assert_num_queries(3):
        assert [(p.seo_title, p.stock) for p in Product.objects.order_by("pk")][3] == ("s3", 3)


def test_a_missing_row_of_a_sparse_part_is_loaded_once_too(products, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert [p.weight for p in Product.objects.all()] == [None] * 4


def test_the_rows_of_two_queries_are_no_peers(products, django_assert_num_queries):
    first = list(Product.objects.filter(price__lt=2))
    second = list(Product.objects.filter(price__gte=2))
    with django_assert_num_queries(1):
        assert first[0].seo_title == "s0"
        assert first[1].seo_title == "s1"
    assert second[0].getattr_if_loaded("seo_title") is None


@pytest.mark.parametrize("slices", [slice(0, 2), slice(1, 3)])
def test_peers_are_found_through_slices(products, django_assert_num_queries, slices):
    with django_assert_num_queries(2):
        found = [p.seo_title for p in Product.objects.order_by("pk")[slices]]
    assert found == ["s0", "s1", "s2", "s3"][slices]


def test_objects_of_an_iterator_are_peers_chunk_by_chunk(products, django_assert_num_queries):
    with django_assert_num_queries(2):
        titles = [p.seo_title for p in Product.objects.order_by("pk").iterator()]
    assert titles == ["s0", "s1", "s2", "s3"]
    with django_assert_num_queries(1 + 2):
        found = Product.objects.order_by("pk").iterator(chunk_size=3)
        assert [p.seo_title for p in found] == titles


@pytest.mark.filterwarnings("ignore:Calling select_related")  # Without names, in Django 6.1.
@pytest.mark.parametrize("names", [("product",), ()])
def test_so_are_those_that_an_iterator_of_another_model_brings(
    products, django_assert_num_queries, names
):
    for product in products:
        Review.objects.create(product=product, text="r")
    reviews = Review.objects.select_related(*names).order_by("product")
    with django_assert_num_queries(2):
        assert [r.product.seo_title for r in reviews.iterator()] == ["s0", "s1", "s2", "s3"]
    with django_assert_num_queries(1 + 2):
        found = reviews.iterator(chunk_size=3)
        assert [r.product.seo_title for r in found] == ["s0", "s1", "s2", "s3"]


def test_an_iterator_of_models_without_parts_goes_row_by_row(monkeypatch):
    made = []

    def from_db(cls, *args, **kwargs):
        made.append(args)
        return cls()

    monkeypatch.setattr(Brand, "from_db", classmethod(from_db))
    Brand.objects.bulk_create(Brand(name=str(n)) for n in range(5))
    next(Brand.objects.iterator())
    assert len(made) == 1


def test_an_iterator_of_values_is_left_to_django(products):
    rows = Product.objects.values_list("seo_title", flat=True).order_by("pk").iterator()
    assert next(rows) == "s0"
    assert list(rows) == ["s1", "s2", "s3"]


def test_choices_that_show_a_moved_field_are_loaded_together(products, django_assert_num_queries):
    # ModelChoiceField goes by iterator().
    class Choice(ModelChoiceField):
        def label_from_instance(self, product):
            return product.seo_title

    with django_assert_num_queries(2):
        labels = [label for _, label in Choice(Product.objects.order_by("pk")).choices]
    assert labels[1:] == ["s0", "s1", "s2", "s3"]


def test_peers_do_not_keep_objects_alive(products):
    loaded = list(Product.objects.all())
    batch = loaded[0]._state.batch
    del loaded[1:]
    gc.collect()
    assert list(batch.peers()) == loaded


def test_related_objects_are_peers(products, django_assert_num_queries):
    for product in products:
        Review.objects.create(product=product, text="r")
    with django_assert_num_queries(2):
        seen = [r.product.seo_title for r in Review.objects.select_related("product")]
    assert sorted(seen) == ["s0", "s1", "s2", "s3"]


def test_prefetched_objects_are_peers(products, django_assert_num_queries):
    for product in products:
        Review.objects.create(product=product, text="r")
    with django_assert_num_queries(3):
        seen = [r.product.seo_title for r in Review.objects.prefetch_related("product")]
    assert sorted(seen) == ["s0", "s1", "s2", "s3"]


def test_a_moved_foreign_key_brings_its_part(products, django_assert_num_queries):
    with django_assert_num_queries(4):  # rows, part, and one query for each brand
        loaded = list(Product.objects.order_by("pk")[:2])
        assert [p.brand.name for p in loaded] == ["A", "B"]
        assert loaded[0].seo_title == "s0"


def test_an_assigned_value_is_not_overwritten(products, django_assert_num_queries):
    one, two = Product.objects.order_by("pk")[:2]
    one.seo_title = "mine"
    two.seo_text = "yours"
    with django_assert_num_queries(1):
        assert one.seo_text == "x0"
    assert (two.seo_title, two.seo_text) == ("s1", "yours")
    assert one.seo_title == "mine"


def test_an_assigned_relation_is_not_overwritten(products):
    one = Product.objects.get(title="t0")
    one.brand = brand = Brand.objects.get(name="B")
    assert one.seo_title == "s0"
    assert one.brand is brand
    assert one.brand_id == brand.pk


def test_a_loaded_value_of_a_peer_is_not_overwritten(products):
    one, two = Product.objects.order_by("pk")[:2]
    assert two.seo_title == "s1"
    ProductSeo.objects.update(seo_title="later")
    del one.seo_title
    assert one.seo_title == "later"
    assert two.seo_title == "s1"


def test_a_loaded_part_is_not_read_again(products, django_assert_num_queries):
    product = Product.objects.get(title="t1")
    assert product.seo_title == "s1"
    with django_assert_num_queries(0):
        assert product.seo_text == "x1"


def test_a_new_object_reads_its_defaults_without_a_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        product = Product(title="new")
        assert (product.stock, product.seo_title, product.weight) == (0, "", None)


def test_an_object_made_by_its_key_loads_its_parts(products, django_assert_num_queries):
    product = Product.from_db("default", ["id"], [products[2].pk])
    with django_assert_num_queries(1):
        assert (product.seo_title, product.seo_text) == ("s2", "x2")


def test_a_deleted_row_is_missed_when_its_part_is_read(products):
    product = Product.objects.get(title="t1")
    Product.objects.filter(title="t1").delete()
    with pytest.raises(Product.DoesNotExist, match=r"shop.Product with key .* in its part shop"):
        product.seo_title  # noqa: B018


def test_a_deleted_peer_is_no_matter(products):
    one, two = Product.objects.order_by("pk")[:2]
    Product.objects.filter(pk=two.pk).delete()
    assert one.seo_title == "s0"
    with pytest.raises(Product.DoesNotExist):
        two.seo_title  # noqa: B018


def test_parts_can_be_loaded_one_object_at_a_time(products, settings, django_assert_num_queries):
    settings.BDMODELS_PART_LOADING = "one"
    one, two = Product.objects.order_by("pk")[:2]
    with django_assert_num_queries(1):
        assert one.seo_title == "s0"
    with django_assert_num_queries(1):
        assert two.seo_title == "s1"


def test_loading_can_be_forbidden(products, settings, django_assert_num_queries):
    settings.BDMODELS_PART_LOADING = "raise"
    product = Product.objects.get(title="t1")
    advice = r'with_parts\("productseo_ptr"\)'
    with django_assert_num_queries(0), pytest.raises(LazyPartLoad, match=advice):
        product.seo_title  # noqa: B018
    assert Product.objects.with_parts("productseo_ptr").get(title="t1").seo_title == "s1"


def test_what_is_refreshed_by_name_is_asked_for(products, settings, django_assert_num_queries):
    settings.BDMODELS_PART_LOADING = "raise"
    one, two = Product.objects.order_by("pk")[:2]
    with django_assert_num_queries(1):
        one.refresh_from_db(fields=["seo_title"])
        assert (one.seo_title, one.seo_text) == ("s0", "x0")
    with pytest.raises(LazyPartLoad):
        two.seo_title  # noqa: B018


def test_refreshing_one_object_leaves_its_peers_alone(products):
    one, two = Product.objects.order_by("pk")[:2]
    one.refresh_from_db(fields=["seo_title"])
    assert two.getattr_if_loaded("seo_title") is None


def test_an_unknown_way_of_loading_is_refused(products, settings):
    settings.BDMODELS_PART_LOADING = "sometimes"
    with pytest.raises(ImproperlyConfigured, match="'peers', 'one' or 'raise'"):
        Product.objects.first().seo_title  # noqa: B018


def test_values_are_read_by_iterating_over_more_rows_than_a_query_takes(django_assert_num_queries):
    Product.objects.bulk_create([Product(title="x", stock=i) for i in range(2500)])
    loaded = list(Product.objects.order_by("pk"))
    assert [p.stock for p in loaded] == list(range(2500))


def test_a_huge_iterator_lets_go_of_its_objects():
    Product.objects.bulk_create([Product(title="x", stock=i) for i in range(3000)])
    batches = set()
    for product in Product.objects.iterator(chunk_size=100):
        batches.add(product._state.batch)
        assert len(product._state.batch.refs) <= 1000
    assert len(batches) == 3


def test_listeners_see_objects_initialised(products):
    seen = []

    def listen(instance, **kwargs):
        seen.append(instance.title)

    post_init.connect(listen, sender=Product)
    try:
        product = Product.objects.get(title="t1")
    finally:
        post_init.disconnect(listen, sender=Product)
    assert seen == ["t1"]
    assert product.seo_title == "s1"


def test_an_init_of_the_users_is_called():
    from tests.zoo.models import Animal

    Animal.objects.create(name="Rex", keeper="Bo")
    called = []
    plain = Animal.__init__

    def init(self, *args, **kwargs):
        called.append(args)
        plain(self, *args, **kwargs)

    Animal.__init__ = init
    try:
        animal = Animal.objects.get()
    finally:
        del Animal.__init__
    assert called
    assert (animal.name, animal.keeper) == ("Rex", "Bo")


# Refreshing


def test_refreshing_reads_loaded_parts_again(products):
    product = Product.objects.with_parts().get(title="t1")
    Product.objects.filter(pk=product.pk).update(title="T", seo_title="S", stock=99)
    product.refresh_from_db()
    assert (product.title, product.seo_title, product.stock) == ("T", "S", 99)


def test_refreshing_leaves_unloaded_parts_unloaded(products, django_assert_num_queries):
    product = Product.objects.get(title="t1")
    with django_assert_num_queries(1) as captured:
        product.refresh_from_db()
    assert "shop_productseo" not in captured[0]["sql"]


def test_refreshing_one_field_of_an_unloaded_part_brings_the_part(
    products, django_assert_num_queries
):
    product = Product.objects.get(title="t1")
    with django_assert_num_queries(1):
        product.refresh_from_db(fields=["seo_title"])
        assert product.seo_text == "x1"


def test_refreshing_named_fields_overwrites_them(products):
    product = Product.objects.with_parts().get(title="t1")
    product.seo_title, product.stock, product.title = "a", 5, "b"
    product.refresh_from_db(fields=["seo_title", "title"])
    assert (product.title, product.seo_title, product.stock) == ("t1", "s1", 5)


def test_refreshing_named_fields_reads_an_assigned_value_again(products):
    product = Product.objects.get(title="t1")
    product.seo_title = "assigned"
    product.refresh_from_db(fields=["seo_title"])
    assert product.seo_title == "s1"


def test_refreshing_all_parents_loads_what_is_missing(products, django_assert_num_queries):
    product = Product.objects.get(title="t1")
    product.refresh_from_db(all_parents=True)
    with django_assert_num_queries(0):
        assert (product.seo_title, product.stock, product.note) == ("s1", 1, None)


def test_refreshing_after_the_key_was_changed_reads_the_other_row(products):
    product = Product.objects.get(title="t1")
    product.pk = products[3].pk
    product.refresh_from_db()
    assert (product.title, product.seo_title, product.stock) == ("t3", "s3", 3)


def test_refreshing_from_a_queryset_brings_what_the_queryset_brings(
    products, django_assert_num_queries
):
    product = Product.objects.get(title="t1")
    product.refresh_from_db(from_queryset=Product.objects.with_parts("productseo_ptr"))
    assert product.title == "t1"
    with django_assert_num_queries(1):  # By position, as packages do that wrap the method.
        product.refresh_from_db(None, None, Product.objects.with_parts())
    Product.objects.filter(title="t1").update(stock=9)
    with django_assert_num_queries(1):
        product.refresh_from_db(None, ["stock"], None)
    assert product.stock == 9


def test_a_refreshed_relation_of_a_part_is_read_again(products):
    product = Product.objects.with_parts().get(title="t1")
    assert product.brand.name == "B"
    Product.objects.filter(pk=product.pk).update(brand=Brand.objects.get(name="A"))
    product.refresh_from_db()
    assert product.brand.name == "A"


def test_deferred_fields_are_those_of_unloaded_parts(products):
    deferred = Product.objects.defer("price").get(title="t1").get_deferred_fields()
    assert {"price", "seo_title", "stock", "note", "supplier_id"} <= deferred
    assert not Product.objects.with_parts().get(title="t1").get_deferred_fields()


def test_a_copy_loads_for_itself(products, django_assert_num_queries):
    for copied in (copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))):
        same = copied(Product.objects.get(title="t1"))
        with django_assert_num_queries(1):
            assert same.seo_title == "s1"
