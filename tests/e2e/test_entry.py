"""Who may enter, from both sides of the door on a phone; and somebody who is banned while they speak."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import bring_up, choose, expect_seats, listen, path_of, press_microphone, wait_until_live
from tests.e2e.sounds import wait_to_hear

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e

PHONE = {"viewport": {"width": 390, "height": 844}}
SILENT_WITHIN = 1.0


def open_to(host: Page, rule: str, *, guests: bool = False) -> None:
    """Choose who may enter, and whether people without an account may listen."""
    choose(host, "entry")
    host.locator("#entry [data-slot=rule]").select_option(rule)
    if rule == "everyone":
        host.locator("#entry-guests").set_checked(guests)
    else:
        expect(host.locator("#entry-guests")).to_be_disabled()
    host.locator("#entry [data-slot=save]").click()
    expect(host.locator("#entry")).to_be_hidden()


def goes_in(page: Page, host: Page) -> None:
    page.goto(path_of(host))
    wait_until_live(page)


def stands_outside(page: Page, host: Page) -> None:
    """Somebody sees title and host, and nothing of what is inside."""
    page.goto(path_of(host))
    expect(page.locator("h1")).to_have_text("Tones")
    expect(page.locator(".person__who")).to_contain_text("Théo")
    expect(page.locator("#live, #stage, #audience")).to_have_count(0)
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width == 0


def leave(page: Page) -> None:
    """Go out, so that having been inside lets nobody in again."""
    page.locator("#bar [data-slot=leave]").click()
    expect(page.locator("#live")).to_have_count(0)


def follows(page: Page, handle: str, *, now: bool) -> None:
    page.goto(f"/@{handle}/")
    button = page.locator(".profile__do .follow__button")
    if button.get_attribute("aria-pressed") != str(now).lower():
        # The button shows at once what the site is only told of.
        with page.expect_response(re.compile("/(un)?follow/$")):
            button.click()
    expect(button).to_have_attribute("aria-pressed", str(now).lower())


@pytest.fixture
def yara(enter: Callable[..., Page], host: Page) -> Iterator[Page]:
    """Return Yara's phone; afterwards she and Théo do not follow each other, as before."""
    page = enter("yara", **PHONE)
    yield page
    follows(page, "theo", now=False)


def is_asked_in(host: Page, name: str) -> None:
    host.locator("#bar [data-slot=more-door]").click()
    host.locator("#more [data-dialog=ping]").click()
    host.locator("#ping [data-slot=search]").fill(name)
    row = host.locator("#ping [data-slot=people] .roll__item", has_text=name)
    row.locator("[data-slot=ask]").click()
    expect(row.locator("[data-slot=ask]")).to_be_hidden()
    host.keyboard.press("Escape")


def test_each_rule_from_both_sides_of_the_door(
    host: Page, yara: Page, enter: Callable[..., Page], open_page: Callable[..., Page]
) -> None:
    guest, other = enter(**PHONE), open_page("theo", **PHONE)
    open_to(host, "everyone", guests=True)
    goes_in(guest, host)
    open_to(host, "everyone", guests=False)
    # Somebody without an account has to go at once, and is told what would let them in.
    expect(guest.locator("#ended")).to_be_visible()
    guest.locator("#ended [data-slot=door]").click()
    expect(guest.locator(".notice a[href*='login']")).to_be_visible()
    goes_in(yara, host)
    leave(yara)

    open_to(host, "followers")
    stands_outside(yara, host)
    stands_outside(guest, host)
    yara.locator("form[action='/@theo/follow/'] button").click()
    wait_until_live(yara)
    leave(yara)

    open_to(host, "mutuals")
    stands_outside(yara, host)
    follows(other, "yara", now=True)
    goes_in(yara, host)
    leave(yara)

    open_to(host, "followed")
    goes_in(yara, host)
    leave(yara)

    open_to(host, "invited")
    stands_outside(yara, host)
    is_asked_in(host, "Yara")
    yara.goto("/notifications/")
    yara.locator("a", has_text=re.compile("Tones")).first.click()
    wait_until_live(yara)
    # Whoever is inside stays, whatever the rule becomes.
    follows(other, "yara", now=False)
    open_to(host, "followed")
    expect(yara.locator("#live[data-phase=live]")).to_be_attached()


def test_whoever_is_banned_while_speaking_is_not_heard_a_second_later(host: Page, enter: Callable[..., Page]) -> None:
    yara, guest = enter("yara", 880, **PHONE), enter()
    for page in (yara, guest):
        listen(page, host)
    bring_up(host, yara)
    press_microphone(yara)
    for page in (host, guest):
        wait_to_hear(page, 880)

    host.locator("#stage .seat", has_text="Yara").locator("button").click()
    host.locator("#person [data-do='person.ban']").click()
    host.locator("#ban [data-slot=here]").click()

    for page in (host, guest):
        assert wait_to_hear(page, seconds=5) < SILENT_WITHIN + 0.5
        expect_seats(page, "Théo|Vous")
    expect(yara.locator("#ended")).to_be_visible()
    yara.locator("#ended [data-slot=door]").click()
    expect(yara.locator("#stage")).to_have_count(0)
    expect(yara.locator("h1")).to_have_text("Tones")

    # A slip is undone in one press.
    host.locator("#toasts .toast__act").click()
    expect(host.locator("#toasts")).to_contain_text("Yara")
    goes_in(yara, host)


def test_somebody_is_warned_before_a_room_in_which_somebody_speaks_whom_they_blocked(
    host: Page, enter: Callable[..., Page]
) -> None:
    yara, grace = enter("yara", **PHONE), enter("grace", **PHONE)
    listen(grace, host)
    bring_up(host, grace)
    yara.goto("/@grace/")
    yara.locator("#about-person [popovertarget], [popovertarget=about-person]").first.click()
    yara.locator("[data-dialog=block]").click()
    yara.locator("#block button[type=submit]").click()
    expect(yara.locator("#block")).to_be_hidden()

    yara.goto(path_of(host))
    expect(yara.locator("#warning [data-slot=who]")).to_contain_text("Grace")
    expect(yara.locator("#live[data-phase=live]")).to_have_count(0)
    yara.locator("#warning [data-slot=no]").click()
    expect(yara).to_have_url(re.compile("/$"))
    expect(yara.locator("#live")).to_have_count(0)
    yara.goto(path_of(host))
    yara.locator("#warning [data-slot=yes]").click()
    wait_until_live(yara)
    # Once inside, coming back asks nothing; the seat says it.
    yara.reload()
    wait_until_live(yara)
    expect(yara.locator("#warning")).to_be_hidden()
    expect(yara.locator("#stage .seat", has_text="Grace").locator("[data-slot=apart]")).to_be_visible()

    yara.goto("/settings/blocked/")
    yara.locator(".person", has_text="Grace").locator("button").click()
    expect(yara.locator(".person", has_text="Grace")).to_have_count(0)
