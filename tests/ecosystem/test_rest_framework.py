"""Django REST framework: serializers and views of a split model."""

import pytest
from rest_framework import serializers

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.compatibility(
        "Django REST framework",
        package="djangorestframework",
        holds="`ModelSerializer` with `__all__` has the wide model's fields.",
    ),
]


def serializer_of(model):
    class Serializer(serializers.ModelSerializer):
        class Meta:
            fields = "__all__"

    Serializer.Meta.model = model
    return Serializer


def test_all_fields_are_those_of_the_wide_model(apps):
    wide, split = [serializer_of(app.Product)() for app in apps]
    assert list(wide.fields) == list(split.fields)
    for (name, mine), theirs in zip(wide.fields.items(), split.fields.values(), strict=True):
        assert repr(mine).replace("wide", "") == repr(theirs).replace("split", ""), name
