"""Forms: the fields of parts are the model's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms

from tests.typed.checked import assert_type

from .models import Product

# Django's forms and admin classes cannot be subscripted where the program runs.
if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Product]
else:
    ModelForm = forms.ModelForm


class ProductForm(ModelForm):
    class Meta:
        model = Product
        fields = ("title", "slug", "seo_title", "language", "code", "price", "stock")


def saved(form: ProductForm) -> Product:
    assert_type(form.instance, Product)
    product = form.save()
    assert_type(product, Product)
    return product
