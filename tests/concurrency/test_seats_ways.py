"""The two ways of the campaigns' people, services and browsers, do the same to the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.lib.money import Money
from rooms.bot.login import log_in
from tests.campaigns.seats_scene import Scene
from tests.campaigns.seats_ways import LATER, Services
from tests.campaigns.site_browser import Browser, PageFaultError
from tests.factories.payments import buy, pay_at_stripe, planned_offer
from tests.factories.people import UserFactory
from tests.servers.ports import free_port
from ticketing.enums import OrderState, RefundReason, WaitingState
from ticketing.models import Offer, Order, Refund, Ticket, WaitingPlace
from ticketing.selling_errors import NotForSaleError, SoldOutError, TicketHeldError
from ticketing.services.offers import close_sales

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import Settings
    from pytest_django.live_server_helper import LiveServer

    from accounts.models import User
    from tests.campaigns.seats_ways import Way

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def devstripe(settings: Settings, tmp_path: Path) -> None:
    settings.DEVSTRIPE, settings.STRIPE_SECRET_KEY = True, ""
    settings.DEVSTRIPE_FILE = tmp_path / "devstripe.sqlite3"


@pytest.fixture
def offer() -> Offer:
    return planned_offer(seats=2)


@pytest.fixture
def people() -> list[User]:
    return [UserFactory.create() for _ in range(3)]


def scene_at(port: int, offer: Offer, people: list[User], folder: Path) -> Scene:
    sessions = {person.pk: log_in(person) for person in (*people, offer.room.host)}
    return Scene([offer.pk], [offer.room.public_id], people, [], folder, [port], sessions)


@pytest.fixture(params=["services", "browser"])
def way(
    request: pytest.FixtureRequest, live_server: LiveServer, offer: Offer, people: list[User], tmp_path: Path
) -> Way:
    if request.param == "services":
        return Services()
    return Browser(scene_at(live_server.thread.port, offer, people, tmp_path), 7)


def test_seat_is_held_paid_and_given_back(way: Way, offer: Offer, people: list[User]) -> None:
    order = way.hold(offer.pk, people[0])
    session = way.page(order)
    assert way.page(order) == session == pay_at_stripe(order)
    way.look(order)
    order.refresh_from_db()
    assert (order.state, order.buyer) == (OrderState.PAID, people[0])
    with pytest.raises(TicketHeldError):
        way.hold(offer.pk, people[0])
    way.refund(order, RefundReason.BUYER, by=people[0])
    refund = Refund.objects.get()
    assert (refund.money, refund.reason, refund.asked_by) == (offer.price, RefundReason.BUYER, people[0])


def test_host_gives_back_a_part_and_the_rest(way: Way, offer: Offer, people: list[User]) -> None:
    order = buy(offer, people[0])
    for part in (Money(345, "eur"), None):
        way.refund(order, RefundReason.HOST, part=part)
        order.refresh_from_db()
    parts = Refund.objects.order_by("pk").values_list("amount", "reason")
    assert list(parts) == [(345, RefundReason.HOST), (order.amount - 345, RefundReason.HOST)]


def test_seat_is_given_up(way: Way, offer: Offer, people: list[User]) -> None:
    order = way.hold(offer.pk, people[0])
    way.give_up(order)
    order.refresh_from_db()
    assert order.state == OrderState.RELEASED


def test_who_comes_late_is_told_and_waits(way: Way, offer: Offer, people: list[User]) -> None:
    for person in people[:2]:
        buy(offer, person)
    with pytest.raises(SoldOutError):
        way.hold(offer.pk, people[2])
    way.join_line(offer.pk, people[2])
    assert WaitingPlace.objects.get().state == WaitingState.WAITING


def test_nothing_is_sold_after_the_end(way: Way, offer: Offer, people: list[User]) -> None:
    close_sales(offer.room.public_id, by=offer.room.host)
    with pytest.raises(NotForSaleError):
        way.hold(offer.pk, people[0])


def test_host_moves_invites_offers_and_calls_off(way: Way, offer: Offer, people: list[User]) -> None:
    room, before = offer.room, offer.room.starts_at
    assert before is not None
    way.invite(room, people[0])
    guest = Ticket.objects.get(holder=people[0], voided_at=None)
    way.take_off(room, guest)
    assert not Ticket.objects.filter(voided_at=None).exists()
    way.offer_seats(offer, 3)
    way.move(room)
    way.call_off(room)
    room.refresh_from_db()
    offer.refresh_from_db()
    assert room.starts_at is not None
    assert room.starts_at.replace(second=0, microsecond=0) == (before + LATER).replace(second=0, microsecond=0)
    assert (offer.capacity, offer.refund_all) == (3, RefundReason.CANCELLED)
    assert not Order.objects.exists()


def test_browser_without_a_site_meets_a_fault(
    offer: Offer, people: list[User], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.campaigns.site_browser.PATIENCE_SECONDS", 0.2)
    with pytest.raises(PageFaultError, match="no web process takes connections"):
        Browser(scene_at(free_port(), offer, people, tmp_path), 7).hold(offer.pk, people[0])
