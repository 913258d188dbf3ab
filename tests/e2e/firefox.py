"""A real Firefox, driven by WebDriver BiDi over its own WebSocket: Playwright drives only one that it has patched."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from websockets.sync.client import connect

from tests.servers.embedded import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from websockets.sync.client import ClientConnection

NAMES = ("firefox-esr", "firefox")
START_SECONDS = 60.0
# The microphone is a tone that Firefox makes; sound may begin without a tap.
PREFERENCES: dict[str, object] = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    "remote.active-protocols": 1,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "http://127.0.0.1:9/",
    "intl.accept_languages": "en-GB",
}


def find_firefox() -> str | None:
    """Return the browser's program, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def start_firefox(program: str, folder: Path, preferences: dict[str, object] | None = None) -> Iterator[Firefox]:
    """A running browser that is ended afterwards."""
    profile = folder / "profile"
    profile.mkdir(parents=True)
    wanted = PREFERENCES | (preferences or {})
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in wanted.items()]
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    said = folder / "firefox.txt"
    with said.open("wb") as output:
        process = subprocess.Popen(
            [program, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        with connect(f"{_address_in(said)}/session", max_size=None) as line:
            yield Firefox(line)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address_in(said: Path) -> str:
    """Wait until Firefox has said where it listens."""
    pattern = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
    wait_until(lambda: pattern.search(said.read_text(errors="replace")), START_SECONDS)
    found = pattern.search(said.read_text(errors="replace"))
    assert found is not None
    return found[1]


class Firefox:
    """One browser with one page."""

    def __init__(self, line: ClientConnection) -> None:
        self._line = line
        self._number = 0
        self._command("session.new", {"capabilities": {}})
        self._context = self._command("browsingContext.getTree", {})["contexts"][0]["context"]

    def _command(self, method: str, parameters: dict[str, Any]) -> Any:
        self._number += 1
        self._line.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while (answer := json.loads(self._line.recv(timeout=START_SECONDS))).get("id") != self._number:
            pass
        assert answer["type"] == "success", answer
        return answer["result"]

    def before_each_page(self, script: str) -> None:
        """Run a script in every page from now on, before its own."""
        self._command("script.addPreloadScript", {"functionDeclaration": f"() => {{ {script} }}"})

    def goto(self, url: str) -> None:
        """Open a page and wait until it is loaded."""
        self._command("browsingContext.navigate", {"context": self._context, "url": url, "wait": "complete"})

    def evaluate(self, expression: str) -> Any:
        """Return what an expression is worth, as JSON would carry it."""
        answer = self._command(
            "script.evaluate",
            {
                "expression": f"Promise.resolve({expression}).then((value) => JSON.stringify(value ?? null))",
                "target": {"context": self._context},
                "awaitPromise": True,
                "userActivation": True,
            },
        )
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    def wait_for(self, expression: str, seconds: float = 20.0) -> None:
        """Wait until an expression is true."""
        began = time.monotonic()
        while not self.evaluate(f"Promise.resolve({expression.strip()}).then(Boolean)"):
            assert time.monotonic() - began < seconds, f"not within {seconds} s: {expression}"
            time.sleep(0.05)

    def click(self, selector: str) -> None:
        """Click an element as a person would: it has to be visible."""
        found = f"document.querySelector({json.dumps(selector)})"
        self.wait_for(f"{found}?.checkVisibility()")
        self.evaluate(f"{found}.click()")
