"""The embedded default with the assets of production (hashed, joined, with a service worker), and its releases."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from whitenoise.compress import Compressor

from tests.servers.embedded import Embedded, start_embedded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STYLESHEET = "site/css/site.css"


class Deployed:
    """A running site whose next release can be made without changing the sources."""

    def __init__(self, var: Path) -> None:
        self._var = var
        self._releases = 0
        self._running = self._start(0)

    @property
    def url(self) -> str:
        return self._running.url

    @property
    def stylesheet(self) -> str:
        """The address of the style sheet of the release that is served."""
        return f"/static/{self._manifest()['paths'][STYLESHEET]}"

    def release(self) -> None:
        """Serve another style sheet from now on, under another name, as after an update."""
        self._releases += 1
        self.stop()
        manifest = self._manifest()
        old = self._var / "static" / manifest["paths"][STYLESHEET]
        new = old.with_name(f"site.{self._releases:012x}.css")
        new.write_text(f"{old.read_text()}/* release {self._releases} */")
        list(Compressor(quiet=True).compress(str(new)))
        manifest["paths"][STYLESHEET] = f"site/css/{new.name}"
        self._list().write_text(json.dumps(manifest))
        self._running = self._start(self._running.port)

    def restart(self, **environment: str) -> None:
        """Serve the same release, with these variables besides."""
        self.stop()
        self._running = self._start(self._running.port, environment)

    def stop(self) -> None:
        if self._running.process.poll() is None:
            self._running.stop()

    def _start(self, port: int, environment: Mapping[str, str] | None = None) -> Embedded:
        started = start_embedded(
            self._var, port, {"SPEAK": "0", "STATIC_HASHED": "1", "PUSH_PRIVATE_ENDPOINTS": "1", **(environment or {})}
        )
        started.wait_for_banner()
        started.wait_until_ready()
        return started

    def _list(self) -> Path:
        return self._var / "static" / "staticfiles.json"

    def _manifest(self) -> dict[str, dict[str, str]]:
        read: dict[str, dict[str, str]] = json.loads(self._list().read_text())
        return read
