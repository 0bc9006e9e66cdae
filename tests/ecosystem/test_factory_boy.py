"""factory_boy: factories of a split model."""

import factory
import pytest
from django.db.models import signals
from factory import fuzzy

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.compatibility(
        "factory_boy",
        package="factory_boy",
        holds="`create()`, `build()`, `create_batch()`, sub-factories into a moved foreign key, "
        "`django_get_or_create` by moved fields, traits and post-generation work as before.",
    ),
]


@pytest.fixture
def factories(app):
    """Factories of brands, products and gadgets."""

    class Brand(factory.django.DjangoModelFactory):
        name = factory.Sequence("Brand {}".format)

        class Meta:
            model = app.Brand
            django_get_or_create = ["name"]
            skip_postgeneration_save = True

    class Product(factory.django.DjangoModelFactory):
        title = factory.Faker("word")
        slug = factory.Sequence("s{}".format)
        seo_title = factory.LazyAttribute(lambda product: product.title.upper())
        stock = fuzzy.FuzzyInteger(1, 9)
        brand = factory.SubFactory(Brand)

        class Meta:
            model = app.Product
            skip_postgeneration_save = True

        class Params:
            sold_out = factory.Trait(stock=0, seo_text="Sold out")

        @factory.post_generation
        def related(self, create, extracted, **kwargs):
            if create and extracted:
                self.related.set(extracted)

    class Gadget(factory.django.DjangoModelFactory):
        code = serial = factory.Sequence(str)
        number = factory.Sequence(int)
        name, line = "n", "a"
        maker = factory.SubFactory(Brand)

        class Meta:
            model = app.Gadget
            django_get_or_create = ["line", "number"]

    Brand.reset_sequence()
    factory.random.reseed_random(1)
    return type("Factories", (), {"Brand": Brand, "Product": Product, "Gadget": Gadget})


def test_create_stores_moved_fields(app, factories):
    made = factories.Product(brand__name="Acme")
    product = app.Product.objects.get()
    assert product.pk == made.pk
    assert product.seo_title == made.title.upper()
    assert 1 <= product.stock <= 9
    assert product.brand.name == "Acme"
    assert app.Brand.objects.get().product_set.get() == product


def test_build_stores_nothing(app, factories, django_assert_num_queries):
    with django_assert_num_queries(0):
        product = factories.Product.build(title="t")
        assert (product.pk, product.seo_title, product.brand.name) == (None, "T", "Brand 0")
    with pytest.raises(ValueError, match="unsaved related object 'brand'"):
        product.save()
    product.brand.save()
    product.save()
    assert app.Product.objects.get(seo_title="T").brand == product.brand


def test_batches(app, factories):
    factories.Product.create_batch(5, brand__name="Acme")
    assert app.Brand.objects.get().product_set.count() == 5
    built = factories.Product.build_batch(3, brand=app.Brand.objects.get())
    app.Product.objects.bulk_create(built)
    assert sorted(app.Product.objects.values_list("seo_title", flat=True)) == sorted(
        product.title.upper() for product in app.Product.objects.all()
    )
    assert app.Product.objects.filter(brand__name="Acme").count() == 8


def test_traits_and_post_generation(app, factories):
    first = factories.Product(sold_out=True)
    second = factories.Product(related=[first])
    first.refresh_from_db()
    assert (first.stock, first.seo_text) == (0, "Sold out")
    assert list(second.related.all()) == [first]


def test_get_or_create_goes_by_moved_fields(app, factories):
    made = factories.Gadget(line="a", number=7, colour="red")
    again = factories.Gadget(line="a", number=7)
    assert again.pk == made.pk
    assert again.colour == "red"
    assert app.Gadget.objects.count() == 1
    assert factories.Gadget(line="b", number=7, remark="r").pk != made.pk
    assert app.Gadget.objects.filter(remark="r").count() == 1


def test_a_related_factory_makes_products_of_a_brand(app, factories):
    class Brand(factories.Brand):
        product = factory.RelatedFactoryList(factories.Product, "brand", size=2, stock=3)

    brand = Brand()
    assert list(brand.product_set.values_list("stock", flat=True)) == [3, 3]


def test_a_proxy_has_its_factory(app, factories):
    class Proxy(factories.Gadget):
        class Meta:
            model = app.GadgetProxy

    made = Proxy(colour="red", weight=2)
    assert type(made) is app.GadgetProxy
    gadget = app.Gadget.objects.get()
    assert (gadget.colour, gadget.weight) == ("red", 2)


def test_signals_can_be_muted(app, factories):
    seen = []

    def listener(sender, **kwargs):
        seen.append(sender)

    signals.post_save.connect(listener, sender=app.Product)
    try:
        factories.Product()
        with factory.django.mute_signals(signals.post_save):
            factories.Product()
    finally:
        signals.post_save.disconnect(listener, sender=app.Product)
    assert seen == [app.Product]
