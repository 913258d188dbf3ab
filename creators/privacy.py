"""What is kept of how somebody is paid: handed out in the copy of their data, and what erasing leaves of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.exports import ExportPart
from creators.models import Payee

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import User


def payee_parts(person: User) -> Iterator[ExportPart]:
    """Yield how Stripe knows somebody; an exporter of settings.DATA_EXPORTERS. Name and bank are with Stripe alone."""
    fields = (
        "account",
        "former_accounts",
        "country",
        "currency",
        "transfers",
        "reasons",
        "missing",
        "later",
        "in_review",
        "deadline",
        "closed",
        "looked_at",
        "active_at",
        "created_at",
    )
    yield ExportPart("payee.json", list(Payee.objects.filter(person=person).values(*fields)))


def erase_from_payees(person: User) -> None:
    """Part a payee from its person; one of settings.DATA_ERASERS.

    The row stays with its account: what was earned by then still goes there. One that never had an account goes.
    """
    Payee.objects.filter(person=person, account="", former_accounts=[]).delete()
    Payee.objects.filter(person=person).update(person=None)
