"""The settings of the project that `make test-browser` looks at."""

import os
import tempfile
from pathlib import Path

from tests.databases import database_settings
from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS as OWN_APPS
from tests.settings import MIDDLEWARE as OWN_MIDDLEWARE
from tests.settings import TEST_APPS

DATABASES = {"default": database_settings()["default"]}
# The phases of a split are made by its migrations.
DATABASES["default"]["TEST"]["MIGRATE"] = True
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # The server has a connection of its own, to a file.
    file = str(Path(tempfile.gettempdir(), f"bdmodels_browser_{os.getpid()}.sqlite3"))
    DATABASES["default"]["NAME"] = DATABASES["default"]["TEST"]["NAME"] = file
    DATABASES["default"]["OPTIONS"] = {"transaction_mode": "IMMEDIATE"}

INSTALLED_APPS = [
    "django.contrib.staticfiles",
    *[app for app in OWN_APPS if app not in TEST_APPS],
    "debug_toolbar",
    "tests.browser.books",
]
ROOT_URLCONF = "tests.browser.urls"
MIDDLEWARE = [
    "tests.browser.middleware.strict_policy",
    "debug_toolbar.middleware.DebugToolbarMiddleware",
    *OWN_MIDDLEWARE,
]
DEBUG_TOOLBAR_PANELS = [
    "bdmodels.contrib.debug_toolbar.LazyPartsPanel",
    "debug_toolbar.panels.sql.SQLPanel",
]
DEBUG_TOOLBAR_CONFIG = {
    "SHOW_TOOLBAR_CALLBACK": "tests.browser.middleware.wants_toolbar",
    "IS_RUNNING_TESTS": False,
}
