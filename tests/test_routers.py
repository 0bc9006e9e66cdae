"""Several databases: the tables of a family go where the router sends the core."""

import pytest

from tests.shop.models import Product, ProductSeo

LABELS = {"shop", "wide"}
pytestmark = [
    pytest.mark.django_db(databases=["default", "other"]),
    pytest.mark.compatibility(
        "Several databases and routers",
        holds="A family is read and written where the router sends the core, or where `using()` "
        "says; an object loads its parts from its own database, and saving it elsewhere takes "
        "all of them along.",
        limits="All tables of a family live in one database; a system check finds routers that "
        "part them.",
    ),
]


class Elsewhere:
    """Everything about the tested models is in `other`."""

    def db_for_read(self, model, **hints):
        return "other" if model._meta.app_label in LABELS else None

    db_for_write = db_for_read

    def allow_relation(self, one, two, **hints):
        return True


class Replica(Elsewhere):
    """`other` is read, `default` is written."""

    def db_for_write(self, model, **hints):
        return "default" if model._meta.app_label in LABELS else None


class OnePartElsewhere(Elsewhere):
    def db_for_read(self, model, **hints):
        return "other" if model is ProductSeo else None

    db_for_write = db_for_read


class OnePartNotMigrated:
    def allow_migrate(self, db, app_label, model_name=None, **hints):
        return not (db == "other" and model_name == "productseo")


def use(settings, router):
    settings.DATABASE_ROUTERS = [f"{__name__}.{router.__name__}"]


def values(app, db):
    rows = app.Product.objects.using(db).order_by("pk")
    return list(rows.values_list("title", "seo_title", "stock", "note", "brand__name"))


def test_all_tables_go_where_the_router_says(app, settings):
    use(settings, Elsewhere)
    brand = app.Brand.objects.create(name="B")
    app.Product.objects.create(title="a", seo_title="s", stock=1, note="n", brand=brand)
    app.Product.objects.bulk_create([app.Product(title="b", seo_title="t", stock=2)])
    product = app.Product.objects.get(seo_title="s")
    assert (product.stock, product.brand.name, product._state.db) == (1, "B", "other")
    product.title, product.seo_title = "A", "S"
    product.save()
    assert [p.title for p in brand.product_set.all()] == ["A"]
    assert app.Product.objects.filter(stock=2).update(stock=3, title="B") == 1
    expected = [("A", "S", 1, "n", "B"), ("B", "t", 3, None, None)]
    assert values(app, "other") == expected
    assert values(app, "default") == []
    assert app.Product.objects.filter(stock=3).delete()[0] == 1
    product.delete()
    settings.DATABASE_ROUTERS = []
    assert values(app, "other") == []


def test_what_is_read_from_a_replica_is_written_to_the_primary(app, settings):
    for db in ("default", "other"):
        app.Product.objects.using(db).create(pk=1, title="a", seo_title="s", stock=1, note="n")
    use(settings, Replica)
    product = app.Product.objects.get()
    assert product._state.db == "other"
    product.seo_title = "new"
    product.save()
    app.Product.objects.update(stock=5)
    settings.DATABASE_ROUTERS = []
    assert values(app, "default") == [("a", "new", 5, "n", None)]
    assert values(app, "other") == [("a", "s", 1, "n", None)]


def test_using_goes_before_the_router(app, settings):
    use(settings, Elsewhere)
    app.Product.objects.using("default").create(title="a", seo_title="s", stock=1)
    product = app.Product.objects.using("default").get()
    assert (product.seo_title, product.stock) == ("s", 1)
    product.save(using="other")
    assert values(app, "other") == values(app, "default") == [("a", "s", 1, None, None)]
    assert list(app.Product.objects.db_manager("default").filter(seo_title="s")) == [product]


def test_objects_that_are_related_come_from_the_same_database(app):
    brand = app.Brand.objects.using("other").create(name="B")
    app.Product.objects.using("other").create(title="a", brand=brand)
    brand = app.Brand.objects.using("other").prefetch_related("product_set").get()
    (product,) = brand.product_set.all()
    assert (product._state.db, product.brand, product.seo_title) == ("other", brand, "")
    assert not app.Brand.objects.exists()


@pytest.mark.parametrize("router", [OnePartElsewhere, OnePartNotMigrated])
def test_a_router_that_parts_a_family_is_reported(settings, router):
    databases = ["default", "other"]
    assert not [e for e in Product.check(databases=databases) if e.id == "bdmodels.E010"]
    use(settings, router)
    errors = [e for e in Product.check(databases=databases) if e.id == "bdmodels.E010"]
    assert errors
    assert all("shop.ProductSeo" in error.msg for error in errors)
