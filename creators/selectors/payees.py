"""How somebody is with being paid: for their own pages, and for whoever pays them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from creators.enums import PayeeState
from creators.models import Payee
from creators.payee_places import country_name
from creators.payee_words import requirement_lines, words_of_state

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User

_TROUBLE = frozenset({PayeeState.RESTRICTED, PayeeState.REFUSED, PayeeState.UNSUPPORTED, PayeeState.CLOSED})
# In these, something is there to do for the person.
_AWAITED = frozenset({PayeeState.NONE, PayeeState.UNFINISHED, PayeeState.RESTRICTED, PayeeState.CLOSED})


@dataclass(frozen=True, slots=True)
class PayeeStatus:
    """What a page tells somebody of being paid, in its language; of `template` what it shows in a few lines."""

    state: PayeeState
    headline: str
    text: str
    # What the button says that leads to Stripe; "" if there is nothing to do there.
    action: str
    # What Stripe wants to be told now, and what it will want some day.
    missing: list[str]
    later: list[str]
    # When what is missing has an effect; None if it has already, or nothing is missing.
    deadline: datetime | None
    may_be_paid: bool
    # As people read them; "" before they have chosen.
    country: str
    currency: str
    # As of when Stripe said so.
    looked_at: datetime | None
    template: str = "creators/partials/_payee_status.html"

    @property
    def icon(self) -> str:
        return "check" if self.may_be_paid else "clock" if self.state == PayeeState.REVIEW else "coin"

    @property
    def has_account(self) -> bool:
        """Say whether Stripe has an account of theirs that is open."""
        return self.state not in {PayeeState.NONE, PayeeState.CLOSED}

    @property
    def is_trouble(self) -> bool:
        """Say whether what was possible is not, or will not be."""
        return self.state in _TROUBLE

    @property
    def is_awaited(self) -> bool:
        """Say whether the person has to do something, or money will wait."""
        return self.state in _AWAITED or bool(self.missing)


def payee_of(person: User) -> Payee | None:
    """Return how Stripe knows somebody; None if they never began."""
    return Payee.objects.filter(person=person).first()


def payee_status(person: User) -> PayeeStatus:
    """Return how somebody is with being paid, in words; one query, and Stripe is not asked."""
    return status_of(payee_of(person) or Payee())


def status_of(payee: Payee) -> PayeeStatus:
    """Return the same of a payee."""
    state = payee.state
    words = words_of_state(state)
    asks = state in {PayeeState.UNFINISHED, PayeeState.ACTIVE, PayeeState.RESTRICTED}
    return PayeeStatus(
        state=state,
        headline=str(words.headline),
        text=str(words.text),
        action=str(words.action),
        missing=requirement_lines(payee.missing) if asks else [],
        later=requirement_lines(payee.later) if asks else [],
        deadline=payee.deadline if state == PayeeState.ACTIVE and payee.missing else None,
        may_be_paid=payee.may_be_paid,
        country=country_name(payee.country) if payee.country else "",
        currency=payee.currency.upper(),
        looked_at=payee.looked_at,
    )
