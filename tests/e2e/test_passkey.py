"""A passkey, with the device that Chromium pretends to have: added, and then enough to log in."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from config.embedded.demo import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import CDPSession, Page

    from tests.servers.embedded import Embedded

pytestmark = pytest.mark.e2e

# CDP, domain WebAuthn: a telephone whose owner is always there and always shows a finger.
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def secure(embedded: Embedded) -> str:
    """Return the site's address by name: a browser keeps no passkey for a number."""
    return f"http://localhost:{urlsplit(embedded.url).port}"


def plug_in(page: Page) -> tuple[CDPSession, str]:
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    made = devices.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return devices, str(made["authenticatorId"])


def log_in(page: Page, handle: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Handle or e-mail").fill(handle)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Log in", exact=True).click()


def log_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.locator("main").get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in").first).to_be_visible()


def test_passkey_is_added_and_logs_in_alone(open_page: Callable[..., Page], secure: str) -> None:
    page = open_page(base_url=secure)
    devices, device = plug_in(page)
    log_in(page, "oliver")
    page.wait_for_url(f"{secure}/")

    page.goto("/settings/")
    page.get_by_role("link", name="Passkeys").click()
    page.get_by_role("link", name="Add a passkey").click()
    # Something important: it is asked again who one is.
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name of this passkey").fill("Telephone")
    page.get_by_role("button", name="Add this passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert len(devices.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]) == 1
    page.goto("/accounts/2fa/webauthn/")
    expect(page.get_by_role("heading", name="Telephone")).to_be_visible()

    log_out(page)
    page.goto("/accounts/login/?next=/settings/")
    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url(f"{secure}/settings/")
    expect(page.get_by_role("link", name="Passkeys")).to_contain_text("1 passkey")

    # After the password it is the second factor.
    log_out(page)
    log_in(page, "oliver")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{secure}/")

    page.goto("/accounts/2fa/webauthn/")
    page.get_by_role("link", name="Remove Telephone").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("No passkey yet")).to_be_visible()


def test_device_that_says_no_is_told_in_words(open_page: Callable[..., Page], secure: str) -> None:
    page = open_page(base_url=secure)
    devices, device = plug_in(page)
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.goto("/accounts/login/")
    button = page.get_by_role("button", name="Log in with a passkey")
    button.click()
    expect(page.get_by_role("alert")).to_contain_text("The device was not asked, or said no.")
    expect(button).not_to_have_attribute("aria-busy", "true")


def test_address_without_a_name_is_told_in_words(open_page: Callable[..., Page]) -> None:
    page = open_page()
    plug_in(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("Passkeys need a secure address with a name")


def test_without_script_no_button_does_nothing(open_page: Callable[..., Page]) -> None:
    page = open_page(java_script_enabled=False)
    page.goto("/accounts/login/")
    expect(page.get_by_role("button", name="Log in with a passkey")).to_be_hidden()
    # Playwright finds no text in a <noscript>, though it is read.
    assert "Passkeys need JavaScript" in page.locator(".passkey noscript").inner_html()
