"""Handles: what one looks like, and which are kept for the site."""

from __future__ import annotations

import re

from accounts.errors import HandleInvalidError, HandleReservedError

_HANDLE = re.compile(r"[a-zA-Z0-9_]{3,30}", re.ASCII)

# Addresses of the site, now or likely, and names that would pass for the people who run it.
RESERVED_HANDLES = frozenset(
    """
    2fa 3rdparty about abuse account accounts admin administrateur administration administrator all anonymous api app
    assets auth bank billing block blocked blog calendar causerie certified clip clips confirm connections contact
    creator creators dashboard delete devstripe discover docs earnings email equipe everybody everyone explore export
    favicon feed follow followers following founder fund guest hallway healthz help helpdesk here home host hostmaster
    hosts i18n info invitation invitations invite invites jobs join jsi18n ledger legal live login logout mail manifest
    media messages metrics mod moderateur moderation moderator moderatrice mute muted new news nobody none noreply
    notifications null official offline operator orders owner passkeys password pay payment payments payouts people
    pictures policy postmaster press privacy profile readyz refunds relay replay replays report robots room rooms root
    safety search security service sessions settings signin signup somebody space spaces staff static stats status
    stripe styleguide support sysadmin system team terms test ticket tickets tip tips topics trust undefined unsubscribe
    uploads user users verified verify waiting webhooks webmaster welcome ws www
    """.split()  # noqa: SIM905 - one name a line would be two pages
)


def is_well_formed(handle: str) -> bool:
    """Say whether it can be anybody's handle at all."""
    return _HANDLE.fullmatch(handle) is not None


def check_handle(handle: str) -> None:
    """Refuse a handle of the wrong form (HandleInvalidError) or a kept one (HandleReservedError)."""
    if not is_well_formed(handle):
        raise HandleInvalidError
    # `_admin_` and `sta_ff` would pass for what they are not.
    if handle.lower().replace("_", "") in RESERVED_HANDLES:
        raise HandleReservedError
