"""Blocks and rooms: a hidden room does not exist, by whichever way one comes; whoever is inside has to go at once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Block, Mute, User
from accounts.selectors.blocking import is_blocked_between
from accounts.services.block import block, unblock
from config.lib.db import in_pool
from config.lib.errors import NotFoundError
from media.models import MediaSession
from rooms.blocks import blocks_in, no_blocks, quiet_for
from rooms.models import RaisedHand, Room, RoomEvent, StageInvitation, StageMember
from rooms.replays import recent_replays
from rooms.selectors import events_after, hallway_for, hosted_live_rooms, room_for, room_snapshot, visible_rooms
from rooms.services import hands, lifecycle, recording, sound, stage
from rooms.services.blocks import FINISH_SECONDS, finish_blocks
from rooms.state import apply
from tests.factories.rooms import RoomFactory
from tests.rooms.web import cookie_of, wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rooms.web import Web

pytestmark = pytest.mark.django_db(transaction=True)
UNKNOWN = "1" * 14
JSON = {"Accept": "application/json"}


@pytest.fixture(params=["host blocks", "guest blocks"])
def hidden(request: pytest.FixtureRequest, room: Room, oliver: User) -> Room:
    """Return a room that is hidden from Oliver, whoever of the two blocked the other."""
    pair = (room.host, oliver) if request.param == "host blocks" else (oliver, room.host)
    Block.objects.create(blocker=pair[0], blocked=pair[1])
    return room


@pytest.fixture
def as_oliver(client: Client, oliver: User) -> Client:
    client.force_login(oliver)
    return client


def same(page: bytes, *names: str) -> str:
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.decode())
    for name in names:
        text = text.replace(name, "")
    return text


def test_hidden_room_is_in_no_list(hidden: Room, oliver: User, yara: User) -> None:
    other = RoomFactory.create()
    assert set(visible_rooms(oliver)) == {other}
    assert set(visible_rooms(yara)) == set(visible_rooms(hidden.host)) | {other} == set(visible_rooms(None))
    assert [card["id"] for card in hallway_for(oliver)] == [other.public_id]
    assert hosted_live_rooms(oliver, hidden.host) == []
    assert [card["id"] for card in hosted_live_rooms(yara, hidden.host)] == [hidden.public_id]
    with pytest.raises(NotFoundError):
        room_for(oliver, hidden.public_id)


def test_replays_of_a_hidden_room_are_hidden(hidden: Room, as_oliver: Client, oliver: User) -> None:
    lifecycle.end_room(hidden.public_id, by=hidden.host)
    assert recent_replays(oliver) == []
    assert as_oliver.get(f"/rooms/{hidden.public_id}/").status_code == 404


@pytest.mark.parametrize("path", ["", "people/", "replays/", "replays/x/sound.ogg"])
@pytest.mark.parametrize("headers", [{}, JSON])
def test_address_of_a_hidden_room_answers_as_an_unknown_one(
    hidden: Room, as_oliver: Client, path: str, headers: dict[str, str]
) -> None:
    unknown, found = (as_oliver.get(f"/rooms/{one}/{path}", headers=headers) for one in (UNKNOWN, hidden.public_id))
    assert (found.status_code, found["Content-Type"]) == (404, unknown["Content-Type"])
    assert same(found.content, hidden.public_id) == same(unknown.content, UNKNOWN)


def test_api_knows_no_hidden_room(hidden: Room, as_oliver: Client) -> None:
    listed = as_oliver.get("/api/v1/spaces").json()
    assert listed["results"] == []
    assert as_oliver.get("/api/v1/spaces", {"host": hidden.host.handle}).json()["results"] == []
    found = as_oliver.get(f"/api/v1/spaces/{hidden.public_id}")
    assert (found.status_code, found.json()["code"]) == (404, "not_found")
    assert len(Client().get("/api/v1/spaces").json()["results"]) == 1


@pytest.mark.parametrize("kind", ["publish", "listen"])
def test_sound_of_a_hidden_room_is_refused_as_that_of_an_unknown_one(hidden: Room, oliver: User, kind: Any) -> None:
    for room_id in (hidden.public_id, UNKNOWN):
        with pytest.raises(NotFoundError):
            sound.offer_media(room_id, by=oliver, guest_key="g", kind=kind, sdp="v=0")
    assert not MediaSession.objects.exists()


def test_commands_to_a_hidden_room_are_refused_as_to_an_unknown_one(hidden: Room, oliver: User) -> None:
    commands: tuple[Callable[[], object], ...] = (
        lambda: hands.raise_hand(hidden.public_id, by=oliver),
        lambda: stage.unmute(hidden.public_id, by=oliver),
        lambda: recording.start_room_recording(hidden.public_id, by=oliver),
        lambda: hands.invite_to_stage(hidden.public_id, by=hidden.host, person_id=oliver.public_id),
    )
    for command in commands:
        with pytest.raises(NotFoundError):
            command()


def test_hand_of_before_a_block_cannot_be_accepted(room: Room, oliver: User) -> None:
    hands.raise_hand(room.public_id, by=oliver)
    Block.objects.create(blocker=oliver, blocked=room.host)
    with pytest.raises(NotFoundError):
        hands.accept_hand(room.public_id, by=room.host, person_id=oliver.public_id)
    assert not StageMember.objects.filter(user=oliver).exists()


def test_block_between_two_others_hides_nothing(room: Room, oliver: User, yara: User) -> None:
    Block.objects.create(blocker=oliver, blocked=yara)
    hands.raise_hand(room.public_id, by=yara)
    hands.raise_hand(room.public_id, by=oliver)
    assert set(visible_rooms(oliver)) == set(visible_rooms(yara)) == {room}


def on_stage_with_media(room: Room, person: User, make_session: Callable[..., MediaSession]) -> list[MediaSession]:
    hands.raise_hand(room.public_id, by=person)
    hands.accept_hand(room.public_id, by=room.host, person_id=person.public_id)
    return [make_session(room_key=room.public_id, user=person, kind=kind) for kind in ("publish", "listen")]


@pytest.fixture
def make_session() -> Callable[..., MediaSession]:
    def make(**fields: Any) -> MediaSession:
        return MediaSession.objects.create(relay="relay-1", relay_incarnation="a1", epoch=0, **fields)

    return make


@pytest.mark.parametrize("by_host", [True, False])
def test_block_takes_somebody_out_of_the_hosts_room(
    room: Room, oliver: User, yara: User, make_session: Callable[..., MediaSession], by_host: bool
) -> None:
    theirs = on_stage_with_media(room, oliver, make_session)
    others = on_stage_with_media(room, yara, make_session)
    block(*((room.host, oliver) if by_host else (oliver, room.host)))
    assert [member.user for member in StageMember.objects.order_by("pk")] == [room.host, yara]
    gone = MediaSession.objects.filter(state="gone", gone_reason="revoked", close_pending=True)
    assert set(gone) == set(theirs)
    assert set(MediaSession.objects.filter(state="opening")) == set(others)
    last = RoomEvent.objects.filter(room=room).order_by("seq").last()
    assert last is not None
    assert (last.type, last.body) == ("stage.left", {"id": oliver.public_id})


def test_block_takes_hand_and_invitation_away_and_events_say_so(room: Room, oliver: User, yara: User) -> None:
    hands.raise_hand(room.public_id, by=oliver)
    hands.invite_to_stage(room.public_id, by=room.host, person_id=yara.public_id)
    seq, state = room_snapshot(room.public_id)
    block(room.host, oliver)
    block(yara, room.host)
    assert (RaisedHand.objects.count(), StageInvitation.objects.count()) == (0, 0)
    for event in events_after(room.public_id, seq):
        state = apply(state, event)
    assert room_snapshot(room.public_id)[1] == state


def test_block_says_nothing_in_rooms_that_are_over_or_of_others(room: Room, oliver: User, yara: User) -> None:
    over = RoomFactory.create(host=yara)
    hands.raise_hand(over.public_id, by=oliver)
    hands.accept_hand(over.public_id, by=yara, person_id=oliver.public_id)
    lifecycle.end_room(over.public_id, by=yara)
    hands.raise_hand(room.public_id, by=oliver)
    before = RoomEvent.objects.count()
    block(yara, oliver)
    assert RoomEvent.objects.count() == before
    assert StageMember.objects.filter(room=over, user=oliver).exists()


def test_unblock_lets_somebody_in_again(room: Room, oliver: User) -> None:
    block(room.host, oliver)
    unblock(room.host, oliver)
    assert not is_blocked_between(oliver, room.host)
    hands.raise_hand(room.public_id, by=oliver)
    assert room_for(oliver, room.public_id) == room


def test_what_a_dead_process_left_of_a_block_is_finished(room: Room, oliver: User, yara: User) -> None:
    hands.raise_hand(room.public_id, by=oliver)
    elsewhere = RoomFactory.create()
    # As if whoever wrote it had died right after the commit.
    Block.objects.create(blocker=room.host, blocked=oliver)
    Block.objects.create(blocker=yara, blocked=oliver)
    ids = [room.public_id, elsewhere.public_id]
    assert finish_blocks([elsewhere.public_id]) == {}
    assert RaisedHand.objects.count() == 1
    assert finish_blocks(ids) == {room.public_id: [oliver.public_id]}
    assert RaisedHand.objects.count() == 0
    seq = Room.objects.get(pk=room.pk).seq
    assert finish_blocks(ids) == {room.public_id: [oliver.public_id]}
    assert Room.objects.get(pk=room.pk).seq == seq


@pytest.mark.parametrize(("age", "looked_at"), [(FINISH_SECONDS - 5, True), (FINISH_SECONDS + 1, False)])
def test_block_is_looked_at_for_a_while(room: Room, oliver: User, age: int, looked_at: bool) -> None:
    Block.objects.create(blocker=room.host, blocked=oliver, created_at=timezone.now() - timedelta(seconds=age))
    assert bool(finish_blocks([room.public_id])) == looked_at


def test_hallway_costs_as_many_queries_with_blocks_as_without(
    room: Room, oliver: User, yara: User, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(4):
        hallway_for(oliver)
    Block.objects.create(blocker=oliver, blocked=yara)
    Block.objects.create(blocker=RoomFactory.create().host, blocked=oliver)
    with django_assert_num_queries(4):
        hallway_for(oliver)


# --- over the socket ---


@pytest.mark.postgres
async def test_socket_of_a_hidden_room_closes_as_that_of_an_unknown_one(web: Web, hidden: Room, oliver: User) -> None:
    cookie = await in_pool(cookie_of)(oliver)
    for room_id in (hidden.public_id, UNKNOWN):
        async with wire(web, f"/ws/rooms/{room_id}/", cookie) as socket:
            assert (await socket.closed(), socket.frames) == (4404, [])


@pytest.mark.postgres
async def test_block_closes_the_sockets_of_one_and_nobody_elses(
    web: Web, other_web: Web, room: Room, oliver: User, yara: User
) -> None:
    path = f"/ws/rooms/{room.public_id}/"
    cookie, others = await in_pool(cookie_of)(oliver), await in_pool(cookie_of)(yara)
    async with wire(web, path, cookie) as one, wire(other_web, path, cookie) as two, wire(web, path, others) as third:
        for socket in (one, two, third):
            await socket.hello()
        await in_pool(block)(room.host, oliver)
        assert (await one.closed(), await two.closed()) == (4404, 4404)
        await in_pool(hands.raise_hand)(room.public_id, by=yara)
        await third.hear("events")


@pytest.mark.postgres
async def test_block_of_which_no_message_came_closes_the_socket(web: Web, room: Room, oliver: User) -> None:
    async with wire(web, f"/ws/rooms/{room.public_id}/", await in_pool(cookie_of)(oliver)) as socket:
        await socket.hello()
        await in_pool(Block.objects.create)(blocker=oliver, blocked=room.host)
        assert await socket.closed() == 4404


# --- the mark on the stage of a room of somebody else ---


@pytest.fixture
def stage_of_three(room: Room, oliver: User, yara: User) -> Room:
    """Return Inès's room with Oliver and Yara on the stage."""
    for person in (oliver, yara):
        hands.raise_hand(room.public_id, by=person)
        hands.accept_hand(room.public_id, by=room.host, person_id=person.public_id)
    return room


def test_who_sits_on_the_stage_knows_whom_they_do_not_hear_and_who_not_them(
    stage_of_three: Room, oliver: User, yara: User, malo: User
) -> None:
    for person in (yara, malo):
        Block.objects.create(blocker=oliver, blocked=person)
    known = [blocks_in(stage_of_three.public_id, person) for person in (oliver, yara, malo, None)]
    assert known == [
        {"any": True, "unheard": [yara.public_id], "unheard_by": []},
        {"any": False, "unheard": [], "unheard_by": [oliver.public_id]},
        # In the audience one does not learn who has blocked one.
        no_blocks(),
        no_blocks(),
    ]


def test_page_and_its_first_picture_show_the_mark(
    stage_of_three: Room, as_oliver: Client, oliver: User, yara: User, malo: User
) -> None:
    Block.objects.create(blocker=oliver, blocked=yara)
    Mute.objects.create(muter=oliver, muted=malo)
    data = as_oliver.get(f"/rooms/{stage_of_three.public_id}/", headers=JSON).json()
    assert (data["blocks"]["unheard"], data["quiet"]) == ([yara.public_id], [malo.public_id])
    page = as_oliver.get(f"/rooms/{stage_of_three.public_id}/").text
    assert "Yara Nasser, muted, not connected, blocked: you do not hear them" in page


@pytest.mark.parametrize(("muted", "told"), [(499, 499), (500, 500), (501, 500)])
def test_muted_people_told_to_a_page_below_at_and_above_the_limit(oliver: User, muted: int, told: int) -> None:
    people = User.objects.bulk_create(User(handle=f"m{number:04}", email=f"m{number}@x.org") for number in range(muted))
    Mute.objects.bulk_create(Mute(muter=oliver, muted=person) for person in people)
    assert len(quiet_for(oliver)) == told


@pytest.mark.postgres
async def test_block_and_its_undoing_are_told_to_the_two_on_stage(
    web: Web, stage_of_three: Room, oliver: User, yara: User, malo: User
) -> None:
    path = f"/ws/rooms/{stage_of_three.public_id}/"
    cookies = [await in_pool(cookie_of)(person) for person in (oliver, yara, malo)]
    one_, two_, third_ = (wire(web, path, cookie) for cookie in cookies)
    async with one_ as one, two_ as two, third_ as third:
        for socket in (one, two, third):
            await socket.hello()
        await in_pool(block)(oliver, yara)
        for socket in (one, two):
            await socket.hear("blocks.changed")
        ok = {"type": "ok", "id": "c1"}
        assert await one.ask("blocks.list") == ok | {
            "any": True,
            "unheard": [yara.public_id],
            "unheard_by": [],
            "hidden": [yara.public_id],
        }
        assert await two.ask("blocks.list") == ok | {
            "any": False,
            "unheard": [],
            "unheard_by": [oliver.public_id],
            "hidden": [],
        }
        assert await third.ask("blocks.list") == ok | {**no_blocks(), "hidden": []}
        await in_pool(unblock)(oliver, yara)
        for socket in (one, two):
            await socket.hear("blocks.changed")
        assert await one.ask("blocks.list") == ok | {**no_blocks(), "hidden": []}
    assert [frame for frame in third.frames if frame["type"] == "blocks.changed"] == []


@pytest.mark.postgres
async def test_blocked_person_on_stage_hears_nothing_of_a_blocker_in_the_audience(
    web: Web, stage_of_three: Room, yara: User, malo: User
) -> None:
    path = f"/ws/rooms/{stage_of_three.public_id}/"
    cookies = [await in_pool(cookie_of)(person) for person in (yara, malo)]
    async with wire(web, path, cookies[0]) as blocked, wire(web, path, cookies[1]) as blocker:
        for socket in (blocked, blocker):
            await socket.hello()
        await in_pool(block)(malo, yara)
        await blocker.hear("blocks.changed")
        assert await blocked.ask("blocks.list") == {"type": "ok", "id": "c1"} | {**no_blocks(), "hidden": []}
    assert [frame for frame in blocked.frames if frame["type"] == "blocks.changed"] == []
