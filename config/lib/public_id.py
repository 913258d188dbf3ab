"""Opaque identifiers: what the outside sees instead of a row's number, so that nothing can be counted or guessed."""

from __future__ import annotations

import secrets

# No 0, O, I or l: an id may be read out loud or copied by hand.
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LENGTH = 14


def is_public_id(text: str) -> bool:
    """Say whether `text` could be an id: what cannot need not be asked of a database (PostgreSQL refuses NUL)."""
    return len(text) == LENGTH and set(text) <= set(ALPHABET)


def new_public_id() -> str:
    """Return a random id of 14 characters (82 bits)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
