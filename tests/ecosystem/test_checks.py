"""The system checks of Django, bdmodels and all packages find no error in the models."""

import pytest
from django.apps import apps as registry
from django.core.checks import run_checks


@pytest.mark.django_db
def test_no_model_has_an_error(apps):
    configs = [registry.get_app_config(app.Product._meta.app_label) for app in apps]
    found = run_checks(app_configs=configs, databases=["default"])
    models = {model for config in configs for model in config.get_models()}
    assert [m for m in found if m.is_serious() or m.obj in models] == []
