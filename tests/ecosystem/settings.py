"""The settings of a project that uses everything; `make test-ecosystem` runs with them."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS as OWN_APPS
from tests.settings import TEST_APPS

INSTALLED_APPS = [
    "django.contrib.staticfiles",
    *[app for app in OWN_APPS if app not in TEST_APPS],
    "debug_toolbar",
    "django_filters",
    "django_tables2",
    "import_export",
    "modeltranslation",
    "rest_framework",
    "taggit",
    "zeal",
    "tests.ecosystem.wide",
    "tests.ecosystem.split",
]
ROOT_URLCONF = "tests.ecosystem.urls"
LANGUAGES = [("en", "English"), ("de", "German")]
