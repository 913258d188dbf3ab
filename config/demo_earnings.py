"""What a creator of the demo has earned: rooms that were sold, took place, were settled and paid out, by the services.

Only when it was is put back, where that may change: the ledger's entries are of the day on which the demo was made.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from config.demo_tickets import let_be_paid, sell_to
from config.lib.errors import DomainError
from creators.services.paying import advance_runs
from creators.services.payouts import ask_payout
from creators.services.settling import settle_rooms
from creators.services.transfers import send_due_transfers
from rooms.enums import EntryRule
from rooms.models import Attendance, Room, RoomMinute
from rooms.services import figures
from rooms.services.lifecycle import end_room
from rooms.services.planning import schedule_room, start_room
from ticketing.models import Order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from accounts.models import User
    from config.embedded.demo import DemoSale

COUNTRY = "FR"
SEATS = 50
LASTED = timedelta(minutes=70)
SOLD_BEFORE = timedelta(days=4)
# After this many rooms everything is paid out; what comes later is still owed, or to be settled.
PAID_OUT_AFTER = 3


def make_sales(wanted: Sequence[DemoSale], people: Mapping[str, User]) -> None:
    """Sell these rooms, the earliest first, unless that was done before or payments are not the demo's own."""
    if not settings.DEVSTRIPE:
        return
    for number, sale in enumerate(wanted, start=1):
        if Room.objects.filter(host=people[sale.host], title=sale.title).exists():
            continue
        _take_place(sale, people)
        while settle_rooms(timezone.now()):
            pass
        if number == PAID_OUT_AFTER:
            _pay_out(people[sale.host])


def _take_place(sale: DemoSale, people: Mapping[str, User]) -> None:
    now, host = timezone.now(), people[sale.host]
    room = schedule_room(
        host,
        title=sale.title,
        language=sale.language,
        starts_at=now + timedelta(days=1),
        entry_rule=EntryRule.TICKET,
    )
    sell_to(room, price=sale.price, seats=SEATS, buyers=[people[handle] for handle in sale.bought_by])
    start_room(room.public_id, by=host)
    end_room(room.public_id, by=host)
    began = now - timedelta(days=sale.days_ago)
    Order.objects.filter(offer__room=room).update(paid_at=began - SOLD_BEFORE)
    Room.objects.filter(pk=room.pk).update(
        created_at=began - 2 * SOLD_BEFORE, starts_at=began, live_at=began, ended_at=began + LASTED
    )
    room.refresh_from_db()
    _listen(room, [people[handle] for handle in sale.bought_by], began)


def _listen(room: Room, listeners: Sequence[User], began: datetime) -> None:
    """Let everybody who bought a ticket be there, each a little longer than the one before."""
    Attendance.objects.bulk_create(
        Attendance(
            room=room,
            user=person,
            first_seen_at=began,
            last_seen_at=began + LASTED * (place + 2) / (len(listeners) + 1),
        )
        for place, person in enumerate(listeners)
    )
    RoomMinute.objects.create(
        room=room, at=began.replace(second=0, microsecond=0), source="demo", people=len(listeners), guests=0
    )
    figures.settle(room)


def _pay_out(person: User) -> None:
    """Let Stripe know the person, and pay them what they are owed, if that is enough."""
    let_be_paid(person, COUNTRY)
    try:
        ask_payout(person)
    except DomainError:
        return
    advance_runs()
    while send_due_transfers():
        pass
