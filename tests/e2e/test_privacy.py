"""One's own data in a browser: a copy is made while one looks on; an account is closed in the middle of a room."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from config.embedded.demo import PASSWORD
from tests.e2e.actions import listen, microphone, wait_until_live

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page, StorageState

pytestmark = pytest.mark.e2e

FORM = "main form button[type=submit]"


def show_password(page: Page) -> None:
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator(FORM).first.click()


def test_copy_is_made_while_one_looks_on(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page("oliver")
    page.goto("/settings/")
    page.get_by_role("link", name="Your data").click()
    page.get_by_role("button", name="Make a copy").click()
    show_password(page)

    # The page asks by itself; nobody reloads it.
    download = page.get_by_role("link", name="Download")
    expect(download).to_be_visible(timeout=60_000)
    with page.expect_download() as fetched:
        download.click()

    fetched.value.save_as(tmp_path / "copy.zip")
    with zipfile.ZipFile(tmp_path / "copy.zip") as archive:
        account = json.loads(archive.read("account.json"))
        hosted = [room["title"] for room in json.loads(archive.read("rooms.json"))["hosted"]]
    assert (account["handle"], account["email"]) == ("oliver", "oliver@example.org")
    assert "Songs that got us through the winter" in hosted


def test_account_is_closed_in_the_middle_of_its_room(
    open_page: Callable[..., Page], logins: dict[str, StorageState]
) -> None:
    host = open_page("maiwenn")
    # Closing ends every session; the next test logs in anew.
    del logins["maiwenn"]
    host.goto("/rooms/new/")
    host.locator("input[name=title]").fill("Last words")
    host.locator("form.form button").last.click()
    expect(microphone(host)).to_be_visible()
    wait_until_live(host)
    guest = open_page("grace")
    listen(guest, host)

    elsewhere = host.context.new_page()
    elsewhere.goto("/settings/close/")
    show_password(elsewhere)
    elsewhere.locator(FORM).first.click()

    expect(guest.locator("#ended")).to_be_visible()
    expect(elsewhere.locator("main")).to_contain_text("compte est fermé")
    guest.goto("/@maiwenn/")
    expect(guest.locator("h1")).to_have_text("Wrong door")

    elsewhere.goto("/accounts/login/")
    elsewhere.locator("input[name=login]").fill("maiwenn")
    show_password(elsewhere)
    elsewhere.wait_for_url("**/accounts/return/")
    elsewhere.locator(FORM).first.click()
    elsewhere.wait_for_url("**/accounts/login/")
    guest.goto("/@maiwenn/")
    expect(guest.locator("h1")).to_have_text("Maïwenn Le Goff")
