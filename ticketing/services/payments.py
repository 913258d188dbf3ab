"""Writing down that money came, and giving the seat for it. The rule for every race: the money is recorded always, the
ticket given if there is a seat, and otherwise the money goes back by itself.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, Final

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from config.lib import prepared
from config.lib.deadlocks import again_after_deadlock
from config.lib.inserting import inserting, inserting_new, write_if
from config.lib.money import Money
from config.lib.statements import write
from rooms.entering import bans
from rooms.enums import OVER
from ticketing import account_names as accounts
from ticketing import stripe_gateway as gateway
from ticketing.enums import OrderState, RefundReason, ReleaseReason, TicketKind, WaitingState
from ticketing.models import Offer, Order, Ticket, WaitingPlace
from ticketing.services import telling
from ticketing.services.ledger import Entries, Posting, entering, post
from ticketing.services.refunds import refund_within
from ticketing.services.seats import free_seat, take_seat
from ticketing.services.tickets import opening_door
from ticketing.tax import decide

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from config.lib.statements import Write
    from ticketing.stripe_objects import Charge, CheckoutSession

log = structlog.get_logger(__name__)

_OF_PAYMENT: Final = (
    "state",
    "paid_at",
    "charged",
    "session",
    "payment_intent",
    "charge",
    "fee",
    "country",
    "tax_rate",
    "tax",
    "tax_evidence",
    "tell_bought",
)


class PaymentMismatchError(Exception):
    """Stripe says something of a payment that cannot be: it stays with the event, and somebody has to look."""


@again_after_deadlock
def record_payment(session: CheckoutSession, known: Order) -> Order:
    """Write a paid Checkout down and give its buyer a ticket, or the money back; return the order.

    `known` is the order as somebody has read it. May be called again and again, and at once: it happens once.
    Raises PaymentMismatchError, PaymentsUnavailableError.
    """
    charge = _charge_of(session)
    if paid := _pay_at_once(known, session, charge):
        return paid
    with transaction.atomic():
        order = _order_of(session)
        if order.charge and order.charge != charge.id:
            msg = f"Order {order.public_id} was paid by {order.charge}, now also by {charge.id}."
            raise PaymentMismatchError(msg)
        if order.charged is None:
            _pay(order, session, charge)
        else:
            _note_fee(order, charge)
    return order


def fetch_fee(order_id: int) -> None:
    """Ask what Stripe kept of a payment whose balance was not booked yet. Raises PaymentsUnavailableError."""
    order = Order.objects.get(pk=order_id)
    if order.fee is not None or not order.charge:
        return
    charge = gateway.retrieve_charge(order.charge)
    with transaction.atomic():
        _note_fee(_locked(pk=order_id), charge)


def charge_changed(_kind: str, charge: str) -> None:
    """Look whether the fee of a payment is known now; a handler of settings.STRIPE_EVENT_HANDLERS."""
    for order_id in Order.objects.filter(charge=charge, fee=None).values_list("pk", flat=True):
        fetch_fee(order_id)


def tell_bought(limit: int = 100) -> int:
    """Send some of the receipts that wait; return how many. Any number of these may run at once.

    Apart from the payment, so that a hot room's seats do not wait for its letters.
    """
    with transaction.atomic():
        waiting = Order.objects.filter(tell_bought=True).order_by("pk").select_related("offer__room")
        orders = list(waiting.select_for_update(no_key=True, skip_locked=True, of=("self",))[:limit])
        for order in orders:
            telling.ticket_bought(order)
        Order.objects.filter(pk__in=[order.pk for order in orders]).update(tell_bought=False)
    return len(orders)


def _charge_of(session: CheckoutSession) -> Charge:
    if session.charge is not None and session.charge.status == "succeeded":
        return session.charge
    payment = gateway.retrieve_payment(session.payment_intent or "")
    if not payment.is_paid or payment.charge is None:
        msg = f"{session.id} is paid, {payment.id} is {payment.status}."
        raise PaymentMismatchError(msg)
    return gateway.retrieve_charge(payment.charge)


def _order_of(session: CheckoutSession) -> Order:
    """Return the locked order that a session paid for; of a second payment for one order, an order of its own."""
    order = _locked(public_id=session.reference)
    if order.session in ("", session.id):
        order.session = session.id
        return order
    other = Order.objects.filter(session=session.id).first()
    if other is not None:
        return _locked(pk=other.pk)
    now = timezone.now()
    second = Order.objects.create(
        offer=order.offer,
        buyer=order.buyer,
        state=OrderState.RELEASED,
        takes_seat=False,
        amount=order.amount,
        currency=order.currency,
        held_until=now,
        released_at=now,
        release_reason=ReleaseReason.GIVEN_UP,
        session=session.id,
    )
    return _locked(pk=second.pk)


def _locked(*, pk: int = 0, public_id: str = "") -> Order:
    found: Order = _locked_named(public_id=public_id) if public_id else _locking().get(pk=pk)
    return found


@prepared.one
def _locked_named(*, public_id: str) -> QuerySet[Any]:
    return _locking().filter(public_id=public_id)


def _locking() -> QuerySet[Any]:
    """Return orders to lock, which say `is_banned` of their buyers."""
    room = OuterRef("offer__room")
    shut_out: Any = bans(room=room, host=OuterRef("offer__room__host"), person=OuterRef("buyer"))  # type: ignore[arg-type]
    orders = Order.objects.select_for_update(no_key=True, of=("self",)).annotate(is_banned=Exists(shut_out))
    return orders.select_related("offer__room", "buyer", "waited")


def _pay_at_once(known: Order, session: CheckoutSession, charge: Charge) -> Order | None:
    """Record the money for a seat that is still held, as nearly all of it is, in one statement: all or nothing.

    What the ticket depends on are its conditions, so nothing has to be read or locked before. None for any other
    payment, which `_pay` looks at more closely.
    """
    as_held = (session.id, known.amount, known.currency, OrderState.HELD)
    if known.buyer is None or (known.session, charge.amount, charge.currency, known.state) != as_held:
        return None
    order = copy(known)
    _note_payment(order, session, charge)
    order.tell_bought = True
    entries = entering(*_sale_of(order), *_cost_of(order))
    if entries is None:
        return None
    held = prepared.saving_fields(order, _OF_PAYMENT, _held_in_order)
    try:
        return order if write_if(held, *entries, *_giving_ticket(order, surely=True)) else None
    except IntegrityError:
        # The buyer has a ticket by other means, say.
        return None


def _held_in_order() -> QuerySet[Order]:
    """Return held orders of which nothing keeps a ticket from their buyers, who have not waited in line."""
    shut_out: Any = bans(room=OuterRef("room"), host=OuterRef("room__host"), person=OuterRef(OuterRef("buyer")))  # type: ignore[arg-type]
    offer = Offer.objects.filter(~Exists(shut_out), pk=OuterRef("offer"), refund_all="")
    buyer = User.objects.filter(pk=OuterRef("buyer"), is_active=True)
    place = WaitingPlace.objects.filter(order=OuterRef("pk"))
    return Order.objects.filter(Exists(offer), Exists(buyer), ~Exists(place), state=OrderState.HELD, takes_seat=True)


def _pay(order: Order, session: CheckoutSession, charge: Charge) -> None:
    """Record the money, then see about the seat; inside the caller's transaction, with the order locked."""
    if charge.currency != order.currency:
        msg = f"Order {order.public_id} is in {order.currency}, {charge.id} in {charge.currency}."
        raise PaymentMismatchError(msg)
    _note_payment(order, session, charge)
    reason = _why_not(order, charge)
    order.tell_bought = reason is None
    entries = Entries(*_sale_of(order), *_cost_of(order))
    # Whoever still has the seat is given the ticket in the same breath.
    giving = _giving_ticket(order) if reason is None and order.takes_seat else []
    _saved, posted, *given = write(prepared.saving_fields(order, _OF_PAYMENT), entries.writing(), *giving)
    entries.check(posted)
    if hasattr(order, "waited"):
        WaitingPlace.objects.filter(order=order).update(state=WaitingState.OVER)
    if reason is None and not order.takes_seat and _seat_for(order):
        given = write(*_giving_ticket(order))
    if given and given[0]:
        return
    if reason is None and order.takes_seat:
        # The buyer has a ticket by other means.
        order.takes_seat = False
        order.save(update_fields=["takes_seat"])
        free_seat(order.offer_id)
    log.warning("payment_without_seat", order=order.public_id, reason=reason)
    order.tell_bought = False
    order.save(update_fields=["tell_bought"])
    refund_within(order, reason=reason or RefundReason.NO_SEAT, by=None)
    telling.payment_returned(order, reason or RefundReason.NO_SEAT)


def _note_payment(order: Order, session: CheckoutSession, charge: Charge) -> None:
    order.state, order.paid_at, order.charged = OrderState.PAID, timezone.now(), charge.amount
    order.payment_intent, order.charge = session.payment_intent or "", charge.id
    _note_tax(order, session, charge)
    order.fee = _fee_of(order, charge)


def _why_not(order: Order, charge: Charge) -> RefundReason | None:
    """Say why there can be no ticket for this money, whatever seats there are."""
    if order.buyer is None or not order.buyer.is_active or charge.amount != order.amount:
        return RefundReason.NO_SEAT
    if vars(order)["is_banned"]:
        # Sent out for good while they paid: the ticket would open no door.
        return RefundReason.NO_SEAT
    if order.offer.refund_all:
        return RefundReason(order.offer.refund_all)
    return RefundReason.CANCELLED if order.offer.room.state in OVER and not order.takes_seat else None


def _seat_for(order: Order) -> bool:
    """Take a seat for an order whose hold had ended, unless its buyer has another by now."""
    try:
        with transaction.atomic():
            Order.objects.filter(pk=order.pk).update(takes_seat=True)
            order.takes_seat = take_seat(order.offer_id)
            transaction.set_rollback(not order.takes_seat)
    except IntegrityError:
        order.takes_seat = False
    return order.takes_seat


def _giving_ticket(order: Order, *, surely: bool = False) -> list[Write]:
    """Return what opens the door and, first, gives the ticket: `surely`, or unless the buyer has one."""
    room, buyer = order.offer.room, order.buyer
    assert buyer is not None
    ticket = Ticket(room=room, holder=buyer, kind=TicketKind.BOUGHT, order=order)
    return [inserting(ticket) if surely else inserting_new([ticket]), *opening_door(room, buyer)]


def _note_tax(order: Order, session: CheckoutSession, charge: Charge) -> None:
    decision = decide(
        billing_country=session.country or charge.billing_country,
        card_country=charge.card_country,
        amount=Money(charge.amount, charge.currency),
        on=timezone.now().date(),
        automatic_tax=session.tax if settings.TICKET_AUTOMATIC_TAX else None,
    )
    order.country, order.tax_rate, order.tax = decision.country, decision.rate, decision.tax.minor
    order.tax_evidence = decision.evidence


def _sale_of(order: Order) -> list[Posting]:
    """Return what came, parted into what is held for the room and the tax."""
    assert order.charged is not None
    tax, room = order.tax or 0, order.offer.room
    parts = [("sale", accounts.held_for_room(room.public_id, order.currency), order.charged - tax)]
    if tax:
        parts.append(("vat", accounts.vat(order.country.lower(), order.currency), tax))
    return [
        _posting(order, accounts.stripe(order.currency), account, minor, name)
        for name, account, minor in parts
        if minor
    ]


def _cost_of(order: Order) -> list[Posting]:
    """Return what Stripe kept, if that is known and anything."""
    if not order.fee:
        return []
    costs, stripe = accounts.stripe_fees(order.currency), accounts.stripe(order.currency)
    return [_posting(order, costs, stripe, order.fee, "fee")]


def _posting(order: Order, debit: str, credit: str, minor: int, name: str) -> Posting:
    money = Money(minor, order.currency)
    return Posting(debit, credit, money, f"order:{order.public_id}:{name}", order=order.public_id)


def _note_fee(order: Order, charge: Charge) -> None:
    """Write down what Stripe kept of a payment that was recorded before that was known."""
    if order.fee is None and (fee := _fee_of(order, charge)) is not None:
        order.fee = fee
        order.save(update_fields=["fee"])
        post(*_cost_of(order))


def _fee_of(order: Order, charge: Charge) -> int | None:
    """Return what Stripe kept; None while it has not booked the payment. Raises PaymentMismatchError."""
    if charge.balance is None:
        return None
    if charge.balance.currency != order.currency:
        msg = f"{charge.id} was booked in {charge.balance.currency}: the account at Stripe settles in another currency."
        raise PaymentMismatchError(msg)
    return charge.balance.fee
