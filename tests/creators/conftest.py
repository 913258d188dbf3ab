"""Devstripe in a file of its own, and the two databases that fees may be kept in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.db.backends.base.base import BaseDatabaseWrapper
    from pytest import FixtureRequest  # noqa: PT013 - annotations only
    from pytest_django.fixtures import Settings


@pytest.fixture(autouse=True)
def devstripe(settings: Settings, tmp_path: Path) -> None:
    """Let each test begin with an empty devstripe, whatever key is in the environment."""
    settings.DEVSTRIPE = True
    settings.STRIPE_SECRET_KEY = ""
    settings.DEVSTRIPE_FILE = tmp_path / "devstripe.sqlite3"


@pytest.fixture(params=["default", "sqlite"])
def database(request: FixtureRequest, db: None) -> Iterator[BaseDatabaseWrapper]:
    """Return the run's database, and then one in SQLite with the app's own migrations."""
    if request.param == "default":
        yield connections["default"]
        return
    own = connections["default"].settings_dict | {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:",
        "OPTIONS": {},
    }
    connections.databases["sqlite"] = own
    connection = connections["sqlite"]
    # At once: Django's tests open connections only to the databases that they began with.
    connection.connect()
    MigrationExecutor(connection).migrate([("creators", "0001_fees")])
    yield connection
    connection.close()
    del connections["sqlite"], connections.databases["sqlite"]
