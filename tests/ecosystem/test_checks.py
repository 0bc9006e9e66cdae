"""The system checks of Django, bdmodels and all packages have nothing to say about the models."""

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_there_is_nothing_to_report(apps, capsys):
    labels = [app.Product._meta.app_label for app in apps]
    call_command("check", *labels, fail_level="WARNING", databases=["default"])
    assert "no issues" in capsys.readouterr().out
