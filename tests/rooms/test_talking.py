"""Who talks: what of a relay's word is told, to whom, how often; and that it makes nobody wait."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from media.relay.messages import VERSION, Voices
from rooms.hub import room as hub_room
from rooms.hub.hub import RoomHub
from rooms.hub.room import HubRoom
from rooms.hub.talking import STALE_SECONDS, Talking
from rooms.protocol import encode
from tests.rooms.clock import LoopClock
from tests.rooms.sockets import MemorySocket, eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from config.lib.daphne_sockets import Frame

Levels = dict[str, int]


class FakeRoom:
    """Keeps when what was told."""

    def __init__(self, clock: LoopClock, sockets: int) -> None:
        self._clock = clock
        self._sockets = [object()] * sockets
        self.told: list[tuple[float, Levels]] = []

    def without_sound(self) -> list[object]:
        return self._sockets

    async def write_volatile(self, frame: Frame) -> None:
        said = json.loads(frame.text)
        assert said.pop("type") == "talking"
        self.told.append((round(self._clock.now - 1000, 4), said["levels"]))


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> LoopClock:
    return LoopClock(asyncio.get_running_loop(), monkeypatch)


@pytest.fixture
async def make(clock: LoopClock) -> AsyncIterator[Callable[[int], tuple[Talking, FakeRoom]]]:
    made: list[Talking] = []

    def one(sockets: int) -> tuple[Talking, FakeRoom]:
        room = FakeRoom(clock, sockets)
        made.append(Talking(room))
        return made[-1], room

    yield one
    for each in made:
        each.close()


async def say(clock: LoopClock, one: Talking, levels: Callable[[int], Levels], times: int) -> None:
    """Let a relay speak ten times a second."""
    for number in range(times):
        one.hear("i1", levels(number))
        await clock.pass_by(0.1)


async def test_first_word_is_told_at_once_and_the_end_too(clock: LoopClock, make: Any) -> None:
    one, room = make(10)
    await say(clock, one, lambda _: {"p1": 20}, 5)
    one.hear("i1", {})
    await clock.pass_by(1)
    # The next look at 0.5 s was a moment too soon for the end.
    assert room.told == [(0.0, {"p1": 20}), (0.75, {})]
    assert one._telling.done()


@pytest.mark.parametrize(
    ("sockets", "frames"), [(1, 4), (499, 4), (500, 4), (501, 3.992), (1000, 2), (2000, 1), (8000, 0.25)]
)
async def test_frames_a_second_below_at_and_above_the_limits(
    clock: LoopClock, make: Any, sockets: int, frames: float
) -> None:
    one, room = make(sockets)
    # Louder and softer all the time: there is always news.
    await say(clock, one, lambda number: {"p1": number * 7 % 41}, 400)
    gaps = [later - sooner for (sooner, _), (later, _) in zip(room.told, room.told[1:], strict=False)]
    assert min(gaps) >= 1 / frames - 0.001
    assert len(room.told) <= 40 * frames + 1
    assert len(room.told) >= 40 * frames * 0.8


@pytest.mark.parametrize(("moved", "told"), [(-4, 2), (-3, 2), (-2, 1), (2, 1), (3, 2), (4, 2)])
async def test_level_that_moves_below_at_and_above_what_one_sees(
    clock: LoopClock, make: Any, moved: int, told: int
) -> None:
    one, room = make(1)
    await say(clock, one, lambda number: {"p1": 25 if number < 3 else 25 + moved}, 8)
    assert len(room.told) == told


async def test_people_who_begin_and_stop_are_told(clock: LoopClock, make: Any) -> None:
    one, room = make(1)
    script = [{"p1": 20}] * 4 + [{"p1": 20, "p2": 30}] * 4 + [{"p2": 30}] * 4
    await say(clock, one, lambda number: script[number], len(script))
    assert [levels for _, levels in room.told] == [{"p1": 20}, {"p1": 20, "p2": 30}, {"p2": 30}]


async def test_relay_that_falls_silent_is_not_believed_for_long(clock: LoopClock, make: Any) -> None:
    one, room = make(1)
    one.hear("i1", {"p1": 20})
    await clock.pass_by(3)
    assert [levels for _, levels in room.told] == [{"p1": 20}, {}]
    assert STALE_SECONDS <= room.told[1][0] <= STALE_SECONDS + 0.25


async def test_two_relays_of_one_room_are_heard_together(clock: LoopClock, make: Any) -> None:
    one, room = make(1)
    one.hear("i1", {"p1": 20, "p2": 40})
    one.hear("i2", {"p2": 30})
    await clock.pass_by(0.01)
    one.hear("i1", {})
    one.hear("i2", {"p2": 30})
    await clock.pass_by(0.4)
    assert [levels for _, levels in room.told] == [{"p1": 20, "p2": 30}, {"p2": 30}]


async def test_silence_and_speech_in_quick_turns_stay_within_the_limit(clock: LoopClock, make: Any) -> None:
    one, room = make(1)
    await say(clock, one, lambda number: {} if number % 2 else {"p1": 20}, 100)
    gaps = [later - sooner for (sooner, _), (later, _) in zip(room.told, room.told[1:], strict=False)]
    assert min(gaps) >= 0.25


async def test_newcomer_is_told_while_somebody_talks(clock: LoopClock, make: Any) -> None:
    one, _room = make(1)
    assert one.frame() is None
    one.hear("i1", {"p1": 20})
    await clock.settle()
    assert json.loads(one.frame().text) == {"type": "talking", "levels": {"p1": 20}}
    one.hear("i1", {})
    await clock.pass_by(1)
    assert one.frame() is None


def connected(room: HubRoom, number: int, kind: type[MemorySocket] = MemorySocket) -> list[MemorySocket]:
    sockets = [kind() for _ in range(number)]
    for socket in sockets:
        room.sockets.add(socket)
        room.greet(socket)
    return sockets


async def test_only_who_does_not_hear_the_room_is_told() -> None:
    one = HubRoom("r1")
    silent, listening, speaking, left = connected(one, 4)
    await one.hold_media(listening, "m1", listens=True)
    await one.hold_media(speaking, "m2", listens=False)
    await one.hold_media(left, "m3", listens=True)
    await one.end_media([("m3", "left")])
    one.talking.hear("i1", {"p1": 20})
    await eventually(lambda: bool(silent.of_type("talking")))
    told = [len(socket.of_type("talking")) for socket in (silent, listening, speaking, left)]
    assert told == [1, 0, 1, 1]
    one.close()


async def test_hub_hands_a_word_to_the_rooms_that_somebody_is_in() -> None:
    hub = RoomHub()
    hub.rooms = {"r1": HubRoom("r1"), "empty": HubRoom("empty")}
    (socket,) = connected(hub.rooms["r1"], 1)
    rooms = {"r1": {"p1": 20}, "empty": {"p1": 20}, "elsewhere": {"p1": 20}}
    hub.hear_voices(Voices(v=VERSION, relay="relay-1", incarnation="i1", rooms=rooms))
    await eventually(lambda: socket.frames == [{"type": "talking", "levels": {"p1": 20}}])
    assert hub.rooms["empty"].talking._telling is None
    await hub.close()


async def test_events_go_before_the_rest_of_a_volatile_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_room, "CHUNK", 10)
    order: list[str] = []

    class Noting(MemorySocket):
        async def write(self, frame: Frame) -> None:
            order.append(json.loads(frame.text)["type"])

    one = HubRoom("r1")
    connected(one, 100, Noting)
    volatile = asyncio.create_task(one.write_volatile(encode({"type": "talking", "levels": {}})))
    await asyncio.sleep(0)
    await asyncio.gather(volatile, one.write_to_all(encode({"type": "events", "events": []})))
    # A chunk was under way, and at most one more had its turn before.
    assert order.index("events") <= 20
    assert order[order.index("events") :][:100] == ["events"] * 100
    assert (order.count("events"), order.count("talking")) == (100, 100)
