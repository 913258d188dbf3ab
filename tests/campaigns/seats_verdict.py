"""What a campaign has to show: seats that add up at any moment and, after the sweep, money and tickets that fit."""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from tests.campaigns.seats_jobs import jobs_of
from ticketing import ledger_checks
from ticketing.devstripe import controls
from ticketing.devstripe.store import opened
from ticketing.enums import DisputeState, OrderState, RefundState, TicketKind
from ticketing.models import Offer, Order, Refund, StripeEvent, StripeEventState, Ticket
from ticketing.services.reconciling import reconcile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from django.db.models import QuerySet

    from tests.campaigns.seats_scene import Scene

PASSES = 40
# A day and more: leases, pauses and idempotency keys are over.
LONG_AGO = timedelta(hours=25)


@dataclass
class Verdict:
    """What was found after a run; all sentences are violations."""

    oversold: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    unpaid: list[str] = field(default_factory=list)
    miscounted: list[str] = field(default_factory=list)
    ledger: list[str] = field(default_factory=list)
    reconciled: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)

    def sentences(self) -> list[str]:
        return [f"{kind}: {sentence}" for kind, found in vars(self).items() for sentence in found]


def sample(offers: Sequence[int]) -> list[str]:
    """Look at the seats as of one moment: sold + held + free = capacity, and none beyond it."""
    found = []
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for offer in Offer.objects.filter(pk__in=offers):
            states = Counter(Order.objects.filter(offer=offer, takes_seat=True).values_list("state", flat=True))
            guests = Ticket.objects.filter(room=offer.room_id, kind=TicketKind.GUEST, voided_at=None).count()
            tickets = Ticket.objects.filter(room=offer.room_id, voided_at=None).count()
            taken = states[OrderState.PAID] + states[OrderState.HELD] + guests
            free = offer.capacity - offer.taken
            if taken + free != offer.capacity or free < 0:
                found.append(f"offer {offer.pk}: {dict(states)} and {guests} guests, {free} free of {offer.capacity}")
            if tickets > offer.capacity or tickets != states[OrderState.PAID] + guests:
                found.append(f"offer {offer.pk}: {tickets} tickets, {dict(states)}, capacity {offer.capacity}")
    return found


def keep_sampling(scene: Scene) -> None:
    """Sample until the process is ended; what is found is written down at once."""
    parent = os.getppid()
    while os.getppid() == parent:
        if found := sample(scene.offers):
            with (scene.folder / "sampled").open("a") as file:
                file.writelines(f"{sentence}\n" for sentence in found)
        time.sleep(0.1)


def settle(
    sweep: Callable[[], None] | None = None, within: Callable[[Callable[[], Any]], Any] = lambda act: act()
) -> tuple[list[str], list[str]]:
    """Let time pass until nothing is left to do, with what was lost made up for by reconciliation.

    `sweep` is how what is left is done, by all jobs in this process if nobody else does it; all that opens a connection
    happens `within`. Returns what two reconciliations found: the one that catches up, and another after it.
    """
    sweep = sweep or _sweep
    found: list[list[str]] = []
    for _time in range(2):
        within(_finish_disputes)
        sweep()
        found.append(within(_reconciled))
    sweep()
    return found[0], found[1]


def judge(offers: Sequence[int], reconciled: tuple[list[str], list[str]]) -> Verdict:
    """Hold the site's rows against what devstripe has, apart from how reconciliation does it."""
    verdict = Verdict(miscounted=sample(offers))
    for offer in Offer.objects.filter(pk__in=offers):
        seated = Order.objects.filter(offer=offer, takes_seat=True).count()
        tickets = Ticket.objects.filter(room=offer.room_id, voided_at=None).count()
        if max(seated, tickets, offer.taken) > offer.capacity:
            verdict.oversold.append(f"offer {offer.pk}: {seated} seats, {tickets} tickets of {offer.capacity}")
    charges = _charges()
    verdict.lost += _money_without(charges)
    verdict.unpaid += _tickets_without(charges)
    verdict.ledger += ledger_checks.findings(timezone.now())
    verdict.reconciled += [*reconciled[0], *reconciled[1]]
    verdict.unfinished += _unfinished()
    return verdict


def _sweep() -> None:
    for _pass in range(PASSES):
        let_time_pass()
        for job in jobs_of():
            job()
        if not work_left():
            return


def let_time_pass() -> None:
    """Let a day and more pass, while nobody works: a lease that somebody has must not end under their hands."""
    before = timezone.now() - LONG_AGO
    Order.objects.filter(state=OrderState.HELD).update(held_until=before)
    Refund.objects.filter(state=RefundState.WANTED).update(due_at=before, leased_until=None)
    StripeEvent.objects.filter(state=StripeEventState.WAITING).update(due_at=before, claimed_until=None)
    with opened() as store:
        store.rows.execute("UPDATE deliveries SET due = 0, claimed_until = 0 WHERE due IS NOT NULL")
        # What was refused once is refused again under its key, for a day.
        store.rows.execute("UPDATE answers SET at = 0")


def work_left() -> bool:
    """Say whether something waits for a job."""
    with opened() as store:
        (events,) = store.rows.execute("SELECT count(*) FROM deliveries WHERE due IS NOT NULL").fetchone()
    return bool(
        events
        or Order.objects.filter(state=OrderState.HELD).exists()
        or Refund.objects.filter(state__in=(RefundState.WANTED, RefundState.PENDING)).exists()
        or StripeEvent.objects.filter(state=StripeEventState.WAITING).exists()
        or _to_give_back().exists()
        or _untold().exists()
    )


def _to_give_back() -> QuerySet[Order]:
    """Return the orders of rooms that are called off of which money is kept, though no bank and no staff has a say."""
    called_off = Order.objects.filter(state=OrderState.PAID).exclude(offer__refund_all="")
    decided = called_off.exclude(dispute_state=DisputeState.OPEN).exclude(refunds__state=RefundState.FAILED)
    return decided.filter(refunded__lt=F("charged") - F("disputed"))


def _untold() -> QuerySet[Order]:
    return Order.objects.filter(Q(tell_bought=True) | Q(tell_moved=True))


def _unfinished() -> Iterator[str]:
    for order in Order.objects.filter(state=OrderState.HELD):
        yield f"order {order.public_id} is still held"
    for order in _to_give_back():
        yield f"order {order.public_id} of a room that is called off was not given back"
    for order in _untold():
        yield f"the buyer of order {order.public_id} was not told"
    for refund in Refund.objects.filter(state__in=(RefundState.WANTED, RefundState.PENDING)).select_related("order"):
        yield f"refund {refund.public_id} of order {refund.order.public_id} is {refund.state} after {refund.attempts}"
    for refund in Refund.objects.filter(state=RefundState.FAILED).exclude(order__dispute_state=DisputeState.LOST):
        yield f"refund {refund.public_id} failed"
    for event in StripeEvent.objects.filter(~Q(error="") | Q(state=StripeEventState.WAITING)):
        yield f"event {event.type} of {event.object_id} is {event.state}: {event.error}"


def _finish_disputes() -> None:
    """Let the banks decide what they have not: by turns for us and against us."""
    with opened() as store:
        waiting = [each["id"] for each in store.newest("dispute") if each["status"] not in ("won", "lost")]
    for number, dispute in enumerate(waiting):
        controls.close_dispute(dispute, "won" if number % 2 else "lost")


def _reconciled() -> list[str]:
    # Nothing is so new that it may be missing.
    settings.RECONCILE_MARGIN_MINUTES = -1
    return [each["text"] for each in reconcile(timezone.now()).findings]


def _charges() -> dict[str, dict[str, Any]]:
    """Return what devstripe has taken, by charge, with what it has left of it."""
    with opened() as store:
        charges = {each["id"]: each for each in store.newest("charge") if each["status"] == "succeeded"}
        lost = Counter[str]()
        for dispute in store.newest("dispute"):
            if dispute["status"] != "won":
                lost[dispute["charge"]] += dispute["amount"]
    for name, charge in charges.items():
        charge["left"] = charge["amount"] - charge["amount_refunded"] - lost[name]
    return charges


def _money_without(charges: dict[str, dict[str, Any]]) -> Iterator[str]:
    orders = {order.charge: order for order in Order.objects.exclude(charge="").select_related("ticket")}
    for name, charge in charges.items():
        if (order := orders.get(name)) is None:
            yield f"{name} of {charge['metadata'].get('order')} belongs to no order, and {charge['left']} of it is kept"
            continue
        ticket = getattr(order, "ticket", None)
        if charge["left"] > 0 and (ticket is None or ticket.voided_at is not None):
            yield f"{name}: {charge['left']} kept, order {order.public_id} ({order.state}) has no ticket"
        if charge["amount"] != order.charged:
            yield f"{name}: {charge['amount']} charged, order {order.public_id} says {order.charged}"


def _tickets_without(charges: dict[str, dict[str, Any]]) -> Iterator[str]:
    tickets = Ticket.objects.filter(kind=TicketKind.BOUGHT, voided_at=None).select_related("order")
    for ticket in tickets:
        charge = charges.get(ticket.order.charge) if ticket.order else None
        if charge is None or charge["left"] <= 0:
            yield f"ticket {ticket.public_id} of order {ticket.order} has no money at devstripe"
