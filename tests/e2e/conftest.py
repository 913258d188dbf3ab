"""Browsers at the embedded default.

Playwright's own loop runs in this thread, hence these tests stay away from the ORM: they see what people see.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from config.embedded.demo import PASSWORD
from tests.e2e.actions import end_room, microphone, wait_until_live
from tests.e2e.line import Line
from tests.e2e.sounds import HOOK, write_tone
from tests.e2e.watching import Watched
from tests.servers.chromium import chromium_flags, find_chromium
from tests.servers.deployed import Deployed
from tests.servers.embedded import Embedded, start_embedded

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from playwright.sync_api import StorageState

RESULTS = Path(__file__).parents[2] / "test-results"
_pages = pytest.StashKey[list[Watched]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell of a test's pages when it fails, with pictures, before its fixtures end rooms and close browsers."""
    report = yield
    if report.when == "call" and report.failed:
        RESULTS.mkdir(exist_ok=True)
        name = re.sub(r"\W+", "-", item.name)
        pages = item.stash.get(_pages, None) or []
        for number, page in enumerate(pages):
            page.draw(RESULTS / f"{name}-{number}.png")
            report.sections.append((f"page {number}", page.report()))
    return report


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """Return Causerie as `make run` starts it, ready for people."""
    started = start_embedded(
        tmp_path_factory.mktemp("e2e") / "var",
        environment={"SPEAK": "0", "PUSH_PRIVATE_ENDPOINTS": "1", "LINK_PRIVATE_ADDRESSES": "1"},
    )
    try:
        started.wait_for_banner()
        started.wait_until_ready()
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Return Causerie with the assets of production."""
    site = Deployed(tmp_path_factory.mktemp("deployed") / "var")
    yield site
    site.stop()


@pytest.fixture
def open_deployed(deployed: Deployed, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Return `open_deployed(handle="", **context)`: the same as `open_page`, at the site with production's assets."""
    contexts = []

    def open_one(handle: str = "", **context: object) -> Page:
        state = _log_in(browser, deployed.url, handle) if handle else None
        settings = {"base_url": deployed.url, "locale": "en-GB", "permissions": ["microphone"]} | context
        contexts.append(browser.new_context(**settings, storage_state=state))  # type: ignore[arg-type]
        return contexts[-1].new_page()

    yield open_one
    for one in contexts:
        one.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=chromium_flags())
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def logins() -> dict[str, StorageState]:
    """Return the cookies of those who have logged in already: logging in is slow on purpose, and counted."""
    return {}


@pytest.fixture
def open_page(
    embedded: Embedded, browser: Browser, logins: dict[str, StorageState], request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """Return `open_page(handle="", **context)`: a page with cookies of its own, logged in as that demo person.

    `browser` among them is another Chromium to open it in; without `checked` its microphone is checked before speaking.
    """
    pages: list[Watched] = []
    request.node.stash[_pages] = pages

    def open_one(handle: str = "", browser: Browser = browser, *, checked: bool = True, **context: object) -> Page:
        if handle and handle not in logins:
            logins[handle] = _log_in(browser, embedded.url, handle)
        settings = {"base_url": embedded.url, "locale": "en-GB", "permissions": ["microphone"]} | context
        state = {**logins.get(handle, {}), "origins": [_checked_at(str(settings["base_url"]))] if checked else []}
        fresh = browser.new_context(**settings, storage_state=state)  # type: ignore[arg-type]
        page = fresh.new_page()
        pages.append(Watched(page))
        return page

    yield open_one
    for watched in pages:
        watched.page.context.close()


@pytest.fixture
def line(embedded: Embedded) -> Iterator[Line]:
    """Return a line to the server that can be cut."""
    server = urlsplit(embedded.url)
    made = Line(server.hostname or "", server.port or 0)
    yield made
    made.close()


@pytest.fixture
def with_tone(browser: Browser, tmp_path: Path) -> Iterator[Callable[[int], Browser]]:
    """Return `with_tone(hz)`: another Chromium, whose microphone hears that tone."""
    started: list[Browser] = []

    def start(hz: int) -> Browser:
        tone = write_tone(tmp_path / f"{hz}.wav", hz)
        flags = [*chromium_flags(), f"--use-file-for-fake-audio-capture={tone}"]
        started.append(browser.browser_type.launch(executable_path=find_chromium(), args=flags))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def enter(with_tone: Callable[[int], Browser], open_page: Callable[..., Page]) -> Callable[..., Page]:
    """Return `enter(handle, hz=0)`: somebody's page that measures what it hears, with a tone as microphone."""
    # `with_tone` comes first so that it ends last: pages close before their browsers.

    def open_one(handle: str = "", hz: int = 0, **context: object) -> Page:
        page = open_page(handle, **(context | ({"browser": with_tone(hz)} if hz else {})))
        page.add_init_script(HOOK)
        return page

    return open_one


@pytest.fixture
def host(enter: Callable[..., Page]) -> Iterator[Page]:
    """Return Théo's page, whose microphone hears 440 Hz, in a room that he has just opened."""
    page = enter("theo", 440)
    page.goto("/rooms/new/")
    page.locator("input[name=title]").fill("Tones")
    page.locator("form.form button").last.click()
    expect(microphone(page)).to_be_visible()
    wait_until_live(page)
    address = page.url
    yield page
    if urlsplit(page.url).path != urlsplit(address).path:
        page.goto(address)
    if page.locator("#ended").is_visible() or not page.locator("#live").count():
        return
    try:
        end_room(page)
    except (AssertionError, PlaywrightError):
        # It stays this test's failure: a room that is left open would be every later one's.
        page.goto(address)
        wait_until_live(page)
        end_room(page)
        raise


def _checked_at(origin: str) -> dict[str, object]:
    """Return what a browser remembers of somebody who has checked their microphone there."""
    return {"origin": origin, "localStorage": [{"name": "causerie.sound", "value": json.dumps({"checked": True})}]}


def _log_in(browser: Browser, url: str, handle: str) -> StorageState:
    context = browser.new_context(base_url=url)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(handle)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit], form.form button[type=submit]").first.click()
    page.wait_for_url(f"{url}/")
    state = context.storage_state()
    context.close()
    return state
