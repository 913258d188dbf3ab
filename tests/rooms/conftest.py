"""Web processes for the tests of sockets. pytest may read this before Django is set up, hence the imports inside."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.rooms.web import Web


@pytest.fixture(scope="session")
def webs(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, Web]]:
    """Two web processes that share the test's database and Redis and live as long as the run."""
    from tests.rooms.web import Web

    folder = tmp_path_factory.mktemp("web")
    found = Web(folder / "one.log"), Web(folder / "other.log")
    try:
        for web in found:
            web.start()
        for web in found:
            web.wait_until_up()
        yield found
    finally:
        for web in found:
            web.end()


@pytest.fixture
def running_webs(webs: tuple[Web, Web], transactional_db: None) -> Iterator[tuple[Web, Web]]:
    """Let the two run during the test only, and not while its tables are emptied."""
    from tests.rooms.web import pause

    for web in webs:
        web.send(signal.SIGCONT)
    yield webs
    pause(webs)


@pytest.fixture
def web(running_webs: tuple[Web, Web]) -> Web:
    return running_webs[0]


@pytest.fixture
def other_web(running_webs: tuple[Web, Web]) -> Web:
    return running_webs[1]


@pytest.fixture
def make_web(transactional_db: None, tmp_path: Path) -> Iterator[Callable[..., Web]]:
    """Return what starts a web process that one test may kill."""
    from tests.rooms.web import Web, pause

    made: list[Web] = []

    def make(*options: str, **environment: str) -> Web:
        made.append(Web(tmp_path / f"web-{len(made)}.log", *options, **environment))
        made[-1].start()
        made[-1].wait_until_up()
        return made[-1]

    yield make
    pause(made)
    for web in made:
        web.end()
