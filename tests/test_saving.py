"""Saving: the core first, then what is loaded of its parts, under the core's key."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Upper
from django.db.models.signals import post_save, pre_save

from bdmodels.writes import can_combine
from tests.databases import chosen
from tests.shop.models import Product, ProductSeo, ProductStock

pytestmark = pytest.mark.django_db

#: MySQL and MariaDB evaluate the assignments of one UPDATE from left to right, each with the
#: results of those before; the core gives what the other databases give.
on_old_values = pytest.mark.parametrize(
    "app", ["shop"] if chosen() == "mariadb" else ["wide", "shop"], indirect=True
)


def written(captured):
    return [q["sql"].split()[0] for q in captured if q["sql"].split()[0] in ("INSERT", "UPDATE")]


def values(app, pk):
    return app.Product.objects.values(
        "title", "price", "seo_title", "seo_text", "stock", "note", "weight"
    ).get(pk=pk)


@pytest.fixture
def product():
    return Product.objects.create(title="Lamp", price=5, seo_title="s", stock=3)


def test_creating_writes_one_row_per_table(django_assert_num_queries):
    with django_assert_num_queries(1 if can_combine("default") else 3) as captured:
        product = Product(title="Lamp", seo_title="bright")
        product.save(force_insert=True)
    assert sum(query["sql"].count("INSERT INTO") for query in captured) == 3
    assert ProductSeo.objects.get().pk == ProductStock.objects.get().pk == product.pk


def test_creating_with_everything(app):
    brand = app.Brand.objects.create(name="B")
    product = app.Product.objects.create(
        title="t", price=1, seo_title="s", brand=brand, stock=2, note="n", weight=3
    )
    found = app.Product.objects.get(pk=product.pk)
    assert (found.title, found.seo_title, found.brand, found.stock) == ("t", "s", brand, 2)
    assert (found.note, found.weight) == ("n", 3)


def test_creating_with_a_given_key(app):
    app.Product(id=77, title="t", seo_title="s").save()
    assert values(app, 77)["seo_title"] == "s"
    app.Product(pk=77, title="u", stock=4).save()
    assert values(app, 77) == {
        "title": "u", "price": 0, "seo_title": "", "seo_text": "", "stock": 4,
        "note": None, "weight": None,
    }  # fmt: skip


def test_force_insert_over_an_existing_row_fails_as_a_whole(app):
    app.Product.objects.create(id=5, title="t", seo_title="s")
    with pytest.raises(IntegrityError), transaction.atomic():
        app.Product(id=5, title="u", seo_title="u").save(force_insert=True)
    assert (values(app, 5)["title"], values(app, 5)["seo_title"]) == ("t", "s")


def test_a_failing_part_leaves_no_core(app):
    app.Product.objects.create(title="a", slug="same")
    with pytest.raises(IntegrityError), transaction.atomic():
        app.Product.objects.create(title="b", slug="same")
    assert app.Product.objects.count() == 1


def test_saving_writes_loaded_parts_only(product, django_assert_num_queries):
    loaded = Product.objects.get()
    loaded.title = "New"
    assert loaded.seo_text == ""
    with django_assert_num_queries(1 if can_combine("default") else 2) as captured:
        loaded.save()
    tables = [t for t in ("productseo", "productstock") if any(t in q["sql"] for q in captured)]
    assert tables == ["productstock"]  # of the stock, only the auto_now field
    assert Product.objects.get().stock == 3


def test_a_part_that_changed_in_place_is_written(product):
    loaded = Product.objects.with_parts().get()
    loaded.seo_text = "other"
    loaded.save()
    assert Product.objects.get().seo_text == "other"


def test_an_unchanged_part_does_not_undo_what_somebody_else_wrote(product, settings):
    for writes_all, kept in ((False, "theirs"), (True, "")):
        settings.BDMODELS_WRITE_UNCHANGED_PARTS = writes_all
        Product.objects.update(seo_text="")
        stale = Product.objects.with_parts().get()
        Product.objects.update(seo_text="theirs")
        stale.save()
        assert Product.objects.get().seo_text == kept


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_is_written_by_the_next_save(product):
    loaded = Product.objects.with_parts().get()
    loaded.seo_text = "new"
    with transaction.atomic():
        loaded.save()
        transaction.set_rollback(True)
    loaded.save()
    assert Product.objects.get().seo_text == "new"


def test_a_change_by_somebody_else_to_an_unloaded_part_survives(product):
    mine = Product.objects.get()
    mine.title = "Mine"
    Product.objects.filter(pk=product.pk).update(stock=50, seo_title="theirs")
    mine.save()
    found = Product.objects.get()
    assert (found.title, found.stock, found.seo_title) == ("Mine", 50, "theirs")


def test_assigning_a_field_of_an_unloaded_part_writes_only_that(product):
    mine = Product.objects.get()
    mine.seo_title = "mine"
    Product.objects.filter(pk=product.pk).update(seo_text="theirs", stock=50)
    mine.save()
    found = Product.objects.get()
    assert (found.seo_title, found.seo_text, found.stock) == ("mine", "theirs", 50)


def test_update_fields_of_several_tables(app):
    pk = app.Product.objects.create(title="a", seo_title="b", stock=1).pk
    product = app.Product.objects.get(pk=pk)
    product.title, product.seo_title, product.stock, product.seo_text = "A", "B", 2, "lost"
    product.save(update_fields=["title", "stock"])
    assert values(app, pk)["title"] == "A"
    assert values(app, pk)["stock"] == 2
    assert values(app, pk)["seo_title"] == "b"
    assert values(app, pk)["seo_text"] == ""


def test_update_fields_of_one_part_touch_one_table(product, django_assert_num_queries):
    product.seo_title = "x"
    with django_assert_num_queries(1) as captured:
        product.save(update_fields=["seo_title"])
    assert "shop_productseo" in captured[0]["sql"]


def test_update_fields_may_be_attnames_and_relations(app):
    brand = app.Brand.objects.create(name="B")
    product = app.Product.objects.create(title="t")
    product.brand = brand
    product.save(update_fields=["brand"])
    assert app.Product.objects.get().brand_id == brand.pk
    product.brand_id = None
    product.save(update_fields=["brand_id"])
    assert app.Product.objects.get().brand is None


def test_unknown_update_fields_are_refused(app):
    product = app.Product.objects.create(title="t")
    with pytest.raises(ValueError, match="nonsense"):
        product.save(update_fields=["nonsense"])


@pytest.mark.parametrize("name", ["productseo_id", "productseo_ptr"])
def test_part_keys_cannot_be_update_fields(product, name):
    with pytest.raises(ValueError, match="do not exist in this model"):
        product.save(update_fields=[name])


@pytest.mark.parametrize("options", [{"force_update": True}, {"update_fields": ["title"]}])
def test_an_object_without_a_key_cannot_be_updated(app, options):
    product = app.Product(title="t")
    with pytest.raises(ValueError, match="Cannot force an update"), transaction.atomic():
        product.save(**options)
    assert not app.Product.objects.exists()


def test_update_fields_of_a_row_that_is_gone(app):
    product = app.Product.objects.create(title="t")
    app.Product.objects.all().delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        product.save(update_fields=["seo_title"])
    with pytest.raises(DatabaseError), transaction.atomic():
        product.save(force_update=True)


def test_saving_a_row_that_is_gone_inserts_it_again(app):
    product = app.Product.objects.create(title="t", seo_title="s", note="n")
    app.Product.objects.all().delete()
    product.save()
    assert values(app, product.pk)["seo_title"] == "s"
    assert values(app, product.pk)["note"] == "n"


def test_saving_a_row_that_is_gone_with_parts_unloaded_says_so(product):
    loaded = Product.objects.get()
    Product.objects.all().delete()
    with pytest.raises(DatabaseError, match="cannot be inserted again"), transaction.atomic():
        loaded.save()
    assert not Product.objects.exists()


@pytest.mark.parametrize("deferred", [["price"], ["seo_title"], ["price", "seo_title"]])
def test_deferred_fields_are_not_written(app, deferred):
    pk = app.Product.objects.create(title="a", price=1, seo_title="b", stock=1).pk
    product = app.Product.objects.defer(*deferred).get()
    product.title = "A"
    app.Product.objects.filter(pk=pk).update(price=9, seo_title="z")
    product.save()
    found = values(app, pk)
    assert found["title"] == "A"
    assert all(found[name] == {"price": 9, "seo_title": "z"}[name] for name in deferred)


def test_a_row_is_copied_by_unsetting_its_key(app):
    brand = app.Brand.objects.create(name="B")
    first = app.Product.objects.create(title="t", seo_title="s", stock=3, note="n", brand=brand).pk
    product = app.Product.objects.get()
    product.pk = None
    product._state.adding = True
    product.save()
    assert product.pk != first
    assert app.Product.objects.count() == 2
    assert values(app, product.pk) == values(app, first)
    assert app.Product.objects.filter(brand=brand).count() == 2


def test_a_copy_reads_what_it_copies_before_it_is_saved(app):
    app.Product.objects.create(title="t", seo_title="s")
    product = app.Product.objects.get()
    product.pk = None
    assert product.seo_title == "s"


def test_a_row_is_written_under_another_key(app):
    app.Product.objects.create(id=1, title="a", seo_title="a", stock=1, note="a")
    app.Product.objects.create(id=2, title="b", seo_title="b", stock=2)
    product = app.Product.objects.get(id=1)
    product.pk = 2
    product.save()
    assert values(app, 2) == values(app, 1)
    product.pk = 3
    product.save()
    assert values(app, 3) == values(app, 1)


def test_an_empty_sparse_value_is_written_under_another_key(app):
    app.Product.objects.create(id=1, title="a")
    app.Product.objects.create(id=2, title="b", note="old", weight=3)
    product = app.Product.objects.get(id=1)
    product.pk = 2
    product.save()
    assert values(app, 2) == values(app, 1)


def test_expressions_are_evaluated_by_the_database(app):
    pk = app.Product.objects.create(title="a", price=1, stock=3).pk
    product = app.Product.objects.get()
    product.stock = F("stock") + 1
    product.price = F("price") + 1
    product.save()
    product.refresh_from_db()
    assert (product.stock, product.price) == (4, 2)
    assert values(app, pk)["stock"] == 4


@on_old_values
def test_an_expression_may_name_a_field_of_another_table(app):
    pk = app.Product.objects.create(title="a", price=7, stock=3, reserved=1).pk
    product = app.Product.objects.get()
    product.stock = F("price") + F("stock")
    product.price = F("stock")
    product.seo_title = Upper("title")
    product.save()
    found = values(app, pk)
    assert (found["stock"], found["price"], found["seo_title"]) == (10, 3, "A")


def test_an_expression_of_another_table_by_update_fields(app):
    pk = app.Product.objects.create(title="a", price=7, stock=3).pk
    product = app.Product.objects.get()
    product.stock = F("price") * 2
    product.save(update_fields=["stock"])
    assert values(app, pk)["stock"] == 14


@pytest.mark.only_on(django=(6, 0))
def test_the_result_of_an_expression_is_there_after_saving(app):
    app.Product.objects.create(title="a", stock=3)
    product = app.Product.objects.get()
    product.stock = F("stock") + 1
    product.save()
    assert product.stock == 4


def test_auto_now_of_an_unloaded_part_is_written(app):
    before = app.Product.objects.create(title="a", stock=3).counted
    product = app.Product.objects.get()
    product.save()
    after = app.Product.objects.get()
    assert after.counted > before
    assert after.stock == 3


def test_signals_are_those_of_the_wide_model(app):
    seen = []

    def listen(sender, **kwargs):
        seen.append((sender.__name__, kwargs.get("created"), kwargs["update_fields"]))

    pre_save.connect(listen)
    post_save.connect(listen)
    try:
        app.Product.objects.create(title="a")
        app.Product.objects.get().save()
    finally:
        pre_save.disconnect(listen)
        post_save.disconnect(listen)
    assert seen == [
        ("Product", None, None), ("Product", True, None),
        ("Product", None, None), ("Product", False, None),
    ]  # fmt: skip


def test_an_unsaved_related_object_is_refused(app):
    with pytest.raises(ValueError, match="unsaved related object"):
        app.Product(title="a", brand=app.Brand(name="new")).save()


def test_a_related_object_saved_later_gives_its_key(app):
    brand = app.Brand(name="new")
    product = app.Product(title="a", brand=brand)
    brand.save()
    product.save()
    assert app.Product.objects.get().brand == brand


def test_get_or_create_uses_and_sets_fields_of_parts(app):
    one, created = app.Product.objects.get_or_create(
        slug="x", defaults={"title": "t", "stock": 4, "note": "n"}
    )
    assert created
    two, created = app.Product.objects.get_or_create(slug="x", defaults={"stock": 9})
    assert not created
    assert (two.pk, two.stock, two.note) == (one.pk, 4, "n")


def test_update_or_create_writes_fields_of_parts(app):
    app.Product.objects.create(title="t", slug="x", stock=4, seo_title="s")
    _, created = app.Product.objects.update_or_create(
        slug="x", defaults={"stock": F("stock") + 1, "title": "u", "note": "n"}
    )
    assert not created
    found = app.Product.objects.get()
    assert (found.title, found.stock, found.note, found.seo_title) == ("u", 5, "n", "s")


def test_update_or_create_evaluates_expressions_across_tables(app):
    app.Product.objects.create(title="t", slug="x", price=7)
    app.Product.objects.update_or_create(slug="x", defaults={"stock": F("price") + 1})
    assert app.Product.objects.get().stock == 8


def test_a_custom_save_is_called_with_parts_at_hand(app):
    product = app.Product(title="t")
    product.seo_title = product.title * 2
    product.save()
    assert app.Product.objects.get().seo_title == "tt"


@pytest.mark.django_db(databases=["default", "other"])
def test_saving_elsewhere_takes_all_parts_along(app):
    app.Product.objects.create(title="t", seo_title="s", stock=3, note="n")
    product = app.Product.objects.get()
    product.save(using="other")
    there = app.Product.objects.using("other")
    assert there.values_list("title", "seo_title", "stock", "note").get() == ("t", "s", 3, "n")
    assert there.get().seo_title == "s"
    assert product._state.db == "other"


@pytest.mark.django_db(databases=["default", "other"])
def test_an_object_of_another_database_is_loaded_and_saved_there(app):
    app.Product.objects.using("other").create(title="t", seo_title="s")
    product = app.Product.objects.using("other").get()
    assert product.seo_title == "s"
    product.seo_title = "S"
    product.save()
    assert app.Product.objects.using("other").get().seo_title == "S"
    assert not app.Product.objects.exists()
