"""Many listeners in one process. What comes is noted with the kernel's time and thrown away, but for samples.

The first packets of each listener are decrypted, and all packets of a few: what they carry proves that the rest is
what it seems. Each listener checks every 2.5 s and reports every 5 s, as Chromium does.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pylibsrtp
from aiortc.rtp import RtcpPacket, RtcpReceiverInfo, RtcpRrPacket, RtcpSdesPacket, RtcpSourceInfo, RtcpSrPacket

from tests.benchmarks.relay.peer import Peer
from tests.benchmarks.relay.speaker import number_of

if TYPE_CHECKING:
    from tests.benchmarks.relay.signalling import Signalling

CHECK_SECONDS: Final = 2.5
REPORT_CHECKS: Final = 2
STEPS: Final = 50
PROOFS: Final = 3
SAMPLE: Final = 10
# One datagram as it is noted: who, the slot's sequence number, the kernel's time.
NOTE: Final = np.dtype([("listener", "<u2"), ("sequence", ">u2"), ("s", "<i8"), ("ns", "<i8")])
_READ_AT_ONCE: Final = 512
_BUFFER: Final = 2048
_CONTROL: Final = 64


@dataclass(eq=False)
class Listener:
    """One listener's books. `offset` is what the slot's numbers are ahead of the speaker's, once it is known."""

    index: int
    peer: Peer
    mark: bytes
    proofs_left: int
    last: bytes = b""
    received: int = 0
    bad: int = 0
    offsets: set[int] = field(default_factory=set)
    checks: int = 0
    # Of the last report: the sequence number, packets received, and of the last sender's report its time.
    reported: tuple[int, int] = (0, 0)
    sender_time: int = 0
    sender_heard: float = 0.0

    def prove(self, data: bytes) -> None:
        """Decrypt one packet and compare its number with the header's."""
        self.proofs_left -= 1
        try:
            plain = self.peer.incoming.unprotect(data)
        except pylibsrtp.Error:
            self.bad += 1
            return
        sequence = int.from_bytes(plain[2:4], "big")
        self.offsets.add((sequence - number_of(plain)) & 0xFFFF)

    def take_rtcp(self, data: bytes) -> None:
        for packet in RtcpPacket.parse(self.peer.incoming.unprotect_rtcp(data)):
            if isinstance(packet, RtcpSrPacket):
                self.sender_time = packet.sender_info.ntp_timestamp >> 16 & 0xFFFFFFFF
                self.sender_heard = time.monotonic()

    def report(self) -> None:
        """Send a receiver's report (RFC 3550 section 6.4.2) on the slot that is in use."""
        if not self.last:
            return
        sequence, source = int.from_bytes(self.last[2:4], "big"), int.from_bytes(self.last[8:12], "big")
        expected, received = (sequence - self.reported[0]) & 0xFFFF, self.received - self.reported[1]
        self.reported = (sequence, self.received)
        lost = max(0, expected - received)
        info = RtcpReceiverInfo(
            ssrc=source,
            fraction_lost=min(255, lost * 256 // max(1, expected)),
            packets_lost=lost,
            highest_sequence=sequence,
            jitter=0,
            lsr=self.sender_time,
            dlsr=int((time.monotonic() - self.sender_heard) * 65536) if self.sender_time else 0,
        )
        own = self.index + 1
        description = RtcpSdesPacket(chunks=[RtcpSourceInfo(ssrc=own, items=[(1, b"listener")])])
        raw = bytes(RtcpRrPacket(ssrc=own, reports=[info])) + bytes(description)
        self.peer.send(self.peer.outgoing.protect_rtcp(raw))


class Crowd:
    """The listeners of one relay. `notes` is what came since `listen` was called last."""

    def __init__(self, signalling: Signalling, *, lines: int = 3) -> None:
        self.listeners: list[Listener] = []
        self._signalling = signalling
        self._lines = lines
        self._poll = select.epoll()
        self._by_descriptor: dict[int, Listener] = {}
        self._notes = bytearray()
        self._alive = asyncio.create_task(self._keep_alive())
        asyncio.get_running_loop().add_reader(self._poll.fileno(), self._drain)

    async def join(self, count: int, *, at_once: int) -> list[float]:
        """Let so many more listen, and return how long each took from its offer to its keys (s)."""
        gate = asyncio.Semaphore(at_once)

        async def one() -> float:
            async with gate:
                return await self._join()

        return await asyncio.gather(*(one() for _ in range(count)))

    async def _join(self) -> float:
        began = time.monotonic()
        peer = Peer(lines=self._lines)
        index = len(self.listeners)
        listener = Listener(
            index,
            peer,
            mark=index.to_bytes(2, "little"),
            proofs_left=1 << 30 if index % 150 == 0 else PROOFS,
        )
        self.listeners.append(listener)
        self._by_descriptor[peer.socket.fileno()] = listener
        peer.accept(await self._signalling.open(peer.offer(), session=f"l-{index}", person=f"guest:{index}"))
        self._poll.register(peer.socket, select.EPOLLIN)
        await asyncio.wait_for(peer.connected, 30)
        return time.monotonic() - began

    def _drain(self) -> None:
        for descriptor, _events in self._poll.poll(0, _READ_AT_ONCE):
            listener = self._by_descriptor[descriptor]
            try:
                data, control, _flags, _from = listener.peer.socket.recvmsg(_BUFFER, _CONTROL)
            except (BlockingIOError, ConnectionRefusedError):
                continue
            if data[0] < 128:
                listener.peer.receive(data)
            elif 192 <= data[1] <= 223:
                listener.take_rtcp(data)
            else:
                self._notes += listener.mark + data[2:4] + control[0][2]
                listener.last = data
                listener.received += 1
                if listener.proofs_left > 0:
                    listener.prove(data)

    async def _keep_alive(self) -> None:
        """Check and report, spread evenly over time."""
        step = 0
        while True:
            await asyncio.sleep(CHECK_SECONDS / STEPS)
            for listener in self.listeners[step % STEPS :: STEPS]:
                if listener.peer.outgoing is not None:
                    listener.peer.check()
                    listener.checks += 1
                    if listener.checks % REPORT_CHECKS == 0:
                        listener.report()
            step += 1

    def listen(self) -> None:
        """Begin new notes."""
        self._notes = bytearray()

    @property
    def notes(self) -> np.ndarray[Any, Any]:
        return np.frombuffer(bytes(self._notes), NOTE)

    @property
    def offset(self) -> int:
        """Return the one offset that every listener has proved. Raises ValueError if there are two or none."""
        found = set().union(*(listener.offsets for listener in self.listeners))
        proved = all(listener.offsets and not listener.bad for listener in self.listeners)
        if len(found) != 1 or not proved:
            silent = sum(not listener.offsets for listener in self.listeners)
            bad = sum(listener.bad for listener in self.listeners)
            msg = f"offsets {sorted(found)[:5]}; {silent} listeners heard nothing; {bad} packets were not decrypted"
            raise ValueError(msg)
        return found.pop()

    @property
    def proved(self) -> int:
        """Return how many packets were decrypted."""
        return sum(
            (PROOFS if listener.proofs_left <= PROOFS else 1 << 30) - listener.proofs_left
            for listener in self.listeners
        )

    async def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._poll.fileno())
        self._alive.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._alive
        for listener in self.listeners:
            listener.peer.close()
        self._poll.close()
