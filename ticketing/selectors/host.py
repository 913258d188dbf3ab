"""What a host, and staff beside them, see of a room's tickets: figures, who holds one, what goes back.

Sums are of the offer's currency: it stays once anybody has begun to pay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.db.models import Count, Prefetch, Q, Sum
from django.utils.module_loading import import_string

from accounts.selectors.people import person_of
from config.lib.errors import NotFoundError
from config.lib.money import Money
from config.lib.public_id import is_public_id
from rooms.models import Room
from ticketing import account_names
from ticketing.enums import DisputeState, OrderState, RefundState, TicketKind, WaitingState
from ticketing.models import Entry, Offer, Order, Refund, Ticket, WaitingPlace
from ticketing.selectors.ledger import Statement, balance, statement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from accounts.models import User

# How the key of an entry ends that takes back the tax of a lost dispute.
LOST_TAX = ":lost-vat"
LIVE_REFUNDS = (RefundState.WANTED, RefundState.PENDING, RefundState.SUCCEEDED)


class Seats(NamedTuple):
    """What has become of an offer's seats. Sold, held, guests and free are all of them."""

    capacity: int
    sold: int
    held: int
    guests: int
    free: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Takings:
    """What came in for a room and where it went. `left` is what remains of `revenue` after all that follows it."""

    revenue: Money
    refunded: Money
    # What banks took back, or hold until they have decided.
    disputed: Money
    tax: Money
    fees: Money
    # So many payments whose costs Stripe has not told yet.
    fees_unknown: int
    # What stands in the ledger for the room: without tax, before costs.
    held: Money

    @property
    def left(self) -> Money:
        return self.revenue - self.refunded - self.disputed - self.tax - self.fees


class RefundProgress(NamedTuple):
    """How far the money of a room that does not take place has gone back: payments, not parts of them."""

    payments: int
    done: int
    under_way: int
    # Failed, or a bank decides: people have to look.
    stuck: int


class Holder(NamedTuple):
    """A line of the list: the ticket with its holder and order, and how its money stands."""

    ticket: Ticket
    # What came, for a bought one; None for a guest's.
    paid: Money | None
    refunded: Money | None
    left: Money | None
    # One of "", "part", "under_way", "done", "failed", "disputed".
    state: str


def room_to_sell(user: User | AnonymousUser, public_id: str) -> Room:
    """Return the room if whoever asks may see its tickets: its host, who sells them, and staff who may see offers.

    Raises NotFoundError for everybody else: nobody learns what is sold where.
    """
    person = person_of(user)
    rooms = Room.objects.select_related("host").filter(public_id=public_id)
    found = rooms.first() if person is not None and is_public_id(public_id) else None
    if found is None or person is None or not (found.host_id == person.pk or may_see_takings(person, found)):
        raise NotFoundError
    return found


def may_see_takings(person: User, room: Room) -> bool:
    """Say whether somebody may see what a room brings in: who made its offer, whoever hosts it now, and staff."""
    return may_see_sales(person) or Offer.objects.filter(room=room, seller=person).exists()


def may_see_sales(person: User) -> bool:
    """Say whether somebody may see what others sell."""
    return person.is_active and person.is_staff and person.has_perm("ticketing.view_offer")


def offer_of_room(room: Room) -> Offer | None:
    """Return what is sold for the room, if anything was ever."""
    return Offer.objects.filter(room=room).first()


def seats_of(offer: Offer) -> Seats:
    """Return what has become of the seats."""
    orders = Order.objects.filter(offer=offer, takes_seat=True).aggregate(
        sold=Count("pk", filter=Q(state=OrderState.PAID)), held=Count("pk", filter=Q(state=OrderState.HELD))
    )
    return Seats(
        capacity=offer.capacity,
        sold=orders["sold"],
        held=orders["held"],
        guests=guest_count(offer.room_id),
        free=offer.capacity - offer.taken,
        waiting=WaitingPlace.objects.filter(offer=offer, state=WaitingState.WAITING).count(),
    )


def guest_count(room_id: int) -> int:
    """Return how many are on the guest list."""
    return Ticket.objects.filter(room=room_id, kind=TicketKind.GUEST, voided_at=None).count()


def takings_of(offer: Offer) -> Takings:
    """Return what came in and where it went. The offer's room is at hand."""
    orders = Order.objects.filter(offer=offer, charged__isnull=False)
    sums = orders.aggregate(
        came=Sum("charged"),
        back=Sum("refunded"),
        taken=Sum("disputed"),
        taxes=Sum("tax"),
        costs=Sum("fee"),
        unknown=Count("pk", filter=Q(fee=None)),
    )
    back = Refund.objects.filter(order__offer=offer, state__in=LIVE_REFUNDS).aggregate(taxes=Sum("tax"))["taxes"] or 0
    # What a bank took back for good was not taxed in the end.
    lost = Entry.objects.filter(order_key__in=orders.values("public_id"), key__endswith=LOST_TAX).exclude(order_key="")
    back += lost.aggregate(taxes=Sum("amount"))["taxes"] or 0

    def money(minor: int | None) -> Money:
        return Money(minor or 0, offer.currency)

    return Takings(
        revenue=money(sums["came"]),
        refunded=money(sums["back"]),
        disputed=money(sums["taken"]),
        tax=money((sums["taxes"] or 0) - back),
        fees=money(sums["costs"]),
        fees_unknown=sums["unknown"],
        held=-balance(_account(offer)),
    )


def refund_progress(offer: Offer) -> RefundProgress:
    """Return how far giving everybody their money back has come."""
    paid = Order.objects.filter(offer=offer, charged__isnull=False)
    failed = Q(state=OrderState.PAID) & (
        Q(pk__in=Refund.objects.filter(state=RefundState.FAILED).values("order")) | Q(dispute_state=DisputeState.OPEN)
    )
    counts = paid.aggregate(
        all=Count("pk"), done=Count("pk", filter=Q(state=OrderState.REFUNDED)), stuck=Count("pk", filter=failed)
    )
    return RefundProgress(
        payments=counts["all"],
        done=counts["done"],
        under_way=counts["all"] - counts["done"] - counts["stuck"],
        stuck=counts["stuck"],
    )


def tickets_of(room: Room, search: str = "") -> QuerySet[Ticket]:
    """Return everybody who has, or had and was paid back, a ticket; the latest first. Who was a guest is gone."""
    tickets = Ticket.objects.filter(room=room).exclude(kind=TicketKind.GUEST, voided_at__isnull=False)
    for word in search.split():
        named = Q(holder__handle__icontains=word.removeprefix("@")) | Q(holder__display_name__icontains=word)
        tickets = tickets.filter(named)
    refunds = Prefetch("order__refunds", queryset=Refund.objects.order_by("pk"))
    return tickets.select_related("holder", "order").prefetch_related(refunds).order_by("-pk")


def holders(tickets: Iterable[Ticket]) -> list[Holder]:
    """Return the lines for tickets of `tickets_of`."""
    return [_holder(ticket) for ticket in tickets]


def ticket_in(room: Room, public_id: str) -> Ticket:
    """Return a ticket of the room that `tickets_of` lists. Raises NotFoundError."""
    found = tickets_of(room).filter(public_id=public_id).first() if is_public_id(public_id) else None
    if found is None:
        raise NotFoundError
    return found


def guest_taken_off(room: Room, public_id: str) -> User | None:
    """Return who was taken off the guest list with this ticket and is not back on it, while the room may still be held.

    The ticket's id comes from an address: whoever else it names, nothing is said.
    """
    rows = Ticket.objects.filter(room=room, kind=TicketKind.GUEST, voided_at__isnull=False).select_related("holder")
    ticket = rows.filter(public_id=public_id).first() if is_public_id(public_id) and not room.is_over else None
    holder = ticket.holder if ticket else None
    back = Ticket.objects.filter(room=room, holder=holder, voided_at=None).exists() if holder else True
    return None if back else holder


def room_statement(offer: Offer, cursor: str | None = None) -> Statement:
    """Return a page of what happened on the room's account, newest first. Raises BadCursorError."""
    return statement(_account(offer), cursor=cursor)


def _holder(ticket: Ticket) -> Holder:
    order = ticket.order
    if order is None or order.charged is None:
        return Holder(ticket, None, None, None, "")
    paid, refunded = Money(order.charged, order.currency), Money(order.refunded, order.currency)
    left = Money(max(0, order.charged - order.refunded - order.disputed), order.currency)
    return Holder(ticket, paid, refunded, left, _money_state(order))


def _money_state(order: Order) -> str:
    if order.dispute_state == DisputeState.OPEN:
        return "disputed"
    if order.state == OrderState.REFUNDED:
        return "done"
    states = {refund.state for refund in order.refunds.all()}
    if states & {RefundState.WANTED, RefundState.PENDING}:
        return "under_way"
    if RefundState.FAILED in states and not order.refunded:
        return "failed"
    return "part" if order.refunded else ""


def _account(offer: Offer) -> str:
    return account_names.held_for_room(offer.room.public_id, offer.currency)


def seller_paid(person: User) -> Any:
    """Return how whoever sells is with being paid, if they cannot be or something is awaited of them; else None."""
    if not settings.SELLER_PAID:
        return None
    found = import_string(settings.SELLER_PAID)(person)
    return found if found.is_awaited or not found.may_be_paid else None
