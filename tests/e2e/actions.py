"""What people do in rooms, for the tests of pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.sync_api import expect

from config.embedded.demo import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

WAITS_FOR_TAP = "The page waits for a tap."
# Run before the page's own scripts: says so without anything being looked up.
TELL_OF_TAP = f"""
addEventListener("DOMContentLoaded", () => {{
    const listen = document.getElementById("listen");
    const look = () => listen.hidden || console.info("{WAITS_FOR_TAP}");
    if (listen) new MutationObserver(look).observe(listen, {{ attributes: true, attributeFilter: ["hidden"] }});
}});
"""


def prove(page: Page) -> None:
    """Type the password once more, for what wants it fresh; see that the answer was not to ask again."""
    page.goto("/accounts/reauthenticate/?next=/settings/close/")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form.form button[type=submit]").first.click()
    page.wait_for_url(lambda url: urlsplit(url).path == "/settings/close/")


def choose(page: Page, name: str) -> None:
    """Choose something under More in the bar, by its slot."""
    if page.locator("#more").is_hidden():
        page.locator("#bar [data-slot=more-door]").click()
    page.locator(f"#more [data-slot={name}]").click()


def end_room(host: Page) -> None:
    wait_until_live(host)
    choose(host, "end")
    host.locator("#end [data-slot=yes]").click()
    expect(host.locator("#ended")).to_be_visible()


def path_of(page: Page) -> str:
    return urlsplit(page.url).path


def expect_seats(page: Page, *names: str) -> None:
    expect(page.locator("#stage .seat__name")).to_have_text([re.compile(name) for name in names])


def microphone(page: Page) -> Locator:
    return page.locator("#bar [data-slot=mic]")


def press_microphone(page: Page) -> None:
    page.locator("#bar [data-slot=mic]").click()


def come_by_link(page: Page, host: Page) -> None:
    """Go to the host's room as somebody who has tapped nothing, and return once the page waits for a tap."""
    page.add_init_script(TELL_OF_TAP)
    with page.expect_console_message(lambda message: message.text == WAITS_FOR_TAP):
        page.goto(path_of(host))


def listen(page: Page, host: Page) -> None:
    """Go to the host's room and hear it, with a tap if the browser wants one."""
    # Whatever Playwright looks up counts as a tap for Chromium: whether that comes before the page asks is chance.
    page.goto(path_of(host))
    wait_until_live(page)
    button = page.locator("#listen [data-slot=listen]")
    listening = page.locator("#bar [data-slot=listening][data-voice=listen]")
    expect(button.locator("visible=true").or_(listening).first).to_be_visible()
    if button.is_visible():
        button.click()
    expect(listening).to_be_visible()


def wait_until_live(page: Page) -> None:
    """Wait until the room's page is connected."""
    expect(page.locator("#live[data-phase=live]")).to_be_attached()


def bring_up(host: Page, page: Page) -> None:
    """Let somebody raise a hand and be accepted."""
    page.locator("#bar [data-slot=hand]").click()
    host.locator("#hands .queue__tools [data-do='hand.accept']").click()
    expect(page.locator("#bar [data-slot=mic]")).to_have_attribute("data-voice", "muted")


def move_down(host: Page, name: str) -> None:
    host.locator("#stage .seat", has_text=name).locator("button").click()
    host.locator("#person [data-do='stage.remove']").click()
