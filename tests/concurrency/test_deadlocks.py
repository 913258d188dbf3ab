"""Two transactions that wait for each other: both get through in the end."""

from __future__ import annotations

import threading
from functools import partial

import pytest
from django.db import OperationalError, transaction

from accounts.models import User
from config.lib.deadlocks import again_after_deadlock
from tests.concurrency.test_rooms import at_once
from tests.factories.people import UserFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


class Crossing:
    """Locks two rows, one after the other; the first time only once the other transaction has its first."""

    def __init__(self) -> None:
        self.first, self.second = (user.pk for user in UserFactory.create_batch(2))
        self.met = threading.Barrier(2)
        self.calls = 0

    def lock(self, one: int, other: int) -> str:
        self.calls += 1
        first_time = self.calls <= 2
        with transaction.atomic():
            User.objects.select_for_update().get(pk=one)
            if first_time:
                self.met.wait(10)
            User.objects.select_for_update().get(pk=other)
        return "through"


def test_both_get_through() -> None:
    crossing = Crossing()
    lock = again_after_deadlock(crossing.lock)
    there, back = (crossing.first, crossing.second), (crossing.second, crossing.first)
    assert at_once(partial(lock, *there), partial(lock, *back)) == ["through", "through"]
    assert crossing.calls == 3


def test_control_one_does_not_get_through() -> None:
    crossing = Crossing()
    there, back = (crossing.first, crossing.second), (crossing.second, crossing.first)
    answers = at_once(partial(crossing.lock, *there), partial(crossing.lock, *back))
    assert sorted(type(answer).__name__ for answer in answers) == ["OperationalError", "str"]


def test_other_trouble_is_not_tried_again() -> None:
    calls = []

    @again_after_deadlock
    def fail() -> None:
        calls.append(1)
        raise OperationalError

    with pytest.raises(OperationalError):
        fail()
    assert len(calls) == 1
