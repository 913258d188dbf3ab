"""The tests' servers and the fixtures that every folder may use.

One PostgreSQL and one Redis serve a run. The process that was started as `pytest` owns them; xdist's workers find their
addresses in the environment. DATABASE_URL and REDIS_URL, if given, are used instead.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import django
import hypothesis
import pytest
from django.conf import settings
from django.utils import translation

from config.embedded.catalogues import compile_catalogues
from config.embedded.problem import StartError
from tests.servers.environment import Servers, settle
from tests.servers.postgres import NoPostgresError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import redis
    from pytest_django import DjangoDbBlocker

pytest_plugins = ["tests.factories.fixtures"]
_servers = Servers()

# No example has a time: these machines are noisy. (Hypothesis is imported here also because its plugin would do so in
# the run's summary, where Python 3.11 may fail with "AST constructor recursion depth mismatch".)
hypothesis.settings.register_profile("noisy", deadline=None)
hypothesis.settings.load_profile("noisy")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the servers before pytest-django reads the settings, which it does in the same hook, last."""
    if config.option.help or config.option.version:
        return
    if settings.configured:
        pytest.exit("Unset DJANGO_SETTINGS_MODULE: the tests set it once their servers run.", returncode=1)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker:
        # Texts are tested in French too; a fresh clone holds no compiled catalogue.
        compile_catalogues(Path(__file__).parents[1])
        try:
            _servers.start()
        except (NoPostgresError, StartError) as error:
            _servers.stop()
            pytest.exit(str(error), returncode=1)
    settle(worker)
    # pytest-django does it itself only if it could read the settings earlier, before the servers ran.
    django.setup()
    # A worker that inherited this would read the settings of this process, not its own.
    del os.environ["DJANGO_SETTINGS_MODULE"]


def pytest_unconfigure() -> None:
    _servers.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what needs PostgreSQL if somebody's DATABASE_URL is something else, and say so."""
    if os.environ["DATABASE_URL"].startswith("postgres"):
        return
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.skip(reason="DATABASE_URL is no PostgreSQL"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Have a database whose rows are those of the migrations whenever a test begins."""
    from tests.servers.emptying import keep_what_migrations_left

    with django_db_blocker.unblock():
        keep_what_migrations_left()


@pytest.fixture
def redis_client() -> Iterator[redis.Redis]:
    """Return a client of the run's Redis; this worker's keys begin with `settings.REDIS_PREFIX`."""
    import redis as driver

    client = driver.Redis.from_url(settings.REDIS_URL)
    yield client
    client.close()


@pytest.fixture(autouse=True)
def _english() -> None:
    """Begin each test in English: a request's language stays with its thread, and the last one was perhaps French."""
    translation.activate("en")


@pytest.fixture(autouse=True)
def _no_keys_left() -> Iterator[None]:
    """Take this worker's keys out of Redis after each test: rate limits and presence would reach into the next."""
    yield
    import redis as driver

    with driver.Redis.from_url(settings.REDIS_URL) as client:
        keys = list(client.scan_iter(match=f"{settings.REDIS_PREFIX}:*", count=1000))
        if keys:
            client.delete(*keys)
