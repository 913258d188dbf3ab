"""What buyers are told: once for each thing, in their language, and the receipt as a letter with the room attached."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone, translation

from accounts.models import Notification
from accounts.notices.kinds import words_of
from accounts.services.letters import send_letters
from tests.factories.selling import held_order, offer_of, paid_order, refund_of
from tests.rooms.planned import planned
from ticketing.enums import RefundReason, WaitingState
from ticketing.models import Order, WaitingPlace
from ticketing.services import telling

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(ines: User, oliver: User) -> Order:
    """Return Oliver's order for a planned room of Inès, paid."""
    return paid_order(offer_of(planned(ines, title="Chess, out loud")), oliver)


def told(person: User) -> list[tuple[str, str, str]]:
    rows = Notification.objects.filter(user=person).order_by("pk")
    return [(row.kind, words_of(row).title, row.link) for row in rows]


def letter() -> EmailMultiAlternatives:
    send_letters()
    (sent,) = mail.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    return sent


def test_receipt_has_what_was_paid_and_the_room_for_the_calendar(order: Order, oliver: User) -> None:
    telling.ticket_bought(order)
    telling.ticket_bought(order)
    assert told(oliver) == [("receipt", "Your ticket for “Chess, out loud”", f"/orders/{order.public_id}/")]
    sent = letter()
    html = str(sent.alternatives[0][0])
    for line in ("€12.00", "€2.00 (20%)", order.public_id, "Chess, out loud", "Inès Moreau"):
        assert (line in sent.body, line in html) == (True, True)
    assert "No more mail like this" not in sent.body
    assert "about a ticket that you paid for" in sent.body
    ((name, content, kind),) = sent.attachments
    assert (name, kind) == (f"causerie-{order.offer.room.public_id}.ics", "text/calendar")
    assert "BEGIN:VEVENT" in str(content)


def test_receipt_is_in_the_language_and_by_the_clock_of_the_buyer(order: Order, oliver: User) -> None:
    oliver.language, oliver.time_zone = "fr", "Asia/Tokyo"
    oliver.save(update_fields=["language", "time_zone"])
    Order.objects.filter(pk=order.pk).update(paid_at=timezone.now().replace(2026, 11, 21, 22, 30))
    telling.ticket_bought(order)
    sent = letter()
    assert ("12,00\u00a0€" in sent.body, "22 novembre 2026" in sent.body, "07:30" in sent.body) == (True, True, True)


CASES: list[tuple[Callable[[Order], object], str, str]] = [
    (lambda order: telling.payment_returned(order, RefundReason.NO_SEAT), "refund", "No seat in “Chess, out loud”"),
    (lambda order: telling.refund_promised(refund_of(order)), "refund", "Money for “Chess, out loud” goes back"),
    (lambda order: telling.refund_done(refund_of(order)), "refund", "Your refund for “Chess, out loud” is done"),
    (lambda order: telling.refund_failed(refund_of(order)), "refund", "did not arrive"),
    (telling.room_moved, "ticket", "“Chess, out loud” has another time"),
    (telling.dispute_opened, "ticket", "Your bank asks for your payment back"),
    (telling.dispute_closed, "ticket", "Your ticket for “Chess, out loud” has ended"),
]


@pytest.mark.parametrize(("tell", "kind", "title"), CASES)
def test_each_thing_is_told_with_its_words(
    order: Order, oliver: User, tell: Callable[[Order], Any], kind: str, title: str
) -> None:
    tell(order)
    ((its_kind, its_title, link),) = told(oliver)
    assert (its_kind, title in its_title, link) == (kind, True, f"/orders/{order.public_id}/")


def test_refund_says_why_and_how_much(order: Order, oliver: User) -> None:
    telling.refund_promised(refund_of(order, amount=500, reason=RefundReason.CANCELLED))
    with translation.override("en"):
        words = words_of(Notification.objects.get(user=oliver))
    assert words.text == "The room does not take place. €5.00 goes back to where it came from."


def test_every_refund_of_an_order_is_told_and_each_step_once(order: Order, oliver: User) -> None:
    one, other = refund_of(order, amount=500), refund_of(order, amount=700)
    for refund in (one, other, one):
        telling.refund_promised(refund)
        telling.refund_done(refund)
    assert len(told(oliver)) == 4


def test_moved_room_says_until_when_the_ticket_may_go_back(order: Order, oliver: User) -> None:
    order.free_refund_until = timezone.now() + timedelta(days=2)
    telling.room_moved(order)
    telling.room_moved(order)
    order.offer.room.revision += 1
    telling.room_moved(order)
    assert len(told(oliver)) == 2
    assert "give it back until" in words_of(Notification.objects.filter(user=oliver)[0]).text


def test_offered_seat_is_told_with_its_end_and_no_letter_leaves_once_it_is_gone(ines: User, yara: User) -> None:
    offer = offer_of(planned(ines, title="Chess, out loud"))
    order = held_order(offer, yara)
    until = timezone.now() + timedelta(hours=2)
    place = WaitingPlace.objects.create(
        offer=offer, user=yara, state=WaitingState.OFFERED, order=order, offered_until=until
    )
    telling.seat_offered(place)
    telling.seat_offered(place)
    assert told(yara) == [("seat_offered", "A seat is free in “Chess, out loud”", f"/orders/{order.public_id}/")]
    order.state, order.takes_seat = "released", False
    order.save()
    send_letters()
    assert mail.outbox == []


def test_nobody_is_told_of_an_order_whose_buyer_is_erased(order: Order) -> None:
    order.buyer = None
    order.save()
    telling.ticket_bought(order)
    assert Notification.objects.count() == 0
