"""What somebody was paid, what they are owed, and when they are paid next."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Prefetch

from config.lib.money import Money
from creators.enums import RunState
from creators.models import Payout, PayoutRun, PayoutStop, Transfer
from creators.payout_terms import cadence, minimum, next_period, period_of
from creators.selectors.owing import currencies_of, owed_in

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.db.models import QuerySet

    from accounts.models import User


class CreatorOwed(NamedTuple):
    """How somebody stands in a currency. `available` is paid with the next payout, if it is no less than `minimum`."""

    available: Money
    later: Money
    debt: Money
    minimum: Money

    @property
    def is_enough(self) -> bool:
        return bool(self.available) and self.available >= self.minimum


def payouts_of(person: User) -> QuerySet[Payout]:
    """Return what somebody was paid or is being paid, the latest first, with transfers and their earnings."""
    transfers = Prefetch("transfers", Transfer.objects.select_related("earning").order_by("pk"))
    rows = Payout.objects.filter(payee__person_key=person.public_id)
    return rows.select_related("run").prefetch_related(transfers).order_by("-created_at", "-pk")


def owed(person: User, now: datetime) -> dict[str, CreatorOwed]:
    """Return how somebody stands, by currency; nothing if they never earned anything."""
    found = {}
    for currency in currencies_of(person.public_id):
        standing = owed_in(person.public_id, currency, now).standing
        found[currency] = CreatorOwed(
            available=Money(standing.available, currency),
            later=Money(standing.later, currency),
            debt=Money(standing.debt, currency),
            minimum=minimum(currency),
        )
    return found


def next_payout(now: datetime) -> date | None:
    """Return the day on which the clock pays next: today, if this period's run is still to be made; None for never."""
    reason = cadence()
    if reason is None:
        return None
    run_made = PayoutRun.objects.filter(reason=reason, period=period_of(now, reason)).exclude(state=RunState.REFUSED)
    return next_period(now, reason) if run_made.exists() else now.date()


def payouts_are_stopped() -> PayoutStop | None:
    """Return staff's stop that holds now, if any."""
    return PayoutStop.objects.filter(lifted_at=None).order_by("pk").first()
