"""The relay's control: commands of every kind, good and bad, over a real Redis; real peers where one connects."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest

from media.relay.epochs import raise_epoch
from media.relay.messages import (
    MAX_COMMAND_BYTES,
    MAX_SDP_BYTES,
    VERSION,
    Answered,
    Close,
    CloseRoom,
    Connected,
    Done,
    Drain,
    Gone,
    GoneReason,
    RefusalCode,
    Refused,
    Request,
    RevokeEpoch,
    SetMuted,
    encode,
)
from tests.relay.conftest import SECRET, open_listen, open_publish
from tests.relay.peers import Peer, peer, until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import redis

    from media.relay.keys import Keys
    from tests.relay.conftest import Commander

    StartRelay = Callable[..., Awaitable[Commander]]


def refused(code: RefusalCode) -> Refused:
    return Refused(code=code)


async def offer_of(kind: str) -> str:
    async with peer(kind) as one:
        return await one.offer()


async def connect(relay: Commander, one: Peer, session: str = "s1", room: str = "r1") -> None:
    reply = await relay.ask(open_publish(await one.offer(), session=session, room=room))
    assert isinstance(reply, Answered)
    await one.accept(reply.sdp)
    await one.reaches("connected")


@pytest.mark.parametrize("kind", ["publish", "listen"])
async def test_open_with_good_offer_connects_and_says_so(start_relay: StartRelay, kind: str) -> None:
    relay = await start_relay()
    async with peer(kind) as one:
        sdp = await one.offer()
        reply = await relay.ask(open_publish(sdp) if kind == "publish" else open_listen(sdp))
        assert isinstance(reply, Answered)
        assert f"a={'recvonly' if kind == 'publish' else 'sendonly'}\r\n" in reply.sdp
        assert [line.split()[4] for line in reply.sdp.splitlines() if line.startswith("a=candidate")] == ["127.0.0.1"]
        await one.accept(reply.sdp)
        await one.reaches("connected")
        await until(lambda: relay.events() == [Connected(session="s1")], "connected")


async def test_close_ends_the_connection_and_is_done_again_for_nothing(start_relay: StartRelay) -> None:
    relay = await start_relay()
    async with peer("publish") as one:
        await connect(relay, one)
        assert await relay.ask(Close(session="s1")) == Done()
        await one.reaches("closed")
        assert await relay.ask(Close(session="s1")) == Done()
    await until(lambda: len(relay.events()) == 2, "both events")
    assert relay.events() == [Connected(session="s1"), Gone(session="s1", reason=GoneReason.CLOSED)]
    assert len(relay.relay.sessions) == 0


async def test_peer_that_leaves_is_gone(start_relay: StartRelay) -> None:
    relay = await start_relay()
    async with peer("listen") as one:
        reply = await relay.ask(open_listen(await one.offer()))
        assert isinstance(reply, Answered)
        await one.accept(reply.sdp)
        await one.reaches("connected")
    await until(lambda: Gone(session="s1", reason=GoneReason.LEFT) in relay.events(), "left")


async def test_close_room_ends_that_room_only(start_relay: StartRelay) -> None:
    relay = await start_relay()
    async with peer("publish") as first, peer("publish") as second:
        await connect(relay, first, session="s1", room="r1")
        await connect(relay, second, session="s2", room="r2")
        assert await relay.ask(CloseRoom(room="r1")) == Done()
        await first.reaches("closed")
        assert len(relay.relay.sessions) == 1
        assert second.connection.connectionState == "connected"


async def test_peer_that_never_connects_is_gone_after_the_timeout(start_relay: StartRelay) -> None:
    relay = await start_relay(connect_seconds=0.2)
    assert isinstance(await relay.ask(open_listen(await offer_of("listen"))), Answered)
    await until(lambda: relay.events() == [Gone(session="s1", reason=GoneReason.CONNECT_TIMEOUT)], "timeout")


async def test_set_muted_reaches_what_the_person_publishes_here(start_relay: StartRelay) -> None:
    relay = await start_relay()
    await relay.ask(open_publish(await offer_of("publish"), muted=True))
    session = relay.relay.sessions._live["s1"]
    assert session.muted
    assert await relay.ask(SetMuted(room="r2", person="p1", muted=False)) == Done()
    assert session.muted
    assert await relay.ask(SetMuted(room="r1", person="p1", muted=False)) == Done()
    assert not session.muted


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secret": SECRET[::-1]}, RefusalCode.WRONG_SIGNATURE),
        ({"expires_at": 1.0}, RefusalCode.EXPIRED),
        ({"may_publish": False}, RefusalCode.MAY_NOT_PUBLISH),
    ],
)
async def test_open_with_bad_grant_is_refused(
    start_relay: StartRelay, changes: dict[str, Any], code: RefusalCode
) -> None:
    relay = await start_relay()
    assert await relay.ask(open_publish("v=0", **changes)) == refused(code)


@pytest.mark.parametrize(("above", "older"), [(-1, False), (0, False), (1, True)])
async def test_open_with_epoch_at_below_and_above(
    start_relay: StartRelay, redis_client: redis.Redis, keys: Keys, above: int, older: bool
) -> None:
    relay = await start_relay()
    epoch = raise_epoch(redis_client, keys, room="r1", person="p1")
    reply = await relay.ask(open_publish(await offer_of("publish"), epoch=epoch - above))
    assert (reply == refused(RefusalCode.OLDER_EPOCH)) is older
    assert isinstance(reply, Answered) is not older


async def test_revoke_ends_publishing_by_older_grants_and_refuses_them(start_relay: StartRelay) -> None:
    relay = await start_relay()
    async with peer("publish") as speaking, peer("publish") as newer, peer("listen") as listening:
        await connect(relay, speaking)
        assert isinstance(await relay.ask(open_publish(await newer.offer(), session="s2", epoch=5)), Answered)
        assert isinstance(await relay.ask(open_listen(await listening.offer(), session="s3")), Answered)
        assert await relay.ask(RevokeEpoch(room="r1", person="p1", epoch=5)) == Done()
        await speaking.reaches("closed")
        assert sorted(relay.relay.sessions._live) == ["s2", "s3"]
        # Redis was never told: the relay remembers by itself.
        assert await relay.ask(open_publish("v=0", session="s4", epoch=4)) == refused(RefusalCode.OLDER_EPOCH)
        assert await relay.ask(open_publish("v=0", session="s4", epoch=5)) == refused(RefusalCode.BAD_SDP)


async def test_revoke_while_the_offer_is_answered_leaves_no_session(start_relay: StartRelay) -> None:
    relay = await start_relay()
    opening = relay.ask(open_publish(await offer_of("publish")))
    revoking = relay.ask(RevokeEpoch(room="r1", person="p1", epoch=1))
    _opened, revoked = await asyncio.gather(opening, revoking)
    assert revoked == Done()
    await until(lambda: len(relay.relay.sessions) == 0, "no session")


async def test_same_session_again_is_answered_alike_and_another_offer_refused(start_relay: StartRelay) -> None:
    relay = await start_relay()
    sdp, other = await offer_of("publish"), await offer_of("publish")
    first, second = await asyncio.gather(relay.ask(open_publish(sdp)), relay.ask(open_publish(sdp)))
    assert isinstance(first, Answered)
    assert second == first
    assert await relay.ask(open_publish(other)) == refused(RefusalCode.SESSION_EXISTS)
    assert len(relay.relay.sessions) == 1


@pytest.mark.parametrize(("limit", "last"), [(3, True), (2, True), (1, False)])
async def test_sessions_at_below_and_above_the_limit(start_relay: StartRelay, limit: int, last: bool) -> None:
    relay = await start_relay(session_limit=limit)
    sdp = await offer_of("listen")
    assert isinstance(await relay.ask(open_listen(sdp, session="s1")), Answered)
    reply = await relay.ask(open_listen(sdp, session="s2"))
    assert isinstance(reply, Answered) is last
    assert (reply == refused(RefusalCode.FULL)) is not last
    assert relay.relay.heartbeat().load == min(2, limit) / limit


@pytest.mark.parametrize(("limit", "busy"), [(4, 0), (3, 0), (2, 1)])
async def test_offers_at_below_and_above_the_limit(start_relay: StartRelay, limit: int, busy: int) -> None:
    relay = await start_relay(offers_limit=limit, offers_at_once=1)
    sdp = await offer_of("listen")
    # Nobody is served while the relay's only place is taken: the three wait together.
    await relay.relay._answering.acquire()
    asking = [asyncio.create_task(relay.ask(open_listen(sdp, session=f"s{n}"))) for n in range(3)]
    await until(lambda: relay.relay._offers + relay.relay.counts["refused_busy"] == 3, "all three are there")
    relay.relay._answering.release()
    replies = await asyncio.gather(*asking)
    assert sum(reply == refused(RefusalCode.BUSY) for reply in replies) == busy
    assert sum(isinstance(reply, Answered) for reply in replies) == 3 - busy


async def test_offer_that_waited_beyond_its_deadline_is_late(start_relay: StartRelay) -> None:
    relay = await start_relay(offers_at_once=1)
    await relay.relay._answering.acquire()
    deadline = time.time() + 0.2
    asking = asyncio.create_task(relay.ask(open_listen(await offer_of("listen")), seconds=0.2))
    await until(lambda: time.time() > deadline + 0.2, "the deadline")
    relay.relay._answering.release()
    assert await asking == refused(RefusalCode.LATE)


async def test_late_command_is_refused_and_counted(start_relay: StartRelay) -> None:
    relay = await start_relay()
    assert await relay.ask(Close(session="s1"), seconds=-0.001) == refused(RefusalCode.LATE)
    assert relay.relay.counts["refused_late"] == 1


async def test_doubled_command_is_done_once_and_counted(start_relay: StartRelay) -> None:
    relay = await start_relay()
    raw = encode(Request(v=VERSION, id="twice", deadline=time.time() + 5, command=Close(session="s1")))
    relay.push(raw)
    relay.push(raw)
    assert await relay.reply_to("twice") == Done()
    await until(lambda: relay.relay.counts["doubled"] == 1, "the second is counted")
    assert relay.client.llen(relay.keys.reply("twice")) == 0
    assert relay.relay.counts["done"] == 1


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"v":1,"id":"x","deadline":9e9,"command":{"kind":"dance"}}', RefusalCode.BAD_MESSAGE),
        (
            b'{"v":1,"id":"x","deadline":9e9,"command":{"kind":"close","session":"s","extra":1}}',
            RefusalCode.BAD_MESSAGE,
        ),
        (b'{"v":1,"id":"x","deadline":9e9,"command":{"kind":"close","session":""}}', RefusalCode.BAD_MESSAGE),
        (b'{"v":1,"id":"x","deadline":9e9,"command":{"kind":"close","session":"a b"}}', RefusalCode.BAD_MESSAGE),
        (b'{"v":1,"id":"x","deadline":9e9}', RefusalCode.BAD_MESSAGE),
        (b'{"v":2,"id":"x","deadline":9e9,"command":{"kind":"close","session":"s"}}', RefusalCode.BAD_VERSION),
        (b'{"v":1,"id":"x","deadline":1e999,"command":{"kind":"close","session":"s"}}', RefusalCode.BAD_MESSAGE),
    ],
)
async def test_unknown_or_malformed_command_with_id_is_refused(
    start_relay: StartRelay, raw: bytes, code: RefusalCode
) -> None:
    relay = await start_relay()
    relay.push(raw)
    assert await relay.reply_to("x") == refused(code)
    assert relay.relay.counts[f"refused_{code}"] == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"[]",
        b"null",
        b'{"v":1}',
        b"[" * 50_000,
        b'{"v":1,"id":"\xff"}',
        b"x" * (MAX_COMMAND_BYTES + 1),
    ],
    ids=["empty", "bytes", "list", "null", "no id", "deep", "not utf-8", "oversized"],
)
async def test_unreadable_command_is_dropped_and_counted(start_relay: StartRelay, raw: bytes) -> None:
    relay = await start_relay()
    relay.push(raw)
    assert await relay.ask(Close(session="s1")) == Done()
    assert relay.relay.counts["refused_bad_message"] == 1


@pytest.mark.parametrize(("length", "code"), [(-1, "bad_sdp"), (0, "bad_sdp"), (1, "bad_message")])
async def test_sdp_at_below_and_above_its_limit(start_relay: StartRelay, length: int, code: str) -> None:
    relay = await start_relay()
    # Nonsense of that length: what is too long does not come as far as being read.
    assert await relay.ask(open_listen("x" * (MAX_SDP_BYTES + length))) == refused(RefusalCode(code))


@pytest.mark.parametrize("how", ["command", "stop"])
async def test_drain_tells_everybody_and_leaves(start_relay: StartRelay, how: str) -> None:
    relay = await start_relay()
    async with peer("publish") as one:
        await connect(relay, one)
        began = time.monotonic()
        if how == "command":
            assert await relay.ask(Drain()) == Done()
        else:
            relay.relay.stop()
        await one.reaches("closed")
        await until(lambda: relay.heartbeat() is None, "no heartbeat")
        assert time.monotonic() - began < 2
    assert relay.events() == [Connected(session="s1"), Gone(session="s1", reason=GoneReason.DRAINING)]
    assert relay.client.zcard(relay.keys.index) == 0


async def test_open_while_draining_is_refused(start_relay: StartRelay) -> None:
    relay = await start_relay()
    relay.relay._draining = True
    assert await relay.ask(open_listen(await offer_of("listen"))) == refused(RefusalCode.DRAINING)


async def test_heartbeat_says_how_the_relay_is(start_relay: StartRelay) -> None:
    relay = await start_relay(session_limit=4)
    await relay.ask(open_listen(await offer_of("listen")))
    heartbeat = await relay.next_heartbeat()
    assert heartbeat.sessions == 1
    assert (heartbeat.relay, heartbeat.incarnation) == ("relay-1", relay.relay.incarnation)
    assert (heartbeat.addresses, heartbeat.load, heartbeat.draining) == (["127.0.0.1"], 0.25, False)
    assert 0 <= relay.client.pttl(relay.keys.heartbeat(relay.relay.incarnation)) <= 1500
