"""What is done for creators by the clock. Due work is rows; whatever is killed or doubled, the next run goes on."""

from __future__ import annotations

import time

import structlog
from celery import shared_task
from django.utils import timezone

from creators.services import payee_looks, settling
from creators.services.fund_periods import end_due_appeals
from creators.services.fund_programmes import close_past_programmes
from creators.services.paying import advance_runs
from creators.services.payouts import begin_due_run
from creators.services.reversals import send_due_reversals
from creators.services.telling_tips import tell_recipients
from creators.services.tip_checkout import end_pages, settle_due
from creators.services.tip_refunds import send_due_tip_refunds
from creators.services.tips_shown import show_late
from creators.services.transfers import send_due_transfers
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


@shared_task
def keep_fund() -> None:
    """Let periods be final whose time to appeal is over, and close programmes that are past."""
    now = timezone.now()
    end_due_appeals(now)
    close_past_programmes(now.date())


@shared_task
def settle_rooms() -> None:
    """Settle rooms that took place. Any number of these may run at once."""
    until = time.monotonic() + RUN_SECONDS
    while settling.settle_rooms(timezone.now()) and time.monotonic() < until:
        pass


@shared_task
def keep_payouts() -> None:
    """Begin the clock's run of payouts when it is time, go on with those under way, and send what they have made."""
    begin_due_run(timezone.now())
    advance_runs()
    until = time.monotonic() + RUN_SECONDS
    while send_due_transfers() and time.monotonic() < until:
        pass
    while send_due_reversals() and time.monotonic() < until:
        pass


@shared_task
def keep_tips() -> None:
    """Close pages that nobody paid on, settle, show and tell of what was given, and send back what goes back."""
    end_pages()
    settle_due()
    show_late()
    send_due_tip_refunds()
    tell_recipients()
