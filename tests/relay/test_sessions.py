"""A session's life: turns in the handshake, signs of life, ends at any moment, receipts; with real peers."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest

from media.relay.messages import (
    Answered,
    Close,
    CloseRoom,
    Connected,
    Done,
    Gone,
    GoneReason,
    Record,
    Refused,
    RevokeEpoch,
    TalkReceipt,
    decode_receipt,
    decode_talk_receipt,
)
from media.relay.session import AWAY_SECONDS, GONE_SECONDS, Handshakes
from tests.relay.conftest import open_listen, open_publish
from tests.relay.peers import Peer, peer, until
from tests.relay.raw_peers import StunOnly
from tests.relay.test_sound import Talk
from tests.relay.tones import Tone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from media.relay.messages import Receipt
    from media.relay.session import Session
    from tests.relay.conftest import Commander

    StartRelay = Callable[..., Awaitable[Commander]]


@pytest.fixture
async def talk(start_relay: StartRelay) -> AsyncIterator[Talk]:
    one = Talk(await start_relay())
    yield one
    await one.close()


async def listen(relay: Commander, one: Peer, session: str, **changes: Any) -> tuple[str, str]:
    """Return offer and answer of a listening session."""
    offer = await one.offer()
    answer = await relay.ask(open_listen(offer, session=session, **changes))
    assert isinstance(answer, Answered)
    return offer, answer.sdp


# --- turns ---


@pytest.mark.parametrize(("peers", "waiting"), [(1, 0), (2, 0), (3, 1)])
async def test_handshakes_at_below_and_above_the_limit(peers: int, waiting: int) -> None:
    handshakes = Handshakes(2, 60)
    turns = [asyncio.create_task(handshakes.begin()) for _ in range(peers)]
    done, pending = await asyncio.wait(turns, timeout=0.05)
    assert (len(pending), handshakes.running) == (waiting, peers - waiting)
    for turn in list(done):
        turn.result()()
        turn.result()()
    for turn in pending:
        (await turn)()
    assert handshakes.running == 0
    # Giving a place back twice has not made one more.
    ends = [await handshakes.begin() for _ in range(2)]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(handshakes.begin(), 0.05)
    for end in ends:
        end()


async def test_handshake_that_stalls_loses_its_place_and_takes_no_other() -> None:
    handshakes = Handshakes(1, 0.05)
    stalled = await handshakes.begin()
    waited = asyncio.create_task(handshakes.begin())
    await until(waited.done, "the next one's turn")
    stalled()
    assert handshakes.running == 1
    waited.result()()
    assert handshakes.running == 0


async def test_waiting_for_a_turn_may_be_given_up() -> None:
    handshakes = Handshakes(1, 60)
    first = await handshakes.begin()
    waiting = asyncio.create_task(handshakes.begin())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    first()
    (await handshakes.begin())()
    assert handshakes.running == 0


async def test_peer_waits_for_its_turn_until_the_stalled_one_loses_it(start_relay: StartRelay) -> None:
    relay = await start_relay(handshakes_at_once=1, handshake_seconds=1.0)
    async with peer("listen") as stalled, peer("listen") as second:
        raw = StunOnly(*await listen(relay, stalled, "s1"))
        raw.peer.ask()
        await until(lambda: relay.relay.sessions._around.handshakes.running == 1, "the first turn")
        _offer, answer = await listen(relay, second, "s2")
        await second.accept(answer)
        await until(lambda: bool(relay.relay.sessions._live["s2"]._agent.address), "the second one's address")
        assert second.connection.connectionState == "connecting"
        await second.reaches("connected")
        raw.close()


async def test_sessions_that_leave_while_they_wait_hold_no_place(start_relay: StartRelay) -> None:
    """Places are lost only after some seconds: a crowd that came and left would keep everybody out for minutes."""
    relay = await start_relay(handshakes_at_once=1, handshake_seconds=60.0)
    raws = []
    for number in range(4):
        async with peer("listen") as one:
            raws.append(StunOnly(*await listen(relay, one, f"s{number}")))
        raws[-1].peer.ask()
        agent = relay.relay.sessions._live[f"s{number}"]._agent
        await until(lambda agent=agent: agent.address is not None, "the address")  # type: ignore[misc]
    for number in (3, 2, 1, 0):
        assert await relay.ask(Close(session=f"s{number}")) == Done()
    async with peer("listen") as last:
        _offer, answer = await listen(relay, last, "last")
        await last.accept(answer)
        await last.reaches("connected")
    for raw in raws:
        raw.close()
    await until(lambda: relay.relay.sessions._around.handshakes.running == 0, "no place taken")


# --- signs of life ---


async def connected_session(relay: Commander, one: Peer) -> Session:
    _offer, answer = await listen(relay, one, "s1")
    await one.accept(answer)
    await one.reaches("connected")
    await until(lambda: relay.relay.sessions._live["s1"].connected, "connected here too")
    return relay.relay.sessions._live["s1"]


@pytest.mark.parametrize(
    ("silent", "away"), [(AWAY_SECONDS - 0.001, False), (AWAY_SECONDS, True), (AWAY_SECONDS + 0.001, True)]
)
async def test_peer_is_away_after_six_seconds(start_relay: StartRelay, silent: float, away: bool) -> None:
    relay = await start_relay()
    async with peer("listen") as one:
        session = await connected_session(relay, one)
        session._agent.heard_at = 0.0
        assert session.away(silent) is away
        assert not session.ended


@pytest.mark.parametrize(
    ("silent", "gone"), [(GONE_SECONDS - 0.001, False), (GONE_SECONDS, True), (GONE_SECONDS + 0.001, True)]
)
async def test_peer_is_gone_after_twelve_seconds(start_relay: StartRelay, silent: float, gone: bool) -> None:
    relay = await start_relay()
    async with peer("listen") as one:
        session = await connected_session(relay, one)
        session._agent.heard_at = 0.0
        session.look(silent)
        assert session.ended is gone
        if gone:
            await until(lambda: len(relay.events()) == 2, "both events")
            assert relay.events() == [Connected(session="s1"), Gone(session="s1", reason=GoneReason.SILENT)]


async def test_peer_that_was_never_connected_is_left_to_its_own_timeout(start_relay: StartRelay) -> None:
    relay = await start_relay()
    async with peer("listen") as one:
        await listen(relay, one, "s1")
        session = relay.relay.sessions._live["s1"]
        session.look(session._agent.heard_at + 10 * GONE_SECONDS)
        assert (session.ended, session.away(session._agent.heard_at + 10 * GONE_SECONDS)) == (False, False)


async def test_relay_looks_by_itself_and_counts_who_is_away(start_relay: StartRelay) -> None:
    relay = await start_relay()
    async with peer("listen") as one:
        session = await connected_session(relay, one)
        assert relay.relay.sessions.by_kind == {"publish": 0, "listen": 1, "away": 0}
        session._agent.heard_at -= AWAY_SECONDS
        assert relay.relay.sessions.by_kind == {"publish": 0, "listen": 1, "away": 1}
        session._agent.heard_at -= GONE_SECONDS
        await until(lambda: session.ended, "the end")
        assert relay.relay.sessions.by_kind == {"publish": 0, "listen": 0, "away": 0}


# --- ends at any moment ---


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (Close(session="s1"), GoneReason.CLOSED),
        (CloseRoom(room="r1"), GoneReason.ROOM_CLOSED),
        (RevokeEpoch(room="r1", person="p1", epoch=1), GoneReason.REVOKED),
    ],
)
async def test_end_in_the_middle_of_the_handshake_leaves_nothing(
    start_relay: StartRelay, command: Any, reason: GoneReason
) -> None:
    relay = await start_relay()
    async with peer("publish") as one:
        offer = await one.offer()
        answer = await relay.ask(open_publish(offer))
        assert isinstance(answer, Answered)
        raw = StunOnly(offer, answer.sdp)
        raw.peer.ask()
        handshakes = relay.relay.sessions._around.handshakes
        await until(lambda: handshakes.running == 1, "the handshake")
        assert await relay.ask(command) == Done()
        await until(lambda: handshakes.running == 0, "no place taken")
        raw.close()
    await until(lambda: relay.events() == [Gone(session="s1", reason=reason)], "gone, once")
    port = relay.relay._port
    await until(lambda: (port._by_username, port._by_address, port._by_transaction) == ({}, {}, {}), "an empty port")
    assert len(relay.relay.rooms) == 0


async def test_end_while_the_offer_is_answered_leaves_nothing(start_relay: StartRelay) -> None:
    relay = await start_relay()
    async with peer("listen") as one:
        offer = await one.offer()
        for number in range(20):
            opening = asyncio.create_task(relay.ask(open_listen(offer, session=f"s{number}")))
            reply, _closed = await asyncio.gather(opening, relay.ask(CloseRoom(room="r1")))
            assert isinstance(reply, Answered | Refused)
            await relay.ask(CloseRoom(room="r1"))
    assert (len(relay.relay.sessions), len(relay.relay.rooms)) == (0, 0)
    port = relay.relay._port
    await until(lambda: (port._by_username, port._by_address) == ({}, {}), "an empty port")


async def test_end_at_any_step_of_the_answer_leaves_nothing(start_relay: StartRelay) -> None:
    relay = await start_relay()
    sessions, port = relay.relay.sessions, relay.relay._port
    answered = 0
    async with peer("listen") as one:
        offer = await one.offer()
        for steps in range(60):
            command = open_listen(offer, session=f"s{steps}")
            opening = asyncio.create_task(relay.ask(command))
            await until(lambda: len(sessions) > 0, "the session", every=0)
            for _step in range(steps):
                await asyncio.sleep(0)
            sessions.close_room("r1")
            answered += isinstance(await opening, Answered)
            await until(lambda: not sessions._closing, "everything closed")
            assert (steps, port._by_username) == (steps, {})
    # Some ended before their answer and some after it: every step between was tried.
    assert 0 < answered < 60


async def test_room_is_shared_by_its_sessions_and_forgotten_after_them(talk: Talk) -> None:
    await talk.speak("host", Tone(440))
    await talk.listen("guest:1")
    await talk.listen("guest:2", room="r2")
    rooms = talk.commander.relay.rooms
    live = talk.commander.relay.sessions._live
    assert len(rooms) == 2
    assert live["pub-host"]._room is live["sub-guest:1"]._room is not live["sub-guest:2"]._room
    for room, left in (("r2", 1), ("r1", 0)):
        await talk.commander.ask(CloseRoom(room=room))
        assert len(rooms) == left


async def test_record_before_anybody_is_there_is_done(start_relay: StartRelay) -> None:
    relay = await start_relay()
    assert await relay.ask(Record(room="r1", recording="rec1", persons=["host"])) == Done()
    assert len(relay.relay.rooms) == 0


# --- reports and receipts, with real peers ---


def receipts(commander: Commander) -> list[Receipt]:
    entries: Any = commander.client.xrange(commander.keys.receipts)
    return [decode_receipt(fields[b"receipt"]) for _id, fields in entries if b"receipt" in fields]


def talk_receipts(commander: Commander) -> list[TalkReceipt]:
    entries: Any = commander.client.xrange(commander.keys.receipts)
    return [decode_talk_receipt(fields[b"talk"]) for _id, fields in entries if b"talk" in fields]


async def test_receipts_grow_and_the_last_one_comes_with_the_end(talk: Talk) -> None:
    await talk.speak("host", Tone(440))
    await talk.listen("guest:1")
    relay = talk.commander.relay
    session = relay.sessions._live["sub-guest:1"]
    await until(lambda: session.connected, "connected here too")
    listening = session.listening
    assert listening is not None
    # A second, and another one: the listener reports every second or so.
    await until(lambda: listening.delivered_seconds > 1 and listening.confirmed_seconds > 0.5, "sound and reports")
    for session in relay.sessions:
        relay._receipts.take(session)
    await until(lambda: listening.delivered_seconds > 2, "more sound")
    await talk.commander.ask(Close(session="sub-guest:1"))
    await until(lambda: len(receipts(talk.commander)) >= 2, "both receipts")
    found = receipts(talk.commander)
    assert {(one.session, one.room, one.person, one.relay) for one in found} == {
        ("sub-guest:1", "r1", "guest:1", "relay-1")
    }
    assert all(one.confirmed_ms <= one.delivered_ms for one in found)
    assert [one.delivered_ms for one in found] == sorted(one.delivered_ms for one in found)
    assert found[0].delivered_ms >= 1000
    assert found[-1].delivered_ms == round(1000 * listening.delivered_seconds)
    assert set(relay._receipts._said) == {"pub-host"}


async def test_talk_receipts_grow_and_the_last_one_comes_with_the_end(talk: Talk) -> None:
    tone = Tone(440)
    await talk.speak("host", tone)
    relay = talk.commander.relay
    session = relay.sessions._live["pub-host"]
    await until(lambda: session.connected, "connected here too")
    speaking = session.speaking
    assert speaking is not None
    await until(lambda: speaking.voice_seconds > 0.5, "a voice")
    relay._receipts.take(session)
    tone.volume = 0
    await until(lambda: speaking.received_seconds > speaking.voice_seconds + 1, "silence")
    await talk.commander.ask(Close(session="pub-host"))
    await until(lambda: len(talk_receipts(talk.commander)) >= 2, "both receipts")
    found = talk_receipts(talk.commander)
    assert {(one.session, one.room, one.person, one.relay) for one in found} == {("pub-host", "r1", "host", "relay-1")}
    assert found == sorted(found, key=lambda one: (one.received_ms, one.voice_ms))
    assert found[0].voice_ms >= 500
    assert (found[-1].received_ms, found[-1].voice_ms) == (
        round(1000 * speaking.received_seconds),
        round(1000 * speaking.voice_seconds),
    )
    assert relay._receipts._said == {}


async def test_reports_between_the_relay_and_real_peers(talk: Talk) -> None:
    """aiortc computes its round trip from our reports, and we ours from its."""
    reported: list[tuple[float, float | None]] = []
    around = talk.commander.relay.sessions._around
    object.__setattr__(around, "reported", lambda loss, rtt: reported.append((loss, rtt)))
    speaker = await talk.speak("host", Tone(440))
    await talk.listen("guest:1")
    await until(lambda: any(rtt is not None for _loss, rtt in reported), "a round trip at the relay", 15)
    measured = [rtt for _loss, rtt in reported if rtt is not None]
    assert all(0 < rtt < 1 for rtt in measured)
    assert {loss for loss, _rtt in reported} == {0.0}
    sender = speaker.getSenders()[0]

    async def seen_by_the_speaker() -> Any:
        stats = await sender.getStats()
        return next((one for one in stats.values() if one.type == "remote-inbound-rtp"), None)

    began = time.monotonic()
    while (found := await seen_by_the_speaker()) is None or found.roundTripTime is None:
        assert time.monotonic() - began < 10
        await asyncio.sleep(0.05)
    assert (found.packetsLost, found.fractionLost) == (0, 0)
    assert 0 < found.roundTripTime < 1
