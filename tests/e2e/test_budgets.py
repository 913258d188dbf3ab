"""How light the pages are, and that nothing on them jumps: the limits of our design, on the assets of production."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import bring_up, end_room, listen, move_down, wait_until_live

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e

KIB = 1024
HALLWAY_SCRIPT = 60 * KIB
HALLWAY_STYLE = 40 * KIB
# The room's own modules come on top; nobody waits for them to read the page.
ROOM_SCRIPT = 110 * KIB
# Below 0.1 is what others call good; ours is that nothing is seen to move.
STILL = 0.01
PHONE = {"width": 390, "height": 844}

# What was sent for the page's scripts and style sheets, with their headers, and what each weighs.
SENT = """() => performance.getEntriesByType("resource").map((entry) =>
    [new URL(entry.name).pathname, entry.transferSize, entry.encodedBodySize, entry.decodedBodySize])"""
NAMED = """() => [...document.querySelectorAll("link[rel=modulepreload]")].map((link) => new URL(link.href).pathname)"""
# Seats are dealt anew when their number changes, which is meant to be seen; whatever stands around them must not move.
WATCH = """
window.shifts = [];
const dealt = (node) => !node || Boolean((node.closest ? node : node.parentElement)?.closest(".seats"));
new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries())
        if (!hadRecentInput && !(sources.length && sources.every(({ node }) => dealt(node))))
            shifts.push([value, sources.map(({ node }) => node?.className ?? node?.nodeName)]);
}).observe({ type: "layout-shift", buffered: true });
"""
PLACES = """() => ["h1", ".caption", ".crowd, #audience", "#bar"].map((place) => {
    const { x, y, width } = document.querySelector(place).getBoundingClientRect();
    return [place, x, y, width];
})"""


class Weight(NamedTuple):
    """Bytes that were sent, headers included."""

    script: int
    style: int


def weigh(page: Page) -> Weight:
    page.wait_for_load_state("networkidle")
    sent = page.evaluate(SENT)
    bodies = [row for row in sent if row[0].endswith((".js", ".css"))]
    # Whatever is worth it came compressed.
    assert [row for row in bodies if row[3] > 2000 and row[2] >= row[3]] == []
    return Weight(*(sum(row[1] for row in bodies if row[0].endswith(ending)) for ending in (".js", ".css")))


def expect_still(page: Page) -> None:
    """Nothing has moved that nobody moved."""
    page.wait_for_load_state("networkidle")
    shifts = page.evaluate("shifts")
    moved = float(sum(value for value, _sources in shifts))
    assert moved < STILL, shifts


def test_hallway_is_light(open_deployed: Callable[..., Page]) -> None:
    page = open_deployed(viewport=PHONE, locale="fr-FR", service_workers="block")
    page.goto("/")

    weight = weigh(page)

    assert 0 < weight.script <= HALLWAY_SCRIPT
    assert 0 < weight.style <= HALLWAY_STYLE


def test_room_is_light(open_deployed: Callable[..., Page]) -> None:
    page = open_deployed(viewport=PHONE, locale="fr-FR", service_workers="block")
    page.goto("/")
    # As somebody sees it who comes by a link: with nothing kept from the hallway.
    address = page.locator(".room-card a").first.get_attribute("href") or ""
    page = open_deployed(viewport=PHONE, locale="fr-FR", service_workers="block")
    page.goto(address)
    wait_until_live(page)

    weight = weigh(page)

    assert 0 < weight.script <= ROOM_SCRIPT
    assert 0 < weight.style <= HALLWAY_STYLE


def test_modules_do_not_wait_for_each_other(open_deployed: Callable[..., Page]) -> None:
    """Each module of the first page is named in it, so that no round trip is spent on finding out."""
    page = open_deployed()
    page.goto("/")
    page.wait_for_load_state("networkidle")

    named = page.evaluate(NAMED)
    fetched = {row[0] for row in page.evaluate(SENT) if "/js/" in row[0] and row[0].endswith(".js")}

    assert fetched - set(named) == set()
    assert set(named) - fetched == set()


def test_files_are_kept_for_ever_and_pages_are_not(open_deployed: Callable[..., Page]) -> None:
    page = open_deployed()
    kept = {}
    page.on("response", lambda response: kept.update({response.url: response.headers.get("cache-control", "")}))
    page.goto("/")
    page.wait_for_load_state("networkidle")

    files = {url: rule for url, rule in kept.items() if "/static/" in url}
    assert len(files) > 10
    assert [url for url, rule in files.items() if "immutable" not in rule] == []
    assert "immutable" not in kept[page.url]


@pytest.mark.parametrize("path", ["/", "/@ines/", "/accounts/signup/"])
@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 800}])
def test_page_stands_still_while_it_loads(
    open_deployed: Callable[..., Page], path: str, viewport: dict[str, int]
) -> None:
    page = open_deployed(viewport=viewport)
    page.add_init_script(WATCH)
    page.goto(path)

    expect_still(page)


@pytest.fixture
def host(open_deployed: Callable[..., Page]) -> Iterator[Page]:
    """Return Malo's page, in a room that he has just opened and that ends with the test."""
    page = open_deployed("malo")
    page.goto("/rooms/new/")
    page.locator("input[name=title]").fill("Come and go")
    page.locator("form.form button").last.click()
    wait_until_live(page)
    yield page
    end_room(page)


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 800}])
def test_room_stands_still_while_people_come_and_go(
    host: Page, open_deployed: Callable[..., Page], viewport: dict[str, int]
) -> None:
    visitor, watcher = open_deployed("maiwenn"), open_deployed(viewport=viewport)
    watcher.add_init_script(WATCH)
    watcher.goto(host.url)
    wait_until_live(watcher)
    before = watcher.evaluate(PLACES)

    listen(visitor, host)
    bring_up(host, visitor)
    expect(watcher.locator("#stage .seat")).to_have_count(2)
    during = watcher.evaluate(PLACES)
    move_down(host, "Maïwenn")
    expect(watcher.locator("#stage .seat")).to_have_count(1)
    visitor.close()

    expect_still(watcher)
    assert (during, watcher.evaluate(PLACES)) == (before, before)
