"""What the README promises: whoever listens to a demo room hears somebody talk."""

from __future__ import annotations

import asyncio
import json
import re
import time
import urllib.request
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import websockets
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from config.embedded.demo import ROOMS
from tests.relay.peers import use_loopback
from tests.servers.embedded import start_embedded

if TYPE_CHECKING:
    from pathlib import Path

    from aiortc import MediaStreamTrack

    from tests.servers.embedded import Embedded

pytestmark = pytest.mark.embedded
# From the first page to the first word; a minute is promised for all of it, with the download.
WITHIN_SECONDS = 15
# Of 32,767: a voice is far above it, silence and noise far below.
AUDIBLE = 300


async def test_newcomer_hears_every_room_that_talks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_loopback(monkeypatch)
    started = await asyncio.to_thread(start_embedded, tmp_path / "var")
    try:
        await asyncio.to_thread(started.wait_for_banner)
        began = time.monotonic()
        await asyncio.gather(*(hears_somebody(started, room) for room in rooms_of(started)))
    finally:
        await asyncio.to_thread(started.stop)

    assert time.monotonic() - began < WITHIN_SECONDS


def rooms_of(running: Embedded) -> list[str]:
    """Return the ids of the rooms where voices talk: they come first in the hallway."""
    with urllib.request.urlopen(running.url, timeout=10) as page:  # noqa: S310 - our own page
        found = list(dict.fromkeys(re.findall(r'href="/rooms/(\w{14})/"', page.read().decode())))
    assert len(found) >= len(ROOMS)
    return found[: sum(bool(room.turns) for room in ROOMS)]


async def hears_somebody(running: Embedded, room: str) -> None:
    """Listen to the room as a guest until something is audible."""
    async with asyncio.timeout(WITHIN_SECONDS + 10):
        while not await _listens(running, room):
            pass


async def _listens(running: Embedded, room: str) -> bool:
    """Say whether somebody was heard; not if the relay was not up yet."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    tracks: list[MediaStreamTrack] = []
    peer.on("track", tracks.append)
    for _ in range(3):
        peer.addTransceiver("audio", direction="recvonly")
    url = f"ws://127.0.0.1:{running.port}/ws/rooms/{room}/"
    try:
        await peer.setLocalDescription(await peer.createOffer())
        async with websockets.connect(url, origin=running.url, proxy=None) as socket:  # type: ignore[arg-type]
            await socket.send(json.dumps({"type": "hello", "last_seq": 0}))
            offer = {"type": "media.offer", "id": "1", "kind": "listen", "sdp": peer.localDescription.sdp}
            await socket.send(json.dumps(offer))
            answer = await _answer(socket)
            if answer["type"] == "error":
                return False
            await peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
            waiting = [asyncio.create_task(_audible(track)) for track in tracks]
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            return any(task.result() for task in done)
    finally:
        await peer.close()


async def _answer(socket: websockets.ClientConnection) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = json.loads(await socket.recv())
        if frame["type"] in {"ok", "error"}:
            return frame


async def _audible(track: MediaStreamTrack) -> bool:
    """Wait until something is audible and return True; False if the connection ends before."""
    try:
        while True:
            frame: Any = await track.recv()
            if np.sqrt((frame.to_ndarray().astype(float) ** 2).mean()) > AUDIBLE:
                return True
    except MediaStreamError:
        return False
