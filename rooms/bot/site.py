"""Where the site is that a bot visits: addresses of its rooms' sockets."""

from __future__ import annotations

import os
from typing import NamedTuple
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from rooms.bot.errors import BotError

SOCKET_SCHEMES = {"http": "ws", "https": "wss"}
# Whoever listens on all addresses answers on the loopback too.
LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing listens by this.


class Site(NamedTuple):
    """A running web process, or the proxy in front of it."""

    scheme: str
    netloc: str

    def __str__(self) -> str:
        return self.origin

    @property
    def origin(self) -> str:
        """The site's own pages' origin (RFC 6454), without which no socket is opened."""
        return f"{self.scheme}://{self.netloc}"

    def socket_url(self, room_id: str) -> str:
        return f"{SOCKET_SCHEMES[self.scheme]}://{self.netloc}/ws/rooms/{room_id}/"


def site_at(url: str) -> Site:
    """Return the site at an address such as https://talk.example.org. Raises BotError."""
    parts = urlsplit(url)
    if parts.scheme not in SOCKET_SCHEMES or not parts.netloc:
        raise BotError(_("--url is %(url)s; it must be like http://127.0.0.1:8000.") % {"url": url})
    return Site(parts.scheme, parts.netloc)


def own_url() -> str:
    """Return where `make run` listens, as its HOST and PORT say."""
    host = os.environ.get("HOST") or "127.0.0.1"
    host = LOOPBACK_OF.get(host, host)
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{os.environ.get('PORT') or '8000'}"
