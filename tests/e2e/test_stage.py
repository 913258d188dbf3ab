"""The queue, the rules of the stage and handing a room over, as several people see them at once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import bring_up, choose, end_room, path_of, wait_until_live
from tests.e2e.axe import violations
from tests.servers.embedded import NOT_INHERITED, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Locator, Page

    from tests.servers.embedded import Embedded

pytestmark = pytest.mark.e2e


# Other people of the demo come up, through the services.
FILL = """
from accounts.models import User
from rooms.enums import StageRole
from rooms.events import change_room
from rooms.services.stage import bring_up
others = User.objects.filter(is_active=True).exclude(handle__in=["theo", "oliver"]).order_by("pk")[:12]
for person in others:
    with change_room("ROOM", by=person) as change:
        bring_up(change, person, role=StageRole.SPEAKER)
"""


def fill_stage(embedded: Embedded, room_id: str) -> None:
    """Let twelve more sit on the room's stage, in the running installation."""
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", FILL.replace("ROOM", room_id)],
        cwd=ROOT,
        env=inherited | {"VAR_DIR": str(embedded.var)},
        check=True,
        timeout=60,
    )


@pytest.fixture
def host(open_page: Callable[..., Page]) -> Iterator[Page]:
    """Return Théo's page, in English, in a room that he has just opened; whoever hosts it then ends it."""
    page = open_page("theo")
    page.goto("/rooms/new/")
    page.locator("input[name=title]").fill("Who is next")
    page.locator("form.form button").last.click()
    wait_until_live(page)
    yield page
    if page.locator("#ended").is_hidden():
        end_room(page)


def come(open_page: Callable[..., Page], host: Page, handle: str = "", **context: object) -> Page:
    page = open_page(handle, **context)
    page.goto(path_of(host))
    wait_until_live(page)
    return page


def raise_hand(page: Page) -> None:
    page.locator("#bar [data-slot=hand]").click()
    expect(page.locator("#bar [data-slot=hand]")).to_have_attribute("aria-pressed", "true")


def keys_of_queue(page: Page) -> list[str | None]:
    return [row.get_attribute("data-key") for row in page.locator("#hands .queue__item").all()]


def row_of(host: Page, name: str) -> Locator:
    return host.locator("#hands .queue__item", has_text=name)


def expect_one_line(pages: list[Page], host: Page, *names: str) -> None:
    """Everybody sees the same people in the same order."""
    expect(host.locator("#hands .queue__name")).to_have_text([re.compile(name) for name in names])
    line = keys_of_queue(host)
    for page in pages:
        for place, key in enumerate(line):
            expect(page.locator("#hands .queue__item").nth(place)).to_have_attribute("data-key", key or "")
        expect(page.locator("#hands .queue__item")).to_have_count(len(line))


def test_three_people_see_one_order_of_hands(host: Page, open_page: Callable[..., Page]) -> None:
    yara, oliver, guest = come(open_page, host, "yara"), come(open_page, host, "oliver"), come(open_page, host)
    everybody = [yara, oliver, guest]
    raise_hand(yara)
    raise_hand(oliver)
    expect_one_line(everybody, host, "Yara", "Oliver")

    # What it is about, for all to see.
    oliver.locator("#toasts").get_by_role("button").click()
    oliver.locator("#reason-text").fill("Vans at night")
    assert violations(oliver) == []
    oliver.locator("#reason [data-slot=yes]").click()
    for page in (host, guest):
        expect(page.locator("#hands .queue__reason").nth(1)).to_have_text("Vans at night")

    # By button, and back by keyboard: the focus goes along.
    row_of(host, "Oliver").locator("[data-slot=hand-more]").click()
    assert violations(host) == []
    row_of(host, "Oliver").locator("[data-slot=earlier]").click()
    expect_one_line(everybody, host, "Oliver", "Yara")
    expect(row_of(host, "Oliver").locator("[data-slot=earlier]")).to_be_focused()
    expect(oliver.locator("#hands [data-slot=hands-title]")).to_have_text(re.compile("next|prochain"))
    host.keyboard.press("Alt+ArrowDown")
    expect_one_line(everybody, host, "Yara", "Oliver")

    row_of(host, "Oliver").locator("[data-slot=pin]").click()
    expect_one_line(everybody, host, "Oliver", "Yara")
    expect(guest.locator("#hands [data-slot=pinned]").first).to_be_visible()

    host.locator("#hands [data-slot=clear-hands]").click()
    expect_one_line(everybody, host)
    expect(yara.locator("#toasts .toast")).to_have_count(1)
    host.locator("#toasts").get_by_role("button").click()
    expect_one_line(everybody, host, "Oliver", "Yara")

    row_of(host, "Oliver").locator(".queue__tools [data-do='hand.lower']").click()
    expect_one_line(everybody, host, "Yara")
    expect(oliver.locator("#toasts .toast")).to_have_count(1)
    expect(oliver.locator("#bar [data-slot=hand]")).to_have_attribute("aria-pressed", "false")


def test_rules_of_the_stage_are_seen_and_kept(host: Page, open_page: Callable[..., Page]) -> None:
    yara = come(open_page, host, "yara", locale="en-GB")
    choose(host, "stage-rules-door")
    rules = host.locator("#stage-rules")
    assert violations(host) == []
    rules.locator("[data-slot=lock-hands]").check()
    hand = yara.locator("#bar [data-slot=hand]")
    expect(hand).to_have_attribute("aria-disabled", "true")
    # Pressed all the same: the room says why.
    hand.press("Enter")
    expect(yara.locator("#toasts .toast")).to_have_count(1)
    expect(hand).to_have_attribute("aria-pressed", "false")

    rules.locator("[data-slot=lock-hands]").uncheck()
    expect(hand).to_have_attribute("aria-disabled", "false")
    rules.locator("#rule-invited").check()
    expect(hand).to_have_attribute("aria-disabled", "true")
    rules.locator("#rule-everyone").check()
    expect(hand).to_have_attribute("aria-disabled", "false")
    raise_hand(yara)

    rules.locator("[data-slot=lock-stage]").check()
    host.keyboard.press("Escape")
    expect(yara.locator("#hands [data-slot=queue-rule]")).to_be_visible()
    host.locator("#hands .queue__tools [data-do='hand.accept']").click()
    expect(host.locator("#toasts .toast")).to_have_count(1)
    expect(host.locator("#stage .seat")).to_have_count(1)
    choose(host, "stage-rules-door")
    rules.locator("[data-slot=lock-stage]").uncheck()
    host.keyboard.press("Escape")
    expect(yara.locator("#hands [data-slot=queue-rule]")).to_be_hidden()
    host.locator("#hands .queue__tools [data-do='hand.accept']").click()
    expect(host.locator("#stage .seat")).to_have_count(2)


def test_full_stage_says_what_to_do(host: Page, open_page: Callable[..., Page], embedded: Embedded) -> None:
    """Twelve others are on the stage; the thirteenth guest has to wait until somebody steps down."""
    oliver = come(open_page, host, "oliver")
    raise_hand(oliver)
    fill_stage(embedded, path_of(host).strip("/").split("/")[1])
    # What another process has changed and could not tell is found by its number, within 4 s.
    expect(host.locator("#stage .seat")).to_have_count(13, timeout=15_000)
    expect(host.locator("#hands [data-slot=hands-title]")).to_have_text(re.compile("stage is full|scène est complète"))
    host.locator("#hands .queue__tools [data-do='hand.accept']").click()
    expect(host.locator("#toasts")).to_contain_text(re.compile("Move somebody to the audience|redescendre"))
    expect(oliver.locator("#stage .seat")).to_have_count(13)


def test_room_is_handed_over_when_the_other_takes_it(host: Page, open_page: Callable[..., Page]) -> None:
    yara = come(open_page, host, "yara")
    bring_up(host, yara)
    host.locator("#stage .seat", has_text="Yara").locator("button").click()
    host.locator("#person [data-do='handover.offer']").click()
    for page in (host, yara):
        expect(page.locator("#handover")).to_be_visible()
        assert violations(page) == []
    yara.locator("#handover [data-slot=decline]").click()
    for page in (host, yara):
        expect(page.locator("#handover")).to_be_hidden()

    host.locator("#stage .seat", has_text="Yara").locator("button").click()
    host.locator("#person [data-do='handover.offer']").click()
    try:
        yara.locator("#handover [data-slot=take]").click()
        expect(yara.locator("#handover")).to_be_hidden()
        for page in (host, yara):
            # The host sits first.
            expect(page.locator("#stage .seat__name").first).to_have_text(re.compile("Yara|You|Vous"))
        expect(yara.locator("#stage [data-slot=record]")).to_be_visible()
        expect(host.locator("#stage [data-slot=record]")).to_be_hidden()
        expect(host.locator("#more [data-slot=end]")).to_have_attribute("hidden", "")
        expect(host.locator("#sheet [data-slot=about-host]")).to_have_text("Yara Nasser")
    finally:
        end_room(yara)
    expect(host.locator("#ended")).to_be_visible()
