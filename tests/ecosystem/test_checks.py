"""The models of this project are right in Django's eyes and in those of all packages."""

from django.core.management import call_command


def test_the_system_checks_pass():
    call_command("check", fail_level="WARNING")
