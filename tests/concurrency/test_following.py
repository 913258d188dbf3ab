"""Following, unfollowing and blocking at once, on PostgreSQL: counters stay right, and nobody follows past a block."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError

from accounts.models import Follow, User
from accounts.selectors.following import is_following, wrong_counts
from accounts.services import block as blocks
from accounts.services import follow as follows
from tests.concurrency.test_rooms import at_once
from tests.factories.people import UserFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    def both(*people: User) -> tuple[User, ...]:
        return tuple(User.objects.get(pk=person.pk) for person in people)

    for module in (follows, blocks):
        monkeypatch.setattr(module, "lock_pair", both)


def storm() -> tuple[list[object], int]:
    """Let twelve people follow one, eight of them leave again; return what went wrong, and how many follow now."""
    star = UserFactory.create()
    people = UserFactory.create_batch(12)

    def come_and_go(number: int, person: User) -> None:
        follows.follow(person, star)
        if number < 8:
            follows.unfollow(person, star)

    outcomes = at_once(*(partial(come_and_go, number, person) for number, person in enumerate(people)))
    star.refresh_from_db()
    return [outcome for outcome in outcomes if outcome is not None], star.follower_count


def test_counters_are_right_after_many_came_and_went() -> None:
    assert storm() == ([], 4)
    assert (Follow.objects.count(), wrong_counts()) == (4, [])


def test_control_counters_lose_people_when_read_and_written_back(monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(12)

    def count(follower: User, followed: User, change: int) -> None:
        del follower
        now = User.objects.values_list("follower_count", flat=True).get(pk=followed.pk)
        if change > 0:
            together.wait(10)
        User.objects.filter(pk=followed.pk).update(follower_count=max(0, now + change))

    without_locks(monkeypatch)
    monkeypatch.setattr(follows, "_count", count)
    storm()
    assert wrong_counts() != []


def test_same_follow_at_once_is_counted_once() -> None:
    one, other = UserFactory.create_batch(2)
    outcomes = at_once(*[partial(follows.follow, one, other)] * 6)
    assert outcomes == [follows.FollowState(following=True, follower_count=1)] * 6
    assert wrong_counts() == []


def test_two_who_follow_each_other_at_once_do_not_wait_crosswise() -> None:
    for _ in range(10):
        one, other = UserFactory.create_batch(2)
        outcomes = at_once(partial(follows.follow, one, other), partial(follows.follow, other, one))
        assert outcomes == [follows.FollowState(following=True, follower_count=1)] * 2
    assert wrong_counts() == []


def test_control_two_who_follow_each_other_deadlock_without_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = UserFactory.create_batch(2)
    without_locks(monkeypatch)
    first_done = threading.Barrier(2)

    def count(follower: User, followed: User, change: int) -> None:
        del change
        User.objects.filter(pk=follower.pk).update(following_count=1)
        first_done.wait(10)
        User.objects.filter(pk=followed.pk).update(follower_count=1)

    monkeypatch.setattr(follows, "_count", count)
    outcomes = at_once(partial(follows.follow, one, other), partial(follows.follow, other, one))
    assert [type(outcome) for outcome in outcomes].count(OperationalError) == 1


def follow_while_blocked() -> tuple[bool, list[object]]:
    star, fan = UserFactory.create_batch(2)
    at_once(partial(follows.follow, fan, star), partial(blocks.block, star, fan))
    return is_following(fan, star), list(wrong_counts())


def test_follow_never_survives_a_block_that_comes_at_once() -> None:
    for _ in range(10):
        assert follow_while_blocked() == (False, [])


def test_control_follow_survives_a_block_without_the_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    without_locks(monkeypatch)
    looked, blocked = threading.Event(), threading.Event()
    following, ending = is_following, follows.end_follow

    def is_following_then_wait(*people: Any) -> bool:
        found = following(*people)
        if not looked.is_set():
            return found
        blocked.wait(10)
        return found

    def has_blocked(*people: Any) -> bool:
        looked.set()
        return False

    def end_follow(*people: Any) -> None:
        ending(*people)
        blocked.set()

    monkeypatch.setattr(follows, "has_blocked", has_blocked)
    monkeypatch.setattr(follows, "is_following", is_following_then_wait)
    monkeypatch.setattr(blocks, "end_follow", end_follow)
    star, fan = UserFactory.create_batch(2)

    def block_after_the_look() -> None:
        looked.wait(10)
        blocks.block(star, fan)

    at_once(partial(follows.follow, fan, star), block_after_the_look)
    assert Follow.objects.filter(follower=fan, followed=star).exists()


def test_block_of_each_other_at_once_ends_all_follows() -> None:
    for _ in range(5):
        one, other = UserFactory.create_batch(2)
        follows.follow(one, other)
        follows.follow(other, one)
        outcomes = at_once(partial(blocks.block, one, other), partial(blocks.block, other, one))
        assert (outcomes, Follow.objects.count(), wrong_counts()) == ([None, None], 0, [])
