"""What the project itself sets up when it starts."""

from __future__ import annotations

from typing import Any

import pytest
from celery import current_app
from django.apps import apps
from django.db import connections
from django.db.backends.sqlite3.base import DatabaseWrapper

from config.apps import ProjectConfig


def test_project_is_set_up_by_its_own_configuration() -> None:
    # With several configurations in a module, and none of them named, Django takes a bare one that does nothing.
    assert type(apps.get_app_config("config")) is ProjectConfig
    assert current_app.main == "causerie"


@pytest.mark.django_db
def test_new_connection_to_sqlite_knows_our_function() -> None:
    found = _answer_of_sqlite("SELECT causerie_fold('L’Été à Łódź')")
    assert found == [("l ete a lodz",)]


def _answer_of_sqlite(query: str) -> list[Any]:
    wrapper = DatabaseWrapper(connections["default"].settings_dict | {"NAME": ":memory:", "OPTIONS": {}}, "default")
    try:
        with wrapper.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())
    finally:
        wrapper.close()
