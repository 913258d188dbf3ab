"""Sound through a real relay: real WebRTC peers over loopback, tones measured where they arrive."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from media.relay.messages import Answered, Done, RevokeEpoch, SetMuted, SetUnheard
from tests.relay.conftest import Commander, open_listen, open_publish
from tests.relay.peers import until
from tests.relay.tones import SAMPLE_RATE, Ear, Tone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable


LOUD = 0.5
# The steepest that 1,100 Hz gets at that volume, and a tenth for what Opus does to it.
MOST_STEP = 1.1 * LOUD * 2 * np.pi * 1100 / SAMPLE_RATE


class Talk:
    """People at one relay who speak and listen."""

    def __init__(self, commander: Commander) -> None:
        self.commander = commander
        self.peers: list[RTCPeerConnection] = []
        self.ears: list[Ear] = []

    async def speak(self, person: str, tone: Tone, *, muted: bool = False, room: str = "r1") -> RTCPeerConnection:
        peer = self._peer()
        peer.addTrack(tone)
        peer.getTransceivers()[0].direction = "sendonly"
        await self._connect(
            peer,
            lambda sdp: open_publish(sdp, session=f"pub-{person}", person=person, muted=muted, room=room),
        )
        return peer

    async def listen(self, person: str, *, slots: int = 3, room: str = "r1") -> list[Ear]:
        peer = self._peer()
        for _ in range(slots):
            peer.addTransceiver("audio", direction="recvonly")
        await self._connect(peer, lambda sdp: open_listen(sdp, session=f"sub-{person}", person=person, room=room))
        ears = [Ear(transceiver.receiver.track) for transceiver in peer.getTransceivers()]
        self.ears += ears
        return ears

    def _peer(self) -> RTCPeerConnection:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.peers.append(peer)
        return peer

    async def _connect(self, peer: RTCPeerConnection, command: Callable[[str], Any]) -> None:
        await peer.setLocalDescription(await peer.createOffer())
        answer = await self.commander.ask(command(peer.localDescription.sdp))
        assert isinstance(answer, Answered)
        await peer.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
        await until(lambda: peer.connectionState == "connected", "connected")

    async def close(self) -> None:
        for ear in self.ears:
            ear.close()
        await asyncio.gather(*(peer.close() for peer in self.peers))


@pytest.fixture
async def talk(start_relay: Callable[..., Awaitable[Commander]]) -> AsyncIterator[Talk]:
    one = Talk(await start_relay())
    yield one
    await one.close()


def hear(ears: list[Ear], *frequencies: float) -> Callable[[], bool]:
    """Return whether each frequency is what one of the ears hears."""
    return lambda: all(any(ear.hears(frequency) for ear in ears) for frequency in frequencies)


async def test_a_tone_reaches_a_listener(talk: Talk) -> None:
    await talk.speak("host", Tone(440))
    ears = await talk.listen("guest:1")
    await until(hear(ears, 440), "440 Hz")


async def test_nobody_hears_themselves(talk: Talk) -> None:
    first = await talk.listen("host")
    await talk.speak("host", Tone(440))
    await talk.speak("other", Tone(880))
    second = await talk.listen("other")
    await until(hear(first, 880), "880 Hz")
    await until(hear(second, 440), "440 Hz")
    assert not hear(first, 440)()
    assert not hear(second, 880)()


async def test_mute_and_demotion_silence_in_the_relay(talk: Talk) -> None:
    await talk.speak("host", Tone(440))
    ears = await talk.listen("guest:1")
    await until(hear(ears, 440), "440 Hz")
    assert await talk.commander.ask(SetMuted(room="r1", person="host", muted=True)) == Done()
    took = await until(lambda: all(ear.hears_nothing() for ear in ears), "silence")
    assert took < 1.0
    await until(lambda: talk.commander.relay.counts["drop_muted"] > 0, "dropped packets")
    assert await talk.commander.ask(SetMuted(room="r1", person="host", muted=False)) == Done()
    await until(hear(ears, 440), "440 Hz again")
    assert await talk.commander.ask(RevokeEpoch(room="r1", person="host", epoch=5)) == Done()
    await until(lambda: all(ear.hears_nothing() for ear in ears), "silence")


async def test_voice_that_one_shall_not_hear_ends_for_them_and_comes_back(talk: Talk) -> None:
    await talk.speak("host", Tone(440))
    await talk.speak("other", Tone(880))
    ears, others = await talk.listen("me"), await talk.listen("guest:1")
    await until(hear(ears, 440, 880), "both")
    assert await talk.commander.ask(SetUnheard(session="sub-me", persons=["host"])) == Done()
    took = await until(lambda: not hear(ears, 440)(), "440 Hz to end")
    assert took < 1.0
    assert hear(others, 440, 880)()
    assert hear(ears, 880)()
    assert await talk.commander.ask(SetUnheard(session="sub-me", persons=[])) == Done()
    await until(hear(ears, 440, 880), "440 Hz again")
    assert await talk.commander.ask(SetUnheard(session="nobody", persons=["host"])) == Done()


async def test_three_are_heard_at_once_and_the_fourth_when_louder(talk: Talk) -> None:
    tones = {name: Tone(frequency, 0.1) for name, frequency in (("a", 330), ("b", 550), ("c", 770))}
    for name, tone in tones.items():
        await talk.speak(name, tone)
    ears = await talk.listen("guest:1")
    await until(hear(ears, 330, 550, 770), "three tones")
    fourth = Tone(1100, 0.02)
    await talk.speak("d", fourth)
    await until(lambda: talk.commander.relay.counts["drop_not_loudest"] > 20, "the quiet one to be left out")
    assert not hear(ears, 1100)()
    fourth.volume = 0.8
    await until(hear(ears, 1100), "the fourth, now loudest")


async def test_fourth_takes_a_slot_without_a_click(talk: Talk) -> None:
    """A click is a jump between two samples that no sum of these tones has."""
    for name, frequency in (("a", 330), ("b", 550), ("c", 770)):
        await talk.speak(name, Tone(frequency, 0.1))
    ears = await talk.listen("guest:1")
    await until(hear(ears, 330, 550, 770), "three tones")
    fourth = Tone(1100, 0.01)
    await talk.speak("d", fourth)
    await until(lambda: talk.commander.relay.counts["drop_not_loudest"] > 20, "the quiet one to be left out")
    fourth.volume = LOUD
    await until(hear(ears, 1100), "the fourth, now loudest")
    ear = next(ear for ear in ears if ear.hears(1100))
    steps = np.abs(np.diff(ear.samples))
    assert float(steps.max()) <= MOST_STEP
