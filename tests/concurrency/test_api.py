"""Races of the API on PostgreSQL. Each has a control: the same without the guard, which must go wrong."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction

from accounts.enums import TokenScope
from accounts.models import IdempotentAnswer, User
from accounts.selectors.tokens import tokens_of
from accounts.services import tokens
from accounts.services.idempotency import Answer, answer_once
from rooms import events
from rooms.errors import VersionConflictError
from rooms.models import Room
from rooms.services import changing
from rooms.services.planning import schedule_room
from rooms.versions import version_of
from tests.concurrency.test_rooms import at_once
from tests.factories.people import UserFactory
from tests.rooms.planned import planned, soon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rooms.events import RoomChange

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def call(person: User, before: Callable[[], object] = lambda: None) -> Answer:
    """Plan a room as the API does for a call with a key."""

    def do() -> Answer:
        before()
        room = schedule_room(person, title="Sea and weather", language="en", starts_at=soon(days=1))
        return Answer(201, room.public_id)

    return answer_once(person, key="one", digest="d" * 64, do=do)


def test_call_that_comes_twice_at_once_is_done_once() -> None:
    person = UserFactory()
    found: Any = at_once(partial(call, person), partial(call, person))
    one, other = found
    assert one.body == other.body == Room.objects.get().public_id
    assert sorted([one.repeated, other.repeated]) == [False, True]


def test_without_the_unique_row_it_is_done_twice() -> None:
    person, both = UserFactory(), threading.Barrier(2, timeout=10)
    name = "accounts_idempotent_once"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE accounts_idempotentanswer DROP CONSTRAINT {name}")
        try:
            found: Any = at_once(partial(call, person, both.wait), partial(call, person, both.wait))
        finally:
            IdempotentAnswer.objects.all().delete()
            cursor.execute(f'ALTER TABLE accounts_idempotentanswer ADD CONSTRAINT {name} UNIQUE ("user_id", "key")')
    one, other = found
    assert one.body != other.body
    assert Room.objects.count() == 2


def change(room: Room, title: str, version: str) -> None:
    changing.change_settings(room.public_id, by=room.host, changes={"title": title}, version=version)


def test_of_two_changes_of_what_both_have_read_one_is_refused() -> None:
    room = planned(UserFactory())
    version = version_of(room)
    outcomes = at_once(partial(change, room, "One", version), partial(change, room, "Other", version))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", VersionConflictError.__name__]


def test_without_the_lock_one_change_overwrites_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2, timeout=10)

    @contextmanager
    def unlocked(room_id: str, *, by: User | None, **_: Any) -> Iterator[RoomChange]:
        with transaction.atomic():
            found = events.RoomChange(Room.objects.get(public_id=room_id), by, by)
            both.wait()
            yield found

    room = planned(UserFactory())
    version = version_of(room)
    monkeypatch.setattr(changing, "change_room", unlocked)
    monkeypatch.setattr(events.RoomChange, "record", lambda *_: None)
    outcomes = at_once(partial(change, room, "One", version), partial(change, room, "Other", version))
    assert outcomes == [None, None]


def make_key(person: User) -> object:
    return tokens.make_token(person, name="Planner", scope=TokenScope.READ, days=1)


def test_two_at_once_do_not_make_one_key_too_many(settings: Any) -> None:
    settings.API_TOKENS_MOST = 1
    person = UserFactory()
    outcomes = at_once(partial(make_key, person), partial(make_key, person))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NewToken", "TooManyTokensError"]


def test_without_the_lock_of_the_person_they_do(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_TOKENS_MOST = 1
    person, both = UserFactory(), threading.Barrier(2, timeout=10)

    def count(whose: User) -> list[Any]:
        found = tokens_of(whose)
        both.wait()
        return found

    monkeypatch.setattr(tokens, "tokens_of", count)
    monkeypatch.setattr(tokens, "User", _Unlocked)
    outcomes = at_once(partial(make_key, person), partial(make_key, person))
    assert [type(outcome).__name__ for outcome in outcomes] == ["NewToken", "NewToken"]


class _Unlocked:
    """`User.objects.select_for_update(…).get(…)` that locks nothing."""

    class objects:  # noqa: N801 - as Django names it
        @staticmethod
        def select_for_update(**_: Any) -> Any:
            return User.objects
