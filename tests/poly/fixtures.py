"""Fixtures of the tests of polymorphic models."""

from importlib import import_module

import pytest


@pytest.fixture(params=["wide", "split"])
def poly(request):
    """The polymorphic models, in one table each and split: a test with it holds for both."""
    return import_module(f"tests.poly.{request.param}.models")


@pytest.fixture
def split():
    return import_module("tests.poly.split.models")


def fill(poly):
    """Two objects of each class of products."""
    acme, best = (poly.Brand.objects.create(name=name) for name in ("Acme", "Best"))
    for n in range(2):
        common = {"stock": n, "brand": acme, "supplier": best, "note": f"n{n}" if n else None}
        own = {"publisher": best, "isbn": f"i{n}"}
        poly.Product.objects.create(title=f"p{n}", slug=f"p{n}", text="t", **common)
        poly.Shirt.objects.create(title=f"s{n}", text="u", colour="red", year=1900 + n, **common)
        poly.Book.objects.create(title=f"b{n}", text="v", pages=n, **own, **common)
        poly.Comic.objects.create(title=f"c{n}", text="w", panels=n, artist="a", **own, **common)


@pytest.fixture
def products(poly):
    fill(poly)
    return poly.Product.objects
