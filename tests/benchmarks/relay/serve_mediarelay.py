"""aiortc's `MediaRelay` behind the relay's commands: decodes the speaker once and encodes for each listener.

It is what aiortc's own examples show for several listeners. Arguments: Redis' address.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import aioice.ice
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay

from media.relay.bus import connect
from media.relay.keys import Keys
from media.relay.messages import VERSION, Answered, OpenListen, OpenPublish, ReplyEnvelope, decode_request, encode
from media.relay.offers import LISTEN_DIRECTIONS, PUBLISH_DIRECTIONS, clean_offer
from tests.benchmarks.relay.servers import SERVER_CORE, pin
from tests.benchmarks.relay.signalling import PREFIX

if TYPE_CHECKING:
    from aiortc import MediaStreamTrack

NAME = "stock"


class Stock:
    """One speaker's track, and what listens to it."""

    def __init__(self) -> None:
        self._relay = MediaRelay()
        self._track: MediaStreamTrack | None = None
        self._peers: list[RTCPeerConnection] = []

    async def answer(self, command: OpenPublish | OpenListen) -> str:
        publish = isinstance(command, OpenPublish)
        offer = clean_offer(command.sdp, directions=PUBLISH_DIRECTIONS if publish else LISTEN_DIRECTIONS)
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peers.append(peer)
        if publish:
            peer.on("track", self._keep)
        elif self._track is not None:
            peer.addTrack(self._relay.subscribe(self._track))
        await peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        return str(peer.localDescription.sdp)

    def _keep(self, track: MediaStreamTrack) -> None:
        self._track = track


async def main(redis_url: str) -> None:
    aioice.ice.get_host_addresses = lambda **_families: ["127.0.0.1"]
    stock, keys, client = Stock(), Keys(PREFIX), connect(redis_url)
    await client.zadd(keys.index, {NAME: 1})
    while True:
        popped: Any = await client.blpop([keys.commands(NAME)], 1)
        if popped is None:
            continue
        request = decode_request(popped[1])
        assert isinstance(request.command, OpenPublish | OpenListen)
        answered = Answered(sdp=await stock.answer(request.command))
        pushed: Any = client.rpush(
            keys.reply(request.id), encode(ReplyEnvelope(v=VERSION, id=request.id, reply=answered))
        )
        await pushed


if __name__ == "__main__":
    pin(SERVER_CORE)
    asyncio.run(main(sys.argv[1]))
