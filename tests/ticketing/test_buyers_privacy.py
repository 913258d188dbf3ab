"""What of buying is in the copy of somebody's data, and what is left of it when their account is erased."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from accounts.exports import parts_of
from rooms.enums import ReportCategory, RoomState
from rooms.models import Report, Room
from rooms.services.alarms import remind_me
from tests.factories.payments import planned_offer
from tests.factories.selling import paid_order, refund_of
from tests.rooms.planned import planned
from tests.rooms.test_erasing import erase_now, traces_of
from ticketing.models import Order, Refund, Ticket, WaitingPlace
from ticketing.services import telling

if TYPE_CHECKING:
    from pathlib import Path

    from accounts.models import User

pytestmark = pytest.mark.django_db


def test_copy_has_orders_tickets_refunds_and_places_in_line(ines: User, yara: User, oliver: User) -> None:
    offer = planned_offer(host=ines)
    order = paid_order(offer, yara)
    refund = refund_of(order, amount=500)
    paid_order(offer, oliver)
    other = planned_offer(host=ines)
    WaitingPlace.objects.create(offer=other, user=yara)
    (part,) = [part for part in parts_of(yara) if part.path == "tickets.json"]
    assert [(row["public_id"], row["charged"], row["country"]) for row in part.data["orders"]] == [
        (order.public_id, 1_200, "FR")
    ]
    assert [(row["public_id"], row["amount"]) for row in part.data["refunds"]] == [(refund.public_id, 500)]
    assert [row["room__public_id"] for row in part.data["tickets"]] == [offer.room.public_id]
    assert [row["offer__room__public_id"] for row in part.data["waiting"]] == [other.room.public_id]


def test_erased_buyer_leaves_the_sale_and_no_name(ines: User, yara: User, settings: Any, tmp_path: Path) -> None:
    settings.RECORDINGS_DIR = settings.EXPORTS_DIR = settings.MEDIA_ROOT = tmp_path
    offer = planned_offer(host=ines)
    order = paid_order(offer, yara)
    refund_of(order, amount=500, asked_by=yara)
    WaitingPlace.objects.create(offer=planned_offer(host=ines), user=yara)
    telling.ticket_bought(order)
    Room.objects.update(state=RoomState.SCHEDULED)
    erase_now(yara)
    order.refresh_from_db()
    assert (order.buyer, order.charged, Ticket.objects.get().holder) == (None, 1_200, None)
    assert (WaitingPlace.objects.count(), Refund.objects.get().asked_by) == (0, None)
    assert Order.objects.count() == 1
    assert traces_of("yara", "Nasser") == []


def test_erased_host_leaves_what_others_paid_for_and_no_word(
    ines: User, yara: User, oliver: User, settings: Any, tmp_path: Path
) -> None:
    settings.RECORDINGS_DIR = settings.EXPORTS_DIR = settings.MEDIA_ROOT = tmp_path
    sold, unsold = planned_offer(host=ines), planned(ines, title="Unmistakable as well")
    Room.objects.filter(pk=sold.room_id).update(title="Unmistakable title", description="Unmistakable words")
    order = paid_order(sold, yara)
    remind_me(sold.room.public_id, by=yara)
    Report.objects.create(room=sold.room, person=yara, reporter=oliver, category=ReportCategory.SPAM, snapshot={})
    erase_now(ines)
    assert not Room.objects.filter(pk=unsold.pk).exists()
    room, order = Room.objects.get(), Order.objects.get(pk=order.pk)
    assert (order.buyer, order.charged, Ticket.objects.get().holder) == (yara, 1_200, yara)
    assert (room.title, room.description, room.reminders.count(), room.state) == (
        "Un salon qui n’existe plus",
        "",
        0,
        RoomState.CANCELLED,
    )
    assert Report.objects.get().room is None
    assert traces_of("unmistakable", "Inès", "Moreau") == []
