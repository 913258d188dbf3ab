"""Which currencies there are, and how many places their smallest unit has for Stripe.

Sources: https://docs.stripe.com/currencies (zero-decimal, three-decimal and special cases) and ISO 4217 by the CLDR.
The two differ: to the CLDR a Serbian dinar has no fraction, to Stripe it has a hundred.
"""

from __future__ import annotations

import functools
from typing import Final

from babel import Locale

_ZERO: Final = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]
)
_THREE: Final = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
# Stripe counts these in hundredths of which it takes whole hundreds only, because they once had a fraction.
_WHOLE_HUNDREDS: Final = frozenset({"isk", "ugx"})


@functools.cache
def _known() -> frozenset[str]:
    return frozenset(str(code).lower() for code in Locale("en").currencies)


def is_currency(code: object) -> bool:
    """Say whether this is a currency, written as Stripe does."""
    return code in _known()


def decimals(code: str) -> int:
    """Return how many places of a decimal number the smallest unit is."""
    if code in _ZERO:
        return 0
    return 3 if code in _THREE else 2


def step(code: str) -> int:
    """Return what a charge must be a multiple of at Stripe, in its smallest unit."""
    if code in _WHOLE_HUNDREDS:
        return 100
    return 10 if code in _THREE else 1


def decimals_shown(code: str, minor: int) -> int:
    """Return how many places a person reads: none where a whole currency is counted in hundredths."""
    return 0 if code in _WHOLE_HUNDREDS and minor % 100 == 0 else decimals(code)
