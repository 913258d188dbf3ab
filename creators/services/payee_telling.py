"""Telling somebody what Stripe has changed about their being paid: in the change's transaction, so once for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from accounts.services.notifying import notify
from creators.enums import PayeeState

if TYPE_CHECKING:
    from creators.models import Payee

# Whatever else changes with these, the person can do nothing about it at Stripe.
_ENDS = {
    PayeeState.REFUSED: "refused",
    PayeeState.UNSUPPORTED: "stopped",
    PayeeState.CLOSED: "closed",
}


def changed(before: Payee, after: Payee) -> None:
    """Tell of a change; both are the same payee, and `after` is saved."""
    for what in _news(before, after):
        _tell(after, what)


def _news(before: Payee, after: Payee) -> list[str]:
    if after.state in _ENDS:
        return [_ENDS[after.state]] if after.state != before.state else []
    if before.may_be_paid and not after.may_be_paid:
        return ["stopped"]
    news = ["payable"] if after.may_be_paid and not before.may_be_paid else []
    if set(after.missing) - set(before.missing):
        return [*news, "wanted"]
    # It gives no reason: there is nothing to do about it but to ask.
    blocked = PayeeState.RESTRICTED in {after.state} - {before.state}
    return ["stopped"] if blocked and not after.missing else news


def _tell(payee: Payee, what: str) -> None:
    if payee.person_id is None:
        return
    notify(
        [payee.person_id],
        kind="payee",
        key=f"{payee.pk}.{payee.revision}.{what}",
        data={"what": what, "until": payee.deadline.isoformat() if payee.deadline and payee.may_be_paid else ""},
        link=reverse("creators:payee"),
    )
