"""What Stripe tells: that something happened to an object, signed (https://docs.stripe.com/webhooks)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import stripe
from django.conf import settings

from ticketing.errors import WebhookSignatureError
from ticketing.stripe_gateway.client import client
from ticketing.stripe_gateway.reading import time_of
from ticketing.stripe_gateway.refusals import stripe_errors
from ticketing.stripe_objects import EventHint

if TYPE_CHECKING:
    from collections.abc import Mapping

# An event that quotes its object, and one of /v2 that only names it (https://docs.stripe.com/event-destinations).
SNAPSHOT, THIN = "event", "v2.core.event"
# What reading something raises that is no event.
_NONSENSE = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError)


def retrieve_event(event: str) -> EventHint:
    """Return an event that was missed; Stripe knows them for 30 days."""
    with stripe_errors("event.retrieve"):
        found = client().v1.events.retrieve(event)
        return _hint(found.to_dict())


def read_webhook(body: bytes, signature: str) -> EventHint:
    """Return what a webhook says; raises WebhookSignatureError if it is not whole, not ours, or too old.

    Each of the two kinds of events has a destination at Stripe, and so a secret, of its own: one of either that is
    signed as the other is refused. (`stripe listen` signs both with one, which may then stand in both settings.)
    """
    kinds = [kind for kind, secret in _secrets() if _is_signed(body, signature, secret)]
    if not kinds:
        raise WebhookSignatureError
    try:
        event = json.loads(body)
        if event["object"] not in kinds:
            raise WebhookSignatureError
        return _hint(event) if event["object"] == SNAPSHOT else _thin_hint(event)
    except _NONSENSE as error:
        # A body that is no UTF-8, no JSON or no event is nothing that Stripe sends.
        raise WebhookSignatureError from error


def _secrets() -> tuple[tuple[str, str], ...]:
    return (SNAPSHOT, settings.STRIPE_WEBHOOK_SECRET), (THIN, settings.STRIPE_WEBHOOK_SECRET_V2)


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret, settings.STRIPE_WEBHOOK_SECONDS)
    except (stripe.SignatureVerificationError, *_NONSENSE):
        return False
    # Without a secret there is nothing that could be signed.
    return bool(secret)


def _hint(event: Mapping[str, Any]) -> EventHint:
    """Raises KeyError, TypeError or ValueError for what is no event."""
    return _checked(event, event["data"]["object"].get("id") or "", time_of(event["created"]))


def _thin_hint(event: Mapping[str, Any]) -> EventHint:
    """Raises what _hint does. Some thin events name no object."""
    related = event.get("related_object") or {}
    return _checked(event, related.get("id") or "", datetime.fromisoformat(event["created"]))


def _checked(event: Mapping[str, Any], about: str, created: datetime) -> EventHint:
    names = (event["id"], event["type"], about)
    if not isinstance(event["livemode"], bool) or created.tzinfo is None:
        raise ValueError
    if not all(isinstance(name, str) and len(name) <= 255 for name in names) or not (names[0] and names[1]):
        raise ValueError
    return EventHint(*names, livemode=event["livemode"], created=created)
