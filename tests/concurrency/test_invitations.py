"""Races around invitations on PostgreSQL, each with a control: the same without the guard, which must go wrong."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.db import IntegrityError, close_old_connections, connection
from django.utils import timezone

from accounts.models import Door, Invitation, User, WaitingEntry, Wave
from accounts.selectors.invitations import invitations_left
from accounts.services import invitations, signup, waiting
from config.lib.errors import DomainError
from tests.factories.people import UserFactory

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

SITE = "https://causerie.example/"


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Run the calls in threads that start together; return what each returned, or the code of its error."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        close_old_connections()
        start.wait()
        try:
            return call()
        except DomainError as error:
            return error.code
        except IntegrityError:
            return "integrity"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.fixture
def code() -> str:
    invitations.change_signup(
        {"door": Door.INVITATION, "codes_at_joining": 3, "refill_codes": 0, "refill_days": 1}, by=None
    )
    return invitations.make_invitation(UserFactory.create()).code


def newcomer(number: int) -> User:
    return User(handle=f"new{number}", email=f"new{number}@example.org")


def register_all(code: str) -> list[str]:
    outcomes = at_once(*(partial(signup.register, newcomer(number), display_name="", code=code) for number in range(4)))
    return sorted(outcome if isinstance(outcome, str) else "made" for outcome in outcomes)


def test_code_used_by_four_at_once_makes_one_account(code: str) -> None:
    assert register_all(code) == ["invitation_used"] * 3 + ["made"]
    assert User.objects.filter(handle__startswith="new").count() == 1


def test_code_used_by_four_at_once_makes_four_without_the_condition(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    all_looked = threading.Barrier(4)

    def look_then_write(code: str, *, by: User) -> None:
        invitation = Invitation.objects.get(code=code)
        assert invitation.is_open
        all_looked.wait(10)
        Invitation.objects.filter(pk=invitation.pk).update(redeemed_at=timezone.now(), redeemed_by=by)

    monkeypatch.setattr(signup, "redeem_invitation", look_then_write)
    assert register_all(code) == ["made"] * 4


def make_four(person: User) -> list[str]:
    outcomes = at_once(*[partial(invitations.make_invitation, person)] * 4)
    return sorted(outcome if isinstance(outcome, str) else "made" for outcome in outcomes)


def test_four_clicks_make_no_more_codes_than_there_are(code: str) -> None:
    person = UserFactory.create()
    assert make_four(person) == ["made"] * 3 + ["no_invitations_left"]
    assert Invitation.objects.filter(inviter=person).count() == 3


def test_four_clicks_make_too_many_codes_without_the_lock(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    person = UserFactory.create()
    all_counted = threading.Barrier(4)
    real = invitations_left

    def count_together(inviter: User) -> int:
        left = real(inviter)
        all_counted.wait(10)
        return left

    monkeypatch.setattr(invitations, "invitations_left", count_together)
    monkeypatch.setattr(type(User.objects.all()), "select_for_update", lambda rows, **_: rows)
    assert make_four(person) == ["made"] * 4


@pytest.fixture
def wave() -> Wave:
    now = timezone.now()
    WaitingEntry.objects.bulk_create(
        WaitingEntry(email=f"w{number}@example.org", confirmed_at=now) for number in range(20)
    )
    return waiting.open_wave(10, by=None, site=SITE)


def work(wave: Wave) -> None:
    while waiting.continue_wave(wave.pk):
        pass


def test_wave_worked_on_by_four_jobs_lets_in_as_many_as_it_says(wave: Wave) -> None:
    at_once(*[partial(work, wave)] * 4)
    work(wave)
    wave.refresh_from_db()
    assert (wave.done, wave.finished_at is not None) == (10, True)
    assert WaitingEntry.objects.filter(let_in_at__isnull=False).count() == 10
    assert sorted(letter.to[0] for letter in mail.outbox) == sorted(f"w{number}@example.org" for number in range(10))


def test_wave_worked_on_by_two_jobs_goes_wrong_without_the_locks(wave: Wave, monkeypatch: pytest.MonkeyPatch) -> None:
    both_chose = threading.Barrier(2)
    real = waiting._let_in

    def let_in_together(entry: WaitingEntry, found: Wave) -> None:
        if entry.email == "w0@example.org":
            both_chose.wait(10)
        real(entry, found)

    monkeypatch.setattr(waiting, "_let_in", let_in_together)
    monkeypatch.setattr(type(Wave.objects.all()), "select_for_update", lambda rows, **_: rows)
    outcomes: Any = at_once(*[partial(waiting._let_in_next, wave.pk)] * 2)
    # Both let the same ten in; only the constraint stops the second count.
    assert sorted(map(str, outcomes)) == ["True", "integrity"]
