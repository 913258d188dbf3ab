"""Which Stripe answers, and the SDK's client for it: Stripe itself, or devstripe below the same SDK."""

from __future__ import annotations

import functools

import stripe
from django.conf import settings

from ticketing.errors import PaymentsOffError

DEVSTRIPE_KEY = "sk_test_devstripe"


def payments_are_tests() -> bool:
    """Say whether no money moves: devstripe, or a test key of Stripe."""
    return settings.DEVSTRIPE or "_test_" in settings.STRIPE_SECRET_KEY


def payments_are_on() -> bool:
    """Say whether this site can sell anything."""
    return settings.DEVSTRIPE or bool(settings.STRIPE_SECRET_KEY)


def is_live() -> bool:
    """Say whether the key is one of real payments."""
    return "_live_" in settings.STRIPE_SECRET_KEY


def client() -> stripe.StripeClient:
    if not payments_are_on():
        raise PaymentsOffError
    return _made_client(settings.STRIPE_SECRET_KEY, str(settings.DEVSTRIPE_FILE) if settings.DEVSTRIPE else "")


@functools.cache
def _made_client(key: str, devstripe_file: str) -> stripe.StripeClient:
    """Return one client for each key: it keeps connections, one for each thread."""
    # It would tell Stripe how long our calls took.
    stripe.enable_telemetry = False
    return stripe.StripeClient(
        key or DEVSTRIPE_KEY,
        http_client=_http_client(devstripe_file),
        max_network_retries=settings.STRIPE_NETWORK_RETRIES,
    )


def _http_client(devstripe_file: str) -> stripe.HTTPClient:
    if devstripe_file:
        from ticketing.devstripe.http_client import DevstripeClient

        return DevstripeClient()
    return stripe.RequestsClient(timeout=(settings.STRIPE_CONNECT_SECONDS, settings.STRIPE_ANSWER_SECONDS))
