"""Checkout Sessions: Stripe's pages on which one thing is paid for (https://docs.stripe.com/api/checkout/sessions)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from ticketing.errors import PaymentMissingError, PaymentRefusedError
from ticketing.stripe_gateway.client import client
from ticketing.stripe_gateway.reading import charge_of, id_of, time_of, words_of
from ticketing.stripe_gateway.refusals import stripe_errors
from ticketing.stripe_objects import CheckoutSession

if TYPE_CHECKING:
    import stripe

    from ticketing.stripe_objects import Charge, CheckoutItem, CheckoutRequest

# As deep as Stripe expands (https://docs.stripe.com/expand).
PAID_BY = "payment_intent.latest_charge.balance_transaction"


def create_checkout(request: CheckoutRequest, *, key: str) -> CheckoutSession:
    """Open a hosted page for one payment by card, which settles at once."""
    with stripe_errors("checkout.create"):
        return _asked("post", idempotency_key=key, **_checkout_params(request))


def retrieve_checkout(session: str) -> CheckoutSession:
    """Return a session with the charge that paid for it: all that one has to know of a payment, in one call."""
    with stripe_errors("checkout.retrieve"):
        return _asked("get", session, expand=[PAID_BY])


def expire_checkout(session: str, *, key: str) -> CheckoutSession:
    """Close an open session and return it. Whoever paid just before has paid: then it is complete, not expired."""
    try:
        with stripe_errors("checkout.expire"):
            return _asked("post", session, "expire", idempotency_key=key)
    except PaymentMissingError:
        raise
    except PaymentRefusedError:
        found = retrieve_checkout(session)
        if found.status == "open":
            raise
        return found


def _asked(method: str, *path: str, **params: Any) -> CheckoutSession:
    """Ask, and read the answer as it is: what the SDK makes of each of its parts costs more than all else of a call."""
    address = "/".join(["/v1/checkout/sessions", *(quote(part, safe="") for part in path)])
    answer = client().raw_request(method, address, **params)
    return _checkout(cast("stripe.StripeResponse", answer).data)


def _checkout_params(request: CheckoutRequest) -> dict[str, Any]:
    params: dict[str, Any] = {
        "mode": "payment",
        # Cards settle at once; whatever takes days would outlive the seat that is held. (Since 2026-09-30 this is no
        # longer `payment_method_types`: https://docs.stripe.com/changelog/endive.)
        "allowed_payment_method_types": ["card"],
        # What is shown is what is charged, in the room's currency.
        "adaptive_pricing": {"enabled": False},
        "line_items": [_line_item(request.item)],
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "expires_at": int(request.expires_at.timestamp()),
        "client_reference_id": request.reference,
        "metadata": dict(request.metadata),
        # Taken at once and not a moment later, so that what Stripe keeps is known as soon as somebody has paid.
        "payment_intent_data": {"capture_method": "automatic", "metadata": dict(request.metadata)},
        # Where a buyer lives decides the tax.
        "billing_address_collection": "required",
        "locale": request.locale,
    }
    if request.transfer_group:
        params["payment_intent_data"]["transfer_group"] = request.transfer_group
    if request.email:
        params["customer_email"] = request.email
    if request.automatic_tax:
        params["automatic_tax"] = {"enabled": True}
    return params


def _line_item(item: CheckoutItem) -> dict[str, Any]:
    product: dict[str, Any] = {"name": item.name}
    if item.description:
        product["description"] = item.description
    if item.tax_code:
        product["tax_code"] = item.tax_code
    price = {
        "currency": item.currency,
        "unit_amount": item.amount,
        "product_data": product,
        "tax_behavior": "inclusive",
    }
    return {"price_data": price, "quantity": 1}


def _checkout(found: Any) -> CheckoutSession:
    buyer, totals = found["customer_details"], found["total_details"]
    address = buyer["address"] if buyer else None
    return CheckoutSession(
        id=found["id"],
        status=found["status"] or "",
        payment_status=found["payment_status"],
        amount=found["amount_total"] or 0,
        tax=totals["amount_tax"] if totals else 0,
        currency=found["currency"] or "",
        reference=found["client_reference_id"] or "",
        expires_at=time_of(found["expires_at"]),
        url=found["url"],
        payment_intent=id_of(found["payment_intent"]),
        country=(address["country"] if address else None) or "",
        metadata=words_of(found["metadata"]),
        charge=_paid_by(found["payment_intent"]),
    )


def _paid_by(payment: Any) -> Charge | None:
    """Return a payment's charge, if both were expanded."""
    charge = None if payment is None or isinstance(payment, str) else payment["latest_charge"]
    return None if charge is None or isinstance(charge, str) else charge_of(charge)
