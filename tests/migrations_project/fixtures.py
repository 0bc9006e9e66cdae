"""Fixtures for tests with a throw-away project."""

import copy
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from . import Project


@pytest.fixture
def project_apps() -> tuple[str, ...]:
    return ("shop",)


@pytest.fixture
def project(tmp_path: Path, django_db_blocker, project_apps: tuple[str, ...]) -> Iterator[Project]:
    """An empty project with a database of its own, which is dropped at the end."""
    database = copy.deepcopy(
        {
            key: settings.DATABASES["default"].get(key, "")
            for key in ("ENGINE", "USER", "PASSWORD", "HOST", "PORT")
        }
    )
    database["OPTIONS"] = settings.DATABASES["default"].get("OPTIONS", {})
    if database["ENGINE"].endswith("sqlite3"):
        yield Project(tmp_path, {**database, "NAME": str(tmp_path / "db.sqlite3")}, project_apps)
        return
    name = f"bdmodels_project_{os.getpid()}_{uuid.uuid4().hex[:8]}"
    connection = connections["default"]
    quoted = connection.ops.quote_name(name)
    with django_db_blocker.unblock():
        with connection._nodb_cursor() as cursor:
            charset = " CHARACTER SET utf8mb4" if connection.vendor == "mysql" else ""
            cursor.execute(f"CREATE DATABASE {quoted}{charset}")
        try:
            yield Project(tmp_path, {**database, "NAME": name}, project_apps)
        finally:
            with connection._nodb_cursor() as cursor:
                cursor.execute(f"DROP DATABASE {quoted}")
