"""Three browsers in one room: what one does the others see, also after a line was cut."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import end_room, expect_seats, path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from tests.e2e.line import Line

pytestmark = pytest.mark.e2e

# As long as the issue of a lost line that people know: a lift, a tunnel.
CUT_MS = 5000
# Demo people read the site in their own languages.
YOU = "You|Vous"
YOU_OR_THEO = f"Théo|{YOU}"


@pytest.fixture
def host(open_page: Callable[..., Page]) -> Iterator[Page]:
    """Return Théo's browser in a room that he has just opened; the room is ended afterwards."""
    page = open_page("theo")
    page.goto("/rooms/new/")
    page.locator("input[name=title]").fill("Three browsers")
    page.locator("form.form button").last.click()
    expect(page.locator("#bar [data-slot=mic]")).to_be_visible()
    yield page
    if page.locator("#ended").is_hidden():
        end_room(page)


def seats(page: Page) -> list[str]:
    return page.locator("#stage .seat__name").all_inner_texts()


def watch_console(page: Page) -> list[str]:
    """Return a list that fills with the page's errors."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    return errors


def test_three_browsers_share_a_room(open_page: Callable[..., Page], host: Page) -> None:
    speaker, guest = open_page("yara"), open_page()
    errors = [watch_console(page) for page in (host, speaker, guest)]
    for page in (speaker, guest):
        page.goto(path_of(host))
        expect_seats(page, "Théo")
    expect(host.locator("#audience [data-slot=count]")).to_have_text(re.compile("^2"))

    speaker.locator("#bar [data-slot=hand]").click()
    expect(host.locator("#hands .queue__name")).to_have_text(["Yara Nasser"])
    host.locator("#hands .queue__tools [data-do='hand.accept']").click()
    for page in (host, guest):
        expect_seats(page, YOU_OR_THEO, "Yara")
    expect(speaker.locator("#bar [data-slot=mic]")).to_have_attribute("data-voice", "muted")

    speaker.locator("#bar [data-slot=mic]").click()
    expect(speaker.locator("#bar [data-slot=mic]")).not_to_have_attribute("data-voice", "muted")

    host.locator("#stage .seat", has_text="Yara").locator("button").click()
    host.locator("#person [data-do='stage.remove']").click()
    for page in (host, guest, speaker):
        expect_seats(page, YOU_OR_THEO)
    expect(speaker.locator("#bar [data-slot=hand]")).to_be_visible()

    end_room(host)
    for page in (speaker, guest):
        expect(page.locator("#ended")).to_be_visible()
    assert errors == [[], [], []]


def test_cut_line_comes_back_with_the_right_state(open_page: Callable[..., Page], host: Page, line: Line) -> None:
    listener = open_page("maiwenn", base_url=line.url)
    listener.goto(path_of(host))
    expect_seats(listener, "Théo")
    listener.locator("#bar [data-slot=hand]").click()
    expect(listener.locator("#bar [data-slot=hand]")).to_have_attribute("aria-pressed", "true")

    line.cut()
    expect(listener.locator("#stage [data-slot=lost]")).to_be_visible()
    # What happens meanwhile must be there afterwards, without a reload.
    host.locator("#hands .queue__tools [data-do='hand.accept']").click()
    expect_seats(host, YOU, "Maïwenn")
    host.locator("#bar [data-slot=mic]").click()
    listener.wait_for_timeout(CUT_MS)
    expect(listener.locator("#stage [data-slot=lost]")).to_be_visible()
    line.mend()

    expect(listener.locator("#stage [data-slot=lost]")).to_be_hidden(timeout=20_000)
    expect_seats(listener, "Théo", YOU)
    expect(listener.locator("#bar [data-slot=mic]")).to_have_attribute("data-voice", "muted")
    expect(listener.locator("#hands .queue__name")).to_have_count(0)


def test_guest_who_wants_to_speak_is_led_to_log_in_and_back(open_page: Callable[..., Page], host: Page) -> None:
    guest = open_page()
    guest.goto(path_of(host))

    guest.get_by_role("link", name="Log in to raise your hand").click()

    expect(guest).to_have_url(re.compile(r"/accounts/login/\?next=" + re.escape(path_of(host))))


def test_invitation_can_be_accepted_with_the_keyboard(open_page: Callable[..., Page], host: Page) -> None:
    listener = open_page("malo", locale="fr-FR")
    listener.goto(path_of(host))
    expect_seats(listener, "Théo")

    host.locator("#tab-people").click()
    host.locator(".roll [data-do='stage.invite']:visible").click()
    accept = listener.locator("#invitation [data-do='invitation.accept']")
    expect(accept).to_be_visible()
    accept.press("Enter")

    expect_seats(host, YOU, "Malo")
    expect(listener.locator("#bar [data-slot=mic]")).to_be_focused()
