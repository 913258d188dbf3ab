"""Causerie as an installed application: it can be one, says when there is no network, and asks before it changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import wait_until_live

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.servers.deployed import Deployed

pytestmark = pytest.mark.e2e

CONTROLLED = "() => navigator.serviceWorker.controller?.state === 'activated'"
CACHES = """async () => {
    const found = {};
    for (const name of await caches.keys())
        found[name] = (await (await caches.open(name)).keys()).map((request) => new URL(request.url).pathname);
    return found;
}"""


def settle(page: Page) -> None:
    """Wait until the service worker serves this page."""
    page.wait_for_function(CONTROLLED)


def caches_of(page: Page) -> dict[str, list[str]]:
    found: dict[str, list[str]] = page.evaluate(CACHES)
    return found


def shell_of(page: Page) -> list[str]:
    return next(paths for name, paths in caches_of(page).items() if name.startswith("causerie-shell-"))


def go_offline(page: Page) -> None:
    page.context.set_offline(offline=True)


def test_browser_finds_it_installable(open_deployed: Callable[..., Page]) -> None:
    page = open_deployed(locale="fr-FR")
    page.goto("/")
    settle(page)
    devtools = page.context.new_cdp_session(page)

    manifest = devtools.send("Page.getAppManifest")
    found: dict[str, Any] = json.loads(manifest["data"])

    assert devtools.send("Page.getInstallabilityErrors")["installabilityErrors"] == [
        # A window without a history of its own is all that keeps Chromium from offering it here.
        {"errorId": "in-incognito", "errorArguments": []}
    ]
    assert manifest["errors"] == []
    assert manifest["url"].endswith("/manifest.fr.webmanifest")
    assert (found["name"], found["lang"], found["display"]) == ("Causerie", "fr", "standalone")
    assert [shortcut["name"] for shortcut in found["shortcuts"]] == ["Ouvrir un salon"]


def test_icons_have_the_sizes_that_the_manifest_says(open_deployed: Callable[..., Page]) -> None:
    page = open_deployed()
    page.goto("/")
    sizes = """async () => {
        const manifest = await (await fetch(document.querySelector("link[rel=manifest]").href)).json();
        const icons = [...manifest.icons, ...manifest.shortcuts.flatMap((shortcut) => shortcut.icons)];
        return Promise.all(icons.map(async ({ src, sizes, purpose }) => {
            const picture = await createImageBitmap(await (await fetch(src)).blob());
            return [purpose, sizes, `${picture.width}x${picture.height}`];
        }));
    }"""

    assert page.evaluate(sizes) == [
        ["any", "192x192", "192x192"],
        ["any", "512x512", "512x512"],
        ["maskable", "192x192", "192x192"],
        ["maskable", "512x512", "512x512"],
        ["any", "96x96", "96x96"],
    ]


def test_only_files_and_the_offline_pages_are_kept(open_deployed: Callable[..., Page]) -> None:
    page = open_deployed("ines")
    page.goto("/")
    settle(page)
    # Somebody's pages, the API and a room, all after the worker serves.
    for path in ("/", "/@ines/", "/settings/", "/api/v1/spaces/"):
        page.goto(path)

    kept = shell_of(page)

    assert [path for path in kept if not path.startswith("/static/")] == ["/offline/en/", "/offline/fr/"]


@pytest.mark.parametrize(
    ("language", "heading", "again"),
    [("en-GB", "No connection", "Try again"), ("fr-FR", "Pas de connexion", "Réessayer")],
)
def test_page_without_a_network_says_so(
    open_deployed: Callable[..., Page], language: str, heading: str, again: str
) -> None:
    page = open_deployed(locale=language)
    page.goto("/")
    settle(page)
    go_offline(page)

    page.goto("/rooms/new/")

    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    # The shell is there: letters and colours of ours.
    assert "Young Serif" in page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily")
    page.context.set_offline(offline=False)
    page.get_by_role("link", name=again).click()
    expect(page.locator("input[name=login]")).to_be_visible()


def test_link_without_a_network_swaps_the_notice_in(open_deployed: Callable[..., Page]) -> None:
    page = open_deployed()
    page.goto("/")
    settle(page)
    page.evaluate("window.stayed = true")
    go_offline(page)

    page.get_by_role("link", name="Start a room").first.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("No connection")
    page.context.set_offline(offline=False)
    page.get_by_role("link", name="Try again").click()
    expect(page.locator("input[name=login]")).to_be_visible()
    assert page.evaluate("window.stayed") is True


def test_room_stays_when_a_link_out_of_it_fails(open_deployed: Callable[..., Page]) -> None:
    page = open_deployed()
    page.goto("/")
    settle(page)
    page.locator(".room-card a").first.click()
    wait_until_live(page)
    room = page.url
    go_offline(page)

    page.locator("a.wordmark").click()

    expect(page.locator("#toasts")).to_contain_text("You are offline")
    expect(page.locator("#live")).to_be_visible()
    assert page.url == room


def test_going_back_without_a_network_keeps_the_window(open_deployed: Callable[..., Page]) -> None:
    page = open_deployed()
    page.goto("/")
    settle(page)
    page.locator(".room-card a").first.click()
    wait_until_live(page)
    page.evaluate("window.stayed = true")
    go_offline(page)

    page.go_back()

    expect(page.get_by_role("heading", level=1)).to_have_text("No connection")
    assert page.evaluate("window.stayed") is True


def test_new_version_is_offered_and_waits_for_a_yes(deployed: Deployed, open_deployed: Callable[..., Page]) -> None:
    page = open_deployed()
    page.goto("/")
    settle(page)
    before = deployed.stylesheet
    assert before in shell_of(page)
    page.evaluate("window.stayed = true")

    deployed.release()
    page.evaluate("navigator.serviceWorker.ready.then((registration) => registration.update())")

    toast = page.locator("#toasts")
    expect(toast).to_contain_text("A new version is here.")
    # Both are there until somebody has agreed; nothing was loaded anew.
    assert page.evaluate("window.stayed") is True
    assert len([name for name in caches_of(page) if name.startswith("causerie-shell-")]) == 2

    with page.expect_navigation():
        toast.get_by_role("button", name="Reload").click()
    page.wait_for_function("() => !window.stayed")
    expect(page.locator(f"link[href='{deployed.stylesheet}']")).to_be_attached()
    kept = [name for name in caches_of(page) if name.startswith("causerie-shell-")]
    assert (len(kept), before in shell_of(page), deployed.stylesheet in shell_of(page)) == (1, False, True)


def test_window_that_did_not_agree_is_asked_as_well(deployed: Deployed, open_deployed: Callable[..., Page]) -> None:
    page = open_deployed()
    page.goto("/")
    settle(page)
    other = page.context.new_page()
    other.goto("/")
    settle(other)
    other.evaluate("window.stayed = true")

    deployed.release()
    page.evaluate("navigator.serviceWorker.ready.then((registration) => registration.update())")
    page.locator("#toasts").get_by_role("button", name="Reload").click()
    expect(page.locator(f"link[href='{deployed.stylesheet}']")).to_be_attached()

    expect(other.locator("#toasts")).to_contain_text("A new version is here.")
    assert other.evaluate("window.stayed") is True


def test_switch_takes_the_worker_and_what_it_kept_away(deployed: Deployed, open_deployed: Callable[..., Page]) -> None:
    page = open_deployed()
    page.goto("/")
    settle(page)
    deployed.restart(SERVICE_WORKER="0")

    try:
        page.goto("/")

        page.wait_for_function("async () => (await navigator.serviceWorker.getRegistrations()).length === 0")
        page.wait_for_function("async () => (await caches.keys()).length === 0")
    finally:
        deployed.restart()


def test_embedded_default_has_no_worker(open_page: Callable[..., Page]) -> None:
    """Its files carry no hash: whoever changes one shall see it at once."""
    page = open_page()
    page.goto("/")

    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    # One that somebody has asked for pushes gets what keeps no file.
    script = page.evaluate("fetch('/sw.js').then((response) => response.text())")
    assert ("showNotification" in script, "addAll" in script) == (True, False)
