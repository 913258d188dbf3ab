"""A room's account in words: what each of the ledger's entries means to the host whose money it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from datetime import datetime

    from config.lib.money import Money
    from ticketing.selectors.ledger import StatementLine


class Movement(NamedTuple):
    """A line of a room's account. Sums are the host's: what is held for them is above zero."""

    what: str
    order: str
    at: datetime
    # With its sign.
    change: str
    after: Money


def movements(lines: list[StatementLine]) -> list[Movement]:
    """Return them in the reader's language. The account owes: its credits are the host's gains."""
    return [
        Movement(
            what=entry_words(line.entry.key),
            order=line.entry.order_key,
            at=line.entry.at,
            change=signed(-line.change),
            after=-line.balance,
        )
        for line in lines
    ]


def entry_words(key: str) -> str:
    """Say what an entry is, by what its key begins and ends with; the key itself for what we have no words for."""
    words = {
        ("order", "sale"): _("Ticket sold"),
        ("order", "vat"): _("Tax on a ticket"),
        ("order", "fee"): _("Costs of a payment"),
        ("refund", "promise"): _("Money given back"),
        ("refund", "promise-vat"): _("Tax given back"),
        ("refund", "paid"): _("Refund sent"),
        ("refund", "returned"): _("Refund came back from the bank"),
        ("refund", "undo"): _("Refund that did not go through"),
        ("refund", "undo-vat"): _("Tax of a refund that did not go through"),
        ("dispute", "taken"): _("Taken by a bank until it has decided"),
        ("dispute", "fee"): _("Costs of a bank’s claim"),
        ("dispute", "won"): _("Returned by a bank"),
        ("dispute", "lost"): _("Lost to a bank’s claim"),
        ("dispute", "lost-vat"): _("Tax of a payment lost to a bank’s claim"),
    }
    kind, _id, rest = (*key.split(":", 2), "", "")[:3]
    return words.get((kind, rest)) or _settled_words(kind, key.rpartition(":")[2]) or key


def _settled_words(kind: str, part: str) -> str:
    """Say what an entry of a settled order is, by the first and the last word of its key."""
    words = {
        "earning": {"fee": _("The platform’s fee"), "cost": _("Costs of a payment, out of what was earned")},
        "clawback": {
            "net": _("Taken back from what was earned"),
            "fee": _("The platform’s fee given back"),
            "cost": _("Costs of a payment, given back"),
            "net-undo": _("Earned after all: a refund did not go through"),
            "fee-undo": _("The platform’s fee after all"),
            "cost-undo": _("Costs of a payment after all"),
        },
    }
    # What became the seller's has the order's id in the last place.
    return words.get(kind, {}).get(part, _("Became the seller’s") if kind == "earning" else "")


def signed(money: Money) -> str:
    """Write a sum with its sign, also above zero."""
    sign = "−" if money.minor < 0 else "+"
    return f"{sign}{abs(money).written()}"
