"""Writing in a room: who may, how much, what hosts do about it, and what is left of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from accounts.exports import parts_of
from accounts.services.block import block, mute
from accounts.tasks import tidy_up
from config.lib.errors import ForbiddenError, LoginRequiredError, NotFoundError
from rooms.blocks import hidden_for
from rooms.enums import ChatPace, StageRole
from rooms.errors import (
    BadMessageError,
    ChatBusyError,
    ChatClosedError,
    ChatSlowError,
    RoomEndedError,
    RoomNotLiveError,
    WordsRefusedError,
)
from rooms.models import ChatMessage, Room, RoomEvent, StageMember
from rooms.selectors import chat_page, room_snapshot
from rooms.services.chat import remove_message, say, set_chat
from rooms.services.lifecycle import end_room
from rooms.services.planning import open_lobby, start_room
from rooms.services.words import refuse_words
from tests.factories.rooms import RoomFactory
from tests.rooms.planned import planned

if TYPE_CHECKING:
    from datetime import datetime

    from django.test import Client
    from pytest_django.fixtures import DjangoAssertNumQueries, Settings

    from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_cap(settings: Settings) -> None:
    """Tests write faster than people."""
    settings.ROOM_CHAT_PER_SECOND = 1000


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Let it be that moment."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)


def texts(room: Room) -> list[str]:
    return [entry["text"] for entry in room_snapshot(room.public_id)[1]["chat"]]


def write(room: Room, by: User | None, text: str = "Bonsoir", key: str = "") -> str:
    return say(room.public_id, by=by, text=text, key=key or f"k{ChatMessage.objects.count()}")


def test_message_is_told_and_kept(room: Room, oliver: User) -> None:
    message = write(room, oliver, "  Bonsoir \n\n\n\n à   tous \u202e")
    told = RoomEvent.objects.filter(room=room).order_by("seq").last()
    assert told is not None
    card = {key: told.body["person"][key] for key in ("id", "handle", "name")}
    assert (told.type, card, told.body["text"]) == (
        "chat.said",
        {"id": oliver.public_id, "handle": "oliver", "name": "Oliver Hart"},
        "Bonsoir\n\nà tous",
    )
    entry = room_snapshot(room.public_id)[1]["chat"][0]
    assert (entry["id"], entry["seq"], entry["removed"]) == (message, told.seq, False)


def test_same_key_is_the_same_message(room: Room, oliver: User, yara: User) -> None:
    first = write(room, oliver, "Once", key="a")
    assert write(room, oliver, "Once", key="a") == first
    assert write(room, yara, "Once", key="a") != first
    assert texts(room) == ["Once", "Once"]


@pytest.mark.parametrize(("length", "fits"), [(0, False), (1, True), (499, True), (500, True), (501, False)])
def test_message_has_a_length(room: Room, oliver: User, length: int, fits: bool) -> None:
    if fits:
        write(room, oliver, "é" * length)
        assert texts(room) == ["é" * length]
    else:
        with pytest.raises(BadMessageError):
            write(room, oliver, "é" * length)
        assert texts(room) == []


def test_guest_reads_only(room: Room) -> None:
    with pytest.raises(LoginRequiredError):
        write(room, None)


def test_whoever_the_room_is_hidden_from_does_not_write(room: Room, ines: User, oliver: User) -> None:
    message = write(room, oliver)
    block(ines, oliver)
    with pytest.raises(NotFoundError):
        write(room, oliver)
    with pytest.raises(NotFoundError):
        remove_message(room.public_id, by=oliver, message_id=message)


def test_people_write_in_a_lobby_and_not_before_it(ines: User, oliver: User) -> None:
    room = planned(ines)
    with pytest.raises(RoomNotLiveError):
        write(room, oliver)
    open_lobby(room.public_id, by=ines)
    message = write(room, oliver, "Already here")
    set_chat(room.public_id, by=ines, open=True, slow=ChatPace.TEN)
    assert texts(room) == ["Already here"]
    remove_message(room.public_id, by=oliver, message_id=message)
    told = RoomEvent.objects.filter(room=room, type__startswith="chat.").order_by("seq")
    assert [event.type for event in told] == ["chat.said", "chat.removed"]
    start_room(room.public_id, by=ines)
    assert texts(room) == [""]


def test_ended_room_takes_no_message(room: Room, ines: User) -> None:
    end_room(room.public_id, by=ines)
    with pytest.raises(RoomEndedError):
        write(room, ines)


# --- limits ---


@pytest.mark.parametrize(("seconds", "refused"), [(9, True), (10, False), (11, False)])
def test_slow_mode_lets_one_wait(
    room: Room, ines: User, oliver: User, monkeypatch: pytest.MonkeyPatch, seconds: int, refused: bool
) -> None:
    set_chat(room.public_id, by=ines, open=True, slow=ChatPace.TEN)
    write(room, oliver, "One")
    first = ChatMessage.objects.get().created_at
    at(monkeypatch, first + timedelta(seconds=seconds))
    if refused:
        with pytest.raises(ChatSlowError) as error:
            write(room, oliver, "Two")
        assert str(error.value) == "This chat is slow: you can write again in 1 second."
    else:
        write(room, oliver, "Two")
    assert texts(room) == ["One"] + ["Two"] * (not refused)


def test_slow_mode_is_for_each_person_and_not_for_hosts(room: Room, ines: User, oliver: User, yara: User) -> None:
    set_chat(room.public_id, by=ines, open=True, slow=ChatPace.SIXTY)
    for person in (oliver, yara, ines, ines):
        write(room, person)
    with pytest.raises(ChatSlowError):
        write(room, oliver)
    assert len(texts(room)) == 4


def test_removing_a_message_does_not_shorten_the_wait(room: Room, ines: User, oliver: User) -> None:
    set_chat(room.public_id, by=ines, open=True, slow=ChatPace.SIXTY)
    remove_message(room.public_id, by=oliver, message_id=write(room, oliver))
    with pytest.raises(ChatSlowError):
        write(room, oliver)


def test_room_takes_so_many_messages_in_a_second(
    room: Room, ines: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ROOM_CHAT_PER_SECOND = 3
    now = timezone.now()
    at(monkeypatch, now)
    for _ in range(3):
        write(room, ines)
    with pytest.raises(ChatBusyError):
        write(room, ines)
    at(monkeypatch, now + timedelta(milliseconds=999))
    with pytest.raises(ChatBusyError):
        write(room, ines)
    at(monkeypatch, now + timedelta(seconds=1))
    write(room, ines)
    assert ChatMessage.objects.count() == 4


def test_closed_chat_is_for_hosts(room: Room, ines: User, malo: User, oliver: User) -> None:
    StageMember.objects.create(room=room, user=malo, role=StageRole.COHOST)
    set_chat(room.public_id, by=malo, open=False, slow=ChatPace.FREE)
    with pytest.raises(ChatClosedError):
        write(room, oliver)
    write(room, malo, "Back in five minutes")
    set_chat(room.public_id, by=ines, open=True, slow=ChatPace.FREE)
    write(room, oliver, "Good")
    assert texts(room) == ["Back in five minutes", "Good"]


def test_setting_what_is_so_tells_nothing(room: Room, ines: User) -> None:
    set_chat(room.public_id, by=ines, open=True, slow=ChatPace.FREE)
    assert not RoomEvent.objects.filter(room=room, type="room.changed").exists()


@pytest.mark.parametrize("role", [None, StageRole.SPEAKER])
def test_only_hosts_set_the_chat(room: Room, maiwenn: User, role: StageRole | None) -> None:
    if role is not None:
        StageMember.objects.create(room=room, user=maiwenn, role=role)
    with pytest.raises(ForbiddenError):
        set_chat(room.public_id, by=maiwenn, open=False, slow=ChatPace.FREE)


def test_refused_word_is_told_to_its_sender_only(room: Room, ines: User, oliver: User) -> None:
    refuse_words(ines, ["Zut"])
    before = RoomEvent.objects.count()
    with pytest.raises(WordsRefusedError) as error:
        write(room, oliver, "Ah, ZÛT alors")
    assert "zut" not in str(error.value).lower()
    assert RoomEvent.objects.count() == before
    write(room, oliver, "Zuteur")
    assert texts(room) == ["Zuteur"]


# --- removing ---


def test_removed_message_is_nowhere_any_more(room: Room, ines: User, oliver: User) -> None:
    message = write(room, oliver, "Unmistakable")
    remove_message(room.public_id, by=ines, message_id=message)
    remove_message(room.public_id, by=ines, message_id=message)
    entry = room_snapshot(room.public_id)[1]["chat"][0]
    assert (entry["id"], entry["text"], entry["removed"]) == (message, "", True)
    events = list(RoomEvent.objects.filter(room=room).order_by("seq").values_list("type", flat=True))
    assert events[-2:] == ["chat.said", "chat.removed"]
    assert not [event for event in RoomEvent.objects.all() if "Unmistakable" in str(event.body)]


def test_who_may_remove(room: Room, ines: User, malo: User, maiwenn: User, oliver: User, sam: User) -> None:
    StageMember.objects.create(room=room, user=malo, role=StageRole.COHOST)
    StageMember.objects.create(room=room, user=maiwenn, role=StageRole.SPEAKER)
    message = write(room, oliver)
    for person in (maiwenn, sam):
        with pytest.raises(ForbiddenError):
            remove_message(room.public_id, by=person, message_id=message)
    with pytest.raises(LoginRequiredError):
        remove_message(room.public_id, by=None, message_id=message)
    remove_message(room.public_id, by=sam, message_id=message, staff=True)
    for person in (ines, malo, oliver):
        remove_message(room.public_id, by=person, message_id=write(room, oliver))
    assert texts(room) == [""] * 4


def test_message_of_another_room_is_not_found(room: Room, ines: User, oliver: User) -> None:
    other = RoomFactory(host=oliver)
    message = write(other, oliver)
    for wrong in (message, "nonsense", "x" * 14):
        with pytest.raises(NotFoundError):
            remove_message(room.public_id, by=ines, message_id=wrong)


def test_words_of_an_ended_room_can_still_be_taken_away(room: Room, ines: User, oliver: User) -> None:
    message = write(room, oliver)
    end_room(room.public_id, by=ines)
    seq = Room.objects.get(pk=room.pk).seq
    remove_message(room.public_id, by=oliver, message_id=message)
    assert (texts(room), Room.objects.get(pk=room.pk).seq) == ([""], seq)


# --- reading ---


def test_last_fifty_are_in_the_snapshot_and_the_rest_is_paged(room: Room, ines: User, client: Client) -> None:
    for number in range(121):
        write(room, ines, f"m{number}")
    assert texts(room) == [f"m{number}" for number in range(71, 121)]
    _seq, state = room_snapshot(room.public_id)
    page = client.get(f"/rooms/{room.public_id}/chat/?before={state['chat'][0]['seq']}").json()
    assert [entry["text"] for entry in page["messages"]] == [f"m{number}" for number in range(21, 71)]
    page = client.get(f"/rooms/{room.public_id}/chat/?before={page['next']}").json()
    assert [entry["text"] for entry in page["messages"]] == [f"m{number}" for number in range(21)]
    assert page["next"] is None


@pytest.mark.parametrize("before", ["", "x", "-1", "1" * 16, "٣"])
def test_page_before_nonsense_is_refused(room: Room, client: Client, before: str) -> None:
    assert client.get(f"/rooms/{room.public_id}/chat/", {"before": before}).status_code == 400


def test_older_messages_are_for_whoever_may_see_the_room(room: Room, ines: User, oliver: User, client: Client) -> None:
    write(room, ines)
    client.force_login(oliver)
    block(ines, oliver)
    assert client.get(f"/rooms/{room.public_id}/chat/?before=99").status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_page_of_messages_costs_the_same_however_many(
    room: Room, ines: User, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(number):
        write(room, ines)
    with django_assert_num_queries(1):
        chat_page(room)


def test_one_does_not_see_messages_of_whom_one_blocks_or_mutes(
    room: Room, oliver: User, yara: User, maiwenn: User, malo: User, client: Client
) -> None:
    block(oliver, yara)
    mute(oliver, maiwenn)
    block(malo, oliver)
    hidden = sorted([yara.public_id, maiwenn.public_id])
    assert [hidden_for(room.public_id, who) for who in (oliver, yara, maiwenn, None)] == [hidden, [], [], []]
    client.force_login(oliver)
    page = client.get(f"/rooms/{room.public_id}/", headers={"accept": "application/json"}).json()
    assert page["hidden"] == hidden


def test_page_looks_again_when_somebody_who_wrote_is_blocked(
    room: Room, oliver: User, yara: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    told: list[Any] = []
    monkeypatch.setattr("rooms.services.blocks.publish", lambda _group, message: told.append(message))
    write(room, yara)
    with django_capture_on_commit_callbacks(execute=True):
        block(oliver, yara)
    assert told == [{"type": "room.blocks", "room": room.public_id, "people": [oliver.public_id]}]


def test_page_looks_again_when_one_is_blocked_by_somebody_who_wrote(
    room: Room, oliver: User, yara: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    told: list[Any] = []
    monkeypatch.setattr("rooms.services.blocks.publish", lambda _group, message: told.append(message))
    write(room, oliver)
    with django_capture_on_commit_callbacks(execute=True):
        block(oliver, yara)
    assert told == [{"type": "room.blocks", "room": room.public_id, "people": [yara.public_id]}]


# --- what is kept ---


@pytest.mark.parametrize(("days", "kept"), [(29, True), (31, False)])
def test_chat_is_forgotten_after_its_time(room: Room, ines: User, settings: Settings, days: int, kept: bool) -> None:
    settings.ROOM_EVENT_DAYS = 99
    write(room, ines, "Unmistakable")
    end_room(room.public_id, by=ines)
    ended_at = timezone.now() - timedelta(days=days)
    Room.objects.filter(pk=room.pk).update(created_at=ended_at, ended_at=ended_at)
    tidy_up()
    assert ChatMessage.objects.exists() is kept
    assert any("Unmistakable" in str(event.body) for event in RoomEvent.objects.all()) is kept


def test_chat_of_a_live_room_is_kept(room: Room, ines: User) -> None:
    write(room, ines)
    Room.objects.filter(pk=room.pk).update(created_at=timezone.now() - timedelta(days=99))
    tidy_up()
    assert texts(room) == ["Bonsoir"]


def test_copy_holds_what_one_wrote(room: Room, ines: User, oliver: User) -> None:
    write(room, oliver, "Mine")
    write(room, ines, "Not mine")
    refuse_words(oliver, ["Zut"])
    found: dict[str, Any] = {part.path: part.data for part in parts_of(oliver)}["rooms.json"]
    assert [entry["text"] for entry in found["written"]] == ["Mine"]
    assert (found["put_on_boards"], found["refused_words"]) == ([], ["Zut"])
