"""Small windows, large text, other colours, no motion: nothing is cut off, nothing needs a scroll sideways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import wait_until_live

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e

PAGES = ("/", "/@sam/", "/settings/", "/rooms/new/", "/accounts/email/", "/nowhere/")
GUIDE = ("people", "doing", "forms", "states", "rooms", "voices", "tickets", "figures")
WINDOWS: dict[str, dict[str, Any]] = {
    "320 px": {"viewport": {"width": 320, "height": 568}},
    "1280 px at 200 %": {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
}
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
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


@pytest.mark.parametrize("window", WINDOWS)
def test_no_page_scrolls_sideways(open_page: Callable[..., Page], window: str) -> None:
    page = open_page("sam", **WINDOWS[window])
    over = {}
    for path in (*PAGES, *(f"/styleguide/{name}/" for name in GUIDE)):
        page.goto(path)
        over[path] = page.evaluate(SIDEWAYS)
    assert {path: width for path, width in over.items() if width > 0} == {}


def test_twice_as_large_text_scrolls_no_page_sideways(open_page: Callable[..., Page]) -> None:
    page = open_page("sam", viewport={"width": 390, "height": 844})
    over = {}
    for path in PAGES:
        page.goto(path)
        page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
        over[path] = page.evaluate(SIDEWAYS)
    assert {path: width for path, width in over.items() if width > 0} == {}


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_every_target_is_as_large_as_a_finger(open_page: Callable[..., Page], width: int) -> None:
    page = open_page("sam", viewport={"width": width, "height": 800})
    small = {}
    for path in (*PAGES, *(f"/styleguide/{name}/" for name in GUIDE)):
        page.goto(path)
        small[path] = page.evaluate(TOO_SMALL)
    page.goto("/")
    page.locator(".room-card h3 a").first.click()
    wait_until_live(page)
    small["room"] = page.evaluate(TOO_SMALL)
    assert {path: found for path, found in small.items() if found} == {}


def test_nothing_moves_for_whoever_wants_no_motion(open_page: Callable[..., Page]) -> None:
    page = open_page("sam", reduced_motion="reduce")
    for path in ("/", "/styleguide/states/", "/styleguide/people/"):
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
