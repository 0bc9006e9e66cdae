"""Runs the sample: what is checked for types is no fiction."""

from __future__ import annotations

import os

from asgiref.sync import async_to_sync


def main() -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command

    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.typed.settings"
    django.setup()
    assert not settings.BDMODELS_WRITE_UNCHANGED_PARTS
    call_command("check", fail_level="WARNING", verbosity=0)
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)
    print("checked")
    call_command("migrate", "catalog", "0007", verbosity=0)
    old_row()
    call_command("migrate", verbosity=0)
    print("migrated")
    use()
    call_command("migrate", "catalog", "0001", verbosity=0)
    print("reversed")


def old_row() -> None:
    """A row that is there when a required field is added."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO catalog_product (title, price) VALUES ('Desk', 5)")
        cursor.execute(
            "INSERT INTO catalog_productseo (productseo_id, slug, seo_title, language) "
            "VALUES (1, 'desk', '', 'en')"
        )
        cursor.execute("INSERT INTO catalog_productstock (productstock_id, stock) VALUES (1, 2)")


def use() -> None:
    from .catalog import (
        asynchronous,
        autodetector,
        copying,
        forms,
        inferred,
        lazy,
        queries,
        writing,
    )
    from .catalog.models import (
        Bargain,
        Brand,
        Customer,
        Invoice,
        Lamp,
        Product,
        Rating,
        Supplier,
        Visit,
    )
    from .library import shelves

    desk = Product.objects.with_parts().get(code="DESK")
    assert Brand.objects.count() == 2
    brand = Brand.objects.create(name="Lumen")
    lamp = writing.one(brand)
    assert writing.several(brand)[2].seo_title == ""
    writing.others()
    form = forms.ProductForm(
        {"title": "Sofa", "slug": "sofa", "language": "en", "code": "S", "price": 1, "stock": 1}
    )
    assert form.is_valid(), form.errors
    sofa = forms.saved(form)
    print("written")

    visit = Visit.objects.create(product_number=lamp.pk)
    rating = Rating.objects.create(product_number=lamp.pk)
    ada = Customer.objects.get()
    Invoice.objects.create(customer=ada, total=2000)
    queries.managers()
    queries.parts_of_rows()
    assert queries.missing() == desk
    queries.relations(brand)
    inferred.generated_managers()
    inferred.columns()
    inferred.fields(lamp)
    inferred.relations(ada, visit, rating)
    inferred.families(
        Lamp.objects.create(title="Arc", slug="arc", watts=5),
        Bargain.objects.with_parts().get(slug="sofa"),
        Supplier.objects.create(name="Lumen", days=3),
    )
    assert lazy.titles() == lazy.all_at_once()
    queries.objects(sofa)
    assert copying.throttle() in (None, "the shop is open")
    assert autodetector.Autodetector.__mro__[1].__name__ == "BreakdownAutodetectorMixin"
    shelves.fill()
    assert shelves.titles() == ["Dune", "Jaws"]
    print("read")

    # In this thread: the database in memory belongs to it.
    assert async_to_sync(asynchronous.read)()
    async_to_sync(asynchronous.write)()
    print("awaited")


if __name__ == "__main__":
    main()
