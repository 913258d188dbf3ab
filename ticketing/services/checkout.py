"""Paying for a held seat on Stripe's page: opened, looked at, given up.

The hold is committed before Stripe is asked, and outlives the page. A try to open one has a key of its own, and only a
page whose session the order knows is ever shown to anybody; whatever is paid elsewhere is still written down.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog
from django.conf import settings
from django.db.models import Exists, F
from django.utils import timezone

from config.lib import prepared
from config.lib.formats import moment
from rooms.entering import bans, is_banned
from ticketing import stripe_gateway as gateway
from ticketing.enums import OrderState, ReleaseReason
from ticketing.errors import PaymentMissingError
from ticketing.models import Order
from ticketing.selling_errors import HoldOverError, TicketHeldError
from ticketing.services.payments import record_payment
from ticketing.services.seats import release
from ticketing.stripe_objects import CheckoutItem, CheckoutRequest

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from ticketing.stripe_objects import CheckoutSession

log = structlog.get_logger(__name__)

# Stripe wants at least 30 minutes, by its own clock.
PAGE: Final = timedelta(minutes=31)
# "Event tickets" of Stripe's list, for its own tax (https://docs.stripe.com/tax/tax-codes).
TAX_CODE: Final = "txcd_20030000"


def begin(order: Order, *, language: str, origin: str = "") -> str:
    """Return the address of Stripe's page for a held order; of the one that is open already, if there is one.

    `origin` is where the buyer is logged in, `https://causerie.example.org`. Raises HoldOverError, TicketHeldError if
    it turns out paid, PaymentsOffError, PaymentsUnavailableError.
    """
    now = timezone.now()
    if order.state == OrderState.PAID:
        raise TicketHeldError
    if order.state != OrderState.HELD or order.held_until <= now or order.offer.refund_all:
        raise HoldOverError
    first, order.is_fresh = order.is_fresh, False
    if not first and order.buyer is not None and is_banned(order.offer.room, order.buyer):
        # They would pay for a door that stays shut; the seat goes on when its time is over.
        raise HoldOverError
    if order.session:
        found = gateway.retrieve_checkout(order.session)
        if found.url is not None:
            return found.url
        raise TicketHeldError if _follow(order, found).state == OrderState.PAID else HoldOverError
    if first or _take_turn(order, now):
        made = gateway.create_checkout(
            _request(order, language, origin or settings.SITE_URL),
            key=f"checkout:{order.public_id}:{order.checkout_tries}",
        )
        if _note_first(order, made) if first else _note_session(order=order.pk, session=made.id):
            order.session = made.id
            assert made.url is not None
            return made.url
        # Another press of the button was faster, or the seat is gone: nobody has seen this page.
        gateway.expire_checkout(made.id, key=f"expire:{made.id}")
    fresh = Order.objects.select_related("offer__room", "buyer").get(pk=order.pk)
    return begin(fresh, language=language, origin=origin)


def look(order_id: int) -> Order:
    """Ask Stripe how the payment stands, do what follows of it, and return the order as it is then.

    Raises PaymentsUnavailableError.
    """
    return look_at(_order(pk=order_id))


def look_at(order: Order) -> Order:
    """Do as `look` does with an order that was just read."""
    if order.session and (order.state in (OrderState.HELD, OrderState.RELEASED) or order.fee is None):
        return _follow(order, gateway.retrieve_checkout(order.session))
    return order


def give_up(order_id: int, *, reason: ReleaseReason = ReleaseReason.GIVEN_UP) -> Order:
    """End a hold: the page at Stripe first, then the seat. Who has just paid has paid.

    Raises PaymentsUnavailableError; then the seat stays held.
    """
    order = Order.objects.get(pk=order_id)
    if order.state != OrderState.HELD:
        return order
    if not order.session:
        # A page that is being opened this moment finds no held order, and is closed unseen.
        release(order_id, reason, session="")
        order.refresh_from_db()
        if order.state != OrderState.HELD:
            return order
    found = gateway.expire_checkout(order.session, key=f"expire:{order.session}")
    return _follow(order, found, reason)


def end_holds(limit: int = 100) -> int:
    """End holds whose time is over, and those of rooms that do not take place; return how many ended.

    Any number of these may run at once. What cannot be asked of Stripe now stays held until it can.
    """
    held = Order.objects.filter(state=OrderState.HELD)
    over = held.filter(held_until__lt=timezone.now()).order_by("held_until").values_list("pk", flat=True)[:limit]
    cancelled = held.exclude(offer__refund_all="").values_list("pk", flat=True)[:limit]
    whys = dict.fromkeys(over, ReleaseReason.EXPIRED) | dict.fromkeys(cancelled, ReleaseReason.ROOM)
    return sum(_end(pk, why) for pk, why in whys.items())


def session_changed(_kind: str, session: str) -> None:
    """Do what follows of a Checkout that was paid or is over; a handler of settings.STRIPE_EVENT_HANDLERS."""
    try:
        found = gateway.retrieve_checkout(session)
    except PaymentMissingError:
        # Of another site with the same account at Stripe, or of a stand-in that was emptied.
        log.warning("checkout_unknown", session=session)
        return
    order = Order.objects.select_related("offer__room", "buyer").filter(public_id=found.reference).first()
    if order is None:
        log.warning("checkout_not_ours", session=session)
        return
    _follow(order, found)


def _take_turn(order: Order, now: datetime) -> bool:
    """Give a held order the time that a page needs, and another key; False if it is not as it was read."""
    until = max(order.held_until, now + timedelta(minutes=settings.TICKET_HOLD_MINUTES))
    if not _count_try(order=order.pk, tries=order.checkout_tries, now=now, until=until):
        return False
    order.held_until, order.checkout_tries = until, order.checkout_tries + 1
    return True


def _note_first(order: Order, made: CheckoutSession) -> bool:
    """Let the order know its first page, for which nobody took a turn, if all is well that is looked at for a turn."""
    room, buyer = order.offer.room, order.buyer_id
    assert buyer is not None
    closes = made.expires_at
    return (
        _note_fresh(order=order.pk, session=made.id, closes=closes, room=room.pk, host=room.host_id, buyer=buyer) == 1
    )


@prepared.one
def _order(*, pk: int) -> QuerySet[Order]:
    return Order.objects.select_related("offer__room", "buyer").filter(pk=pk)


@prepared.update
def _count_try(*, order: int, tries: int, now: datetime, until: datetime) -> tuple[QuerySet[Order], dict[str, Any]]:
    as_read = _without_page(order).filter(checkout_tries=tries, held_until__gt=now)
    return as_read, {"held_until": until, "checkout_tries": F("checkout_tries") + 1}


@prepared.update
def _note_session(*, order: int, session: str) -> tuple[QuerySet[Order], dict[str, Any]]:
    return _without_page(order), {"session": session}


@prepared.update
def _note_fresh(
    *, order: int, session: str, closes: datetime, room: int, host: int, buyer: int
) -> tuple[QuerySet[Order], dict[str, Any]]:
    alone = _without_page(order).filter(~Exists(bans(room=room, host=host, person=buyer)), held_until__gt=closes)
    return alone, {"session": session, "checkout_tries": F("checkout_tries") + 1}


def _without_page(order: int) -> QuerySet[Order]:
    return Order.objects.filter(pk=order, state=OrderState.HELD, session="")


def _request(order: Order, language: str, origin: str) -> CheckoutRequest:
    room = order.offer.room
    back = f"{origin}/orders/{order.public_id}/"
    return CheckoutRequest(
        CheckoutItem(
            name=room.title,
            amount=order.amount,
            currency=order.currency,
            description=moment(room.starts_at) if room.starts_at else "",
            tax_code=TAX_CODE if settings.TICKET_AUTOMATIC_TAX else "",
        ),
        reference=order.public_id,
        success_url=f"{back}?paid=1",
        cancel_url=back,
        expires_at=timezone.now() + PAGE,
        transfer_group=room.public_id,
        email=order.buyer.email if order.buyer else "",
        locale=language,
        automatic_tax=settings.TICKET_AUTOMATIC_TAX,
        metadata={"order": order.public_id},
    )


def _follow(order: Order, found: CheckoutSession, reason: ReleaseReason = ReleaseReason.EXPIRED) -> Order:
    """Do what follows of how a session stands; one that is not the order's own may still have been paid."""
    if found.is_paid:
        known = order.session == found.id and order.charge and order.fee is not None
        return order if known else record_payment(found, order)
    if found.status == "expired":
        release(order.pk, reason, session=found.id)
    order.refresh_from_db()
    return order


def _end(order_id: int, reason: ReleaseReason) -> bool:
    try:
        return give_up(order_id, reason=reason).state != OrderState.HELD
    except Exception:
        # One that cannot be asked about must not keep the others.
        log.exception("hold_not_ended", order=order_id)
        return False
