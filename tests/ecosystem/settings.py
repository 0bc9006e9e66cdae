"""The settings of a project that uses everything; `make test-ecosystem` runs with them."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS as OWN_APPS
from tests.settings import TEST_APPS

from ..databases import chosen

INSTALLED_APPS = [
    "django.contrib.staticfiles",
    *[app for app in OWN_APPS if app not in TEST_APPS],
    "auditlog",
    "debug_toolbar",
    "django_filters",
    "django_tables2",
    "guardian",
    "import_export",
    "modeltranslation",
    "mptt",
    "rest_framework",
    "reversion",
    "simple_history",
    "taggit",
    "tree_queries",
    "zeal",
    "tests.ecosystem.wide",
    "tests.ecosystem.split",
]
if chosen() == "postgresql":
    INSTALLED_APPS = ["pgtrigger", "pghistory", *INSTALLED_APPS]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ROOT_URLCONF = "tests.ecosystem.urls"
LANGUAGES = [("en", "English"), ("de", "German")]
