"""The room's socket over the wire: who gets in, what is answered, what is refused. Daphne is a process of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import translation
from websockets.exceptions import InvalidStatus

from accounts.selectors.people import person_card
from config.lib.db import in_pool
from rooms.errors import HelloFirstError
from rooms.protocol import MAX_COMMAND_BYTES
from rooms.selectors import room_snapshot
from rooms.services import hands
from tests.rooms.web import cookie_of, wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User
    from rooms.models import Room
    from tests.rooms.web import Web

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def path_of(room: Room) -> str:
    return f"/ws/rooms/{room.public_id}/"


async def snapshot(room: Room) -> dict[str, Any]:
    seq, state = await in_pool(room_snapshot)(room.public_id)
    return {"type": "snapshot", "seq": seq, "state": state}


# --- who gets in ---


async def test_person_is_welcomed_with_a_snapshot(web: Web, room: Room, oliver: User) -> None:
    async with wire(web, path_of(room), await in_pool(cookie_of)(oliver)) as socket:
        assert await socket.hello() == await snapshot(room)
        welcome = socket.frames[0]
        assert welcome == {"type": "welcome", "you": person_card(oliver), "session": welcome["session"]}
        assert len(welcome["session"]) == 14


async def test_guest_is_welcomed_with_a_snapshot(web: Web, room: Room) -> None:
    async with wire(web, path_of(room)) as socket:
        assert await socket.hello() == await snapshot(room)
        assert socket.frames[0]["you"] is None


@pytest.mark.parametrize(
    "value", ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "x", '"\\000aaaaaaaaaaaa"', "'; drop table", "é" * 40, "a" * 4000]
)
async def test_forged_session_is_a_guest(web: Web, room: Room, value: str) -> None:
    async with wire(web, path_of(room), f"sessionid={value}") as socket:
        assert await socket.hello() == await snapshot(room)
        assert socket.frames[0]["you"] is None


async def test_session_that_expired_is_a_guest(web: Web, room: Room, oliver: User) -> None:
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    cookie = await in_pool(cookie_of)(oliver)
    await in_pool(Session.objects.update)(expire_date=timezone.now())
    async with wire(web, path_of(room), cookie) as socket:
        await socket.hello()
        assert socket.frames[0]["you"] is None


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "changed"}])
async def test_session_that_no_longer_counts_is_a_guest(
    web: Web, room: Room, oliver: User, change: dict[str, Any]
) -> None:
    cookie = await in_pool(cookie_of)(oliver)
    for name, value in change.items():
        setattr(oliver, name, value)
    await in_pool(oliver.save)()
    async with wire(web, path_of(room), cookie) as socket:
        await socket.hello()
        assert socket.frames[0]["you"] is None


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 403),
        ("null", 403),
        ("https://elsewhere.example", 403),
        ("http://127.0.0.1", 403),
        ("http://127.0.0.1:1", 403),
        ("ftp://127.0.0.1:{port}", 403),
        ("http://127.0.0.1:{port}@evil.example", 403),
        ("http://127.0.0.1:{port}/", 403),
        ("http://127.0.0.1:{port}/x", 403),
        ("http://127.0.0.1:{port}?x", 403),
        ("http://127.0.0.1:{port}#x", 403),
        ("http://evil@127.0.0.1:{port}", 403),
        # What autobahn cannot read never reaches us.
        ("", 400),
        ("http://127.0.0.1:{port}.example", 400),
        ("http://[", 400),
        ("127.0.0.1:{port}", 400),
    ],
)
async def test_foreign_origin_is_refused(web: Web, room: Room, origin: str | None, status: int) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with wire(web, path_of(room), origin=origin and origin.format(port=web.port)):
            pass
    assert refused.value.response.status_code == status


@pytest.mark.parametrize("site", ["http://localhost:{port}", "https://localhost:{port}", "http://LocalHost:{port}"])
async def test_own_origin_is_let_in(web: Web, room: Room, site: str) -> None:
    origin = site.format(port=web.port)
    async with wire(web, path_of(room), site=f"localhost:{web.port}", origin=origin) as socket:
        assert await socket.hello() == await snapshot(room)


async def test_host_that_is_not_ours_is_refused(web: Web, room: Room) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with wire(web, path_of(room), site="evil.example"):
            pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("path", ["/ws/", "/ws/rooms/", "/ws/rooms/a/b/", "/ws/rooms/0/", f"/ws/rooms/{'a' * 33}/"])
async def test_unknown_address_is_refused(web: Web, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with wire(web, path):
            pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("name", ["1", "a" * 32])
async def test_unknown_room_closes_with_4404(web: Web, db: None, name: str) -> None:
    async with wire(web, f"/ws/rooms/{name}/") as socket:
        assert await socket.closed() == 4404


# --- what is answered ---


async def test_whoever_comes_back_gets_what_they_missed(web: Web, room: Room, oliver: User) -> None:
    async with wire(web, path_of(room)) as socket:
        await socket.hello()
        await in_pool(hands.raise_hand)(room.public_id, by=oliver)
        await socket.hear("events")
    await in_pool(hands.lower_hand)(room.public_id, by=oliver)
    async with wire(web, path_of(room)) as socket:
        frame = await socket.hello(last_seq=2)
        await in_pool(hands.raise_hand)(room.public_id, by=oliver)
        # What was raised last may be in the first frame already, or not yet the event before it.
        while len(socket.seqs) + len(frame["events"]) < 2:
            await socket.hear("events")
        assert [event["seq"] for event in frame["events"]] + socket.seqs == [3, 4]


async def test_resync_brings_what_is_missing(web: Web, room: Room, oliver: User) -> None:
    async with wire(web, path_of(room)) as socket:
        await socket.hello()
        await in_pool(hands.raise_hand)(room.public_id, by=oliver)
        told = await socket.hear("events")
        nothing = {"type": "events", "events": []}
        for last_seq, kind, answer in (
            (1, "events", told),
            (2, "events", nothing),
            (0, "snapshot", await snapshot(room)),
        ):
            await socket.send("resync", last_seq=last_seq)
            assert await socket.hear(kind) == answer


async def test_second_hello_is_answered_and_counts_once(web: Web, room: Room, oliver: User) -> None:
    async with wire(web, path_of(room)) as socket, wire(web, path_of(room)) as another:
        await socket.hello()
        assert await socket.hello() == await snapshot(room)
        await another.hello()
        pulse = await another.hear("pulse", lambda frame: frame["audience"]["guests"] > 1)
        assert pulse["audience"]["guests"] == 2


async def test_two_tabs_are_one_person_until_both_are_closed(web: Web, room: Room, oliver: User) -> None:
    cookie = await in_pool(cookie_of)(oliver)
    async with wire(web, path_of(room)) as watching:
        await watching.hello()
        async with wire(web, path_of(room), cookie) as first:
            await first.hello()
            async with wire(web, path_of(room), cookie) as second:
                await second.hello()
                pulse = await watching.hear("pulse", lambda frame: frame["audience"]["people"] > 0)
                assert pulse["audience"]["people"] == 1
            # A pulse that was asked for after the tab closed: a guest comes.
            async with wire(web, path_of(room)) as third:
                await third.hello()
                pulse = await watching.hear("pulse", lambda frame: frame["audience"]["guests"] == 2)
                assert pulse["audience"]["people"] == 1
        await watching.hear("pulse", lambda frame: frame["audience"]["people"] == 0)


# --- what is refused ---


@pytest.mark.parametrize(
    ("text", "error_id", "code"),
    [
        ("nonsense", None, "bad_frame"),
        ("[]", None, "bad_frame"),
        ('{"type":"hand.accept","id":"c7"}', "c7", "bad_frame"),
        ('{"type":"hand.wave","id":"c7"}', "c7", "unknown_type"),
        (b'{"type":"hand.raise","id":"c7"}', None, "bad_frame"),
        ('{"type":"hand.raise","id":"c7"}', "c7", "hello_first"),
        ('{"type":"resync","last_seq":0}', None, "hello_first"),
    ],
)
async def test_frame_is_refused_and_the_room_goes_on(
    web: Web, room: Room, oliver: User, text: str | bytes, error_id: str | None, code: str
) -> None:
    async with wire(web, path_of(room), await in_pool(cookie_of)(oliver)) as socket:
        await socket.link.send(text)
        error = await socket.hear("error")
        assert (error["id"], error["code"]) == (error_id, code)
        await socket.hello()
        assert await socket.ask("hand.raise") == {"type": "ok", "id": "c1"}


async def test_error_is_in_the_persons_language(web: Web, room: Room, ines: User) -> None:
    said = {}
    for language in ("fr", "en"):
        ines.language = language
        await in_pool(ines.save)()
        async with wire(web, path_of(room), await in_pool(cookie_of)(ines)) as socket:
            await socket.send("resync", last_seq=0)
            said[language] = (await socket.hear("error"))["message"]
    with translation.override("fr"):
        french = str(HelloFirstError())
    assert said == {"fr": french, "en": "The connection must begin with a greeting. Reload the page."}
    assert said["fr"] != said["en"]


async def test_error_is_in_the_guests_language(web: Web, room: Room) -> None:
    async with wire(web, path_of(room), headers={"Accept-Language": "tlh, fr-CA;q=0.8"}) as socket:
        await socket.send("resync", last_seq=0)
        with translation.override("fr"):
            assert (await socket.hear("error"))["message"] == str(HelloFirstError())


@pytest.mark.parametrize(
    ("size", "code"), [(-1, "forbidden"), (0, "forbidden"), (1, "too_large"), (40_000, "too_large")]
)
async def test_frame_has_a_largest_size(web: Web, room: Room, oliver: User, size: int, code: str) -> None:
    frame = {"type": "media.offer", "id": "c1", "kind": "publish", "sdp": ""}
    frame["sdp"] = "x" * (MAX_COMMAND_BYTES + size - len(json.dumps(frame)))
    async with wire(web, path_of(room), await in_pool(cookie_of)(oliver)) as socket:
        await socket.hello()
        await socket.link.send(json.dumps(frame))
        assert (await socket.hear("error"))["code"] == code
        assert await socket.ask("hand.raise") == {"type": "ok", "id": "c1"}


@pytest.mark.parametrize(("number", "refused"), [(19, 0), (20, 0), (60, 40)])
async def test_frames_come_too_fast(web: Web, room: Room, number: int, refused: int) -> None:
    async with wire(web, path_of(room)) as socket:
        await socket.send("hello", last_seq=0)
        for index in range(1, number):
            await socket.send("hand.raise", id=str(index))
        answers: list[dict[str, Any]] = []
        while len(answers) < number - 1:
            answers.append(await socket.hear("error"))
    codes = [answer["code"] for answer in answers]
    # Sending takes time, in which the bucket fills by a token each 100 ms.
    assert set(codes) <= {"login_required", "too_fast"}
    assert min(refused, 1) <= codes.count("too_fast") <= refused
    assert sorted(int(answer["id"]) for answer in answers) == list(range(1, number))


@pytest.mark.parametrize(("number", "code"), [(100, None), (101, 4400)])
async def test_too_many_bad_frames_close_the_socket(web: Web, room: Room, number: int, code: int | None) -> None:
    async with wire(web, path_of(room)) as socket:
        await socket.hello()
        for _ in range(number):
            await socket.link.send("nonsense")
        for _ in range(number):
            await socket.hear("error")
        if code is not None:
            assert await socket.closed() == code
    assert socket.link.close_code == (code or 1000)


async def test_no_hello_closes_with_4408(make_web: Callable[..., Web], room: Room) -> None:
    quick = make_web(ROOM_HELLO_SECONDS="1")
    async with wire(quick, path_of(room)) as silent, wire(quick, path_of(room)) as greeted:
        await greeted.hello()
        await silent.send("resync", last_seq=0)
        assert await silent.closed() == 4408
        await greeted.send("resync", last_seq=0)
        assert await greeted.hear("snapshot") == await snapshot(room)
