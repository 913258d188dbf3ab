"""Peers at addresses of both families, and peers whose address changes while they talk; real WebRTC over loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aioice.ice
import pytest
from aiortc import RTCSessionDescription

from media.relay.messages import Answered
from tests.relay.conftest import open_listen, open_publish
from tests.relay.peers import until
from tests.relay.raw_peers import Router, relay_address
from tests.relay.test_sound import Talk, hear
from tests.relay.tones import Ear, Tone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.relay.conftest import Commander

    StartRelay = Callable[..., Awaitable[Commander]]


@pytest.fixture
async def talk(start_relay: StartRelay) -> AsyncIterator[Talk]:
    one = Talk(await start_relay(addresses=("127.0.0.1", "::1")))
    yield one
    await one.close()


def be_at(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """Let the peers that follow have this address."""
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda **_families: [host])


@pytest.mark.parametrize("speaker", ["127.0.0.1", "::1"])
async def test_speaker_of_either_family_is_heard_by_both(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, speaker: str
) -> None:
    be_at(monkeypatch, speaker)
    await talk.speak("host", Tone(440))
    be_at(monkeypatch, "127.0.0.1")
    four = await talk.listen("guest:4")
    be_at(monkeypatch, "::1")
    six = await talk.listen("guest:6")
    await until(hear(four, 440), "440 Hz over IPv4")
    await until(hear(six, 440), "440 Hz over IPv6")
    room = talk.commander.relay.sessions._live["sub-guest:6"]._room
    assert len(room.lines) == 1
    assert {len(one.address) for one in room.listeners.values()} == {2, 4}


class Travelling:
    """A person behind a router that may forget its translation."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.router: Router | None = None

    async def connect(self, *, publish: bool) -> list[Ear]:
        peer = self.talk._peer()
        if publish:
            peer.addTrack(Tone(440))
            peer.getTransceivers()[0].direction = "sendonly"
        else:
            peer.addTransceiver("audio", direction="recvonly")
        await peer.setLocalDescription(await peer.createOffer())
        offer = peer.localDescription.sdp
        command = open_publish if publish else open_listen
        answer = await self.talk.commander.ask(command(offer, session="moves", person="moves"))
        assert isinstance(answer, Answered)
        self.router = Router(relay_address(answer.sdp))
        # One way only: the other family's address goes round the router.
        sdp = "".join(
            line for line in self.router.in_front(answer.sdp).splitlines(keepends=True) if " ::1 " not in line
        )
        await peer.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        await until(lambda: peer.connectionState == "connected", "connected")
        ears = [] if publish else [Ear(transceiver.receiver.track) for transceiver in peer.getTransceivers()]
        self.talk.ears += ears
        return ears


@pytest.fixture
async def travelling(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Travelling]:
    # As often as Chromium looks; aioice itself every five seconds, without nominating again.
    monkeypatch.setattr(aioice.ice, "CONSENT_INTERVAL", 1)
    one = Travelling(talk)
    yield one
    await talk.close()
    if one.router is not None:
        one.router.close()


async def test_listener_whose_router_forgets_hears_on(talk: Talk, travelling: Travelling) -> None:
    await talk.speak("host", Tone(440))
    ears = await travelling.connect(publish=False)
    await until(hear(ears, 440), "440 Hz")
    router, session = travelling.router, talk.commander.relay.sessions._live["moves"]
    assert router is not None
    before = session._agent.address
    assert before == router.outside.getsockname()
    router.rebind()
    await until(lambda: session._agent.address == router.outside.getsockname(), "the new address")
    await until(lambda: not ears[0].hears_nothing() and ears[0].hears(440), "440 Hz again")
    assert before not in talk.commander.relay._port._by_address
    assert not session.ended


async def test_speaker_whose_router_forgets_is_heard_on(talk: Talk, travelling: Travelling) -> None:
    ears = await talk.listen("guest:1", slots=1)
    await travelling.connect(publish=True)
    await until(hear(ears, 440), "440 Hz")
    assert travelling.router is not None
    travelling.router.rebind()
    counts = talk.commander.relay.counts
    await until(ears[0].hears_nothing, "silence: nobody knows the new address")
    assert counts["drop_unknown_address"] > 0
    await until(lambda: ears[0].hears(440), "440 Hz again")


async def test_five_seconds_without_a_network_end_nothing(talk: Talk, travelling: Travelling) -> None:
    await talk.speak("host", Tone(440))
    ears = await travelling.connect(publish=False)
    await until(hear(ears, 440), "440 Hz")
    router, session = travelling.router, talk.commander.relay.sessions._live["moves"]
    assert router is not None
    router.open = False
    # The outage is told to the relay's books instead of being waited for.
    session._agent.heard_at -= 5
    await until(ears[0].hears_nothing, "silence")
    assert not session.ended
    router.open = True
    router.rebind()
    await until(lambda: ears[0].hears(440), "440 Hz again")
