"""Sound between real browsers: tones as microphones, measured where they arrive."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import psutil
import pytest
from playwright.sync_api import expect

from tests.e2e.actions import bring_up, expect_seats, listen, microphone, move_down, press_microphone
from tests.e2e.line import Air
from tests.e2e.sounds import detour, hears, wait_to_hear
from tests.e2e.test_room import CUT_MS
from tests.servers.embedded import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from tests.e2e.line import Line
    from tests.servers.embedded import Embedded

pytestmark = pytest.mark.e2e

SILENT_WITHIN = 0.5
BACK_WITHIN = 3.0


def test_tones_follow_who_may_speak(host: Page, enter: Callable[..., Page]) -> None:
    yara, guest = enter("yara", 880), enter()
    for page in (yara, guest):
        listen(page, host)
    press_microphone(host)
    for page in (yara, guest):
        wait_to_hear(page, 440)
    expect(guest.locator("#stage .seat.is-talking, #stage .seat [data-talking]").first).to_be_attached()

    press_microphone(host)
    for page in (yara, guest):
        assert wait_to_hear(page, seconds=5) < SILENT_WITHIN + 0.5

    bring_up(host, yara)
    press_microphone(yara)
    for page in (host, guest):
        wait_to_hear(page, 880)
    assert not hears(yara, 880)

    move_down(host, "Yara")
    for page in (host, guest):
        wait_to_hear(page)


def test_three_at_once_are_all_heard(host: Page, enter: Callable[..., Page]) -> None:
    others = [enter("yara", 880), enter("grace", 1320)]
    guest = enter()
    for page in (*others, guest):
        listen(page, host)
    for page in others:
        bring_up(host, page)
        press_microphone(page)
    press_microphone(host)
    wait_to_hear(guest, 440, 880, 1320)
    wait_to_hear(host, 880, 1320)


def test_killed_relay_comes_back_and_so_does_the_sound(
    host: Page, enter: Callable[..., Page], embedded: Embedded
) -> None:
    guest = enter()
    listen(guest, host)
    press_microphone(host)
    wait_to_hear(guest, 440)

    said = watch_words(guest, "#stage [data-slot=sound]")
    before = announced(embedded)
    os.kill(relay_of(embedded).pid, signal.SIGKILL)
    wait_to_hear(guest)
    wait_until(lambda: announced(embedded) > before, 20)
    assert wait_to_hear(guest, 440) < BACK_WITHIN
    assert "The sound dropped. We are calling again." in said(), said()
    # Roles belong to people, not to connections.
    expect_seats(guest, "Théo")
    expect(microphone(host)).not_to_have_attribute("data-voice", "muted")


def test_five_seconds_without_network_heal_by_themselves(
    host: Page, enter: Callable[..., Page], embedded: Embedded, line: Line, air: Air
) -> None:
    guest = enter(base_url=line.url)
    detour(guest, air.port)
    listen(guest, host)
    press_microphone(host)
    wait_to_hear(guest, 440)

    line.cut()
    air.cut()
    wait_to_hear(guest)
    host.wait_for_timeout(CUT_MS)
    line.mend()
    air.mend()

    wait_to_hear(guest, 440, seconds=10)
    expect(guest.locator("#stage [data-slot=lost]")).to_be_hidden(timeout=20_000)


@pytest.fixture
def air(embedded: Embedded) -> Iterator[Air]:
    """Return a way to the relay's port that can be cut."""
    ports = [one.laddr.port for one in relay_of(embedded).net_connections("udp") if one.laddr.ip == "127.0.0.1"]
    made = Air("127.0.0.1", ports[0])
    yield made
    made.close()


def announced(embedded: Embedded) -> int:
    """Return how many times a relay has said that it is there."""
    return (embedded.var / "log" / "relay.log").read_text(encoding="utf-8").count("relay_announced")


def relay_of(embedded: Embedded) -> psutil.Process:
    """Return the product's relay process."""
    family = psutil.Process(embedded.process.pid).children(recursive=True)
    return next(one for one in family if one.cmdline()[1:] == ["manage.py", "runrelay"])


def watch_words(page: Page, selector: str) -> Callable[[], list[str]]:
    """Return a function that returns every text that the element has had from now on: some are short-lived."""
    page.evaluate(
        """(selector) => {
          const said = (window.said = []);
          const element = document.querySelector(selector);
          new MutationObserver(() => said.push(element.textContent)).observe(element, {childList: true, subtree: true,
            characterData: true});
        }""",
        selector,
    )
    return lambda: list(page.evaluate("said"))
