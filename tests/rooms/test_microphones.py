"""Microphones and places on the stage with a real relay: whatever order its words come in, the row is what is heard."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from config.lib.db import in_pool
from config.lib.errors import DomainError
from media.bridge import follow_relays
from media.models import MediaSession
from media.selectors import live_relays
from rooms.selectors import is_muted
from rooms.services import hands, sound, stage
from tests.relay.peers import until, use_loopback
from tests.relay.tones import Ear, Tone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from pytest_django.fixtures import Settings

    from accounts.models import User
    from rooms.models import Room
    from tests.media.relays import RelayProcess

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
# A relay that lives says so within this time, and the bridge repeats what it missed.
REPEATED_SECONDS = 4.0


@pytest.fixture
def relay(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RelayProcess]:
    from tests.media.relays import RelayProcess

    settings.RELAY_SECRET = "the secret that this test's relay knows"
    use_loopback(monkeypatch)
    one = RelayProcess("relay-1", tmp_path / "relay.log")
    one.start()
    yield one
    one.end()


@asynccontextmanager
async def bridge() -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(follow_relays(stop))
    try:
        yield
    finally:
        stop.set()
        await task


@asynccontextmanager
async def connected(room: Room, user: User | None, tone: Tone | None = None) -> AsyncIterator[RTCPeerConnection]:
    """Speak the tone, or else listen."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        if tone is None:
            peer.addTransceiver("audio", direction="recvonly")
        else:
            peer.addTrack(tone)
            peer.getTransceivers()[0].direction = "sendonly"
        await peer.setLocalDescription(await peer.createOffer())
        answer = await in_pool(sound.offer_media)(
            room.public_id,
            by=user,
            guest_key="" if user else "g1",
            kind="publish" if tone else "listen",
            sdp=peer.localDescription.sdp,
        )
        await peer.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
        await until(lambda: peer.connectionState in {"connected", "closed"}, "an end of the handshake")
        yield peer
    finally:
        await peer.close()


def microphone(room: Room, person: User, *, on: bool) -> None:
    if on:
        stage.unmute(room.public_id, by=person)
    else:
        stage.mute(room.public_id, by=person)


@pytest.mark.parametrize(("seconds", "last"), [(0.8, False), (0.8, True), (3.0, False)])
async def test_row_wins_after_switches_while_the_relay_was_frozen(
    relay: RelayProcess, room: Room, ines: User, seconds: float, last: bool
) -> None:
    """Off, on, off (or the other way round), several at once, while the relay reads nothing.

    One that was silent for longer than RELAY_DEAD_AFTER has lost everybody: then nobody is heard.
    """

    async def switch() -> None:
        await asyncio.gather(*(in_pool(microphone)(room, ines, on=on) for on in (not last, last, not last)))
        await in_pool(microphone)(room, ines, on=last)

    await in_pool(microphone)(room, ines, on=True)
    async with bridge(), connected(room, ines, Tone(440)), connected(room, None) as listener:
        ear = Ear(listener.getTransceivers()[0].receiver.track)
        await until(lambda: ear.hears(440), "440 Hz")
        relay.send(signal.SIGSTOP)
        frozen = time.monotonic()
        switching = asyncio.create_task(switch())
        await until(lambda: time.monotonic() - frozen >= seconds, "the silence")
        relay.send(signal.SIGCONT)
        await switching
        assert await in_pool(is_muted)(room.public_id, ines) is not last
        live = await in_pool(MediaSession.objects.filter(kind="publish", state="connected").count)()
        heard = last and live == 1
        await until(lambda: ear.hears(440) if heard else ear.hears_nothing(), "what the row says", REPEATED_SECONDS)
        ear.close()


async def test_whoever_is_moved_down_again_and_again_is_heard_only_while_up(
    relay: RelayProcess, room: Room, ines: User, oliver: User
) -> None:
    def up() -> None:
        hands.raise_hand(room.public_id, by=oliver)
        hands.accept_hand(room.public_id, by=ines, person_id=oliver.public_id)
        stage.unmute(room.public_id, by=oliver)

    def down() -> None:
        stage.remove_from_stage(room.public_id, by=ines, person_id=oliver.public_id)

    async with bridge(), connected(room, None) as listener:
        ear = Ear(listener.getTransceivers()[0].receiver.track)
        for _ in range(5):
            await in_pool(up)()
            async with connected(room, oliver, Tone(880)) as speaker:
                await until(lambda: ear.hears(880), "880 Hz")
                await in_pool(down)()
                await until(ear.hears_nothing, "silence", 1)
                await until(lambda: speaker.connectionState == "closed", "the relay to hang up")
                with pytest.raises(DomainError):
                    async with connected(room, oliver, Tone(880)):
                        pass
        ear.close()
    assert await in_pool(list)(MediaSession.objects.filter(kind="publish", state="connected")) == []


async def test_offer_that_meets_a_removal_ends_in_silence(
    relay: RelayProcess, room: Room, ines: User, oliver: User
) -> None:
    """The relay answers while the person is moved down; whichever is first, they are not heard afterwards."""

    def up() -> None:
        hands.raise_hand(room.public_id, by=oliver)
        hands.accept_hand(room.public_id, by=ines, person_id=oliver.public_id)
        stage.unmute(room.public_id, by=oliver)

    async def offer() -> None:
        async with connected(room, oliver, Tone(880)) as speaker:
            await until(lambda: speaker.connectionState == "closed", "the relay to hang up")

    async with bridge():
        for _ in range(8):
            await in_pool(up)()
            await asyncio.gather(
                offer(),
                in_pool(stage.remove_from_stage)(room.public_id, by=ines, person_id=oliver.public_id),
                return_exceptions=True,
            )
            alive = MediaSession.objects.filter(user=oliver, state__in=["opening", "connected"])
            assert await in_pool(list)(alive.values_list("state", "gone_reason")) == []
    await until(lambda: [relay.sessions for relay in live_relays()] == [0], "nobody at the relay")
