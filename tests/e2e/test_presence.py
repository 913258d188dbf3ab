"""Who is there: a host whose network dies is succeeded, and a second device takes the first one's seat over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import bring_up, end_room, path_of, wait_until_live
from tests.servers.embedded import Embedded, start_embedded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Locator, Page, StorageState

    from tests.e2e.line import Line

pytestmark = pytest.mark.e2e

# Until a dead line is noticed and told of: 6 s of silence, 4 s of patience, and the clock's steps.
NOTICED_MS = 20_000
GRACE_MS = 15_000


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """Return a Causerie of our own, which does not wait so long for its hosts."""
    patience = {"ROOM_HOST_GRACE_SECONDS": str(GRACE_MS // 1000), "ROOM_CLOSING_SECONDS": "20"}
    started = start_embedded(tmp_path_factory.mktemp("presence") / "var", environment={"SPEAK": "0", **patience})
    try:
        started.wait_for_banner()
        started.wait_until_ready()
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def logins() -> dict[str, StorageState]:
    """Return the cookies of those who have logged in there."""
    return {}


def open_room(page: Page) -> None:
    page.goto("/rooms/new/")
    page.locator("input[name=title]").fill("Here and there")
    page.locator("form.form button").last.click()
    wait_until_live(page)


def seat(page: Page, name: str) -> Locator:
    return page.locator("#stage .seat", has_text=name)


def notice(page: Page) -> Locator:
    return page.locator("#stage [data-slot=notice]")


def test_cohost_takes_over_from_a_host_whose_network_is_dead(open_page: Callable[..., Page], line: Line) -> None:
    host, cohost, guest = open_page("theo", base_url=line.url), open_page("yara"), open_page()
    open_room(host)
    for page in (cohost, guest):
        page.goto(path_of(host))
        wait_until_live(page)
    bring_up(host, cohost)
    seat(host, "Yara").locator("button").click()
    host.locator("#person [data-do='stage.role'][data-role=cohost]").click()
    expect(seat(guest, "Yara").locator("[data-slot=cohost]")).to_be_visible()

    line.cut()
    expect(seat(guest, "Théo").locator("[data-slot=away]")).to_be_visible(timeout=NOTICED_MS)
    expect(notice(guest)).to_have_text(re.compile(r"^The host is away\. .+: 0:\d\d$"), timeout=NOTICED_MS)
    expect(seat(guest, "Yara").locator("[data-slot=host]")).to_be_visible(timeout=GRACE_MS + NOTICED_MS)
    expect(notice(guest)).to_be_hidden()
    expect(cohost.locator("#more [data-slot=end]")).not_to_have_attribute("hidden", "")

    line.mend()
    expect(seat(guest, "Théo").locator("[data-slot=away]")).to_be_hidden(timeout=NOTICED_MS)
    expect(seat(guest, "Théo").locator("[data-slot=cohost]")).to_be_visible()
    end_room(cohost)


def test_room_whose_host_has_no_cohost_closes_after_a_notice(open_page: Callable[..., Page]) -> None:
    host, guest = open_page("theo"), open_page(locale="fr-FR")
    open_room(host)
    guest.goto(path_of(host))
    wait_until_live(guest)

    host.goto("about:blank")
    expect(notice(guest)).to_have_text(re.compile("^L’hôte s’est absenté"), timeout=NOTICED_MS)
    expect(notice(guest)).to_have_text(re.compile("^L’hôte n’est pas revenu"), timeout=GRACE_MS + NOTICED_MS)
    expect(guest.locator("#ended")).to_be_visible(timeout=GRACE_MS + NOTICED_MS)


def test_second_device_takes_the_seat_over_and_the_first_may_take_it_back(open_page: Callable[..., Page]) -> None:
    host, phone, laptop = open_page("theo"), open_page("yara"), open_page("yara")
    open_room(host)
    phone.goto(path_of(host))
    wait_until_live(phone)
    phone.locator("#bar [data-slot=hand]").click()
    expect(host.locator("#hands .queue__item")).to_have_count(1)

    laptop.goto(path_of(host))
    expect(phone.locator("#elsewhere")).to_be_visible()
    expect(laptop.locator("#toasts")).to_contain_text("on another device")
    wait_until_live(laptop)

    phone.locator("#elsewhere [data-slot=take]").click()
    expect(laptop.locator("#elsewhere")).to_be_visible()
    expect(phone.locator("#elsewhere")).to_be_hidden()
    wait_until_live(phone)
    # One person all the time, and the hand still up.
    expect(host.locator("#audience [data-slot=count]")).to_have_text(re.compile("^1"))
    expect(host.locator("#hands .queue__item")).to_have_count(1)
    end_room(host)
