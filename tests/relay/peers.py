"""Real WebRTC peers for tests: what a browser does, done by aiortc over loopback."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aioice.ice
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import pytest

DEADLINE_SECONDS = 10.0


class Peer:
    """One browser's end of a media session."""

    def __init__(self, kind: str) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.connection.addTransceiver("audio", direction="sendonly" if kind == "publish" else "recvonly")

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def accept(self, answer: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def reaches(self, *states: str) -> None:
        """Wait until the connection is in one of `states`."""
        await until(lambda: self.connection.connectionState in states, f"peer {states}")


@asynccontextmanager
async def peer(kind: str) -> AsyncIterator[Peer]:
    """A peer that is closed afterwards."""
    one = Peer(kind)
    try:
        yield one
    finally:
        await one.connection.close()


def use_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let peers of this process have 127.0.0.1 as their address; aioice leaves it out by itself."""
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda **_families: ["127.0.0.1"])


async def until(
    condition: Callable[[], bool], what: str, seconds: float = DEADLINE_SECONDS, *, every: float = 0.01
) -> float:
    """Wait until `condition()`, and return the seconds that it took; fail with `what` when it takes too long.

    It is asked every so many seconds, with 0 at each turn of the loop.
    """
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            msg = f"not within {seconds} s: {what}"
            raise AssertionError(msg)
        await asyncio.sleep(every)
    return time.monotonic() - began
