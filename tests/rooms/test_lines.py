"""Silent lines: away after some seconds, gone after some more, and no sound without somebody who is there."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from accounts.selectors.people import person_card
from config.lib.db import in_pool
from config.lib.redis_clients import async_client, key, sync_client
from media.models import MediaSession
from rooms import tasks
from rooms.hub.hub import RoomHub
from rooms.hub.lines import LineWatch
from rooms.hub.room import HubRoom
from rooms.presence import held_media, hold_media
from rooms.services import keeping, stage
from rooms.services.absence import mute_lost
from tests.rooms.sockets import MemorySocket
from tests.rooms.test_stage import bring_up, stage_of
from tests.rooms.web import cookie_of, wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User
    from rooms.models import Room
    from tests.rooms.web import Web

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


async def loaded(room: Room) -> HubRoom:
    one = HubRoom(room.public_id)
    await one.load()
    return one


def connect(room: HubRoom, person: Any = None) -> MemorySocket:
    socket = MemorySocket(person)
    room.sockets.add(socket)
    room.greet(socket)
    return socket


@pytest.mark.parametrize(
    ("silence", "here", "closed"), [(5.9, True, None), (6, False, None), (11.9, False, None), (12, True, 4410)]
)
async def test_line_is_away_after_six_seconds_and_closed_after_twelve(
    room: Room, oliver: User, silence: float, here: bool, closed: int | None
) -> None:
    one = await loaded(room)
    socket = connect(one, person_card(oliver))
    socket.silence = silence
    await LineWatch().look({one.id: one})
    assert (oliver.public_id in one.people, socket.closed) == (here, closed)


async def test_line_that_is_heard_again_counts_again(room: Room, oliver: User) -> None:
    one = await loaded(room)
    watch = LineWatch()
    person, guest = connect(one, person_card(oliver)), connect(one)
    one.arrived.clear()
    for silence, counted in ((6, (0, 0)), (8, (0, 0)), (0.1, (1, 1)), (7, (0, 0))):
        person.silence = guest.silence = silence
        await watch.look({one.id: one})
        assert (len(one.people), one.guests) == counted
    one.remove(person)
    one.remove(guest)
    assert (len(one.people), one.guests, one.quiet, one.departed) == (0, 0, set(), {oliver.public_id})


async def test_second_window_of_the_same_person_keeps_them_here(room: Room, oliver: User) -> None:
    one = await loaded(room)
    silent, other = connect(one, person_card(oliver)), connect(one, person_card(oliver))
    silent.silence = 8
    await LineWatch().look({one.id: one})
    assert one.people[oliver.public_id][0] == 1
    one.remove(silent)
    assert one.people[oliver.public_id][0] == 1
    one.remove(other)
    assert one.people == {}


async def test_those_whom_all_would_miss_are_asked_more_often(room: Room, ines: User, oliver: User) -> None:
    one = await loaded(room)
    host, listener = connect(one, person_card(ines)), connect(one, person_card(oliver))
    await LineWatch().look({one.id: one})
    assert (host.pings, listener.pings) == ([2.0], [4.0])


async def test_silence_of_our_own_is_held_against_nobody(
    room: Room, oliver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("rooms.hub.lines.time.monotonic", lambda: now[0])
    one = await loaded(room)
    socket = connect(one, person_card(oliver))
    watch = LineWatch()
    now[0] += 30
    socket.silence = 30
    await watch.look({one.id: one})
    assert (oliver.public_id in one.people, socket.closed) == (True, None)


async def test_dead_line_is_noticed_within_fifteen_seconds_by_everybody(
    make_web: Callable[..., Web], room: Room, ines: User
) -> None:
    """A client whose network is dead neither answers nor closes."""
    web = make_web()
    path = f"/ws/rooms/{room.public_id}/"
    cookie = await in_pool(cookie_of)(ines)
    async with wire(web, path, cookie, ping_interval=None) as host, wire(web, path) as guest:
        await host.hello()
        await guest.hello()
        await guest.hear("pulse", lambda frame: frame["audience"]["away"] == [] and frame["audience"]["people"] == 1)
        host.link.transport.pause_reading()
        began = time.monotonic()
        await guest.hear("pulse", lambda frame: frame["audience"]["away"] == [ines.public_id])
        took = time.monotonic() - began
        host.link.transport.abort()
    assert 5 < took < 10


async def test_microphone_of_a_page_that_went_is_off_at_once(web: Web, room: Room, ines: User, oliver: User) -> None:
    await in_pool(bring_up)(room, ines, oliver)
    await in_pool(stage.unmute)(room.public_id, by=oliver)
    path = f"/ws/rooms/{room.public_id}/"
    cookie = await in_pool(cookie_of)(oliver)
    async with wire(web, path) as guest:
        await guest.hello()
        async with wire(web, path, cookie) as speaker:
            await speaker.hello()
            began = time.monotonic()
        frame = await guest.hear("events")
        took = time.monotonic() - began
    told = [(event["type"], event["id"], event["muted"]) for event in frame["events"]]
    assert told == [("stage.muted", oliver.public_id, True)]
    assert took < 2


def test_microphone_of_a_line_that_is_back_in_time_stays_on(room: Room, ines: User, oliver: User) -> None:
    bring_up(room, ines, oliver)
    stage.unmute(room.public_id, by=oliver)
    publishing = opened(room, oliver, kind="publish")
    mute_lost(room.public_id, oliver)
    assert stage_of(room)[1] == ("oliver", "speaker", False)
    MediaSession.objects.filter(pk=publishing.pk).update(state="gone", gone_at=timezone.now(), gone_reason="left")
    mute_lost(room.public_id, oliver)
    mute_lost(room.public_id, oliver)
    assert stage_of(room)[1] == ("oliver", "speaker", True)


def opened(room: Room, person: User, **fields: Any) -> MediaSession:
    made: MediaSession = MediaSession.objects.create(
        room_key=room.public_id,
        user=person,
        relay="relay",
        relay_incarnation="relay-1",
        epoch=0,
        created_at=timezone.now() - timedelta(seconds=15),
        **{"kind": "listen", **fields},
    )
    return made


def test_no_audio_flows_without_a_listed_participant(room: Room, ines: User, oliver: User, yara: User) -> None:
    """A web process dies and takes the socket with it; the relay's session is ended unless somebody answers for it."""
    sync_client().set(key("rooms", "kept"), time.time() - keeping.SETTLING_SECONDS, ex=keeping.GAP_SECONDS)
    held, alone, fresh = opened(room, ines), opened(room, oliver), opened(room, yara)
    MediaSession.objects.filter(pk=fresh.pk).update(created_at=timezone.now() - timedelta(seconds=14))

    async def hold() -> None:
        await hold_media([held.public_id])
        await async_client().aclose()

    asyncio.run(hold())
    tasks.end_unattended()
    ended = dict(MediaSession.objects.values_list("public_id", "gone_reason"))
    assert ended == {held.public_id: "", alone.public_id: "unattended", fresh.public_id: ""}


def test_sound_goes_on_while_nobody_can_know_who_is_there(room: Room, oliver: User) -> None:
    sync_client().delete(key("rooms", "kept"))
    alone = opened(room, oliver)
    for _ in range(3):
        tasks.end_unattended()
    assert MediaSession.objects.get(pk=alone.pk).is_live


async def test_process_answers_for_the_sessions_of_its_sockets(room: Room, oliver: User) -> None:
    sync_client().delete(key("media_held"))
    process = RoomHub()
    process.rooms[room.public_id] = one = await loaded(room)
    socket = connect(one, person_card(oliver))
    await one.hold_media(socket, "session-1", listens=True)
    await process._hold_media()
    assert held_media() == {"session-1"}
    one.remove(socket)
    sync_client().zadd(key("media_held"), {"session-1": time.time() - 1})
    await process._hold_media()
    assert held_media() == set()
    await async_client().aclose()
