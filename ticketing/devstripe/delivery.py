"""Webhooks: events on their way to the site's own endpoint, signed, again and again until it takes them.

Several processes may deliver at once: each takes what is due for a minute, and a killed one loses nothing.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import stripe
import structlog
import urllib3
from django.conf import settings
from django.urls import reverse

from ticketing.devstripe import accounts, checkout, refunds
from ticketing.devstripe.events import THIN, manner_of, without_ours
from ticketing.devstripe.store import now, opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from ticketing.devstripe.store import Store

log = structlog.get_logger(__name__)

BATCH = 50
CLAIM_SECONDS = 60
# After the last pause an event is given up, as at Stripe after about three days.
PAUSES = (2, 5, 15, 60, 300, 1_800, *[3 * 3600] * 24)
TIMEOUT = urllib3.Timeout(connect=2, read=10)


def deliver_due(post: Callable[[bytes, str], int] | None = None) -> int:
    """Deliver what is due; return how many arrived. `post` takes body and signature and returns an HTTP status."""
    send = post or _post
    with opened() as store:
        # Also sessions that nobody asks about have an end that is told.
        checkout.expire_due(store)
        refunds.settle_due(store)
        accounts.settle_due(store)
        waiting = _claim(store)
    arrived = 0
    for number, event in waiting:
        body = json.dumps(event, separators=(",", ":"), ensure_ascii=False)
        # Signed now, not when it happened: that is what makes a late event a good one and a recorded one a bad one.
        secret = settings.STRIPE_WEBHOOK_SECRET_V2 if event["object"] == THIN else settings.STRIPE_WEBHOOK_SECRET
        signature = stripe.WebhookSignature.generate_signature_header(body, secret, int(time.time()))
        status = send(body.encode(), signature)
        arrived += 200 <= status < 300
        _note(number, status)
    return arrived


def _claim(store: Store) -> list[tuple[int, dict[str, object]]]:
    order = "random()" if manner_of(store).shuffled else "due, number"
    due = store.rows.execute(
        f"SELECT number, event FROM deliveries WHERE due <= ? AND claimed_until <= ? ORDER BY {order} LIMIT ?",  # noqa: S608 (one of two words of ours)
        (now(), now(), BATCH),
    ).fetchall()
    for number, _event in due:
        store.rows.execute(
            "UPDATE deliveries SET claimed_until = ?, attempts = attempts + 1 WHERE number = ?",
            (now() + CLAIM_SECONDS, number),
        )
    return [(number, without_ours(store.get("event", event))) for number, event in due]


def _note(number: int, status: int) -> None:
    """Write down that it arrived, or when it is tried again."""
    with opened() as store:
        (attempts,) = store.rows.execute("SELECT attempts FROM deliveries WHERE number = ?", (number,)).fetchone()
        arrived = 200 <= status < 300
        if not arrived:
            log.warning("test_event_undelivered", status=status, attempts=attempts)
        again = None if arrived or attempts > len(PAUSES) else now() + PAUSES[attempts - 1]
        store.rows.execute("UPDATE deliveries SET due = ?, claimed_until = 0 WHERE number = ?", (again, number))


def _post(body: bytes, signature: str) -> int:
    """Send it to the running site; 0 if nobody answered."""
    address = f"{settings.SITE_URL}{reverse('ticketing:stripe-webhook')}"
    headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}
    try:
        return urllib3.request(
            "POST", address, body=body, headers=headers, timeout=TIMEOUT, retries=False, redirect=False
        ).status
    except urllib3.exceptions.HTTPError:
        return 0
