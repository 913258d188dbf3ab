"""Following, muting and blocking somebody, as people do it; what a block does to sound."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import bring_up, listen, press_microphone
from tests.e2e.sounds import hears, wait_to_hear

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.e2e

SILENT_WITHIN = 1.0


@pytest.fixture
def yara(open_page: Callable[..., Page]) -> Iterator[Page]:
    """Return Yara's page; whom she followed or hid in the test is as before then."""
    page = open_page("yara")
    yield page
    let_everybody_be(page)


def let_everybody_be(page: Page) -> None:
    page.goto("/@grace/")
    if (blocked := page.get_by_role("button", name="Unblock")).is_visible():
        blocked.click()
        expect(page.locator(".notices")).to_be_visible()
        page.goto("/@grace/")
    if follow_button(page).get_attribute("aria-pressed") == "true":
        follow_button(page).click()
        expect(follow_button(page)).to_have_attribute("aria-pressed", "false")


def follow_button(page: Page) -> Locator:
    return page.locator(".profile .follow button").first


def choose_about(page: Page, words: str) -> None:
    page.get_by_role("button", name="More about Grace Okafor").click()
    page.get_by_role("menuitem", name=words).click()


def block_grace(page: Page) -> None:
    page.goto("/@grace/")
    choose_about(page, "Block this person")
    page.locator("#block").get_by_role("button", name="Block", exact=True).click()
    expect(page.get_by_role("button", name="Unblock")).to_be_visible()


def test_following_and_taking_it_back_leaves_the_page_where_it_is(yara: Page) -> None:
    yara.goto("/@grace/")
    yara.evaluate("window.stayed = true")
    button = follow_button(yara)
    button.focus()
    yara.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    # Where the keyboard was, it still is.
    expect(button).to_be_focused()
    yara.locator("#follower-count").click()
    expect(yara.locator(".people__list")).to_contain_text("Yara Nasser")
    yara.go_back()
    follow_button(yara).click()
    expect(follow_button(yara)).to_have_attribute("aria-pressed", "false")
    assert yara.evaluate("window.stayed") is True


def test_muting_is_known_to_oneself_only(yara: Page, open_page: Callable[..., Page]) -> None:
    yara.goto("/@grace/")
    choose_about(yara, "Mute this person")
    expect(yara.locator(".profile__head")).to_contain_text("Muted by you")
    yara.goto("/settings/muted/")
    expect(yara.locator(".people__list")).to_contain_text("Grace Okafor")

    grace = open_page("grace")
    grace.goto("/@yara/")
    expect(grace.locator(".profile__head h1")).to_have_text("Yara Nasser")
    expect(grace.locator(".profile__head")).not_to_contain_text("uted")

    yara.get_by_role("button", name="Unmute").click()
    expect(yara.locator(".people__list")).to_have_count(0)


def test_block_hides_both_from_each_other_until_it_is_taken_back(yara: Page, open_page: Callable[..., Page]) -> None:
    grace = open_page("grace")
    block_grace(yara)
    grace.goto("/@yara/")
    # Whoever is blocked is told nothing: there is nobody.
    expect(grace.get_by_role("heading", level=1)).to_have_text("Wrong door")
    yara.goto("/settings/blocked/")
    expect(yara.locator(".people__list")).to_contain_text("Grace Okafor")
    yara.get_by_role("button", name="Unblock").click()
    expect(yara.locator(".people__list")).to_have_count(0)
    grace.goto("/@yara/")
    expect(grace.locator(".profile__head h1")).to_have_text("Yara Nasser")


def test_block_while_both_are_on_stage_ends_the_sound_for_the_blocker_alone(
    host: Page, enter: Callable[..., Page]
) -> None:
    yara, grace = enter("yara", 880), enter("grace", 1320)
    for page in (yara, grace):
        listen(page, host)
        bring_up(host, page)
        press_microphone(page)
    press_microphone(host)
    wait_to_hear(yara, 440, 1320)
    wait_to_hear(host, 880, 1320)

    other = yara.context.new_page()
    try:
        block_grace(other)
        assert wait_to_hear(yara, 440, seconds=5) < SILENT_WITHIN
        expect(yara.locator("#stage .seat", has_text="Grace").get_by_role("button")).to_have_accessible_name(
            re.compile("blocked: you do not hear them")
        )
        assert hears(host, 880, 1320)
        other.get_by_role("button", name="Unblock").click()
        wait_to_hear(yara, 440, 1320)
    finally:
        let_everybody_be(other)
