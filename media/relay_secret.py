"""The secret that grants are signed with, shared by the web processes and the relays."""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings


def relay_secret() -> bytes:
    """Return RELAY_SECRET, or what follows from SECRET_KEY while there is none."""
    if settings.RELAY_SECRET:
        return settings.RELAY_SECRET.encode()
    return hmac.new(settings.SECRET_KEY.encode(), b"media.relay.grants", hashlib.sha256).digest()
