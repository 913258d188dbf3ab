"""What a browser says of a page, for the report of a test that fails."""

from __future__ import annotations

import contextlib
from collections import deque
from typing import TYPE_CHECKING

from playwright.sync_api import Error as PlaywrightError

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import ConsoleMessage, Page, Request, Response

BAD_STATUS = 400
# The last are nearest to the failure; some pages complain hundreds of times.
LINES = 12
WIDTH = 240
# What the room's page believes, where there is one.
BELIEFS = """() => {
    const live = document.getElementById("live");
    const word = (place) => document.querySelector(place)?.textContent.trim() ?? "";
    return [location.pathname, document.readyState, document.visibilityState, live && {...live.dataset},
        document.getElementById("listen")?.outerHTML.slice(0, 40), word("#bar [data-slot=hearing-word]"),
        word("#stage [data-slot=sound]"), word(".toast"), Boolean(navigator.serviceWorker?.controller),
        navigator.userActivation?.hasBeenActive];
}"""


class Watched:
    """A page, and what went wrong on it since it was opened."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._lines: deque[str] = deque(maxlen=LINES)
        self._open: dict[Request, str] = {}
        page.on("console", self._hear)
        page.on("pageerror", self._err)
        page.on("request", self._ask)
        page.on("requestfinished", self._finish)
        page.on("requestfailed", self._fail)
        page.on("response", self._answer)

    def report(self) -> str:
        """Return what it believes and what went wrong, a line each."""
        believes = ["closed"]
        with contextlib.suppress(PlaywrightError):
            believes = [f"believes: {self.page.evaluate(BELIEFS)}"]
        unanswered = [f"unanswered: {url}" for url in self._open.values()]
        return "\n".join(line[:WIDTH] for line in [*believes, *self._lines, *unanswered[-LINES:]])

    def draw(self, path: Path) -> None:
        """Take a picture; a page that hangs or is closed must not hide why the test failed."""
        with contextlib.suppress(PlaywrightError):
            self.page.screenshot(path=path)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._lines.append(f"console: {message.text}")

    def _err(self, error: PlaywrightError) -> None:
        self._lines.append(f"error: {error}")

    def _ask(self, request: Request) -> None:
        self._open[request] = request.url

    def _finish(self, request: Request) -> None:
        self._open.pop(request, None)

    def _fail(self, request: Request) -> None:
        self._open.pop(request, None)
        self._lines.append(f"failed: {request.url} {request.failure}")

    def _answer(self, response: Response) -> None:
        if response.status >= BAD_STATUS:
            self._lines.append(f"{response.status}: {response.url}")
