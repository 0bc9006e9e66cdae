"""One scenario, run on the wide model and on the split one, with the same expectations."""

from importlib import import_module

import pytest


@pytest.fixture(params=["wide", "split"])
def app(request):
    """The models of one shop, as one table each and split."""
    return import_module(f"tests.ecosystem.{request.param}.models")


@pytest.fixture
def apps():
    """Both: for what is compared directly."""
    return [import_module(f"tests.ecosystem.{name}.models") for name in ("wide", "split")]
