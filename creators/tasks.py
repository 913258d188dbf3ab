"""What is done for creators by the clock. Due work is rows; whatever is killed or doubled, the next run goes on."""

from __future__ import annotations

import time

import structlog
from celery import shared_task
from django.utils import timezone

from creators.services import payee_looks
from ticketing.errors import PaymentsUnavailableError

log = structlog.get_logger(__name__)

# One run lasts no longer than that and one question to Stripe: the workers have other things to do as well.
RUN_SECONDS = 20.0


@shared_task
def look_at_payees() -> None:
    """Ask Stripe about payees of whom it has said nothing for a day. While Stripe is away, the next run tries again."""
    until = time.monotonic() + RUN_SECONDS
    for payee in payee_looks.not_seen_for_a_day(timezone.now()):
        if time.monotonic() > until:
            break
        try:
            payee_looks.look_in_turn(payee)
        except PaymentsUnavailableError:
            log.warning("payees_put_off")
            break
