"""Picture the demo as people see it: `make screenshots`, into docs/screenshots.

Each page in light and dark, on a phone and on a desk, in French and in English. Everything comes from the seed and
nothing moves; only clocks, and who of two voices is talking, differ from one run to the next.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from playwright.sync_api import sync_playwright

from config.embedded.demo import PASSWORD
from tests.servers.chromium import chromium_flags, find_chromium
from tests.servers.embedded import start_embedded

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page, StorageState, ViewportSize

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
QUALITY = 0.82
# The voices take turns, with pauses; they begin once somebody is there.
TALK_MS = 30_000
# Width, height, and dots a pixel: what a phone shows is looked at closely.
SCREENS: dict[str, tuple[int, int, float]] = {"phone": (390, 844, 2), "desk": (1280, 800, 1)}
TO_WEBP = """async ([png, quality]) => {
    const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    canvas.getContext("2d").drawImage(picture, 0, 0);
    const blob = await canvas.convertToBlob({ type: "image/webp", quality });
    return btoa(Array.from(new Uint8Array(await blob.arrayBuffer()), (byte) => String.fromCharCode(byte)).join(""));
}"""


class Cast(NamedTuple):
    """Who is pictured in a language: a host and their room, somebody who listens, and other rooms' titles."""

    locale: str
    host: str
    room: str
    visitor: str
    full_room: str
    replay: str


CASTS = {
    "en": Cast("en-GB", "oliver", "Songs that got us", "sam", "Night trains", "Songs for a ferry"),
    "fr": Cast("fr-FR", "ines", "Nos villes la nuit", "theo", "Le cercle du mercredi", "Trois heures du matin"),
}


def hallway(page: Page, cast: Cast) -> None:
    page.goto("/")


def enter(page: Page, title: str) -> None:
    """Go to the room of that title and be in it."""
    page.goto("/")
    page.locator("main a", has_text=title).first.click()
    page.locator("#live[data-phase=live]").wait_for(state="attached")
    button = page.locator("#listen [data-slot=listen]")
    if button.is_visible():
        button.click()


def room(page: Page, cast: Cast) -> None:
    enter(page, cast.full_room)


def host(page: Page, cast: Cast) -> None:
    enter(page, cast.room)
    hear_somebody(page)


def hear_somebody(page: Page) -> None:
    """Wait until a voice of the room is heard."""
    page.locator("#stage .is-talking").first.wait_for(timeout=TALK_MS)


def dock(page: Page, cast: Cast) -> None:
    enter(page, cast.room)
    hear_somebody(page)
    page.locator("#page a[href='/']:visible").first.click()
    page.locator("#dock").wait_for(state="visible")


def profile(page: Page, cast: Cast) -> None:
    page.goto(f"/@{cast.host}/")


def settings(page: Page, cast: Cast) -> None:
    page.goto("/settings/")


def sign_up(page: Page, cast: Cast) -> None:
    page.goto("/accounts/signup/")


def replay(page: Page, cast: Cast) -> None:
    page.goto("/")
    page.locator("main a", has_text=cast.replay).first.click()
    page.locator("main h1").wait_for()


def missing(page: Page, cast: Cast) -> None:
    page.goto("/rooms/nowhere/")


# Each page: how to get there, and as whom ("" is a guest).
PAGES: dict[str, tuple[Callable[[Page, Cast], None], str]] = {
    "hallway": (hallway, "visitor"),
    "room": (room, "visitor"),
    "host": (host, "host"),
    "dock": (dock, "visitor"),
    "profile": (profile, ""),
    "settings": (settings, "visitor"),
    "sign-up": (sign_up, ""),
    "replay": (replay, "visitor"),
    "missing": (missing, ""),
}


class Studio:
    """A browser at a running demo."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser, self._url = browser, url
        self._logins: dict[str, StorageState] = {}
        self._darkroom = browser.new_page()

    def picture(self, name: str, language: str, screen: str, scheme: str) -> int:
        """Take one picture and return how many bytes it has."""
        go, role = PAGES[name]
        cast = CASTS[language]
        width, height, dots = SCREENS[screen]
        size: ViewportSize = {"width": width, "height": height}
        context = self._browser.new_context(
            base_url=self._url,
            locale=cast.locale,
            timezone_id="Europe/Paris",
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
            viewport=size,
            device_scale_factor=dots,
            permissions=["microphone"],
            storage_state=self._login(getattr(cast, role)) if role else None,
        )
        page = context.new_page()
        go(page, cast)
        page.evaluate("document.fonts.ready")
        page.wait_for_load_state("networkidle")
        # What the pointer or the focus would light up is no part of the page.
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement?.blur()")
        png = page.screenshot(animations="disabled", caret="hide")
        context.close()
        return self._develop(png, FOLDER / f"{name}.{screen}.{scheme}.{language}.webp")

    def _develop(self, png: bytes, target: Path) -> int:
        webp = self._darkroom.evaluate(TO_WEBP, [base64.b64encode(png).decode(), QUALITY])
        return target.write_bytes(base64.b64decode(webp))

    def _login(self, handle: str) -> StorageState:
        if handle not in self._logins:
            context = self._browser.new_context(base_url=self._url)
            page = context.new_page()
            page.goto("/accounts/login/")
            page.locator("input[name=login]").fill(handle)
            page.locator("input[name=password]").fill(PASSWORD)
            page.locator("main button[type=submit], form.form button[type=submit]").first.click()
            page.wait_for_url(f"{self._url}/")
            self._logins[handle] = context.storage_state()
            context.close()
        return self._logins[handle]


def main() -> int:
    names = sys.argv[1:] or list(PAGES)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="causerie-screenshots-") as folder, sync_playwright() as playwright:
        running = start_embedded(Path(folder) / "var", environment={"SPEAK": "1"})
        try:
            running.wait_for_banner()
            running.wait_until_ready()
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=chromium_flags())
            studio = Studio(browser, running.url)
            wanted = product(names, CASTS, SCREENS, ("light", "dark"))
            sizes = [studio.picture(*one) for one in wanted]
            browser.close()
        finally:
            running.stop()
    print(f"{len(sizes)} pictures, {sum(sizes) // 1024} KiB in {FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
