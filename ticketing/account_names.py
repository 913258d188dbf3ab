"""How the accounts of the ledger are called. Each name ends with its currency, and names people and rooms by public id.

A debit adds to a balance, a credit takes away. So what Stripe holds for us stands above zero, and so do payment costs;
what we owe or have earned stands below. A sale of 12.00 with 2.00 of tax in it is

    debit stripe:eur   credit held:room:<room>:eur   10.00
    debit stripe:eur   credit vat:fr:eur              2.00
"""

from __future__ import annotations

import re
from typing import Final

from config.lib.currencies import is_currency
from config.lib.public_id import is_public_id

HELD: Final = "held:"
# Neither a person's name nor an address fits in.
_NAME: Final = re.compile(r"[a-z]+(:[A-Za-z0-9-]+)*:[a-z]{3}")


def stripe(currency: str) -> str:
    """What lies at Stripe: above zero by what we could pay out."""
    return _name("stripe", currency=currency)


def stripe_fees(currency: str) -> str:
    """What payments have cost us."""
    return _name("stripe", "fees", currency=currency)


def held_for_room(room_id: str, currency: str) -> str:
    """What a room has brought in and nobody has earned yet; zero once it is settled."""
    return _name("held", "room", _public(room_id), currency=currency)


def creator(person_id: str, currency: str) -> str:
    """What somebody has earned and was not paid yet: below zero we owe them, above zero they owe us."""
    return _name("creator", _public(person_id), currency=currency)


def platform_fees(currency: str) -> str:
    """What the platform has earned."""
    return _name("platform", "fees", currency=currency)


def vat(country: str, currency: str) -> str:
    """What is owed to a country's tax office (ISO 3166, small letters)."""
    if not (len(country) == 2 and country.isascii() and country.isalpha() and country.islower()):
        msg = f"{country!r} is no country; France is 'fr'."
        raise ValueError(msg)
    return _name("vat", country, currency=currency)


def disputes(currency: str) -> str:
    """What banks have taken back until it is decided whose it is."""
    return _name("disputes", currency=currency)


def refunds(currency: str) -> str:
    """What was promised back to buyers and has not left Stripe yet."""
    return _name("refunds", currency=currency)


def tips_held_for(person_id: str, currency: str) -> str:
    """What somebody was given in tips, until it is known what the payments cost; zero then."""
    return _name("held", "tips", _public(person_id), currency=currency)


def transfers(currency: str) -> str:
    """What was promised to creators and has not left Stripe's balance yet."""
    return _name("transfers", currency=currency)


def fund(period_id: str, currency: str) -> str:
    """What a period of the fund has given to creators: above zero, as a cost."""
    return _name("fund", _public(period_id), currency=currency)


def currency_of(name: str) -> str:
    """Return the currency that a name ends with. Raises ValueError."""
    currency = name.rpartition(":")[2]
    if not (_NAME.fullmatch(name) and is_currency(currency)):
        msg = f"{name!r} is no account: a name is words and ids with colons between, and ends with a currency."
        raise ValueError(msg)
    return currency


def _name(*parts: str, currency: str) -> str:
    name = ":".join((*parts, currency))
    currency_of(name)
    return name


def _public(public_id: str) -> str:
    if not is_public_id(public_id):
        msg = f"{public_id!r} is no public id; a ledger knows rooms and people by no other name."
        raise ValueError(msg)
    return public_id
