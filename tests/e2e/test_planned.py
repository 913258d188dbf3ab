"""A planned room in two browsers: planned, its doors opened, begun, ended; and one that is moved and cancelled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import end_room, expect_seats, path_of, wait_until_live

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e


@pytest.fixture
def host(open_page: Callable[..., Page]) -> Iterator[Page]:
    """Return Théo's browser, in French, on the page of a room that he has planned; it is over afterwards."""
    page = open_page("theo", locale="fr-FR", timezone_id="Europe/Paris")
    page.goto("/rooms/new/?when=later")
    page.get_by_label("De quoi parlerez-vous").fill("Salons de demain")
    page.get_by_role("button", name="Prévoir le salon").click()
    expect(page.get_by_role("heading", name="Salons de demain")).to_be_visible()
    address = page.url
    yield page
    page.goto(f"{address}cancel/")
    if page.url.endswith("/cancel/"):
        page.get_by_role("button", name="Annuler le salon").click()
    else:
        page.goto(address)
        if page.locator("#live").is_visible():
            wait_until_live(page)
            end_room(page)


def test_room_is_planned_opened_begun_and_ended(host: Page, open_page: Callable[..., Page]) -> None:
    listener = open_page("oliver")
    errors: list[str] = []
    for page in (host, listener):
        page.on("pageerror", lambda error: errors.append(str(error)))
    listener.goto("/")
    listener.get_by_role("link", name="Salons de demain").click()
    # In the hallway stands a bell that begins with the same words.
    remind = listener.get_by_role("button", name="Remind me", exact=True)
    expect(remind).to_have_attribute("aria-pressed", "false")
    remind.click()
    expect(listener.get_by_role("button", name="You will be reminded")).to_have_attribute("aria-pressed", "true")

    # Nothing is loaded anew from here on.
    listener.evaluate("window.here = true")
    host.get_by_role("button", name="Ouvrir les portes").click()
    expect(host.get_by_text("Les portes sont ouvertes")).to_be_visible()
    expect(listener.get_by_text("The doors are open")).to_be_visible()
    expect(host.locator("[data-slot=waiting]")).to_have_text("1 personne attend")
    expect(listener.locator("#bar")).to_have_count(0)

    listener.get_by_label("Write to everybody").fill("Already here")
    expect(listener.locator("#chat [data-slot=send]")).to_have_attribute("aria-disabled", "false")
    listener.get_by_label("Write to everybody").press("Enter")
    expect(host.locator("#chat .message__text")).to_have_text(["Already here"])
    # What one was writing when it began is not lost.
    listener.get_by_label("Write to everybody").fill("And how")

    host.get_by_role("button", name="Commencer maintenant").click()
    expect_seats(host, "Vous")
    expect_seats(listener, "Théo")
    wait_until_live(listener)
    listener.get_by_role("tab", name="Chat").click()
    expect(listener.locator("#chat .message__text")).to_have_text(["Already here"])
    expect(listener.get_by_label("Write to everybody")).to_have_value("And how")
    listener.locator("#bar [data-slot=hand]").click()
    expect(host.locator("#hands .queue__name")).to_have_text(["Oliver Hart"])

    end_room(host)
    expect(listener.locator("#ended")).to_be_visible()
    assert (listener.evaluate("window.here"), errors) == (True, [])


def test_title_changes_for_all_while_live(host: Page, open_page: Callable[..., Page]) -> None:
    path = path_of(host)
    host.get_by_role("button", name="Commencer maintenant").click()
    wait_until_live(host)
    guest = open_page()
    guest.goto(path)
    wait_until_live(guest)
    host.goto(f"{path}edit/")
    host.get_by_label("De quoi parlerez-vous").fill("Salons d’hier")
    host.get_by_role("button", name="Enregistrer").click()
    expect(guest.locator("#stage h1")).to_have_text("Salons d’hier")
    expect(guest).to_have_title(re.compile("Salons d’hier"))
    wait_until_live(host)


def test_who_waits_sees_the_room_move_and_go(host: Page, open_page: Callable[..., Page]) -> None:
    path = path_of(host)
    guest = open_page(viewport={"width": 390, "height": 844})
    guest.goto(path)
    expect(guest.get_by_role("link", name="Log in to be reminded")).to_be_visible()
    host.get_by_role("link", name="Modifier").click()
    host.get_by_label("Heure").fill("21:45")
    host.get_by_role("button", name="Enregistrer").click()
    expect(host.get_by_text(re.compile("21:45")).first).to_be_visible()
    expect(guest.locator(".plan time").first).to_have_attribute("datetime", re.compile(r"T(?!20:00)"))
    host.get_by_role("link", name="Annuler le salon").click()
    host.get_by_role("button", name="Annuler le salon").click()
    expect(guest.get_by_text("The host cancelled it")).to_be_visible()


def test_first_visit_shows_hours_by_the_browsers_clock(host: Page, open_page: Callable[..., Page]) -> None:
    guest = open_page(timezone_id="Asia/Tokyo")
    guest.goto(path_of(host))
    expect(guest.get_by_text("By the clock of Asia/Tokyo")).to_be_visible()
    alone = open_page(timezone_id="Asia/Tokyo", java_script_enabled=False)
    alone.goto(path_of(host))
    expect(alone.get_by_text("By the clock of UTC")).to_be_visible()


def test_form_shows_what_a_plan_needs_only_then_and_with_the_keyboard(open_page: Callable[..., Page]) -> None:
    page = open_page("yara")
    page.goto("/rooms/new/")
    day = page.get_by_label("Day")
    expect(day).to_be_hidden()
    expect(page.get_by_role("button", name="Open the room")).to_be_visible()
    page.get_by_role("radio", name="Start now").press("ArrowRight")
    expect(day).to_be_visible()
    expect(page.get_by_role("button", name="Plan the room")).to_be_visible()
