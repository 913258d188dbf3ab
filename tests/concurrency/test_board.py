"""Races in the chat and on the board. Each has a control: the same without the guard, which must go wrong."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError

from rooms import events
from rooms.enums import ChatPace
from rooms.models import BoardItem, ChatMessage, RoomEvent
from rooms.services import board, chat, links
from tests.concurrency.test_rooms import at_once, unlocked_change
from tests.factories.people import UserFactory
from tests.factories.rooms import RoomFactory

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User
    from rooms.models import Room

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def told() -> tuple[Room, User]:
    """Return a room in slow mode and somebody in its audience."""
    room = RoomFactory.create()
    chat.set_chat(room.public_id, by=room.host, open=True, slow=ChatPace.SIXTY)
    return room, UserFactory.create()


def write_both(room: Room, person: User, *keys: str) -> list[object]:
    return at_once(*(partial(chat.say, room.public_id, by=person, text="Hello", key=key) for key in keys))


def check_together(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """Let two go on only when both have looked whether they may; and without numbers, which would stop one of them."""
    both_looked = threading.Barrier(2)
    real = getattr(module, name)

    def check(*arguments: Any) -> None:
        real(*arguments)
        both_looked.wait(10)

    monkeypatch.setattr(module, name, check)
    monkeypatch.setattr(module, "change_room", unlocked_change)


def numbered_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each thread's events have numbers of their own."""
    numbers = iter(range(100, 200))
    real = events.RoomChange.record

    def record(change: events.RoomChange, event: Any) -> None:
        change.room.seq = next(numbers)
        real(change, event)

    monkeypatch.setattr(events.RoomChange, "record", record)
    monkeypatch.setattr(events.RoomChange, "write", lambda _: None)


def test_two_messages_at_once_are_slowed_down_too(told: tuple[Room, User]) -> None:
    outcomes = write_both(*told, "a", "b")
    assert sorted(getattr(outcome, "code", "said") for outcome in outcomes) == ["chat_slow", "said"]
    assert ChatMessage.objects.count() == 1


def test_two_messages_at_once_are_not_slowed_down_without_the_lock(
    told: tuple[Room, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    check_together(monkeypatch, chat, "_check")
    numbered_apart(monkeypatch)
    write_both(*told, "a", "b")
    assert ChatMessage.objects.count() == 2


def test_message_that_is_sent_twice_at_once_is_one(told: tuple[Room, User]) -> None:
    first, second = write_both(*told, "a", "a")
    assert first == second == ChatMessage.objects.get().public_id
    assert RoomEvent.objects.filter(type="chat.said").count() == 1


def test_message_that_is_sent_twice_at_once_fails_without_the_lock(
    told: tuple[Room, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    check_together(monkeypatch, chat, "_check")
    numbered_apart(monkeypatch)
    outcomes = write_both(*told, "a", "a")
    assert [type(outcome) for outcome in outcomes].count(IntegrityError) == 1


def put_both(room: Room) -> list[object]:
    return at_once(*(partial(board.put_note, room.public_id, by=room.host, text=text) for text in ("one", "other")))


@pytest.fixture
def nearly_full(settings: Any) -> Room:
    settings.ROOM_BOARD_LIMIT = 3
    room: Room = RoomFactory.create()
    for text in ("a", "b"):
        board.put_note(room.public_id, by=room.host, text=text)
    return room


def test_last_place_on_the_board_is_taken_once(nearly_full: Room) -> None:
    outcomes = put_both(nearly_full)
    assert sorted(getattr(outcome, "code", "up") for outcome in outcomes) == ["board_full", "up"]
    assert BoardItem.objects.count() == 3


def test_last_place_on_the_board_is_taken_twice_without_the_lock(
    nearly_full: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_together(monkeypatch, board, "_check_room")
    seqs = iter(range(100, 200))
    monkeypatch.setattr(events.RoomChange, "write", lambda _: None)
    real = BoardItem.save

    def save(item: BoardItem, *arguments: Any, **options: Any) -> None:
        item.seq = next(seqs)
        real(item, *arguments, **options)

    monkeypatch.setattr(BoardItem, "save", save)
    put_both(nearly_full)
    assert BoardItem.objects.count() == 4


def pin_both(room: Room) -> list[object]:
    items = BoardItem.objects.filter(room=room).order_by("seq")
    return at_once(*(partial(board.pin_item, room.public_id, by=room.host, item_id=item.public_id) for item in items))


def test_two_hosts_pin_and_one_item_is_pinned(nearly_full: Room) -> None:
    assert pin_both(nearly_full) == [None, None]
    assert BoardItem.objects.filter(pinned=True).count() == 1
    told = RoomEvent.objects.filter(type="board.pinned").order_by("seq").values_list("body", flat=True)
    # Whoever applied the events has the same one at the top.
    assert (len(told), told[1]["id"]) == (2, BoardItem.objects.get(pinned=True).public_id)


def test_two_hosts_who_pin_get_in_each_others_way_without_the_lock(
    nearly_full: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "change_room", unlocked_change)
    numbered_apart(monkeypatch)
    both_looked = threading.Barrier(2)
    real = BoardItem.save

    def save(item: BoardItem, *arguments: Any, **options: Any) -> None:
        both_looked.wait(10)
        real(item, *arguments, **options)

    monkeypatch.setattr(BoardItem, "save", save)
    outcomes = pin_both(nearly_full)
    assert [type(outcome) for outcome in outcomes].count(IntegrityError) == 1


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Hang a link up; return a list that fills with what is read of it."""
    room = RoomFactory.create()
    board.put_link(room.public_id, by=room.host, url="https://example.org")
    asked: list[str] = []
    monkeypatch.setattr(links, "_words", lambda item: asked.append(item.url))
    return asked


def read_together() -> None:
    item = BoardItem.objects.get().pk
    assert at_once(*[partial(links.read_link, item)] * 4) == [None] * 4


def test_link_is_read_by_one_job(read: list[str]) -> None:
    read_together()
    assert read == ["https://example.org"]


def test_link_is_read_by_each_job_without_the_conditional_update(
    read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    all_looked = threading.Barrier(4)

    def claim(item_id: int, now: datetime) -> bool:
        """Look first, and write then."""
        free = BoardItem.objects.filter(pk=item_id, claimed_until__lte=now).exists()
        all_looked.wait(10)
        BoardItem.objects.filter(pk=item_id).update(claimed_until=now + links.CLAIM)
        return free

    monkeypatch.setattr(links, "_claim", claim)
    read_together()
    assert read == ["https://example.org"] * 4
