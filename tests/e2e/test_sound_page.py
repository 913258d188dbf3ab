"""The sound as people meet it: one tap to listen, a ring around whoever talks, a microphone and what ails it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import choose, come_by_link, end_room, listen
from tests.e2e.line import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from tests.servers.embedded import Embedded

pytestmark = pytest.mark.e2e

MIC = "#bar [data-slot=mic]"
LISTEN = "#listen button"
SOUND = "#stage [data-slot=sound]"
HEARING = "#bar [data-slot=hearing-word]"
RING = "#stage .seat.is-talking .seat__name"
REFUSING = """
(name) => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("", name); }; }
"""
# How many connections the page has.
COUNTING = """
const Real = RTCPeerConnection;
const peers = [];
window.RTCPeerConnection = class extends Real {
  constructor(...given) { super(...given); peers.push(this); }
};
window.openPeers = () => peers.filter((peer) => peer.connectionState !== "closed").length;
"""


@pytest.fixture
def host(open_page: Callable[..., Page]) -> Iterator[Page]:
    """Return Malo's browser in a room that he has just opened; the room is ended afterwards."""
    page = open_page("malo")
    page.add_init_script(COUNTING)
    page.goto("/rooms/new/")
    page.locator("input[name=title]").fill("Sound")
    page.locator("form.form button").last.click()
    expect(page.locator(MIC)).to_be_visible()
    yield page
    if page.locator("#microphone").is_visible():
        page.locator("#microphone [data-slot=close]").click()
    end_room(page)


@pytest.fixture
def line(embedded: Embedded) -> Iterator[Line]:
    """Return a line to the server that can be cut."""
    server = urlsplit(embedded.url)
    made = Line(server.hostname or "", server.port or 0)
    yield made
    made.close()


def listener_of(host: Page, open_page: Callable[..., Page], **context: object) -> Page:
    """Return the browser of somebody without an account who hears the host's room."""
    guest = open_page(**context)
    guest.add_init_script(COUNTING)
    listen(guest, host)
    expect(guest.locator(HEARING)).to_have_text("Listening")
    return guest


def test_whoever_came_by_a_click_hears_at_once_others_tap_once(open_page: Callable[..., Page], host: Page) -> None:
    expect(host.locator(LISTEN)).to_be_hidden()
    guest = open_page()
    come_by_link(guest, host)
    expect(guest.locator(HEARING)).to_have_text("No sound")

    guest.locator(LISTEN).click()

    expect(guest.locator(LISTEN)).to_be_hidden()
    expect(guest.locator(HEARING)).to_have_text("Listening")
    expect(guest.locator("#stage [data-slot=talking]")).to_have_text("Nobody is talking just now.")
    expect(guest.locator(SOUND)).to_have_text("")


def test_ring_shows_who_talks_until_they_mute_by_key(open_page: Callable[..., Page], host: Page) -> None:
    guest = listener_of(host, open_page)

    host.locator(MIC).click()
    expect(host.locator(MIC)).to_have_attribute("data-voice", "air")
    for page in (host, guest):
        expect(page.locator(RING)).to_have_count(1)
    expect(guest.locator("#stage [data-slot=talking]")).to_have_text("Malo Kerbrat")

    host.keyboard.press("m")
    expect(host.locator(MIC)).to_have_attribute("data-voice", "muted")
    for page in (host, guest):
        expect(page.locator(RING)).to_have_count(0)


def test_key_is_left_alone_where_something_is_open(host: Page) -> None:
    choose(host, "end")
    host.keyboard.press("m")
    host.locator("#end [data-slot=no]").click()
    expect(host.locator(MIC)).to_have_attribute("data-voice", "muted")


@pytest.mark.parametrize(
    ("error", "voice", "steps"), [("NotAllowedError", "refused", 3), ("NotFoundError", "missing", 0)]
)
def test_microphone_that_cannot_be_had_is_explained(host: Page, error: str, voice: str, steps: int) -> None:
    host.evaluate(REFUSING, error)

    host.locator(MIC).click()

    dialog = host.locator("#microphone")
    expect(dialog).to_be_visible()
    expect(dialog.locator("li")).to_have_count(steps)
    expect(host.locator(MIC)).to_have_attribute("data-voice", voice)
    # The room must not take somebody for a speaker who has no microphone.
    expect(host.locator("#stage .mark--muted")).to_be_visible()


def test_cut_line_brings_one_connection_back(open_page: Callable[..., Page], host: Page, line: Line) -> None:
    guest = listener_of(host, open_page, base_url=line.url)
    host.locator(MIC).click()
    expect(guest.locator(RING)).to_have_count(1)

    line.cut()
    expect(guest.locator("#stage [data-slot=lost]")).to_be_visible()
    line.mend()

    expect(guest.locator("#stage [data-slot=lost]")).to_be_hidden(timeout=20_000)
    expect(guest.locator(HEARING)).to_have_text("Listening")
    expect(guest.locator(RING)).to_have_count(1)
    assert guest.evaluate("openPeers()") == 1


def test_reload_while_on_the_air_mutes_for_everybody(open_page: Callable[..., Page], host: Page) -> None:
    guest = listener_of(host, open_page)
    host.locator(MIC).click()
    expect(guest.locator("#stage .mark--muted")).to_be_hidden()

    host.reload()

    expect(guest.locator("#stage .mark--muted")).to_be_visible()
    expect(host.locator(MIC)).to_have_attribute("data-voice", "muted")


def test_second_page_of_one_person_takes_the_sound_over(open_page: Callable[..., Page], host: Page) -> None:
    first = open_page("grace")
    listen(first, host)
    expect(first.locator(HEARING)).to_have_text("Listening")

    second = first.context.new_page()
    listen(second, host)

    expect(first.locator("#elsewhere")).to_be_visible()
    expect(first.locator(HEARING)).to_be_hidden()
    expect(second.locator(HEARING)).to_have_text("Listening")
    # It stays there until somebody wants it here.
    first.locator("#elsewhere [data-slot=take]").click()
    expect(first.locator(HEARING)).to_have_text("Listening")
    expect(second.locator("#elsewhere")).to_be_visible()
