"""Orders, refunds, tickets and seats held against the ledger and against each other (settings.LEDGER_CHECKS).

Each thing that does not fit is a sentence. Nothing here corrects anything.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.module_loading import import_string

from config.lib.money import Money
from rooms.enums import RoomState
from ticketing import account_names as accounts
from ticketing.enums import DisputeState, OrderState, RefundState, TicketKind
from ticketing.models import Entry, Offer, Order, Refund, Ticket

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from django.db.models import QuerySet

CHUNK: Final = 500
LIVE_REFUNDS: Final = (RefundState.WANTED, RefundState.PENDING, RefundState.SUCCEEDED)
_ROOM_ACCOUNT: Final = f"{accounts.HELD}room:"


class Move(NamedTuple):
    """What an entry says: so much from one account to another."""

    debit: str
    credit: str
    minor: int


def findings() -> Iterator[str]:
    """Say what is wrong with orders and seats; nothing if all is well."""
    for orders in _chunks():
        entries, more = _entries_of(orders), _more_of(orders)
        for order in orders:
            yield from _wrong_entries(order, entries[order.public_id], more[order.public_id])
            yield from _wrong_dispute(order, entries[order.public_id])
            yield from _wrong_refunds(order)
            yield from _wrong_ticket(order)
    yield from _wrong_seats()


def settled_rooms(names: Iterable[str]) -> list[str]:
    """Return those `held:` accounts that must be zero: of rooms that refund everybody, and have done so.

    A handler of settings.LEDGER_SETTLED_HANDLERS.
    """
    rooms = {
        name: name.removeprefix(_ROOM_ACCOUNT).partition(":")[0] for name in names if name.startswith(_ROOM_ACCOUNT)
    }
    over = set(
        _refunded_rooms().filter(room__public_id__in=set(rooms.values())).values_list("room__public_id", flat=True)
    )
    return [name for name, room in rooms.items() if room in over]


def _refunded_rooms() -> QuerySet[Offer]:
    """Return offers whose buyers all have, or will have, their money back or have taken it through their bank."""
    lost = Q(dispute_state=DisputeState.LOST, charged__lte=F("refunded") + F("disputed"))
    kept = Order.objects.filter(state=OrderState.PAID, charged__gt=F("refunded")).exclude(lost)
    under_way = Order.objects.filter(refunds__state__in=(RefundState.WANTED, RefundState.PENDING))
    cancelled = Offer.objects.filter(~Q(refund_all="") | Q(room__state=RoomState.CANCELLED))
    return cancelled.exclude(orders__in=kept).exclude(orders__in=under_way).exclude(orders__state=OrderState.HELD)


def _chunks() -> Iterator[list[Order]]:
    whole = Order.objects.select_related("offer__room", "ticket").prefetch_related("refunds").order_by("pk")
    last = 0
    while found := list(whole.filter(pk__gt=last)[:CHUNK]):
        yield found
        last = found[-1].pk


def _entries_of(orders: list[Order]) -> Mapping[str, dict[str, Move]]:
    """Return the entries of each order by key."""
    found: dict[str, dict[str, Move]] = defaultdict(dict)
    rows = Entry.objects.filter(order_key__in=[order.public_id for order in orders])
    fields = rows.values_list("order_key", "key", "debit__name", "credit__name", "amount")
    for order, key, debit, credit, minor in fields:
        found[order][key] = Move(debit, credit, minor)
    return found


def _more_of(orders: list[Order]) -> Mapping[str, dict[str, Move]]:
    """Return what must stand beside ticketing's own entries: who earned the money, and what of it went back."""
    found: dict[str, dict[str, Move]] = defaultdict(dict)
    for path in settings.ORDER_ENTRIES_HANDLERS:
        for order, moves in import_string(path)(orders).items():
            found[order] |= {key: Move(*move) for key, move in moves.items()}
    return found


# --- an order's entries -----------------------------------------------------------------------------------------------


def _wrong_entries(order: Order, entries: Mapping[str, Move], more: Mapping[str, Move]) -> Iterator[str]:
    wanted = {**expected_entries(order), **more}
    for key, move in wanted.items():
        if key not in entries:
            yield f"{_named(order)} has no entry {key} of {_written(order, move.minor)}."
        elif entries[key] != move:
            yield f"{_named(order)}: {key} must be {_told(order, move)}, but is {_told(order, entries[key])}."
    for key in entries:
        if key not in wanted and not key.startswith("dispute:"):
            yield f"{_named(order)} has the entry {key}, and nothing that it could stand for."


def expected_entries(order: Order) -> dict[str, Move]:
    """Return what must stand in the ledger of an order and its refunds, by key; what is disputed stands apart."""
    if order.charged is None:
        return {}
    stripe, fees = accounts.stripe(order.currency), accounts.stripe_fees(order.currency)
    found = {
        f"order:{order.public_id}:{_SALE[part]}": Move(stripe, source, minor)
        for part, (source, minor) in _parts(order, order.charged, order.tax or 0).items()
    }
    if order.fee:
        found[f"order:{order.public_id}:fee"] = Move(fees, stripe, order.fee)
    for refund in order.refunds.all():
        found |= _of_refund(order, refund)
    return found


_SALE: Final = {"": "sale", "-vat": "vat"}


def _of_refund(order: Order, refund: Refund) -> dict[str, Move]:
    key = f"refund:{refund.public_id}"
    stripe, promised = accounts.stripe(order.currency), accounts.refunds(order.currency)
    parts = _parts(order, refund.amount, refund.tax)
    found = {f"{key}:promise{part}": Move(source, promised, minor) for part, (source, minor) in parts.items()}
    failed = refund.state == RefundState.FAILED
    # It left Stripe's balance as soon as Stripe took it; one that failed before was never there.
    if refund.state in (RefundState.PENDING, RefundState.SUCCEEDED) or (failed and refund.stripe_id):
        found[f"{key}:paid"] = Move(promised, stripe, refund.amount)
    if failed and refund.stripe_id:
        found[f"{key}:returned"] = Move(stripe, promised, refund.amount)
    if failed:
        found |= {f"{key}:undo{part}": Move(promised, source, minor) for part, (source, minor) in parts.items()}
    return found


def _parts(order: Order, minor: int, tax: int) -> dict[str, tuple[str, int]]:
    """Part a sum into what is held for the room and what is tax: the ending of the key, account and amount."""
    held = accounts.held_for_room(order.offer.room.public_id, order.currency)
    parts = {"": (held, minor - tax)} if minor > tax else {}
    return parts | ({"-vat": (accounts.vat(order.country.lower(), order.currency), tax)} if tax else {})


def _wrong_dispute(order: Order, entries: Mapping[str, Move]) -> Iterator[str]:
    """Hold what banks have taken, brought back and kept against how the dispute stands."""
    sums: dict[str, int] = defaultdict(int)
    for key, move in entries.items():
        if key.startswith("dispute:"):
            # The second time that the money is taken, the key ends with a number.
            sums[key.rpartition(":")[2].rstrip("0123456789")] += move.minor
    if sums and order.dispute_state == DisputeState.NONE:
        yield f"{_named(order)} has entries of a dispute that it knows nothing of."
    lost = sums["lost"] + sums["lost-vat"]
    if lost != order.disputed:
        said = _written(order, lost)
        yield f"{_named(order)} has lost {_written(order, order.disputed)} to a bank, but its entries come to {said}."
    away = Money(sums["taken"] - sums["won"] - lost - sums["lost-ours"], order.currency)
    if away and order.dispute_state != DisputeState.OPEN:
        yield f"{_named(order)}: its dispute is {order.dispute_state}, but {away} of it lies in between."


# --- an order's own rows ----------------------------------------------------------------------------------------------


def _wrong_refunds(order: Order) -> Iterator[str]:
    refunds = order.refunds.all()
    live = sum(refund.amount for refund in refunds if refund.state in LIVE_REFUNDS)
    if live != order.refunded:
        said = _written(order, order.refunded)
        yield f"{_named(order)} says that {said} went back, but its refunds come to {_written(order, live)}."
    open_ones = any(refund.state in (RefundState.WANTED, RefundState.PENDING) for refund in refunds)
    if order.state == OrderState.PAID and order.charged == order.refunded + order.disputed and not open_ones:
        yield f"{_named(order)} was given back whole and does not say so."


def _wrong_ticket(order: Order) -> Iterator[str]:
    ticket = getattr(order, "ticket", None)
    live = ticket is not None and ticket.voided_at is None
    if live and (order.state != OrderState.PAID or _kept(order) <= 0):
        yield f"{_named(order)} has a ticket and no money."
    if order.charged is not None and not live and _kept(order) > 0:
        yield f"{_named(order)} has money ({_written(order, _kept(order))}) and neither a ticket nor a refund."
    if order.state == OrderState.PAID and live != order.takes_seat:
        yield f"{_named(order)} has {'a ticket without a seat' if live else 'a seat without a ticket'}."


def _kept(order: Order) -> int:
    """Return what of a payment is neither on its way back nor lost to a bank; while that is open it counts as ours."""
    lost = order.disputed if order.dispute_state == DisputeState.LOST else 0
    return (order.charged or 0) - order.refunded - lost


def _wrong_seats() -> Iterator[str]:
    guests = Ticket.objects.filter(room=OuterRef("room"), kind=TicketKind.GUEST, voided_at=None)
    counted = guests.order_by().values("room").annotate(number=Count("pk")).values("number")
    offers = Offer.objects.annotate(
        ordered=Count("orders", filter=Q(orders__takes_seat=True)), guests=Coalesce(Subquery(counted), 0)
    )
    wrong = offers.exclude(taken=F("ordered") + F("guests")).order_by("pk")
    for offer in wrong:
        yield (
            f"Offer {offer.public_id} counts {offer.taken} seats as taken, but {offer.ordered} are of orders"
            f" and {offer.guests} of guests."
        )


def _named(order: Order) -> str:
    return f"Order {order.public_id} ({order.state})"


def _written(order: Order, minor: int) -> str:
    return str(Money(minor, order.currency))


def _told(order: Order, move: Move) -> str:
    return f"{_written(order, move.minor)} from {move.credit} to {move.debit}"
