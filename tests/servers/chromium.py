"""The browser of the end-to-end tests: an installed Chromium or Chrome, or Debian's package for root."""

from __future__ import annotations

import os
import shutil

from config.embedded.apt import apt_install

NONE_FOUND = (
    "The end-to-end tests need Chromium: install it (Debian: sudo apt-get install chromium; "
    "macOS: brew install --cask chromium), or leave them out with E2E=0 make test."
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # The relay is on this machine; the microphone is a tone that Chromium makes.
    "--allow-loopback-in-peer-connection",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)


class NoChromiumError(Exception):
    """Its text is one sentence that says what to install."""


def find_chromium() -> str:
    """Return the browser's program; raises NoChromiumError."""
    found = _installed() or (_installed() if apt_install("chromium") else "")
    if not found:
        raise NoChromiumError(NONE_FOUND)
    return found


def chromium_flags() -> list[str]:
    """Return how it is started: with nothing that reaches out, and without its sandbox only as root."""
    return [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else list(FLAGS)


def _installed() -> str:
    in_path = (shutil.which(name) for name in NAMES)
    return next((path for path in (*in_path, *MACOS) if path and os.access(path, os.X_OK)), "")
