"""Finding rooms in a browser: search by keyboard, the page of a topic, following one; in English and in French."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e


def test_search_by_keyboard_finds_as_one_types(open_page: Callable[..., Page]) -> None:
    page = open_page("oliver")
    page.goto("/")
    page.keyboard.press("/")
    expect(page.locator("#look")).to_be_focused()
    expect(page.locator("#look")).to_have_value("")
    page.keyboard.type("garden")
    page.keyboard.press("Enter")
    expect(page.locator("#found").get_by_role("link", name="First garden, first mistakes")).to_be_visible()
    # From here on nothing is sent by Enter.
    page.evaluate("window.here = true")
    page.locator("#look").fill("breton")
    expect(page.locator("#found").get_by_role("link", name="Apprendre le breton à trente ans")).to_be_visible()
    expect(page.locator("#found").get_by_role("link", name="First garden")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/search/\?q=breton$"))
    expect(page.locator("#found-said")).to_have_text("1 result")
    page.locator("#look").fill("ines")
    expect(page.locator("#found").get_by_text("@ines")).to_be_visible()
    page.locator("#look").fill("zeppelin")
    expect(page.get_by_role("heading", name="Nothing is called “zeppelin”")).to_be_visible()
    assert page.evaluate("window.here") is True


def test_topic_is_followed_and_its_rooms_come_first(open_page: Callable[..., Page]) -> None:
    page = open_page("grace")
    page.goto("/")
    # Newest first: hers is one of the older ones.
    expect(page.locator(".room-card h3").first).to_have_text("Nos villes la nuit")
    page.locator(".room-card", has_text="Soup, slowly").get_by_role("link", name="Cooking").click()
    expect(page.get_by_role("heading", name="Cooking", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Le café des lève-tôt")).to_be_visible()
    button = page.locator("#topic-cooking-button")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#topic-cooking-button .follow__on")).to_be_visible()
    try:
        page.goto("/")
        expect(page.locator(".room-card h3").first).to_have_text("Soup, slowly")
    finally:
        page.goto("/topics/cooking/")
        page.locator("#topic-cooking-button[aria-pressed=true]").click()
        expect(page.locator("#topic-cooking-button")).to_have_attribute("aria-pressed", "false")


def test_topics_are_chosen_by_keyboard_in_french(open_page: Callable[..., Page]) -> None:
    page = open_page("theo", locale="fr-FR", timezone_id="Europe/Paris")
    page.goto("/rooms/new/?when=later")
    page.get_by_label("De quoi parlerez-vous").fill("Recettes de l’hiver")
    find = page.get_by_label("Trouver un thème")
    find.fill("cine")
    find.press("Enter")
    expect(page.get_by_label("Cinéma et séries")).to_be_checked()
    for name in ("Cuisine", "Famille"):
        page.get_by_label(name, exact=True).focus()
        page.keyboard.press("Space")
    expect(page.locator("[data-topics] [data-slot=count]")).to_have_text("3 sur 3 choisis")
    expect(page.get_by_label("Droit", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Prévoir le salon").click()
    expect(page.get_by_role("heading", name="Recettes de l’hiver")).to_be_visible()
    expect(page.locator(".plan .topic")).to_have_text(["Cinéma et séries", "Cuisine", "Famille"])
    address = page.url
    page.goto("/topics/family/")
    expect(page.get_by_role("heading", name="Famille", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Recettes de l’hiver")).to_be_visible()
    page.goto(f"{address}cancel/")
    page.get_by_role("button", name="Annuler le salon").click()


def test_search_works_without_script(open_page: Callable[..., Page]) -> None:
    page = open_page(java_script_enabled=False)
    page.goto("/")
    page.locator("#look").fill("tomates")
    page.locator("#look").press("Enter")
    expect(page.get_by_role("heading", name="Nothing is called “tomates”")).to_be_visible()
    page.locator("#look").fill("tomatoes")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("link", name="First garden, first mistakes")).to_be_visible()
