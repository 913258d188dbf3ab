"""A tip in a browser: given from a room, seen there by somebody else in another language, thanked for, taken away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import wait_until_live
from tests.e2e.axe import violations
from tests.e2e.test_board import enter, host, open_tab
from tests.e2e.test_devstripe import fill_in, pay

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e
__all__ = ["host"]

PHONE = {"width": 390, "height": 844}
WORDS = "A good evening"


def take_tips(page: Page) -> None:
    """Switch tips on for whoever is logged in, in a window of its own."""
    window = page.context.new_page()
    window.goto("/tips/received/")
    button = window.locator("button[name=wanted]")
    if button.get_attribute("value") == "yes":
        button.click()
    expect(window.locator("button[name=wanted][value=no]")).to_be_visible()
    assert violations(window) == []
    window.close()


def test_tip_in_a_room_is_seen_by_another_listener(host: Page, open_page: Callable[..., Page]) -> None:
    take_tips(host)
    watcher = enter(open_page("maiwenn", locale="fr-FR", viewport=PHONE), host)
    giver = enter(open_page("oliver", viewport=PHONE), host)
    giver.locator("#bar [data-slot=more-door]").click()
    # Whoever pays goes on listening: the way opens a window of its own.
    with giver.context.expect_page() as opened:
        giver.locator("#more").get_by_role("menuitem", name="Give a tip").click()
    window = opened.value
    expect(window.locator("h1")).to_contain_text("A tip for")
    assert violations(window) == []
    window.get_by_text("€5.00").click()
    window.locator("[name=message]").fill(WORDS)
    window.get_by_role("button", name="Go on to pay").click()
    window.wait_for_url("**/devstripe/checkout/**")
    window.locator("[name=country]").select_option("FR")
    fill_in(window, "4242424242424242")
    pay(window)
    window.wait_for_url(re.compile(r"/tips/\w+/$"))
    expect(window.locator("h1")).to_have_text("Thank you")
    assert (violations(window), window.evaluate("document.documentElement.scrollWidth")) == ([], 390)

    expect(watcher.locator(".toast").filter(has_text="un pourboire de 5,00\u00a0€")).to_be_visible()
    open_tab(watcher, "chat")
    row = watcher.locator("#chat .message--tip")
    expect(row).to_contain_text("5,00\u00a0€ pour")
    expect(row).to_contain_text(WORDS)
    assert violations(watcher) == []
    wait_until_live(giver)

    open_tab(host, "chat")
    told = host.locator("#chat .message--tip")
    told.hover()
    told.locator("[data-slot=more]").click()
    host.locator("#message-menu [data-slot=unsay]").click()
    expect(row).not_to_contain_text(WORDS)

    host.context.new_page().goto("/tips/received/")
    received = host.context.pages[-1]
    received.locator(".gift button").first.click()
    expect(received.locator(".gift").first).to_contain_text("Vous avez remercié.")
    assert violations(received) == []
    received.close()


def test_unnamed_tip_names_nobody(host: Page, open_page: Callable[..., Page]) -> None:
    take_tips(host)
    watcher = enter(open_page("maiwenn", viewport=PHONE), host)
    giver = open_page("oliver", viewport={"width": 1280, "height": 800})
    giver.goto(f"/@theo/tip/?room={host.url.rstrip('/').rpartition('/')[2]}")
    giver.locator("[name=own]").fill("7.50")
    giver.locator("[name=anonymous]").check()
    giver.get_by_role("button", name="Go on to pay").click()
    giver.wait_for_url("**/devstripe/checkout/**")
    giver.locator("[name=country]").select_option("FR")
    fill_in(giver, "4242424242424242")
    pay(giver)
    giver.wait_for_url(re.compile(r"/tips/\w+/$"))
    expect(giver.locator("h1")).to_have_text("Thank you")
    open_tab(watcher, "chat")
    row = watcher.locator("#chat .message--tip").last
    expect(row).to_contain_text("7,50\u00a0€ pour")
    expect(row.locator("[data-slot=name]")).to_have_text("Quelqu’un")
    assert "Oliver" not in watcher.locator("#chat").inner_text()
