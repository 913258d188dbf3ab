"""What is done for money by the clock. Due work is rows; whatever is killed or doubled, the next run goes on."""

from __future__ import annotations

import time

import structlog
from celery import shared_task
from django.utils import timezone

from config.lib.operators import tell_operators
from ticketing import ledger_checks
from ticketing.devstripe.delivery import deliver_due
from ticketing.errors import LedgerBusyError, PaymentsUnavailableError
from ticketing.services import reconciling, stripe_events
from ticketing.services.calling_off import refund_cancelled, tell_moved
from ticketing.services.checkout import end_holds
from ticketing.services.line import serve_lines
from ticketing.services.payments import tell_bought
from ticketing.services.refunds import send_due_refunds
from ticketing.services.sealing import seal_days

log = structlog.get_logger(__name__)

# One run lasts no longer than that and one event: the workers have other things to do as well.
RUN_SECONDS = 20.0


@shared_task
def handle_event(event: str) -> None:
    """Work one event of Stripe's off. A second job for the same does nothing."""
    stripe_events.handle(event)


@shared_task
def handle_due() -> None:
    """Work off what waits, because a job or the broker died. Any number of these may run at once."""
    until = time.monotonic() + RUN_SECONDS
    for event in stripe_events.due_events():
        if time.monotonic() > until:
            break
        stripe_events.handle(event)


@shared_task
def deliver_test_events() -> None:
    """Deliver devstripe's events to this site."""
    deliver_due()


@shared_task
def keep_sales() -> None:
    """End holds that are over, give free seats to whoever waits and money back for rooms that do not take place.

    And tell of what was sold and moved.
    """
    end_holds()
    serve_lines()
    refund_cancelled()
    tell_moved()
    send_due_refunds()
    until = time.monotonic() + RUN_SECONDS
    while tell_bought() and time.monotonic() < until:
        pass


@shared_task
def reconcile() -> None:
    """Hold the ledger against Stripe's balance and against itself, once a night; what does not fit is written home.

    While Stripe is away, the next run tries again.
    """
    if not reconciling.is_due(now := timezone.now()):
        return
    try:
        differences = [each["text"] for each in reconciling.reconcile(now).findings]
    except PaymentsUnavailableError:
        log.warning("reconciliation_put_off")
        return
    wrong = ledger_checks.findings(timezone.now())
    for sentence in wrong:
        log.error("ledger_finding", finding=sentence)
    if found := [*wrong, *differences]:
        tell_operators(f"The books do not fit: {len(found)}", found)


@shared_task
def seal_ledger() -> None:
    """Seal the days of the ledger that are over. Any number of these may run at once."""
    try:
        sealed = seal_days(timezone.now())
    except LedgerBusyError:
        log.warning("ledger_busy")
        return
    for seal in sealed:
        # Logs are kept elsewhere than the database: one more place that knows it.
        log.info("ledger_sealed", day=seal.day.isoformat(), digest=seal.digest)
