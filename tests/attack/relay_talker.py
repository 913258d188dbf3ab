"""One who speaks and one who listens at a relay, in a process of their own; says how the packets came through.

Arguments: Redis' address, the prefix, the relay's incarnation and process; RELAY_SECRET in the environment. Prints one
line of JSON when both are connected, and one for each line on its input: how it was since the last one.

While a packet is on its way, the relay and this process may wait for a processor that others use. The kernel knows for
how long; that time is taken off, so that a busy machine does not look like a relay that stutters.
"""

from __future__ import annotations

import asyncio
import json
import os
import struct
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aioice.ice
import numpy as np
import redis
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from media.relay.keys import Keys
from media.relay.messages import Answered
from tests.relay.conftest import Commander, open_listen, open_publish
from tests.relay.packets import raw_rtp, toc
from tests.relay.peers import until
from tests.relay.raw_peers import credentials, relay_address

PACKET_SECONDS = 0.02
# What is on its way when somebody asks still counts.
STRAGGLER_SECONDS = 0.5


class Talk:
    """A steady speaker, and when each packet left and came (monotonic seconds), by its number.

    With each time goes for how long the processes had waited until then.
    """

    def __init__(self, commander: Commander, secret: bytes, relay: int) -> None:
        self.commander = commander
        self.secret = secret
        self.sent: list[tuple[float, float]] = []
        self.came: dict[int, tuple[float, float]] = {}
        self._schedules = [Path(f"/proc/{process}/schedstat") for process in (relay, os.getpid())]
        self.begin = 0

    async def connect(self, kind: str) -> tuple[RTCPeerConnection, str, str]:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        transceiver = peer.addTransceiver("audio", direction="sendonly" if kind == "publish" else "recvonly")
        if kind == "listen":
            vars(transceiver.receiver)["_handle_rtp_packet"] = self.take
        await peer.setLocalDescription(await peer.createOffer())
        offer = peer.localDescription.sdp
        command = open_publish if kind == "publish" else open_listen
        answer = await self.commander.ask(command(offer, session=kind, person=kind, secret=self.secret))
        assert isinstance(answer, Answered), answer
        await peer.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
        await until(lambda: peer.connectionState == "connected", "connected")
        return peer, offer, answer.sdp

    async def take(self, packet: Any, **_arrival: int) -> None:
        number, _padding = struct.unpack_from("!LL", packet.payload, 1)
        self.came[number] = self.now()

    async def speak(self, peer: RTCPeerConnection) -> None:
        transport: Any = peer.getTransceivers()[0].sender.transport
        began = time.monotonic()
        while True:
            number = len(self.sent)
            await asyncio.sleep(max(0.0, began + PACKET_SECONDS * number - time.monotonic()))
            payload = bytes((toc(31, 0),)) + struct.pack("!LL", number, 0) + bytes(71)
            self.sent.append(self.now())
            await transport._send_rtp(raw_rtp(number, payload=payload, payload_type=96))

    def now(self) -> tuple[float, float]:
        """Return the time, and for how long the processes have waited for a processor so far."""
        waited = sum(int(schedule.read_text().split()[1]) for schedule in self._schedules)
        return time.monotonic(), waited / 1e9

    def figures(self) -> dict[str, float]:
        """Return how it was since the last time, in ms; a gap is the 20 ms between two packets and what was added."""
        numbers = range(self.begin, len(self.sent))
        self.begin = len(self.sent)
        heard = [number for number in numbers if number in self.came]
        ways = np.array([self.came[number] for number in heard]) - np.array([self.sent[number] for number in heard])
        delays = 1000 * np.maximum(0.0, ways[:, 0] - ways[:, 1])
        gaps = np.diff(delays) + 1000 * PACKET_SECONDS
        return {
            "sent": len(numbers),
            "lost": len(numbers) - len(heard),
            "delay_p50": round(float(np.percentile(delays, 50)), 2),
            "delay_p99": round(float(np.percentile(delays, 99)), 2),
            "delay_max": round(float(delays.max()), 2),
            "delay_max_with_waits": round(float(1000 * ways[:, 0].max()), 2),
            "gap_p99": round(float(np.percentile(gaps, 99)), 2),
            "gap_max": round(float(gaps.max()), 2),
        }


async def main() -> None:
    url, prefix, incarnation, process = sys.argv[1:]
    aioice.ice.get_host_addresses = lambda **_families: ["127.0.0.1"]
    relay: Any = SimpleNamespace(incarnation=incarnation)
    talk = Talk(
        Commander(redis.Redis.from_url(url), Keys(prefix), relay), os.environ["RELAY_SECRET"].encode(), int(process)
    )
    publisher, _offer, _answer = await talk.connect("publish")
    listener, offer, answer = await talk.connect("listen")
    speaking = asyncio.create_task(talk.speak(publisher))
    await until(lambda: len(talk.came) > 10, "packets")
    known = credentials(offer, answer)
    say({"address": relay_address(answer), "username": f"{known.local_username}:{known.remote_username}"})
    talk.begin = len(talk.sent)
    while await asyncio.to_thread(sys.stdin.readline):
        end = len(talk.sent)
        await asyncio.sleep(STRAGGLER_SECONDS)
        talk.sent, later = talk.sent[:end], talk.sent[end:]
        found = talk.figures()
        talk.sent += later
        say(found)
    speaking.cancel()
    await asyncio.gather(publisher.close(), listener.close())


def say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
