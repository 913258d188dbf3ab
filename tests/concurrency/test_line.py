"""Leaving the waiting line in the moment in which a seat is given to whoever leaves. With its control."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from tests.concurrency.lock_waits import SECONDS, wait_for_a_lock
from tests.factories.people import UserFactory
from tests.factories.selling import held_order, offer_of
from ticketing.enums import ReleaseReason, WaitingState
from ticketing.models import Order, WaitingPlace
from ticketing.services import seats
from ticketing.services.line import leave_line
from ticketing.services.seats import join_line, release

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def leave_while_a_seat_is_given(
    monkeypatch: pytest.MonkeyPatch, leave: Callable[[int, User], bool]
) -> tuple[bool, WaitingPlace]:
    """Let the first who waits leave between being chosen and being offered; return what leaving said, and the place."""
    offer, holder, first = offer_of(seats=1), UserFactory.create(), UserFactory.create()
    order = held_order(offer, holder)
    join_line(offer.pk, first)
    said: list[bool] = []

    def go() -> None:
        try:
            said.append(leave(offer.pk, first))
        finally:
            connection.close()

    leaving = threading.Thread(target=go)
    make = seats._order_for

    def chosen(*args: object, **how: object) -> Order:
        leaving.start()
        wait_for_a_lock(leaving)
        return make(*args, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(seats, "_order_for", chosen)
    release(order.pk, ReleaseReason.GIVEN_UP)
    leaving.join(SECONDS)
    return said[0], WaitingPlace.objects.get(offer=offer, user=first)


def test_nobody_leaves_while_a_seat_is_given_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    left, place = leave_while_a_seat_is_given(monkeypatch, leave_line)
    assert (left, place.state) == (False, WaitingState.OFFERED)


def test_control_who_left_without_the_lock_is_given_a_seat(monkeypatch: pytest.MonkeyPatch) -> None:
    def naive(offer_id: int, user: User) -> bool:
        waiting = WaitingPlace.objects.filter(offer=offer_id, user=user, state=WaitingState.WAITING)
        return waiting.update(state=WaitingState.OVER) == 1

    left, place = leave_while_a_seat_is_given(monkeypatch, naive)
    assert (left, place.state) == (True, WaitingState.OFFERED)
