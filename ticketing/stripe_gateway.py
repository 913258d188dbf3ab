"""The one door to Stripe: typed functions for what we need of it, our dataclasses out, our errors.

Nothing behind it knows Stripe's SDK, and nobody can tell from here whether Stripe answers or devstripe, its stand-in.
Every POST takes a key of the caller's, derived from a row that was committed before: the same call with the same key
does nothing twice, for 24 hours (https://docs.stripe.com/api/idempotent_requests). Amounts are minor units.
"""

from __future__ import annotations

import functools
import json
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import stripe
import structlog
from django.conf import settings

from ticketing.errors import (
    PaymentConflictError,
    PaymentDeclinedError,
    PaymentMissingError,
    PaymentRefusedError,
    PaymentsOffError,
    PaymentsUnavailableError,
    RefundTooLargeError,
    WebhookSignatureError,
)
from ticketing.stripe_objects import (
    BalanceTransaction,
    Charge,
    CheckoutSession,
    Dispute,
    EventHint,
    Page,
    PaymentIntent,
    Refund,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stripe.params.checkout import SessionCreateParams
    from stripe.params.checkout._session_create_params import SessionCreateParamsLineItem

    from ticketing.stripe_objects import CheckoutItem, CheckoutRequest

log = structlog.get_logger(__name__)

DEVSTRIPE_KEY = "sk_test_devstripe"
PAGE_SIZE = 100
# As deep as Stripe expands (https://docs.stripe.com/expand).
PAID_BY = "payment_intent.latest_charge.balance_transaction"
REFUND_REASON = "requested_by_customer"
# What reading something raises that is no event.
_NONSENSE = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError)


def payments_are_tests() -> bool:
    """Say whether no money moves: devstripe, or a test key of Stripe."""
    return settings.DEVSTRIPE or "_test_" in settings.STRIPE_SECRET_KEY


def payments_are_on() -> bool:
    """Say whether this site can sell anything."""
    return settings.DEVSTRIPE or bool(settings.STRIPE_SECRET_KEY)


def create_checkout(request: CheckoutRequest, *, key: str) -> CheckoutSession:
    """Open a hosted page for one payment by card, which settles at once."""
    with _stripe_errors("checkout.create"):
        return _checkout(_client().v1.checkout.sessions.create(_checkout_params(request), {"idempotency_key": key}))


def retrieve_checkout(session: str) -> CheckoutSession:
    """Return a session with the charge that paid for it: all that one has to know of a payment, in one call."""
    with _stripe_errors("checkout.retrieve"):
        return _checkout(_client().v1.checkout.sessions.retrieve(session, {"expand": [PAID_BY]}))


def expire_checkout(session: str, *, key: str) -> CheckoutSession:
    """Close an open session and return it. Whoever paid just before has paid: then it is complete, not expired."""
    try:
        with _stripe_errors("checkout.expire"):
            return _checkout(_client().v1.checkout.sessions.expire(session, {}, {"idempotency_key": key}))
    except PaymentMissingError:
        raise
    except PaymentRefusedError:
        found = retrieve_checkout(session)
        if found.status == "open":
            raise
        return found


def retrieve_payment(payment_intent: str) -> PaymentIntent:
    with _stripe_errors("payment_intent.retrieve"):
        found = _client().v1.payment_intents.retrieve(payment_intent)
        return PaymentIntent(
            id=found.id,
            status=found.status,
            amount=found.amount,
            received=found.amount_received,
            currency=found.currency,
            charge=_id(found.latest_charge),
            transfer_group=found.transfer_group or "",
            metadata=_words(found.metadata),
        )


def retrieve_charge(charge: str) -> Charge:
    """Return a charge with its line of the balance, which says what Stripe kept."""
    with _stripe_errors("charge.retrieve"):
        return _charge(_client().v1.charges.retrieve(charge, {"expand": ["balance_transaction"]}))


def create_refund(payment_intent: str, *, amount: int, key: str, metadata: Mapping[str, str] | None = None) -> Refund:
    """Give back a part of a payment, or all of it; raises RefundTooLargeError above what is left."""
    with _stripe_errors("refund.create"):
        made = _client().v1.refunds.create(
            {
                "payment_intent": payment_intent,
                "amount": amount,
                "reason": REFUND_REASON,
                "metadata": dict(metadata or {}),
            },
            {"idempotency_key": key},
        )
        return _refund(made)


def retrieve_refund(refund: str) -> Refund:
    with _stripe_errors("refund.retrieve"):
        return _refund(_client().v1.refunds.retrieve(refund))


def list_refunds(payment_intent: str) -> tuple[Refund, ...]:
    """Return the refunds of a payment, newest first; at most a hundred, more than we would ever make."""
    with _stripe_errors("refund.list"):
        found = _client().v1.refunds.list({"payment_intent": payment_intent, "limit": PAGE_SIZE})
        return tuple(map(_refund, found.data))


def retrieve_dispute(dispute: str) -> Dispute:
    with _stripe_errors("dispute.retrieve"):
        found = _client().v1.disputes.retrieve(dispute)
        return Dispute(
            id=found.id,
            status=found.status,
            amount=found.amount,
            currency=found.currency,
            reason=found.reason,
            charge=_id(found.charge) or "",
            payment_intent=_id(found.payment_intent),
            lines=tuple(line for line in map(_balance, found.balance_transactions) if line is not None),
        )


def retrieve_event(event: str) -> EventHint:
    """Return an event that was missed; Stripe knows them for 30 days."""
    with _stripe_errors("event.retrieve"):
        found = _client().v1.events.retrieve(event)
        return _hint(found.to_dict())


def list_balance(
    *, since: datetime, until: datetime | None = None, after: str | None = None, limit: int = PAGE_SIZE
) -> Page:
    """Return a page of the balance's lines from `since` on and before `until`, newest first; go on with its `after`."""
    created: dict[str, int] = {"gte": int(since.timestamp())}
    if until is not None:
        created["lt"] = int(until.timestamp())
    params: dict[str, Any] = {"created": created, "limit": limit}
    if after is not None:
        params["starting_after"] = after
    with _stripe_errors("balance.list"):
        found = _client().v1.balance_transactions.list(cast("Any", params))
        rows = tuple(row for row in map(_balance, found.data) if row is not None)
        return Page(rows, rows[-1].id if found.has_more and rows else None)


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


def is_live() -> bool:
    """Say whether the key is one of real payments."""
    return "_live_" in settings.STRIPE_SECRET_KEY


# --- the client -------------------------------------------------------------------------------------------------------


def _client() -> stripe.StripeClient:
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


@contextmanager
def _stripe_errors(call: str) -> Iterator[None]:
    """Say Stripe's errors in our words. Its messages stay out of the log: they may quote what was sent."""
    try:
        yield
    except stripe.CardError as error:
        raise PaymentDeclinedError(_decline_code(error)) from error
    except stripe.IdempotencyError as error:
        log.warning("stripe_conflict", call=call, request=error.request_id)
        raise PaymentConflictError from error
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        log.warning("stripe_unavailable", call=call, error=type(error).__name__)
        raise PaymentsUnavailableError from error
    except stripe.APIError as error:
        # 409: another request with the same key is still under way. Any other is Stripe's own trouble.
        log.warning("stripe_unavailable", call=call, status=error.http_status, request=error.request_id)
        raise (PaymentConflictError if error.http_status == 409 else PaymentsUnavailableError) from error
    except stripe.StripeError as error:
        refused = _refused(error, call)
        what = {"code": refused.reason, "param": refused.param, "request": error.request_id}
        log.error("stripe_refused", call=call, **what)  # noqa: TRY400 (a traceback would hold the message)
        raise refused from error


def _refused(error: stripe.StripeError, call: str) -> PaymentRefusedError:
    reason, param = error.code or type(error).__name__, getattr(error, "param", None) or ""
    if reason == "resource_missing":
        return PaymentMissingError(reason, param)
    # Stripe has a code for a payment that was given back whole, and only a sentence for one of which less is left.
    too_large = reason == "charge_already_refunded" or "greater than unrefunded amount" in (error.user_message or "")
    if call == "refund.create" and too_large:
        return RefundTooLargeError(reason, param)
    return PaymentRefusedError(reason, param)


def _decline_code(error: stripe.CardError) -> str:
    body = error.json_body if isinstance(error.json_body, dict) else {}
    return str(body.get("error", {}).get("decline_code") or error.code or "")


# --- from our words to Stripe's and back ------------------------------------------------------------------------------


def _checkout_params(request: CheckoutRequest) -> SessionCreateParams:
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
    return cast("SessionCreateParams", params)


def _line_item(item: CheckoutItem) -> SessionCreateParamsLineItem:
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
    return cast("SessionCreateParamsLineItem", {"price_data": price, "quantity": 1})


def _checkout(found: Any) -> CheckoutSession:
    buyer, totals = found.customer_details, found.total_details
    address = buyer.address if buyer else None
    return CheckoutSession(
        id=found.id,
        status=found.status or "",
        payment_status=found.payment_status,
        amount=found.amount_total or 0,
        tax=totals.amount_tax if totals else 0,
        currency=found.currency or "",
        reference=found.client_reference_id or "",
        expires_at=_time(found.expires_at),
        url=found.url,
        payment_intent=_id(found.payment_intent),
        country=(address.country if address else None) or "",
        metadata=_words(found.metadata),
        charge=_charge_of(found.payment_intent),
    )


def _charge_of(payment: Any) -> Charge | None:
    """Return a payment's charge, if both were expanded."""
    charge = None if payment is None or isinstance(payment, str) else payment.latest_charge
    return None if charge is None or isinstance(charge, str) else _charge(charge)


def _charge(found: stripe.Charge) -> Charge:
    card = found.payment_method_details.card if found.payment_method_details else None
    address = found.billing_details.address
    return Charge(
        id=found.id,
        status=found.status,
        amount=found.amount,
        refunded=found.amount_refunded,
        currency=found.currency,
        payment_intent=_id(found.payment_intent),
        disputed=found.disputed,
        transfer_group=found.transfer_group or "",
        billing_country=(address.country if address else None) or "",
        card_country=(card.country if card else None) or "",
        balance=_balance(found.balance_transaction),
    )


def _refund(found: stripe.Refund) -> Refund:
    return Refund(
        id=found.id,
        status=found.status or "",
        amount=found.amount,
        currency=found.currency,
        charge=_id(found.charge),
        payment_intent=_id(found.payment_intent),
        # The SDK leaves out what an answer left out.
        failure_reason=getattr(found, "failure_reason", None) or "",
        metadata=_words(found.metadata),
    )


def _balance(found: Any) -> BalanceTransaction | None:
    if found is None or isinstance(found, str):
        return None
    return BalanceTransaction(
        id=found.id,
        type=found.type,
        amount=found.amount,
        fee=found.fee,
        net=found.net,
        currency=found.currency,
        source=_id(found.source),
        created=_time(found.created),
    )


def _hint(event: Mapping[str, Any]) -> EventHint:
    """Raises KeyError, TypeError or ValueError for what is no event."""
    if event["object"] != "event" or not isinstance(event["livemode"], bool):
        raise ValueError
    names = (event["id"], event["type"], event["data"]["object"].get("id") or "")
    if not all(isinstance(name, str) and len(name) <= 255 for name in names) or not (names[0] and names[1]):
        raise ValueError
    return EventHint(*names, livemode=event["livemode"], created=_time(event["created"]))


def _id(found: Any) -> str | None:
    """Return the id of what is named or, if it was expanded, here."""
    return found if found is None or isinstance(found, str) else str(found.id)


def _words(found: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in (found.to_dict() if found else {}).items()}


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
