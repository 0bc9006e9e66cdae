"""model_bakery: made-up rows of a split model."""

import datetime

import pytest
from django.db import DatabaseError, transaction
from model_bakery import baker
from model_bakery.recipe import Recipe, foreign_key, seq

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.compatibility(
        "model_bakery",
        package="model-bakery",
        holds="`make()`, `prepare()`, recipes, sequences, `_bulk_create` and `_fill_optional` "
        "fill the fields that they fill in the wide model, and neither links nor parts.",
        limits="`make(Brand, product_set__title=...)` over a moved foreign key raises an error: it "
        "goes by `field.model`, which is the part. Make the product, with its brand.",
    ),
]


def test_make_fills_what_is_required(app):
    product = baker.make(app.Product)
    product = app.Product.objects.get(pk=product.pk)
    assert len(product.title) == 100
    assert (product.seo_title, product.stock, product.brand) == ("", 0, None)


def test_make_takes_values_of_moved_fields(app):
    product = baker.make(app.Product, seo_title="seo", stock=3, brand__name="Acme")
    product.refresh_from_db()
    assert (product.seo_title, product.stock, product.brand.name) == ("seo", 3, "Acme")


def test_make_fills_optional_fields_when_asked_to(app):
    product = baker.make(app.Product, _fill_optional=True)
    product = app.Product.objects.get(pk=product.pk)
    assert len(product.seo_title) == 100
    assert isinstance(product.restocked, datetime.date)
    assert product.brand.name
    only = baker.make(app.Product, _fill_optional=["restocked"])
    assert only.restocked
    assert not only.brand
    with pytest.raises(AttributeError, match="not related to model Product"):
        baker.make(app.Product, _fill_optional=["productseo_id"])


def test_many_rows_at_once(app, django_assert_max_num_queries):
    brand = baker.make(app.Brand)
    baker.make(app.Product, _quantity=3, seo_title="one by one", brand=brand)
    with django_assert_max_num_queries(5):  # savepoints included
        baker.make(app.Product, _quantity=20, _bulk_create=True, seo_title="bulk", brand=brand)
    assert app.Product.objects.filter(seo_title="bulk", brand=brand).count() == 20
    assert brand.product_set.count() == 23


def test_prepare_stores_nothing(app, django_assert_num_queries):
    with django_assert_num_queries(0):
        product = baker.prepare(app.Product, seo_title="seo", _fill_optional=["brand"])
        assert (product.pk, product.seo_title) == (None, "seo")
        assert product.brand.pk is None
    product = baker.prepare(app.Product, _save_related=True, _fill_optional=["brand"])
    product.save()
    assert app.Product.objects.get().brand_id == product.brand.pk


def test_recipes_and_sequences(app):
    acme = Recipe(app.Brand, name="Acme")
    recipe = Recipe(app.Product, seo_title=seq("Seo "), stock=4, brand=foreign_key(acme))
    recipe.make(brand=None)
    recipe.make()
    found = app.Product.objects.values_list("seo_title", "stock", "brand__name")
    assert list(found) == [("Seo 1", 4, None), ("Seo 2", 4, "Acme")]
    assert recipe.extend(stock=5).prepare(brand=None).stock == 5


@pytest.mark.parametrize("name", ["Gadget", "GadgetProxy"])
def test_unusual_fields_are_filled(app, name):
    model = getattr(app, name)
    plain = baker.make(model)
    assert (len(plain.pk), len(plain.serial)) == (20, 20)
    plain = model.objects.get(pk=plain.pk)
    assert (plain.colour, plain.number, plain.remark, plain.weight) == ("grey", 0, None, None)
    full = baker.make(model, _fill_optional=True, number=1)
    full = model.objects.get(pk=full.pk)
    assert full.remark
    assert full.weight is not None
    assert full.maker.name


def test_only_rows_that_are_needed_are_made(apps):
    _, split = apps
    plain = baker.make(split.Gadget)
    full = baker.make(split.Gadget, number=1, remark="r")
    assert set(split.GadgetTrade.objects.values_list("pk", flat=True)) == {plain.pk, full.pk}
    assert list(split.GadgetRemark.objects.values_list("pk", flat=True)) == [full.pk]


def test_objects_that_a_split_model_refers_to_and_is_referred_by(app):
    review = baker.make(app.Review, product__seo_title="seo", product__brand__name="Acme")
    review = app.Review.objects.get()
    assert (review.product.seo_title, review.product.brand.name) == ("seo", "Acme")
    product = baker.make(app.Product, review_set__text="good")
    assert product.review_set.get().text == "good"


def test_rows_are_not_made_over_a_moved_foreign_key(apps):
    wide, split = apps
    baker.make(wide.Brand, product_set__stock=3)
    assert wide.Product.objects.get().stock == 3
    with pytest.raises(DatabaseError), transaction.atomic():
        baker.make(split.Brand, product_set__stock=3)
    with pytest.raises(TypeError, match="unexpected keyword arguments: 'title'"):
        baker.make(split.Brand, product_set__title="t")
    assert not split.ProductStock.objects.exists()
