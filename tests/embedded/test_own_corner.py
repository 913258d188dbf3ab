"""What keeps the tests' parallel workers out of each other's way."""

from __future__ import annotations

import os

from django.conf import settings


def test_settings_are_this_workers_own() -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    name = worker or "main"

    assert f"test-{name}-{os.getpid()}" == settings.REDIS_PREFIX
    assert settings.VAR_DIR.name == f"var-{name}"
    assert os.environ["REDIS_URL"] == settings.REDIS_URL
