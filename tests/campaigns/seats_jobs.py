"""What beat starts again and again, in one process, with devstripe's events brought through the site's own endpoint."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.campaigns.seats_scene import keep_doing
from ticketing.devstripe.delivery import deliver_due
from ticketing.errors import PaymentsUnavailableError
from ticketing.services import checkout
from ticketing.services.calling_off import refund_cancelled, tell_moved
from ticketing.services.line import serve_lines
from ticketing.services.payments import tell_bought
from ticketing.services.refunds import send_due_refunds
from ticketing.services.stripe_events import due_events, handle

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.campaigns.seats_scene import Scene


def deliver(body: bytes, signature: str) -> int:
    """Bring an event to the site's endpoint, as devstripe does over HTTP."""
    answer = Client(SERVER_NAME=urlsplit(settings.SITE_URL).hostname or "").post(
        reverse("ticketing:stripe-webhook"),
        body,
        content_type="application/json",
        headers={"Stripe-Signature": signature},
    )
    return answer.status_code


def handle_waiting() -> int:
    return sum(handle(event) for event in due_events())


def jobs_of(post: Callable[[bytes, str], int] = deliver) -> tuple[Callable[[], Any], ...]:
    """Return what beat starts again and again."""
    return (
        lambda: deliver_due(post),
        handle_waiting,
        checkout.end_holds,
        serve_lines,
        refund_cancelled,
        tell_moved,
        tell_bought,
        send_due_refunds,
    )


def run_jobs(scene: Scene, seed: int) -> None:
    """Run the jobs in any order until the process is killed."""
    chance, jobs = random.Random(seed), jobs_of()

    def job() -> None:
        chance.choice(jobs)()

    keep_doing(job, scene, lambda: chance.uniform(0, 0.05), told=(PaymentsUnavailableError,))
