"""One speaker in a process of its own: 50 packets of 80 bytes of Opus a second, each with its number at its end."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import secrets
import struct
import time
from typing import TYPE_CHECKING, Any, Final

import av
import numpy as np

from tests.benchmarks.relay.offer import LEVEL_ID
from tests.benchmarks.relay.peer import Peer
from tests.benchmarks.relay.signalling import Signalling

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

PACKET_SECONDS: Final = 0.02
SAMPLES: Final = 960
OPUS_BYTES: Final = 80
CHECK_PACKETS: Final = 125
_LEVEL: Final = 20
_header = struct.Struct("!BBHLL4sL")
_number = struct.Struct("!L")


def opus_packets(count: int) -> list[bytes]:
    """Return what the encoder makes of a tone with noise, at a constant rate of 80 bytes each."""
    encoder: Any = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "mono", "s16"
    encoder.bit_rate, encoder.options = OPUS_BYTES * 8 * 50, {"vbr": "off"}
    packets: list[bytes] = []
    random = np.random.default_rng(1)
    while len(packets) < count:
        steps = 2 * np.pi * 220 * (np.arange(SAMPLES) + len(packets) * SAMPLES) / 48_000
        wave = (np.sin(steps) * 8000 + random.normal(0, 1000, SAMPLES)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(wave.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = 48_000
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets[:count]


def numbered(payload: bytes, number: int) -> bytes:
    """Return the payload with a number in place of its last bytes: a decoder hears a little noise in it."""
    return payload[: -_number.size] + _number.pack(number)


def number_of(payload: bytes) -> int:
    return int(_number.unpack_from(payload, len(payload) - _number.size)[0])


class Speaker:
    """Talks while it is told to, and remembers when each packet left (ns since 1970, just before the system call)."""

    def __init__(self, peer: Peer, orders: Connection) -> None:
        self.sent: list[int] = []
        self._peer = peer
        self._orders = orders
        self._payloads = opus_packets(500)
        self._talking = asyncio.Event()

    async def run(self) -> None:
        asyncio.get_running_loop().add_reader(self._orders.fileno(), self._obey)
        began, packets = time.monotonic(), 0
        while True:
            packets += 1
            await asyncio.sleep(max(0.0, began + packets * PACKET_SECONDS - time.monotonic()))
            if self._talking.is_set():
                self._say()
            if packets % CHECK_PACKETS == 0:
                self._peer.check()

    def _say(self) -> None:
        number = len(self.sent)
        first = 0x80 if number else 0
        extension = bytes((0xBE, 0xDE, 0, 1))
        head = _header.pack(
            0x90,
            self._peer.answer.payload_type | first,
            number & 0xFFFF,
            number * SAMPLES & 0xFFFFFFFF,
            self._peer.send_ssrc,
            extension,
            (LEVEL_ID << 28) | (_LEVEL << 16),
        )
        data = self._peer.outgoing.protect(head + numbered(self._payloads[number % len(self._payloads)], number))
        self.sent.append(time.time_ns())
        self._peer.send(data)

    def _obey(self) -> None:
        order = self._orders.recv()
        if order == "talk":
            self._talking.set()
        elif order == "sent":
            self._orders.send(self.sent)
        else:
            self._talking.clear()


async def _speak(orders: Connection, redis_url: str) -> None:
    signalling = Signalling(redis_url)
    await signalling.find()
    peer = Peer(lines=1, send_ssrc=secrets.randbits(31))
    asyncio.get_running_loop().add_reader(peer.socket, _read, peer)
    peer.accept(await signalling.open(peer.offer(), session="speaker", person="speaker", publish=True))
    await peer.connected
    speaker = Speaker(peer, orders)
    orders.send("connected")
    await speaker.run()


def _read(peer: Peer) -> None:
    with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
        data = peer.socket.recv(2048)
        if data[0] < 128:
            peer.receive(data)


def _main(orders: Connection, redis_url: str) -> None:
    with contextlib.suppress(PermissionError):
        # A speaker has a machine of their own; here the load client is on the same core.
        os.nice(-10)
    with contextlib.suppress(KeyboardInterrupt, EOFError):
        asyncio.run(_speak(orders, redis_url))


class SpeakerProcess:
    """The parent's end of a speaker."""

    def __init__(self, redis_url: str) -> None:
        spawning = multiprocessing.get_context("spawn")
        self._orders, theirs = spawning.Pipe()
        self._process = spawning.Process(target=_main, args=(theirs, redis_url), daemon=True)
        self._process.start()
        if not self._orders.poll(30):
            msg = "the speaker did not connect"
            raise ConnectionError(msg)
        self._orders.recv()

    def talk(self) -> None:
        self._orders.send("talk")

    def fall_silent(self) -> None:
        self._orders.send("silence")

    def sent(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return when each packet so far was sent, by its number, in ns since 1970."""
        self._orders.send("sent")
        return np.array(self._orders.recv(), np.int64)

    def stop(self) -> None:
        self._process.kill()
        self._process.join()
