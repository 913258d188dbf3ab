"""A bot's voice: paced, silent when it should be, and with levels on the wire."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from rooms.bot.backoff import Backoff
from rooms.bot.publisher import Publisher
from rooms.bot.voice import SpeechTrack, Voice
from tests.relay.peers import until, use_loopback
from tests.rooms.bots import tone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class Heard(NamedTuple):
    """What came of one packet."""

    timestamp: int
    level: int | None
    at: float


def now() -> float:
    return asyncio.get_running_loop().time()


@asynccontextmanager
async def listener(publisher: Publisher) -> AsyncIterator[list[Heard]]:
    """Answer a publisher as a relay would, and note its packets."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    heard: list[Heard] = []

    async def note(packet: Any, **_: Any) -> None:
        level = packet.extensions.audio_level
        heard.append(Heard(packet.timestamp, level and level[1], now()))

    transceiver = peer.addTransceiver("audio", direction="recvonly")
    transceiver.receiver._handle_rtp_packet = note  # type: ignore[assignment]
    try:
        await peer.setRemoteDescription(RTCSessionDescription(await publisher.offer(), "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        await publisher.accept(peer.localDescription.sdp, "session")
        await until(lambda: publisher.connected, "connected")
        yield heard
    finally:
        await publisher.close()
        await peer.close()


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    use_loopback(monkeypatch)


async def test_clip_arrives_in_real_time_with_levels(tmp_path: Path) -> None:
    voice = Voice()
    clip = tone(tmp_path / "tone.wav", seconds=1.0)
    async with listener(Publisher(voice, lambda: None)) as heard:
        voice.open()

        assert await voice.say(clip)
        await until(lambda: len(heard) >= 52, "52 packets")

    # 50 frames between two of silence. A tone of half the height is 9 dB below the loudest square wave.
    assert [packet.level for packet in heard] == [127, *[9] * 50, 127]
    steps = [later.timestamp - sooner.timestamp for sooner, later in pairwise(heard)]
    # More than one frame's time only where this machine stood still.
    assert [step >= 960 and step % 960 == 0 for step in steps] == [True] * 51
    assert heard[-1].at - heard[0].at > 0.95


async def test_nothing_is_sent_in_silence_and_the_clock_goes_on(tmp_path: Path) -> None:
    voice = Voice()
    clip = tone(tmp_path / "tone.wav", seconds=0.2)
    async with listener(Publisher(voice, lambda: None)) as heard:
        voice.open()
        await voice.say(clip)
        await until(lambda: len(heard) >= 12, "12 packets")
        first = list(heard)

        await until(lambda: now() - first[-1].at > 0.6, "time passes")
        assert heard == first
        await voice.say(clip)
        await until(lambda: len(heard) >= 24, "24 packets")

    # The frame of silence after a pause may still have the time of the one before.
    passed = (heard[13].timestamp - heard[11].timestamp) / 48_000
    assert passed == pytest.approx(heard[13].at - heard[11].at, abs=0.3)
    assert [packet.level for packet in heard] == [127, *[9] * 10, 127] * 2


async def test_closed_voice_delays_a_clip(tmp_path: Path) -> None:
    voice = Voice()
    track = SpeechTrack(voice)
    saying = asyncio.create_task(voice.say(tone(tmp_path / "tone.wav", seconds=0.1)))
    waiting = asyncio.create_task(track.recv())
    await until(voice._frames.full, "frames wait")

    assert not waiting.done()
    voice.open()
    frames = [await waiting, *[await track.recv() for _ in range(6)]]

    assert await saying
    assert [frame.pts for frame in frames] == [960 * number for number in range(7)]


async def test_cut_voice_ends_the_clip_and_says_the_next_from_its_beginning(tmp_path: Path) -> None:
    voice = Voice()
    track = SpeechTrack(voice)
    voice.open()
    saying = asyncio.create_task(voice.say(tone(tmp_path / "long.wav", seconds=60)))
    for _ in range(3):
        await track.recv()

    voice.cut()

    assert not await asyncio.wait_for(saying, 5)
    saying = asyncio.create_task(voice.say(tone(tmp_path / "short.wav", seconds=0.02)))
    voice.open()
    frames = [bytes(frame.planes[0]) for frame in [await track.recv() for _ in range(3)]]
    assert await saying
    assert [frames[0] == bytes(1920), frames[1] == bytes(1920), frames[2] == bytes(1920)] == [True, False, True]


async def test_cut_reaches_a_clip_that_nobody_fetches(tmp_path: Path) -> None:
    voice = Voice()
    saying = asyncio.create_task(voice.say(tone(tmp_path / "tone.wav", seconds=0.05)))
    await until(voice._frames.full, "frames wait")

    voice.cut()

    assert not await asyncio.wait_for(saying, 5)


async def test_closed_connection_takes_nothing_more(tmp_path: Path) -> None:
    voice = Voice()
    track = SpeechTrack(voice)
    voice.open()
    saying = asyncio.create_task(voice.say(tone(tmp_path / "tone.wav", seconds=0.02)))
    track.stop()

    with pytest.raises(MediaStreamError):
        await track.recv()
    saying.cancel()


def test_backoff_doubles_up_to_its_most_and_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    backoff = Backoff(0.5, 15.0)

    assert [backoff.delay() for _ in range(7)] == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]
    backoff.reset()
    assert backoff.delay() == 0.5
