"""A client that lies: a real WebRTC peer whose reports are forged. It gains nothing beyond what it was sent."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from aiortc import RTCRtpReceiver
from aiortc.rtp import RtcpReceiverInfo, RtcpRrPacket

from media.relay import intervals
from media.relay.messages import Close, IntervalReceipt, decode_interval_receipt
from tests.relay.peers import until
from tests.relay.test_sound import Talk
from tests.relay.tones import Tone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.relay.conftest import Commander

# With its double below what the relay reads in a second.
REPORTS = 20


@pytest.fixture(autouse=True)
def _short_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "INTERVAL_MS", 1_000)


@pytest.fixture
async def talk(start_relay: Callable[..., Awaitable[Commander]]) -> AsyncIterator[Talk]:
    one = Talk(await start_relay())
    await one.speak("host", Tone(440))
    yield one
    await one.close()


def kept(commander: Commander) -> list[IntervalReceipt]:
    entries: Any = commander.client.xrange(commander.keys.receipts)
    return [decode_interval_receipt(fields[b"interval"]) for _id, fields in entries if b"interval" in fields]


class Listener:
    """Somebody who listens at the relay, and what their client sends instead of its own reports."""

    def __init__(self, talk: Talk, person: str) -> None:
        self.talk = talk
        self.person = person
        self.session = talk.commander.relay.sessions._live[f"sub-{person}"]
        self.transport: Any = talk.peers[-1].getTransceivers()[0].receiver.transport

    @classmethod
    async def join(cls, talk: Talk, person: str = "lia") -> Listener:
        await talk.listen(person, slots=1)
        one = cls(talk, person)
        await until(lambda: one.session.listening is not None, "connected here too")
        return one

    @property
    def numbering(self) -> Any:
        return self.session._room.listeners[self.session.grant.session].line.numberings[0]

    async def report(self, *, highest: int, lost: int = 0, fraction: int = 0, ssrc: int | None = None) -> None:
        source = self.session._room.ssrcs[0] if ssrc is None else ssrc
        block = RtcpReceiverInfo(source, fraction, lost, highest, 0, 0, 0)
        await self.transport._send_rtp(bytes(RtcpRrPacket(ssrc=7, reports=[block])))

    async def is_sent(self, packets: int) -> None:
        wanted = self.numbering.packets + packets
        await until(lambda: self.numbering.packets >= wanted, "sound")

    async def leave(self) -> list[IntervalReceipt]:
        """Return what is in the stream once the session is over."""
        sent = self.numbering.packets
        await self.talk.commander.ask(Close(session=self.session.grant.session))
        await self.talk.commander.relay._bus.flush()
        found = kept(self.talk.commander)
        assert sum(each.delivered for each in found) <= sent
        assert all(each.confirmed <= each.delivered for each in found)
        return found


@pytest.fixture
async def liar(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> Listener:
    """A listener whose client sends none of its own reports."""

    async def swallow(_receiver: RTCRtpReceiver, _packet: object) -> None:
        pass

    monkeypatch.setattr(RTCRtpReceiver, "_send_rtcp", swallow)
    return await Listener.join(talk)


async def test_honest_client_has_what_it_was_sent(talk: Talk) -> None:
    lia = await Listener.join(talk)
    await until(lambda: len(kept(talk.commander)) >= 2, "two intervals", 30)
    found = await lia.leave()
    assert {(each.session, each.room, each.person) for each in found} == {("sub-lia", "r1", "lia")}
    assert [each.number for each in found] == list(range(1, len(found) + 1))
    # Over loopback all but what was on its way has arrived, and there is no break.
    assert sum(each.confirmed for each in found) == sum(each.delivered for each in found) >= 50
    assert all(0 <= after.start_ms - before.end_ms < intervals.BREAK_MS for before, after in pairwise(found))


async def test_whoever_has_no_account_is_not_followed(talk: Talk) -> None:
    guest = await Listener.join(talk, "guest:1")
    listening = guest.session.listening
    assert listening is not None
    await until(lambda: listening.confirmed_seconds > 0, "a report")
    assert await guest.leave() == []


async def test_client_that_only_stays_connected_has_heard_nothing(liar: Listener) -> None:
    """Its checks of the connection go on, as do its heartbeats to the web; it reports nothing."""
    await liar.is_sent(150)
    assert await liar.leave() == []


async def test_client_that_knows_of_more_than_was_sent_has_heard_nothing(liar: Listener) -> None:
    for ahead in range(REPORTS):
        await liar.report(highest=liar.numbering.last + 500 + ahead, lost=-ahead)
    await until(lambda: liar.talk.commander.relay.counts["false_reports"] >= REPORTS, "all are known as lies")
    assert await liar.leave() == []


async def test_client_that_reports_of_other_sources_has_heard_nothing(liar: Listener) -> None:
    await liar.is_sent(50)
    others = [*liar.session._room.ssrcs[1:], 0, 7, 0xFFFFFFFF]
    for ssrc in others:
        await liar.report(highest=liar.numbering.last, ssrc=ssrc)
    await until(lambda: liar.talk.commander.relay.counts["in_reports"] >= len(others), "reports")
    assert await liar.leave() == []


async def test_client_that_has_lost_less_than_nothing_gains_nothing(liar: Listener) -> None:
    for number in range(10):
        await liar.is_sent(10)
        await liar.report(highest=liar.numbering.last, lost=-1000 * number, fraction=0)
    await until(lambda: liar.talk.commander.relay.counts["in_reports"] >= 10, "reports")
    found = await liar.leave()
    assert sum(each.confirmed for each in found) >= 90


async def test_client_that_says_it_again_and_again_gains_nothing(liar: Listener) -> None:
    await liar.is_sent(50)
    numbering = liar.numbering
    highest, sent = numbering.last, numbering.packets
    for lost in range(REPORTS):
        await liar.report(highest=highest, lost=-lost)
        await liar.report(highest=(1 << 16) + highest - lost)
    await until(lambda: liar.talk.commander.relay.counts["in_reports"] >= 2 * REPORTS, "reports")
    found = await liar.leave()
    assert 0 < sum(each.confirmed for each in found) <= sent
