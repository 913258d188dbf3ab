"""Beginning runs of payouts: by the clock, because a creator asks, or by staff."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from django.db.models import Q
from django.utils import timezone

from config.lib.inserting import insert_new
from creators.enums import PayoutReason, PayoutState, RunState
from creators.errors import NoPayeeError, PayoutsStoppedError, PayoutTooSmallError, PayoutUnderWayError
from creators.models import Payee, Payout, PayoutRun
from creators.payout_terms import cadence, period_of
from creators.selectors.payouts import owed, payouts_are_stopped
from ticketing import stripe_gateway as gateway

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User

log = structlog.get_logger(__name__)
# After a run of the clock was refused, the next one is tried so much later.
AGAIN_AFTER: Final = timedelta(hours=6)


def begin_due_run(now: datetime) -> PayoutRun | None:
    """Begin this period's run of the clock, if it is time and there is none yet."""
    reason = cadence()
    if reason is None or not gateway.payments_are_on() or payouts_are_stopped():
        return None
    period = period_of(now, reason)
    known = PayoutRun.objects.filter(reason=reason, period=period)
    if known.filter(~Q(state=RunState.REFUSED) | Q(created_at__gt=now - AGAIN_AFTER)).exists():
        return None
    return _begin(PayoutRun(reason=reason, period=period, until=now))


def ask_payout(person: User) -> PayoutRun:
    """Pay somebody what they are owed now, because they ask for it; a job does it.

    Raises PayoutsStoppedError, NoPayeeError, PayoutTooSmallError, and PayoutUnderWayError: one at a time.
    """
    if payouts_are_stopped():
        raise PayoutsStoppedError
    payee = Payee.objects.filter(person=person).first()
    if payee is None or not payee.may_be_paid:
        raise NoPayeeError
    if Payout.objects.filter(payee=payee, state=PayoutState.OPEN).exists():
        raise PayoutUnderWayError
    if not any(found.is_enough for found in owed(person, timezone.now()).values()):
        raise PayoutTooSmallError
    return begin_for(payee, reason=PayoutReason.ASKED, by=person)


def begin_for(payee: Payee, *, reason: PayoutReason, by: User | None) -> PayoutRun:
    """Begin a run for one creator; by staff, whatever the sum. Raises PayoutUnderWayError."""
    run = _begin(PayoutRun(reason=reason, payee=payee, asked_by=by))
    if run is None:
        raise PayoutUnderWayError
    return run


def begin_by_staff(*, by: User | None) -> PayoutRun:
    """Begin a run for everybody who is owed enough."""
    run = _begin(PayoutRun(reason=PayoutReason.STAFF, asked_by=by))
    assert run is not None
    return run


def _begin(run: PayoutRun) -> PayoutRun | None:
    """Write a run down; None if somebody else has done so meanwhile."""
    if not insert_new([run]):
        return None
    log.info("payouts_begun", run=run.public_id, reason=run.reason, period=run.period)
    return PayoutRun.objects.get(public_id=run.public_id)
