"""The way in: the hallway, and logging in from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from config.embedded.demo import ROOMS

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e


def test_hallway_shows_live_rooms_to_a_guest(open_page: Callable[..., Page]) -> None:
    page = open_page()

    page.goto("/")

    for room in ROOMS:
        expect(page.get_by_text(room.title)).to_be_visible()


def test_log_in_leads_to_the_hallway_by_name(open_page: Callable[..., Page]) -> None:
    page = open_page("oliver")

    page.goto("/")

    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Oliver Hart")


def test_hallway_in_french_for_a_french_browser(open_page: Callable[..., Page]) -> None:
    page = open_page(locale="fr-FR")

    page.goto("/")

    expect(page.locator("html")).to_have_attribute("lang", "fr")
