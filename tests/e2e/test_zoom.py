"""Small windows, large text, other colours, no motion: nothing is cut off, nothing needs a scroll sideways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import wait_until_live
from tests.servers.chromium import chromium_flags, find_chromium

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.e2e

PAGES = (
    "/",
    "/@sam/",
    "/settings/",
    "/settings/notifications/",
    "/notifications/",
    "/rooms/new/",
    "/accounts/email/",
    "/nowhere/",
)
GUIDE = ("people", "doing", "forms", "states", "rooms", "voices", "tickets", "figures")
ROOMS = ("host-6-300", "listener-13-30000", "long-names", "long-title", "microphone-refused", "recorded-host", "ended")
EVERYWHERE = (
    *PAGES,
    *(f"/styleguide/{name}/" for name in GUIDE),
    *(f"/styleguide/rooms/{name}/" for name in ROOMS),
)
WINDOWS: dict[str, dict[str, Any]] = {
    "320 px": {"viewport": {"width": 320, "height": 568}},
    "1280 px at 200 %": {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
}
# What browsers do when somebody asks them for text twice as large; the flags before it are Playwright's own.
LARGE_TEXT = (
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4,"
    "defaultFontSize=32"
)
# What needs a scroll sideways, or cannot be had even by one: what is fixed to the window does not widen the page.
BEYOND = """
() => {
  const width = document.documentElement.clientWidth;
  const scrolls = (one) => ["auto", "scroll"].includes(getComputedStyle(one).overflowX);
  const inScroller = (one) => one.parentElement && (scrolls(one.parentElement) || inScroller(one.parentElement));
  const beyond = [...document.querySelectorAll("a[href], button, input, select, textarea, h1, h2, h3")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
    .filter((one) => !one.closest(".skip, .unseen, [aria-hidden=true]") && !inScroller(one))
    .filter((one) => {
      const { left, right } = one.getBoundingClientRect();
      return left < -1 || right > width + 1;
    })
    .map((one) => one.outerHTML.slice(0, 90));
  const over = document.documentElement.scrollWidth - width;
  return over > 0 ? [`${over} px too wide`, ...beyond] : beyond;
}
"""
# Words of controls that are cut off; people's names may be.
CUT_OFF = """
() => [...document.querySelectorAll("a[href], button, select, label, [role=tab], #stage [data-slot=doing]")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .filter((one) => !one.closest(".unseen, .seat, .room-card, dialog"))
  .filter((one) => getComputedStyle(one).overflow !== "visible" && one.innerText.trim())
  .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
  .map((one) => one.outerHTML.slice(0, 90))
"""
# Controls of the bar that lie on each other.
OVERLAPPING = """
() => {
  const items = [...document.querySelectorAll("#bar .bar__item")].filter((one) => one.checkVisibility());
  const boxes = items.map((one) => [one.innerText.trim(), one.getBoundingClientRect()]);
  const apart = (a, b) =>
    a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
  return boxes.flatMap(([name, box], at) =>
    boxes.slice(at + 1).filter(([, other]) => !apart(box, other)).map(([next]) => `${name} / ${next}`));
}
"""
TOO_SMALL = """
() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [role=tab]")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.type !== "hidden")
  .filter((one) => !one.matches("p a, dd a, .skip, [tabindex='-1']") && !one.closest("[inert], .unseen"))
  .map((one) => {
    const label = one.closest("label") ?? (one.id && document.querySelector(`label[for="${one.id}"]`));
    const boxes = [one, one.matches("input") && label].filter(Boolean).map((part) => part.getBoundingClientRect());
    // The whole card is the target of its title's link.
    const cover = getComputedStyle(one, "::after");
    const card = cover.position === "absolute" && cover.inset === "0px" && one.closest("li, article, section");
    if (card) boxes.push(card.getBoundingClientRect());
    const most = (side) => Math.max(...boxes.map((box) => box[side]));
    return { one, width: most("width"), height: most("height") };
  })
  .filter(({ width, height }) => width < 43.5 || height < 43.5)
  .map(({ one, width, height }) => `${Math.round(width)}x${Math.round(height)} ${one.outerHTML.slice(0, 90)}`)
"""


@pytest.fixture
def large_text(browser: Browser) -> Iterator[Browser]:
    """Return another Chromium, whose owner wants text twice as large. Tests name it before what opens pages in it."""
    started = browser.browser_type.launch(executable_path=find_chromium(), args=[*chromium_flags(), LARGE_TEXT])
    yield started
    started.close()


def troubles(page: Page, paths: Iterable[str]) -> dict[str, list[str]]:
    """Return by page what does not fit into the window."""
    found = {}
    for path in paths:
        page.goto(path)
        found[path] = [line for script in (BEYOND, CUT_OFF, OVERLAPPING) for line in page.evaluate(script)]
    return {path: some for path, some in found.items() if some}


@pytest.mark.parametrize("window", WINDOWS)
def test_every_page_fits_into_a_small_window(open_page: Callable[..., Page], window: str) -> None:
    assert troubles(open_page("sam", **WINDOWS[window]), EVERYWHERE) == {}


@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_fits_with_text_twice_as_large(
    large_text: Browser, open_page: Callable[..., Page], width: int
) -> None:
    page = open_page("sam", large_text, viewport={"width": width, "height": 844})
    page.goto("/")
    assert page.evaluate("() => getComputedStyle(document.documentElement).fontSize") == "32px"
    assert troubles(page, EVERYWHERE) == {}


def test_french_words_fit_into_a_small_window(open_page: Callable[..., Page]) -> None:
    page = open_page("ines", viewport={"width": 320, "height": 568})
    assert (
        troubles(
            page,
            (
                "/",
                "/@ines/",
                "/settings/",
                "/settings/notifications/",
                "/notifications/",
                "/rooms/new/",
                "/accounts/email/",
                "/nowhere/",
            ),
        )
        == {}
    )
    page.goto("/")
    page.locator(".room-card h3 a").first.click()
    wait_until_live(page)
    assert [line for script in (BEYOND, CUT_OFF, OVERLAPPING) for line in page.evaluate(script)] == []


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_every_target_is_as_large_as_a_finger(open_page: Callable[..., Page], width: int) -> None:
    page = open_page("sam", viewport={"width": width, "height": 800})
    small = {}
    for path in EVERYWHERE:
        page.goto(path)
        small[path] = page.evaluate(TOO_SMALL)
    page.goto("/")
    page.locator(".room-card h3 a").first.click()
    wait_until_live(page)
    small["room"] = page.evaluate(TOO_SMALL)
    assert {path: found for path, found in small.items() if found} == {}


def test_nothing_moves_for_whoever_wants_no_motion(open_page: Callable[..., Page]) -> None:
    page = open_page("sam", reduced_motion="reduce")
    for path in ("/", "/styleguide/states/", "/styleguide/people/", "/styleguide/rooms/on-air/"):
        page.goto(path)
        moving = page.evaluate("() => document.getAnimations().filter((one) => one.playState === 'running').length")
        assert (path, moving) == (path, 0)


def test_colours_of_the_system_leave_every_control_an_edge(open_page: Callable[..., Page]) -> None:
    page = open_page("sam", forced_colors="active")
    page.goto("/")
    page.locator(".room-card h3 a").first.click()
    wait_until_live(page)
    expect(page.locator("#bar [data-slot=share]")).to_be_visible()
    unseen = page.evaluate(
        """() => [...document.querySelectorAll("#bar button, #bar a")].filter((one) => one.checkVisibility())
          .filter((one) => getComputedStyle(one).color === getComputedStyle(document.body).backgroundColor)
          .map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert unseen == []


def test_colours_of_the_system_show_who_talks_and_where_a_card_ends(open_page: Callable[..., Page]) -> None:
    page = open_page("sam", forced_colors="active")
    page.goto("/styleguide/rooms/host-6-300/")
    talking = page.locator("#stage .seat.is-talking .portrait")
    expect(talking.first).to_have_css("outline-style", "solid")
    expect(talking.first).to_have_css("outline-width", "4px")
    # A disc of the ground's colour would cover that.
    expect(talking.first.locator(".portrait__ring")).to_have_css("display", "none")
    silent = page.locator("#stage .seat:not(.is-talking) .portrait").first
    expect(silent).to_have_css("outline-style", "none")
    page.goto("/")
    expect(page.locator(".room-card").first).to_have_css("border-top-style", "solid")
