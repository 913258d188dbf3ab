"""What every page does: where one is, forms that go wrong, light and dark, the language, and the room one is in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import path_of, press_microphone

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.e2e

PHONE = {"width": 390, "height": 844}


def test_tabs_mark_the_place_after_each_step(open_page: Callable[..., Page]) -> None:
    page = open_page("oliver", viewport=PHONE)
    page.goto("/")
    tabs = page.get_by_role("navigation", name="Places").filter(visible=True)
    here = tabs.locator("[aria-current=page]")
    expect(here).to_have_text("Hallway")
    page.evaluate("window.same = true")
    tabs.get_by_role("link", name="Your page").click()
    expect(here).to_have_text("Your page")
    tabs.get_by_role("link", name="Start a room").click()
    expect(here).to_have_text("Start a room")
    page.go_back()
    expect(here).to_have_text("Your page")
    assert page.evaluate("window.same") is True


def test_wrong_field_has_the_focus_and_its_error(open_page: Callable[..., Page]) -> None:
    page = open_page("oliver")
    page.goto("/settings/")
    page.get_by_label("Handle").fill("staff")
    page.get_by_role("button", name="Save").click()
    handle = page.get_by_label("Handle")
    expect(handle).to_be_focused()
    expect(handle).to_have_attribute("aria-invalid", "true")
    expect(handle).to_have_accessible_description(re.compile("This handle is kept for the site itself"))
    page.get_by_role("alert").get_by_role("link", name="Handle").click()
    expect(handle).to_be_focused()
    expect(page).to_have_title("Settings · Causerie")


def test_wrong_password_leads_back_into_the_form(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto("/accounts/login/")
    page.get_by_label("Handle or e-mail").fill("nobody_at_all")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.locator("main").get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("not right")


def test_form_is_sent_once_however_often_it_is_pressed(open_page: Callable[..., Page]) -> None:
    page = open_page("oliver")
    page.goto("/settings/")
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            held.append(route)
        else:
            route.continue_()

    page.route("**/settings/", hold)
    button = page.get_by_role("button", name="Save")
    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    button.click()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-busy", "true")
    assert len(held) == 1
    held[0].continue_()
    expect(page.locator(".notices")).to_contain_text("Your settings are saved.")
    expect(button).not_to_have_attribute("aria-busy", "true")
    assert len(held) == 1


def test_form_that_loads_the_window_is_sent_once_too(open_page: Callable[..., Page]) -> None:
    page = open_page("oliver")
    page.goto("/accounts/reauthenticate/")
    page.get_by_label("Password").fill("wrong")
    pressed_twice = """(button) => {
        let sent = 0;
        addEventListener("submit", () => { sent += 1; });
        button.click();
        button.click();
        return [sent, button.getAttribute("aria-busy")];
    }"""
    assert page.get_by_role("button", name="Go on").evaluate(pressed_twice) == [1, "true"]
    expect(page.get_by_label("Password")).to_be_focused()
    expect(page.get_by_label("Password")).to_have_attribute("aria-invalid", "true")


def test_theme_is_chosen_kept_and_drawn_from_the_first_paint(open_page: Callable[..., Page]) -> None:
    page = open_page(color_scheme="light")
    page.goto("/")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    group = page.get_by_role("group", name="Light or dark")
    expect(group.get_by_role("button", pressed=True)).to_have_text("As the device")
    group.get_by_role("button", name="Dark").click()
    expect(group.get_by_role("button", pressed=True)).to_have_text("Dark")
    dark = page.evaluate(background)
    assert dark != light

    # What the server sends is dark already: there is nothing that could flash.
    assert ' data-theme="dark"' in page.request.get("/").text().split(">")[1]
    page.reload()
    expect(group.get_by_role("button", pressed=True)).to_have_text("Dark")
    assert page.evaluate(background) == dark
    group.get_by_role("button", name="As the device").click()
    page.reload()
    assert page.evaluate(background) == light


def test_new_language_reaches_the_whole_window(open_page: Callable[..., Page]) -> None:
    page = open_page("grace")
    page.goto("/settings/")
    page.get_by_label("Language", exact=True).select_option("fr")
    page.locator("main .button--lamp").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.locator(".notices")).to_contain_text("Vos réglages sont enregistrés.")
    page.locator("main select[name=language]").select_option("en")
    page.locator("main .button--lamp").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_problem_is_shown_in_place_and_leads_back(open_page: Callable[..., Page]) -> None:
    page = open_page("oliver")
    page.goto("/")
    page.evaluate("window.same = true")
    page.evaluate("document.querySelector('.wordmark').href = '/nowhere/'")
    page.locator(".wordmark").click()
    expect(page.get_by_role("heading", name="Wrong door")).to_be_focused()
    page.get_by_role("link", name="Back to the hallway").click()
    expect(page.get_by_role("heading", name="Open now")).to_be_visible()
    assert page.evaluate("window.same") is True


def test_slow_page_shows_that_it_is_on_the_way(open_page: Callable[..., Page]) -> None:
    page = open_page("oliver")
    page.goto("/")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/rooms/new/", hold)
    bar = "getComputedStyle(document.body, '::before').content"
    assert page.evaluate(bar) == "none"
    page.locator(".top__nav").get_by_role("link", name="Start a room").click()
    page.wait_for_function(f"{bar} !== 'none'")
    (route,) = held
    route.continue_()
    expect(page.get_by_role("heading", name="Start a room")).to_be_visible()
    assert page.evaluate(bar) == "none"


def test_faces_of_the_room_one_is_in_move_with_the_voices_in_the_hallway(host: Page) -> None:
    room = path_of(host)
    press_microphone(host)
    expect(host.locator("#stage .is-talking")).to_have_count(1)
    host.locator(".wordmark").filter(visible=True).click()
    card = host.locator(f".room-card:has(a[href='{room}'])")
    expect(card.locator("[data-person].is-talking")).to_have_count(1)
    host.locator("#dock [data-slot=mic]").click()
    expect(card.locator("[data-person].is-talking")).to_have_count(0)
    card.get_by_role("link").click()
    expect(host.locator("#live")).to_be_visible()
