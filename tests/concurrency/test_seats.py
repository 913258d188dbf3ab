"""Races for seats on PostgreSQL. Each has a control: the same without the guard, which must go wrong."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, connection
from django.db.models import F
from django.db.models.functions import Least

from config.lib import prepared
from config.lib.errors import DomainError
from rooms.models import Ban
from tests.factories.people import UserFactory
from tests.factories.selling import offer_of
from ticketing.enums import OrderState, ReleaseReason, WaitingState
from ticketing.models import Offer, Order, WaitingPlace
from ticketing.services import seats
from ticketing.services.seats import hold_seat, join_line, release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.models import QuerySet

    from accounts.models import User
    from config.lib.statements import Write

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

THREADS = 12


def in_threads(acts: Iterable[Callable[[], object]]) -> list[object]:
    """Do all of it, twelve at a time; return what each answered, or the error that it raised."""

    def one(act: Callable[[], object]) -> object:
        try:
            return act()
        except (DomainError, IntegrityError) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, acts))


def counted(offer: Offer) -> int:
    return Order.objects.filter(offer=offer, takes_seat=True).count()


def test_no_more_seats_are_held_than_there_are() -> None:
    offer, buyers = offer_of(seats=5), UserFactory.create_batch(40)
    answers = in_threads(partial(hold_seat, offer.pk, buyer) for buyer in buyers)
    offer.refresh_from_db()
    assert (offer.taken, counted(offer)) == (5, 5)
    assert sorted(type(answer).__name__ for answer in answers) == ["Order"] * 5 + ["SoldOutError"] * 35


def test_control_seats_are_oversold_by_counting_first(monkeypatch: pytest.MonkeyPatch) -> None:
    all_counted = threading.Barrier(THREADS)

    @prepared.updating
    def take_one_more(*, offer: int) -> tuple[QuerySet[Offer], dict[str, object]]:
        return Offer.objects.filter(pk=offer), {"taken": Least(F("taken") + 1, F("capacity"))}

    def naive(*, offer: int, **_price: object) -> Write:
        assert Order.objects.filter(offer=offer, takes_seat=True).count() < 5
        all_counted.wait(20)
        return take_one_more(offer=offer)

    monkeypatch.setattr(seats, "_taking", naive)
    offer, buyers = offer_of(seats=5), UserFactory.create_batch(THREADS)
    in_threads(partial(hold_seat, offer.pk, buyer) for buyer in buyers)
    assert counted(offer) == THREADS


def test_seat_is_held_for_the_price_that_it_has_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """The host sets another price between a buyer's look and their hold."""
    offer, buyer, make = offer_of(seats=5), UserFactory.create(), seats._order_for

    def looked(*args: object, **how: object) -> Order:
        in_threads([partial(Offer.objects.filter(pk=offer.pk).update, amount=1_500)])
        return make(*args, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(seats, "_order_for", looked)
    assert hold_seat(offer.pk, buyer).amount == 1_500
    offer.refresh_from_db()
    assert (offer.taken, counted(offer)) == (1, 1)


def test_nobody_who_was_sent_out_for_good_is_offered_a_seat() -> None:
    offer = offer_of(seats=1)
    held, (first, second) = hold_seat(offer.pk, UserFactory.create()), UserFactory.create_batch(2)
    join_line(offer.pk, first)
    join_line(offer.pk, second)
    Ban.objects.create(host=offer.room.host, room=offer.room, user=first)
    release(held.pk, ReleaseReason.GIVEN_UP)
    states = WaitingPlace.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == [WaitingState.OVER, WaitingState.OFFERED]


def test_somebody_who_presses_often_holds_one_seat() -> None:
    offer, buyer = offer_of(seats=5), UserFactory.create()
    answers = in_threads([partial(hold_seat, offer.pk, buyer)] * 12)
    offer.refresh_from_db()
    assert ({answer.pk for answer in answers}, offer.taken) == ({Order.objects.get().pk}, 1)  # type: ignore[attr-defined]


def test_seats_stay_counted_whatever_people_do_at_once() -> None:
    """Hold, give up, wait: afterwards sold, held and free are the capacity, and nobody waits beside a free seat."""
    offer, people = offer_of(seats=3), UserFactory.create_batch(10)

    def visit(person: User, chance: random.Random) -> None:
        for _ in range(6):
            try:
                order = hold_seat(offer.pk, person)
            except DomainError:
                try:
                    join_line(offer.pk, person)
                except DomainError:
                    continue
            else:
                if chance.random() < 0.7:
                    release(order.pk, ReleaseReason.GIVEN_UP)

    answers = in_threads(partial(visit, person, random.Random(number)) for number, person in enumerate(people))
    assert answers == [None] * 10
    offer.refresh_from_db()
    assert offer.taken == counted(offer) <= 3
    waiting = WaitingPlace.objects.filter(offer=offer, state=WaitingState.WAITING)
    assert not (waiting.exists() and offer.taken < 3)
    offered = WaitingPlace.objects.filter(offer=offer, state=WaitingState.OFFERED)
    assert {place.order.state for place in offered.select_related("order") if place.order} <= {OrderState.HELD}
