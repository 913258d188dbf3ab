"""What Stripe's SDK takes for the network: each request is answered from devstripe's file."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import stripe
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from ticketing.devstripe import routes
from ticketing.devstripe.store import opened

if TYPE_CHECKING:
    from collections.abc import Mapping


class DevstripeClient(stripe.HTTPClient):
    """Answers in this process. It refuses to be made where people would take its payments for real ones."""

    name = "devstripe"

    def __init__(self) -> None:
        if settings.PRODUCTION or settings.STRIPE_SECRET_KEY:
            msg = "devstripe is for machines without Stripe's key and outside production."
            raise ImproperlyConfigured(msg)
        super().__init__()

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        address = urlsplit(url)
        with opened() as store:
            status, body = routes.answer(
                store,
                method.lower(),
                address.path,
                post_data or address.query,
                key=(headers or {}).get("Idempotency-Key"),
            )
        # What it has said it would say again: there is no point in trying once more.
        return body, status, {"request-id": f"req_{secrets.token_hex(7)}", "stripe-should-retry": "false"}

    def close(self) -> None:
        """Nothing is kept open."""
