"""Checkout Sessions: a page on which one thing is paid for, open until it is paid, closed, or its time is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.urls import reverse

from ticketing.devstripe import payments
from ticketing.devstripe.errors import ApiError
from ticketing.devstripe.events import emit
from ticketing.devstripe.store import now

if TYPE_CHECKING:
    from ticketing.devstripe.cards import Card
    from ticketing.devstripe.store import Body, Store

SESSION = "checkout.session"
NEEDED = ("line_items", "mode", "success_url")
LEAST_SECONDS, MOST_SECONDS = 30 * 60, 24 * 3600
# A request takes a moment to arrive.
LEEWAY_SECONDS = 5


def create(store: Store, params: dict[str, Any]) -> Body:
    amount, currency = _total(params)
    expires_at = params.get("expires_at", int(now()) + MOST_SECONDS)
    made = store.add(
        "cs_test",
        SESSION,
        due=expires_at,
        amount_subtotal=amount,
        amount_total=amount,
        automatic_tax=params.get("automatic_tax") or {"enabled": False},
        cancel_url=params.get("cancel_url"),
        client_reference_id=params.get("client_reference_id"),
        currency=currency,
        customer_details=None,
        customer_email=params.get("customer_email"),
        expires_at=expires_at,
        locale=params.get("locale"),
        metadata=params.get("metadata") or {},
        mode=params["mode"],
        payment_intent=None,
        payment_status="unpaid",
        status="open",
        success_url=params["success_url"],
        # It knows no rates: a price with tax included stays as it is.
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        url=None,
        _items=[_shown(item) for item in params["line_items"]],
        _payment=params.get("payment_intent_data") or {},
        _asks_address=params.get("billing_address_collection") == "required",
    )
    made["url"] = _address(made)
    store.save(made)
    return made


def retrieve(store: Store, wanted: str) -> Body:
    """Return a session; one whose time is over is expired, whether somebody looked before or not."""
    expire_due(store)
    return store.get(SESSION, wanted)


def expire(store: Store, wanted: str) -> Body:
    session = retrieve(store, wanted)
    if session["status"] != "open":
        message = (
            'Only Checkout Sessions with a status in ["open"] can be expired.'
            f" This Checkout Session has a status of `{session['status']}`."
        )
        raise ApiError(message)
    _end(store, session, "expired")
    return session


def expire_due(store: Store) -> None:
    """Close the sessions whose time is over."""
    for session in store.due(SESSION):
        _end(store, session, "expired")


def pay(store: Store, wanted: str, card: Card, *, email: str, country: str) -> Body:
    """Pay with a card, as the hosted page does.

    Return the session: complete, or still open if the bank asks first (`_asked`). Raises ApiError (402) for a declined
    card, after which the session is open as before, and (400) if it is closed.
    """
    session = _open(store, wanted)
    details = {"email": email, "name": None, "address": {"country": country}}
    payment = _payment_of(store, session)
    session |= {"_asked": card.number if card.asks else None, "_buyer": details}
    store.save(session)
    if card.asks:
        payments.ask(store, payment)
        return session
    return _complete(store, session, payment, card)


def answer(store: Store, wanted: str, card: Card, *, good: bool) -> Body:
    """Answer the bank's question; `good` pays, else another card may be tried."""
    session = _open(store, wanted)
    if session.get("_asked") != card.number:
        raise ApiError("There is no question to answer.")
    session["_asked"] = None
    store.save(session)
    payment = _payment_of(store, session)
    if good:
        return _complete(store, session, payment, card)
    payments.fail_question(store, payment)
    return session


def _complete(store: Store, session: Body, payment: Body, card: Card) -> Body:
    payments.take(store, payment, card, country=session["_buyer"]["address"]["country"])
    session |= {"customer_details": session["_buyer"], "payment_status": "paid"}
    _end(store, session, "complete")
    return session


def _end(store: Store, session: Body, status: str) -> None:
    session |= {"status": status, "url": None}
    store.save(session, ended=True)
    emit(store, "checkout.session.completed" if status == "complete" else "checkout.session.expired", session)


def _open(store: Store, wanted: str) -> Body:
    session = retrieve(store, wanted)
    if session["status"] != "open":
        raise ApiError("This Checkout Session is no longer open.")
    return session


def _payment_of(store: Store, session: Body) -> Body:
    """Return the session's PaymentIntent, which is made at the first attempt."""
    if session["payment_intent"] is not None:
        return store.get("payment_intent", session["payment_intent"])
    asked = session["_payment"]
    payment = payments.open_payment(
        store,
        session["amount_total"],
        session["currency"],
        metadata=asked.get("metadata") or {},
        transfer_group=asked.get("transfer_group"),
    )
    session["payment_intent"] = payment["id"]
    return payment


def _total(params: dict[str, Any]) -> tuple[int, str]:
    """Check what is asked for; return its sum and currency."""
    for name in NEEDED:
        if not params.get(name):
            raise ApiError(f"Missing required param: {name}.", code="parameter_missing", param=name)
    if params["mode"] != "payment":
        raise ApiError("devstripe knows the mode `payment` only.", param="mode")
    ahead = params.get("expires_at", now() + MOST_SECONDS) - now()
    if not LEAST_SECONDS - LEEWAY_SECONDS <= ahead <= MOST_SECONDS + LEEWAY_SECONDS:
        message = "The `expires_at` timestamp must be less than 24 hours and more than 30 minutes from now."
        raise ApiError(message, param="expires_at")
    prices = [item.get("price_data") for item in params["line_items"]]
    if not all(price and "unit_amount" in price and "product_data" in price for price in prices):
        raise ApiError("devstripe needs `price_data` with amount and product.", param="line_items[0][price_data]")
    if len({price["currency"] for price in prices}) > 1:
        raise ApiError("All prices must be in the same currency.", param="line_items")
    total = sum(item["price_data"]["unit_amount"] * item.get("quantity", 1) for item in params["line_items"])
    payments.check_amount(total)
    return total, prices[0]["currency"]


def _shown(item: dict[str, Any]) -> dict[str, Any]:
    product = item["price_data"]["product_data"]
    return {
        "name": product["name"],
        "description": product.get("description", ""),
        "amount": item["price_data"]["unit_amount"] * item.get("quantity", 1),
    }


def _address(session: Body) -> str:
    """Return where to pay: at the name under which the buyer came, which is where they are logged in."""
    origin = urlsplit(session["success_url"])
    return f"{origin.scheme}://{origin.netloc}{reverse('devstripe:checkout', args=[session['id']])}"
