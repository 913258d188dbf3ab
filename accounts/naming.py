"""Handles: what one looks like, and which are kept for the site."""

from __future__ import annotations

import re

from accounts.errors import HandleInvalidError, HandleReservedError

_HANDLE = re.compile(r"[a-zA-Z0-9_]{3,30}", re.ASCII)

# Addresses of the site, now or likely, and names that would pass for the people who run it.
RESERVED_HANDLES = frozenset(
    """
    about account accounts admin administrator anonymous api app assets auth blog causerie clip clips contact dashboard
    docs email everyone explore favicon feed fund guest healthz help home host hosts i18n join jsi18n legal live login
    logout mail media messages metrics mod moderator new news none notifications null official password pay payments
    people press privacy profile readyz replay replays robots root room rooms search security settings signin signup
    space spaces staff static status support system team terms tickets undefined uploads user users waiting webhooks
    ws www
    """.split()  # noqa: SIM905 - one name a line would be two pages
)


def is_well_formed(handle: str) -> bool:
    """Say whether it can be anybody's handle at all."""
    return _HANDLE.fullmatch(handle) is not None


def check_handle(handle: str) -> None:
    """Refuse a handle of the wrong form (HandleInvalidError) or a kept one (HandleReservedError)."""
    if not is_well_formed(handle):
        raise HandleInvalidError
    if handle.lower() in RESERVED_HANDLES:
        raise HandleReservedError
