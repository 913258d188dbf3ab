"""The dock: whoever walks through the site stays in the room, with its sound, their role and their hand."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import bring_up, end_room, listen, microphone, path_of, press_microphone
from tests.e2e.sounds import longest_gap, wait_to_hear, watch_gaps

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e

DOCK = "#dock"
WHO = "#dock [data-slot=who]"
MIC = "#dock [data-slot=mic]"
EARS = "#dock [data-slot=ears]"
REJOINS_WITHIN = 2.0
GAP_MS = 40.0


def walk(page: Page, address: str) -> None:
    """Go to another page of the site as a click on a link does."""
    page.evaluate(
        """(address) => {
          const link = Object.assign(document.createElement("a"), { href: address, textContent: "walk" });
          document.querySelector("#page").firstElementChild.append(link);
          window.htmx.process(link);
          link.click();
        }""",
        address,
    )
    expect(page).to_have_url(re.compile(re.escape(address) + "$"))
    expect(page.locator("#page .htmx-request, body.htmx-request")).to_have_count(0)


def test_tone_goes_on_without_a_gap_through_the_site_and_back(host: Page, enter: Callable[..., Page]) -> None:
    yara = enter("yara", 880)
    listen(yara, host)
    room = path_of(host)
    press_microphone(host)
    wait_to_hear(yara, 440)
    yara.evaluate("window.sameWindow = true")

    watch_gaps(yara)
    for address in ("/", "/@malo/", "/settings/", "/rooms/new/", "/@yara/"):
        walk(yara, address)
        expect(yara.locator(DOCK)).to_be_visible()
        expect(yara.locator(WHO)).to_contain_text("Théo")
    yara.go_back()
    expect(yara).to_have_url(re.compile("/rooms/new/$"))
    yara.go_forward()
    expect(yara).to_have_url(re.compile("/@yara/$"))
    yara.locator("#dock [data-slot=room]").click()
    expect(yara.locator("#stage")).to_be_visible()
    expect(yara.locator(DOCK)).to_be_hidden()
    gap = longest_gap(yara)

    assert yara.evaluate("window.sameWindow") is True
    assert path_of(yara) == room
    wait_to_hear(yara, 440)
    assert gap < GAP_MS, f"the tone stopped for {gap:.0f} ms"


def test_speaks_from_the_dock(host: Page, enter: Callable[..., Page]) -> None:
    yara = enter("yara", 880)
    listen(yara, host)
    bring_up(host, yara)
    walk(yara, "/@malo/")

    yara.locator(MIC).click()
    expect(yara.locator(MIC)).to_have_attribute("data-voice", "air")
    wait_to_hear(host, 880)
    yara.keyboard.press("m")
    expect(yara.locator(MIC)).to_have_attribute("data-voice", "muted")
    wait_to_hear(host)


def test_hand_and_invitation_are_kept_in_the_dock(host: Page, enter: Callable[..., Page]) -> None:
    yara = enter("yara", 880)
    listen(yara, host)
    yara.locator("#bar [data-slot=hand]").click()
    expect(host.locator("#hands .queue__item")).to_have_count(1)
    walk(yara, "/")
    expect(yara.locator(WHO)).to_have_text("Your hand is up, 1st in line")
    expect(host.locator("#hands .queue__item")).to_have_count(1)

    host.locator("#hands .queue__tools [data-do='hand.accept']").click()

    expect(yara.locator(MIC)).to_be_visible()
    expect(yara.locator("#toasts")).to_contain_text("You are on stage. Your microphone is off.")


def test_window_loaded_anew_elsewhere_is_back_in_the_room(host: Page, enter: Callable[..., Page]) -> None:
    yara = enter("yara", 880)
    listen(yara, host)
    bring_up(host, yara)
    press_microphone(host)
    wait_to_hear(yara, 440)
    walk(yara, "/@malo/")

    began = time.monotonic()
    # As a page does it to itself; whether a browser's own button counts as a tap is the browser's to say.
    yara.evaluate("location.reload()")
    yara.wait_for_load_state()
    expect(yara.locator(MIC)).to_be_visible()
    expect(yara.locator(WHO)).to_contain_text("Théo", timeout=10_000)
    took = time.monotonic() - began

    wait_to_hear(yara, 440)
    expect(yara.locator(MIC)).to_have_attribute("data-voice", "muted")
    assert took < REJOINS_WITHIN


def test_room_is_silenced_and_heard_again_from_the_dock(host: Page, enter: Callable[..., Page]) -> None:
    guest = enter()
    listen(guest, host)
    press_microphone(host)
    wait_to_hear(guest, 440)
    walk(guest, "/")

    guest.locator(EARS).click()
    expect(guest.locator(WHO)).to_have_text("Silenced")
    wait_to_hear(guest)
    guest.locator(EARS).click()
    wait_to_hear(guest, 440)


def test_leaving_from_the_dock_gives_the_place_back(host: Page, enter: Callable[..., Page]) -> None:
    yara = enter("yara", 880)
    listen(yara, host)
    bring_up(host, yara)
    expect(host.locator("#stage .seat")).to_have_count(2)
    walk(yara, "/")

    yara.locator("#dock [data-slot=leave]").click()

    expect(yara.locator(DOCK)).to_be_hidden()
    expect(host.locator("#stage .seat")).to_have_count(1)
    expect(yara.locator("#toasts")).to_contain_text("You have left")
    yara.reload()
    expect(yara.locator("main")).to_be_visible()
    expect(yara.locator(DOCK)).to_be_hidden()


def test_another_room_takes_a_listener_along_but_asks_a_speaker(
    host: Page, enter: Callable[..., Page], open_page: Callable[..., Page]
) -> None:
    malo = open_page("malo")
    malo.goto("/rooms/new/")
    malo.locator("input[name=title]").fill("Other")
    malo.locator("form.form button").last.click()
    expect(microphone(malo)).to_be_visible()
    yara = enter("yara", 880)
    listen(yara, host)

    walk(yara, path_of(malo))
    expect(yara.locator("#listen")).to_be_hidden()
    expect(yara.locator(DOCK)).to_be_hidden()

    bring_up(malo, yara)
    walk(yara, path_of(host))
    expect(yara.locator("#listen")).to_have_text(re.compile("Enter, and leave “Other”"))
    expect(yara.locator(DOCK)).to_be_visible()
    yara.locator("#listen button").click()
    expect(yara.locator(DOCK)).to_be_hidden()
    expect(malo.locator("#stage .seat")).to_have_count(1)
    end_room(malo)


def test_end_of_the_room_takes_the_dock_away(enter: Callable[..., Page], open_page: Callable[..., Page]) -> None:
    malo = open_page("malo")
    malo.goto("/rooms/new/")
    malo.locator("input[name=title]").fill("Short")
    malo.locator("form.form button").last.click()
    expect(microphone(malo)).to_be_visible()
    guest = enter()
    listen(guest, malo)
    walk(guest, "/")

    end_room(malo)

    expect(guest.locator(DOCK)).to_be_hidden()
    expect(guest.locator("#toasts")).to_contain_text("“Short” has ended.")


def test_second_window_of_a_browser_takes_the_sound(host: Page, enter: Callable[..., Page]) -> None:
    guest = enter()
    listen(guest, host)
    press_microphone(host)
    wait_to_hear(guest, 440)

    second = guest.context.new_page()
    listen(second, host)

    expect(second.locator("#bar [data-slot=hearing-word]")).to_have_text("Listening")
    wait_to_hear(guest)
    expect(guest.locator("#listen")).to_be_visible()
