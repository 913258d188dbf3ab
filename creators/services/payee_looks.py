"""Asking Stripe how payees stand: when they come back, when Stripe tells of a change, when staff ask, and once a day.

Answers may come in another order than they were asked for. So a row has a revision: who asks notes it before, and
writes only if it is the same after, else asks anew. What is written was always asked for after what was there.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from creators.models import Payee
from creators.services import payee_telling
from ticketing import stripe_gateway as gateway
from ticketing.errors import PaymentMissingError, PaymentsUnavailableError

if TYPE_CHECKING:
    from datetime import datetime

    from ticketing.stripe_objects import ConnectedAccount

log = structlog.get_logger(__name__)

# Events may be lost, and some changes have none.
OLD: Final = timedelta(days=1)
BATCH: Final = 100
# So many may write between question and answer.
ATTEMPTS: Final = 5


def look_again(payee_id: int) -> Payee:
    """Ask Stripe how a payee stands, and write it down. Outside of any transaction.

    Raises PaymentsUnavailableError, and PaymentMissingError if Stripe knows no such account: then the row stays as it
    was, for a wrong key of the site must close nobody's account.
    """
    for _attempt in range(ATTEMPTS):
        payee = Payee.objects.get(pk=payee_id)
        if payee.account == "":
            return payee
        try:
            found = gateway.retrieve_account(payee.account)
        except PaymentMissingError:
            log.error("payee_account_unknown", payee=payee.pk, account=payee.account)  # noqa: TRY400 - told, not broken
            raise
        if _write(payee, found):
            return Payee.objects.get(pk=payee_id)
    raise PaymentsUnavailableError


def account_changed(kind: str, account: str) -> None:
    """Look at the account that an event tells of (settings.STRIPE_EVENT_HANDLERS)."""
    payee = Payee.objects.filter(account=account).first()
    if payee is None:
        # A former one, or one that somebody made in the dashboard.
        log.info("payee_event_ignored", event_type=kind, account=account)
        return
    look_again(payee.pk)


def not_seen_for_a_day(now: datetime, limit: int = BATCH) -> list[int]:
    """Return payees that Stripe was not asked about for a day, the longest first. What is closed stays so."""
    old = Payee.objects.filter(looked_at__lte=now - OLD, closed=False).exclude(account="")
    return list(old.order_by("looked_at", "pk").values_list("pk", flat=True)[:limit])


def look_in_turn(payee_id: int) -> None:
    """Look again; an account that Stripe does not know has its turn again a day later. Raises as `look_again`."""
    try:
        look_again(payee_id)
    except PaymentMissingError:
        Payee.objects.filter(pk=payee_id).update(looked_at=timezone.now(), revision=F("revision") + 1)


def describe(payee: Payee, found: ConnectedAccount, now: datetime) -> None:
    """Let a payee, which is not saved yet, be what Stripe says."""
    payee.country = found.country or payee.country
    payee.currency = found.currency or payee.currency
    payee.transfers = found.transfers
    payee.reasons, payee.missing = list(found.reasons), list(found.missing)
    payee.later, payee.in_review = list(found.later), list(found.in_review)
    payee.deadline, payee.closed = found.deadline, found.closed
    payee.looked_at = now
    if payee.may_be_paid and payee.active_at is None:
        payee.active_at = now
    payee.revision += 1


@transaction.atomic
def _write(seen: Payee, found: ConnectedAccount) -> bool:
    """Write what Stripe said, and tell the person what it changes; False if somebody else has written meanwhile."""
    payee = Payee.objects.select_for_update(no_key=True).filter(pk=seen.pk, revision=seen.revision).first()
    if payee is None:
        return False
    describe(payee, found, timezone.now())
    payee.save()
    if payee.state != seen.state:
        log.info("payee_state", payee=payee.pk, before=seen.state, after=payee.state)
    payee_telling.changed(seen, payee)
    return True
