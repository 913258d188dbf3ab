"""The parts that move, in the style guide: menus, tabs, dialogs and countdowns, by mouse and by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e

PHONE = {"width": 320, "height": 640}


@pytest.fixture
def doing(open_page: Callable[..., Page]) -> Page:
    page = open_page("sam")
    page.goto("/styleguide/doing/")
    return page


def test_menu_is_walked_by_keys_and_gives_the_focus_back(doing: Page) -> None:
    door = doing.get_by_role("button", name="More")
    menu = doing.get_by_role("menu", name="More")
    item = {name: menu.get_by_role("menuitem", name=name) for name in ("People", "Sound", "Password", "End the room")}
    door.focus()
    doing.keyboard.press("Enter")
    expect(door).to_have_attribute("aria-expanded", "true")
    expect(item["People"]).to_be_focused()
    doing.keyboard.press("ArrowUp")
    expect(item["End the room"]).to_be_focused()
    doing.keyboard.press("ArrowDown")
    doing.keyboard.press("ArrowDown")
    expect(item["Sound"]).to_be_focused()
    # What is disabled is passed over.
    doing.keyboard.press("ArrowDown")
    expect(menu.get_by_role("menuitem", name="Hallway")).to_be_focused()
    doing.keyboard.press("Home")
    expect(item["People"]).to_be_focused()
    doing.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(door).to_be_focused()
    expect(door).to_have_attribute("aria-expanded", "false")


def test_menu_opens_beside_its_button_and_inside_the_window(open_page: Callable[..., Page]) -> None:
    page = open_page("sam", viewport=PHONE)
    page.goto("/styleguide/doing/")
    for name in ("More", "Sound"):
        door = page.get_by_role("button", name=name)
        door.click()
        menu = page.get_by_role("menu", name=name)
        # It has its place before its first line has the focus.
        expect(menu.get_by_role("menuitem").first).to_be_focused()
        box, at = menu.bounding_box(), door.bounding_box()
        assert box is not None
        assert at is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
        assert min(abs(box["y"] - at["y"] - at["height"]), abs(at["y"] - box["y"] - box["height"])) <= 12
        page.keyboard.press("Escape")


def test_tabs_show_one_panel_and_follow_the_arrows(doing: Page) -> None:
    hands, people = doing.get_by_role("tab", name="Hands"), doing.get_by_role("tab", name="People")
    expect(doing.get_by_role("tabpanel")).to_have_text("Everybody sees the same line.")
    hands.focus()
    doing.keyboard.press("ArrowRight")
    expect(people).to_be_focused()
    expect(people).to_have_attribute("aria-selected", "true")
    expect(hands).to_have_attribute("tabindex", "-1")
    expect(doing.get_by_role("tabpanel")).to_have_text("Nobody is listening yet")
    doing.keyboard.press("ArrowRight")
    expect(hands).to_be_focused()
    doing.keyboard.press("End")
    expect(people).to_be_focused()


def test_dialog_that_asks_waits_for_an_answer(doing: Page) -> None:
    door = doing.get_by_role("button", name="End the room").last
    door.click()
    dialog = doing.get_by_role("dialog", name="End the room for everyone?")
    expect(dialog.get_by_role("button", name="Not now")).to_be_focused()
    doing.mouse.click(5, 5)
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Not now").click()
    expect(dialog).to_be_hidden()
    expect(door).to_be_focused()


def test_dialog_that_only_tells_closes_beside_itself_and_by_its_cross(doing: Page) -> None:
    door = doing.get_by_role("button", name="About this room")
    dialog = doing.get_by_role("dialog", name="About this room")
    door.click()
    # Its own padding is no backdrop.
    box = dialog.bounding_box()
    assert box is not None
    doing.mouse.click(box["x"] + 6, box["y"] + box["height"] - 6)
    expect(dialog).to_be_visible()
    doing.mouse.click(5, 5)
    expect(dialog).to_be_hidden()
    door.click()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    expect(door).to_be_focused()


def test_countdown_ticks_and_says_when_it_is_over(open_page: Callable[..., Page]) -> None:
    page = open_page("sam")
    page.clock.install()
    page.goto("/styleguide/tickets/")
    kept = page.get_by_role("timer", name="Your seat is kept for")
    expect(kept.locator("[data-slot=minutes]")).to_have_text("9")
    spoken = kept.locator("[data-slot=spoken]")
    expect(spoken).to_have_text("")
    page.clock.run_for(5 * 60_000)
    expect(spoken).to_have_text("5 minutes left")
    expect(kept.locator("[data-slot=minutes]")).to_have_text("4")
    page.clock.run_for(5 * 60_000)
    expect(spoken).to_have_text("The time is up.")
    expect(kept.get_by_text("The time is up.").last).to_be_visible()
    expect(kept.locator(".countdown__places")).to_be_hidden()


def test_guide_fits_the_narrowest_phone(open_page: Callable[..., Page]) -> None:
    page = open_page("sam", viewport=PHONE)
    page.goto("/styleguide/")
    families = page.get_by_role("navigation", name="Style guide").get_by_role("link").all()
    addresses = [link.get_attribute("href") for link in families]
    assert len(addresses) >= 9
    for address in addresses:
        page.goto(str(address))
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], address
