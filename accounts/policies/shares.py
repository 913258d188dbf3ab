"""Which accounts belong to a share of all: always the same ones, and a larger share holds the smaller one."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.db.models import F, Q, Value
from django.db.models.functions import MD5, Concat, Left
from django.db.models.lookups import LessThan

if TYPE_CHECKING:
    from decimal import Decimal

# MD5, because it is the one hash that every database has built in; nothing here is a secret.
# Hexadecimal digits of the hash that decide: 16 ** 8 places, of which a share takes the first.
DIGITS = 8


def place_of(public_id: str, name: str) -> str:
    """Return where an account stands in the row that belongs to this flag's name."""
    return hashlib.md5(f"{name}:{public_id}".encode(), usedforsecurity=False).hexdigest()[:DIGITS]


def place_after(percent: Decimal) -> str | None:
    """Return the first place beyond that share; None if there is none."""
    end = int(percent * 16**DIGITS / 100)
    return None if end >= 16**DIGITS else f"{end:0{DIGITS}x}"


def in_share(public_id: str, name: str, percent: Decimal) -> bool:
    """Say whether the account belongs to that share (percent) of all."""
    end = place_after(percent)
    return end is None or place_of(public_id, name) < end


def share_query(name: str, percent: Decimal) -> Q:
    """Return the same for a query over accounts. Digits stand before letters in every collation."""
    end = place_after(percent)
    if end is None:
        return Q(pk__isnull=False)
    return Q(LessThan(Left(MD5(Concat(Value(f"{name}:"), F("public_id"))), DIGITS), Value(end)))
