"""Relations declared on a part lead to and from the core."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, FilteredRelation, Prefetch, Q, Sum

from tests.shop.models import Brand, Product, ProductSeo
from tests.zoo.models import Cover, Page, Topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def data(app):
    a, b = (app.Brand.objects.create(name=n) for n in "AB")
    supplier = app.Supplier.objects.create(name="S")
    for i in range(4):
        app.Product.objects.create(
            title=f"t{i}", price=i, seo_title=f"s{i}", stock=i, brand=(a, b)[i % 2],
            maker=a, supplier=supplier, note=f"n{i}" if i else None,
        )  # fmt: skip
    app.Brand.objects.create(name="C")
    return app


def titles(queryset):
    return sorted(p.title for p in queryset)


def test_a_reverse_accessor_gives_cores(data):
    brand = data.Brand.objects.get(name="A")
    assert titles(brand.product_set.all()) == ["t0", "t2"]
    assert {type(p) for p in brand.product_set.all()} == {data.Product}
    assert titles(brand.product_set.filter(price=2, seo_title="s2")) == ["t2"]


def test_the_reverse_accessor_of_the_part_is_gone():
    assert not hasattr(Brand, "productseo_set")
    assert not hasattr(Brand(pk=1), "productseo_set")


def test_a_related_name_is_kept(data):
    supplier = data.Supplier.objects.get()
    assert titles(supplier.supplies.all()) == ["t0", "t1", "t2", "t3"]
    assert data.Supplier.objects.filter(supplies__title="t1").get() == supplier


def test_filters_go_through_a_part_in_both_directions(data):
    assert data.Brand.objects.get(product__title="t1").name == "B"
    assert data.Brand.objects.get(product__seo_title="s0").name == "A"
    assert data.Brand.objects.filter(product__stock__gt=1, product__price__lt=9).count() == 2
    assert list(data.Brand.objects.filter(product=None).values_list("name", flat=True)) == ["C"]
    assert titles(data.Product.objects.filter(brand__product__title="t0")) == ["t0", "t2"]


def test_filters_with_objects(data):
    product = data.Product.objects.get(title="t1")
    assert data.Brand.objects.get(product=product).name == "B"
    assert data.Brand.objects.filter(product__in=data.Product.objects.all()).distinct().count() == 2
    assert titles(data.Product.objects.filter(brand=product.brand)) == ["t1", "t3"]
    assert titles(data.Product.objects.exclude(brand=product.brand)) == ["t0", "t2"]


def test_the_objects_of_a_reverse_accessor_know_where_they_come_from(data):
    brand = data.Brand.objects.get(name="A")
    assert all(p.brand is brand for p in brand.product_set.all())


def test_a_reverse_accessor_needs_one_query(data, django_assert_num_queries):
    brand = Brand.objects.create(name="D")
    Product.objects.create(title="t", brand=brand)
    with django_assert_num_queries(1):
        assert [p.brand.name for p in brand.product_set.all()] == ["D"]


def test_prefetching_reverse(data, django_assert_num_queries):
    with django_assert_num_queries(2):
        found = {
            b.name: titles(b.product_set.all())
            for b in data.Brand.objects.prefetch_related("product_set")
        }
    assert found == {"A": ["t0", "t2"], "B": ["t1", "t3"], "C": []}


def test_prefetching_with_a_queryset(data, django_assert_num_queries):
    queryset = data.Product.objects.filter(stock__gt=1).order_by("-seo_title")
    brands = data.Brand.objects.order_by("name").prefetch_related(
        Prefetch("product_set", queryset, to_attr="stocked")
    )
    with django_assert_num_queries(2):
        assert [[p.title for p in b.stocked] for b in brands] == [["t2"], ["t3"], []]
        assert brands[0].stocked[0].brand is brands[0]


def test_prefetching_forward_over_a_moved_key(data, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        found = data.Product.objects.order_by("title").prefetch_related("brand", "supplier")
        if data.__name__ == "tests.shop.models":
            found = found.with_parts()
        assert [p.brand.name for p in found] == ["A", "B", "A", "B"]


def test_prefetching_forward_loads_the_part_for_all(django_assert_num_queries):
    brand = Brand.objects.create(name="A")
    for i in range(3):
        Product.objects.create(title=f"t{i}", brand=brand)
    with django_assert_num_queries(3):  # products, their part, brands
        assert len({p.brand for p in Product.objects.prefetch_related("brand")}) == 1


def test_prefetching_through_several_levels(data, django_assert_num_queries):
    for product in data.Product.objects.all():
        data.Review.objects.create(product=product, text=product.title)
    with django_assert_num_queries(3):
        texts = {
            r.text
            for b in data.Brand.objects.prefetch_related("product_set__review_set")
            for p in b.product_set.all()
            for r in p.review_set.all()
        }
    assert texts == {"t0", "t1", "t2", "t3"}


def test_the_related_manager_adds_removes_and_sets(data):
    a, b = data.Brand.objects.filter(name__in="AB").order_by("name")
    b.product_set.add(data.Product.objects.get(title="t0"))
    assert titles(b.product_set.all()) == ["t0", "t1", "t3"]
    b.product_set.remove(data.Product.objects.get(title="t1"))
    assert titles(b.product_set.all()) == ["t0", "t3"]
    b.product_set.set(data.Product.objects.filter(title__in=["t1", "t3"]))
    assert titles(b.product_set.all()) == ["t1", "t3"]
    b.product_set.clear()
    assert not b.product_set.exists()
    assert titles(a.product_set.all()) == ["t2"]


def test_adding_unsaved_objects(data):
    a = data.Brand.objects.get(name="A")
    a.product_set.add(data.Product(title="new", stock=4), bulk=False)
    assert a.product_set.get(title="new").stock == 4
    with pytest.raises(ValueError, match="instance isn't saved"):
        a.product_set.add(data.Product(title="new"))


def test_creating_by_the_related_manager(data):
    brand = data.Brand.objects.get(name="C")
    product = brand.product_set.create(title="new", seo_title="x", stock=3)
    assert product.brand is brand
    assert brand.product_set.values_list("title", "seo_title", "stock").get() == ("new", "x", 3)
    same, created = brand.product_set.get_or_create(title="new", defaults={"stock": 9})
    assert (same, created, same.stock) == (product, False, 3)
    same, created = brand.product_set.update_or_create(title="new", defaults={"stock": 9})
    assert (same, created, same.stock) == (product, False, 9)
    assert brand.product_set.get(stock=9) == product


def test_self_references_of_a_part(data):
    old, new = data.Product.objects.filter(title__in=["t0", "t1"]).order_by("title")
    old.successor = new
    old.save()
    assert list(new.predecessors.all()) == [old]
    assert data.Product.objects.get(successor__title="t1") == old
    assert data.Product.objects.get(predecessors__seo_title="s0") == new
    found = data.Product.objects.select_related("successor").get(pk=old.pk)
    assert found.successor.seo_title == "s1"


def test_aggregates_over_a_relation_of_a_part(data):
    brands = data.Brand.objects.annotate(
        n=Count("product"), stock=Sum("product__stock"), price=Sum("product__price")
    ).order_by("name")
    assert list(brands.values_list("name", "n", "stock", "price")) == [
        ("A", 2, 2, 2), ("B", 2, 4, 4), ("C", 0, None, None),
    ]  # fmt: skip


def test_grouping_by_a_field_of_a_part(data):
    groups = data.Product.objects.values("brand__name").annotate(n=Count("pk"), s=Sum("price"))
    assert list(groups.order_by("brand__name").values_list("brand__name", "n", "s")) == [
        ("A", 2, 2), ("B", 2, 4),
    ]  # fmt: skip


def test_filtered_relations(data):
    brands = data.Brand.objects.annotate(
        dear=FilteredRelation("product", condition=Q(product__price__gt=1)),
        stocked=FilteredRelation("product", condition=Q(product__stock__gt=2)),
    ).order_by("name")
    assert list(brands.values_list("name", "dear__title", "stocked__seo_title")) == [
        ("A", "t2", None), ("B", "t3", "s3"), ("C", None, None),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["brand", "supplier", "maker"])
def test_select_related(data, name, django_assert_num_queries):
    with django_assert_num_queries(1):
        product = data.Product.objects.select_related(name).get(title="t1")
        assert getattr(product, name).name in "ABS"


def test_select_related_over_a_moved_key_loads_that_part_only(django_assert_num_queries):
    Product.objects.create(title="t", brand=Brand.objects.create(name="A"), seo_title="s")
    with django_assert_num_queries(1) as captured:
        product = Product.objects.select_related("brand").get()
        assert (product.brand.name, product.seo_title) == ("A", "s")
    assert "productstock" not in captured[0]["sql"]


def test_select_related_from_elsewhere_loads_the_core_only(django_assert_num_queries):
    from tests.shop.models import Review

    Review.objects.create(product=Product.objects.create(title="t", stock=3), text="r")
    with django_assert_num_queries(1) as captured:
        product = Review.objects.select_related("product").get().product
        assert product.title == "t"
    assert "productseo" not in captured[0]["sql"]
    assert product.stock == 3


def test_select_related_from_elsewhere_over_a_part(data, django_assert_num_queries):
    product = data.Product.objects.get(title="t1")
    data.Review.objects.create(product=product, text="r")
    with django_assert_num_queries(1):
        review = data.Review.objects.select_related("product__brand", "product__supplier").get()
        assert (review.product.brand.name, review.product.supplier.name) == ("B", "S")
        assert review.product.title == "t1"


def test_select_related_from_elsewhere_can_name_links(django_assert_num_queries):
    from tests.shop.models import Review

    Review.objects.create(product=Product.objects.create(title="t", stock=3, note="n"), text="r")
    links = [f"product__{n}_ptr" for n in ("productstock", "productnote")]
    with django_assert_num_queries(1):
        product = Review.objects.select_related(*links).get().product
        assert (product.stock, product.note) == (3, "n")


def test_select_related_over_an_empty_relation(app):
    one = app.Product.objects.create(title="one")
    two = app.Product.objects.create(title="two", successor=one)
    found = {p.pk: p for p in app.Product.objects.select_related("successor", "brand")}
    assert found[one.pk].successor is None
    assert found[two.pk].successor == one
    assert found[two.pk].brand is None


def test_reverse_one_to_one(data, django_assert_num_queries):
    product = data.Product.objects.get(title="t1")
    warranty = data.Warranty.objects.create(product=product)
    assert product.warranty == warranty
    with django_assert_num_queries(1):
        found = data.Product.objects.select_related("warranty").order_by("title")
        assert [getattr(p, "warranty", None) for p in found] == [None, warranty, None, None]
    assert data.Warranty.objects.get(product__seo_title="s1") == warranty
    assert data.Product.objects.get(warranty__years=2).seo_title == "s1"


def test_a_one_to_one_field_of_a_part(django_assert_num_queries):
    cover = Cover.objects.create(title="c")
    page = Page.objects.create(cover=cover, text="x")
    with django_assert_num_queries(1):
        assert Cover.objects.get(pk=cover.pk) == cover
    assert cover.page == page
    assert type(Cover.objects.get().page) is Page
    with django_assert_num_queries(1):
        assert Cover.objects.select_related("page").get().page.pageno == 1
    with django_assert_num_queries(2):
        assert Cover.objects.prefetch_related("page").get().page.pageno == 1
    assert Cover.objects.get(page__text="x") == cover
    cover.delete()
    assert Page.objects.get().cover is None


def test_generic_relations_of_a_part():
    topic = Topic.objects.create(name="n")
    page = Page.objects.create(about=topic, text="x")
    assert Page.objects.get().about == topic
    assert list(topic.pages.all()) == [page]
    assert Topic.objects.get(pages__text="x") == topic
    assert Topic.objects.get(pages__pageno=1) == topic
    created = topic.pages.create(text="y", pageno=2)
    assert titles_of(topic) == ["x", "y"]
    assert created.about == topic
    assert Page.objects.filter(content_type=ContentType.objects.get_for_model(Topic)).count() == 2
    assert [p.about for p in Page.objects.prefetch_related("about")] == [topic, topic]
    assert [len(t.pages.all()) for t in Topic.objects.prefetch_related("pages")] == [2]
    topic.delete()
    assert not Page.objects.exists()


def titles_of(topic):
    return sorted(topic.pages.values_list("text", flat=True))


def test_many_to_many(data):
    tag = data.Tag.objects.create(name="x")
    product = data.Product.objects.get(title="t1")
    product.tags.add(tag)
    assert list(tag.product_set.all()) == [product]
    assert data.Tag.objects.get(product__seo_title="s1") == tag
    assert data.Product.objects.get(tags__name="x").stock == 1
    assert [
        len(p.tags.all()) for p in data.Product.objects.order_by("title").prefetch_related("tags")
    ] == [0, 1, 0, 0]
    tag.product_set.set([])
    assert not product.tags.exists()


def test_cached_relations_are_dropped_when_the_key_changes(data):
    product = data.Product.objects.get(title="t1")
    assert product.brand.name == "B"
    product.brand_id = data.Brand.objects.get(name="A").pk
    assert product.brand.name == "A"


def test_the_part_by_itself_still_has_its_relation(data):
    brand = Brand.objects.create(name="D")
    product = Product.objects.create(title="t", brand=brand)
    assert ProductSeo.objects.get(brand=brand).product == product
