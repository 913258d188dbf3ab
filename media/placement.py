"""Which relay a room's sound goes to: rendezvous hashing over the relays that live, with a limit on their load.

Every process comes to the same answer without talking to another, a room stays at its relay while that one lives, and
when a relay comes or goes only the rooms of that relay move.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from media.relay.messages import Heartbeat

LOAD_LIMIT = 1.0


def relay_for(room_key: str, relays: Iterable[Heartbeat]) -> Heartbeat | None:
    """Return the room's relay, or None if each one is full or about to stop."""
    able = (relay for relay in relays if not relay.draining and relay.load < LOAD_LIMIT)
    # Of two lives of one relay, one of which must be dead, the younger.
    return max(able, key=lambda relay: (_weight(room_key, relay.relay), relay.started_at), default=None)


def _weight(room_key: str, relay: str) -> bytes:
    return hashlib.blake2b(f"{room_key}\n{relay}".encode(), digest_size=8).digest()
