"""Fixtures of the tests of polymorphic models."""

from importlib import import_module

import pytest

from .rows import fill


@pytest.fixture(params=["wide", "split"])
def poly(request):
    """The polymorphic models, in one table each and split: a test with it holds for both."""
    return import_module(f"tests.poly.{request.param}.models")


@pytest.fixture
def split():
    return import_module("tests.poly.split.models")


@pytest.fixture
def products(poly):
    fill(poly)
    return poly.Product.objects
