"""django-zeal sees what loads parts object by object."""

import pytest
from zeal import errors, zeal_context

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.compatibility(
        "django-zeal",
        package="django-zeal",
        holds="N+1 queries are found as on the wide model, also those that load parts one by one.",
        limits=(
            "One load for all rows of a query is not repeated and so nothing that it reports; "
            "[the panel and the fixture](lazy-loads.md) show those."
        ),
    ),
]


@pytest.fixture(autouse=True)
def products(apps):
    for app in apps:
        brands = [app.Brand.objects.create(name=name) for name in "ab"]
        for brand in brands:
            product = app.Product.objects.create(title="t", slug=brand.name, brand=brand)
            app.Review.objects.create(product=product, text=brand.name)


def test_a_deferred_field_that_is_read_in_a_loop_is_found(app):
    with zeal_context(), pytest.raises(errors.NPlusOneError, match=r"Product\.price"):
        [p.price for p in app.Product.objects.defer("price")]


def test_parts_that_are_loaded_one_by_one_are_found(apps, settings):
    settings.BDMODELS_PART_LOADING = "one"
    product = apps[1].Product
    with zeal_context(), pytest.raises(errors.NPlusOneError, match=r"Product\.stock"):
        [p.stock for p in product.objects.all()]


def test_a_part_that_is_loaded_for_all_rows_is_no_repetition(apps):
    with zeal_context():
        assert [p.stock for p in apps[1].Product.objects.all()] == [0, 0]


def test_related_objects_that_are_fetched_one_by_one_are_found(app):
    with zeal_context(), pytest.raises(errors.NPlusOneError, match=r"\.brand"):
        [p.brand.name for p in app.Product.objects.all()]
    with zeal_context(), pytest.raises(errors.NPlusOneError, match=r"\.product"):
        [r.product.title for r in app.Review.objects.all()]
    with zeal_context(), pytest.raises(errors.NPlusOneError, match=r"Brand\.product_set"):
        [list(b.product_set.all()) for b in app.Brand.objects.all()]


def test_what_is_prefetched_is_no_repetition(app):
    with zeal_context():
        found = app.Product.objects.select_related("brand").prefetch_related("review_set")
        assert [(p.brand.name, len(p.review_set.all())) for p in found] == [("a", 1), ("b", 1)]
