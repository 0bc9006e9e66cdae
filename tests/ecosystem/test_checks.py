"""The models of this project are right in Django's eyes and in those of all packages."""

import pytest
from django.core.management import call_command


@pytest.mark.django_db(databases=["default", "other"])  # Checks ask what they can do.
def test_the_system_checks_pass():
    call_command("check", fail_level="ERROR")
