"""What a listener is called in one period's snapshot: a keyed number that leads back to nobody without the key."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

MIN_KEY_BYTES: Final = 32
# 128 of HMAC-SHA256's bits: two of a million listeners are called the same once in 10**26 periods.
_DIGITS: Final = 32


def pseudonym(key: bytes, *, programme: str, period: int, listener: str) -> str:
    """Return 32 hexadecimal digits, others in each period, so that nobody can be followed from one to the next.

    The key is secret and random, at least 32 bytes. Who forgets it after the appeals has made the snapshot anonymous
    for themselves too. Raises ValueError for a shorter one.
    """
    if len(key) < MIN_KEY_BYTES:
        msg = f"A key of {len(key)} bytes could be guessed; it has at least {MIN_KEY_BYTES}."
        raise ValueError(msg)
    message = f"causerie-fund-listener-1\n{programme}\n{period}\n{listener}".encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:_DIGITS]
