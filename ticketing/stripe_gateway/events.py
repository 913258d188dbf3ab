"""What Stripe tells: that something happened to an object, signed (https://docs.stripe.com/webhooks)."""

from __future__ import annotations

import json
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

# What reading something raises that is no event.
_NONSENSE = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError)


def retrieve_event(event: str) -> EventHint:
    """Return an event that was missed; Stripe knows them for 30 days."""
    with stripe_errors("event.retrieve"):
        found = client().v1.events.retrieve(event)
        return _hint(found.to_dict())


def read_webhook(body: bytes, signature: str) -> EventHint:
    """Return what a webhook says; raises WebhookSignatureError if it is not whole, not ours, or too old."""
    try:
        stripe.WebhookSignature.verify_header(
            body, signature, settings.STRIPE_WEBHOOK_SECRET, settings.STRIPE_WEBHOOK_SECONDS
        )
        return _hint(json.loads(body))
    except (stripe.SignatureVerificationError, *_NONSENSE) as error:
        # A body that is no UTF-8, no JSON or no event is nothing that Stripe sends.
        raise WebhookSignatureError from error


def _hint(event: Mapping[str, Any]) -> EventHint:
    """Raises KeyError, TypeError or ValueError for what is no event."""
    if event["object"] != "event" or not isinstance(event["livemode"], bool):
        raise ValueError
    names = (event["id"], event["type"], event["data"]["object"].get("id") or "")
    if not all(isinstance(name, str) and len(name) <= 255 for name in names) or not (names[0] and names[1]):
        raise ValueError
    return EventHint(*names, livemode=event["livemode"], created=time_of(event["created"]))
