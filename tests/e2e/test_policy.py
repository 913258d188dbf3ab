"""The content security policy holds on every page, and no page asks anybody but us for anything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.e2e.actions import wait_until_live

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e

GUEST = [
    "/",
    "/@ines/",
    "/rooms/nowhere/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/offline/fr/",
]
PERSON = [
    "/",
    "/@sam/",
    "/settings/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/rooms/new/",
    "/accounts/2fa/",
    "/settings/notifications/",
    "/notifications/",
    "/staff/",
]
# Said before anything of the page runs, so that nothing is missed.
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile }) =>
    violations.push(`${violatedDirective} ${blockedURI} ${sourceFile}`));
"""


class Watch:
    """What a page asks for, says in its console, and breaks of the policy."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.hosts: set[str] = set()
        self.said: list[str] = []
        page.add_init_script(WATCH)
        page.on("request", lambda request: self._note(request.url))
        page.on("websocket", lambda socket: self._note(socket.url))
        page.on("console", lambda line: self.said.append(line.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def _note(self, url: str) -> None:
        # What the page holds itself goes nowhere.
        if urlsplit(url).scheme not in {"blob", "data"}:
            self.hosts.add(urlsplit(url).netloc)

    def violations(self) -> list[str]:
        told = [line for line in self.said if re.search("Content Security Policy|violates", line)]
        return [*told, *self.page.evaluate("window.violations ?? []")]


def test_policy_allows_nothing_unsafe(open_deployed: Callable[..., Page]) -> None:
    page = open_deployed()

    answer = page.goto("/")

    assert answer is not None
    policy = dict(
        directive.strip().partition(" ")[::2] for directive in answer.headers["content-security-policy"].split(";")
    )
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "media-src": "'self' blob:",
        "manifest-src": "'self'",
        "worker-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }


@pytest.mark.parametrize(("handle", "paths"), [("", GUEST), ("sam", PERSON)])
def test_pages_keep_the_policy_and_ask_nobody_else(
    open_deployed: Callable[..., Page], handle: str, paths: list[str]
) -> None:
    watch = Watch(page := open_deployed(handle))
    broken = {}
    for path in paths:
        page.goto(path, wait_until="networkidle")
        if found := watch.violations():
            broken[path] = found

    assert broken == {}
    assert watch.hosts == {urlsplit(page.url).netloc}


def test_room_and_the_way_out_of_it_keep_the_policy(open_deployed: Callable[..., Page]) -> None:
    """Here htmx swaps pages, dialogs open, sound comes, and the dock appears."""
    watch = Watch(page := open_deployed("sam"))
    page.goto("/")
    page.locator(".room-card a").first.click()
    wait_until_live(page)
    button = page.locator("#listen [data-slot=listen]")
    if button.is_visible():
        button.click()
    page.locator("#bar [data-slot=hand]").click()
    page.locator("#stage .seat button").first.click()
    page.keyboard.press("Escape")
    page.locator("a.wordmark").first.click()
    page.locator("#dock").wait_for(state="visible")
    page.go_back()
    wait_until_live(page)

    assert watch.violations() == []
    assert watch.hosts == {urlsplit(page.url).netloc}


@pytest.mark.parametrize("path", GUEST)
def test_markup_carries_no_script_or_style_of_its_own(open_deployed: Callable[..., Page], path: str) -> None:
    """Also what no browser would run: a policy may be lost on the way, by a proxy."""
    page = open_deployed()
    answer = page.request.get(path)
    markup = answer.text()

    assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>", markup) == []
    assert re.findall(r"<style[^>]*>|\sstyle=\"|\son[a-z]+=\"|javascript:", markup) == []
