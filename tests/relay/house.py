"""A room of the relay on real loopback sockets, without ICE and DTLS: speakers' packets in, SRTP out to listeners."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from media.relay.numbering import Numbering
from media.relay.port import Port
from media.relay.rooms import RelayRooms
from media.relay.rtp import RtpPacket, WireProfile, parse, source_number
from tests.relay.network import Receiver, Silence
from tests.relay.packets import packet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from media.relay.lines import Line
    from media.relay.rooms import RelayRoom

PROFILE = WireProfile(payload_type=111, level_id=1, slots=3)


@dataclass(frozen=True)
class Heard:
    """A packet as a listener decrypts it; `who` is the number of the contributing source."""

    slot: int
    number: int
    timestamp: int
    who: int
    marker: bool
    payload: bytes
    level: int | None
    payload_type: int


class House:
    """One room and who is in it. `clock` is Unix and monotonic time in one."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.port = Port(self.counts)
        self.port.open(["127.0.0.1", "::1"])
        self.rooms = RelayRooms(self.port, self.counts, tap=Silence(), ears=Silence())
        self.room: RelayRoom = self.rooms.enter("r1")
        self.clock = 1000.0
        self.receivers: dict[str, Receiver] = {}
        self._sent: Counter[str] = Counter()
        self._left: list[Receiver] = []

    def listen(
        self, person: str, *, profile: WireProfile = PROFILE, host: str = "127.0.0.1", unheard: Iterable[str] = ()
    ) -> Receiver:
        receiver = Receiver(host)
        self.receivers[person] = receiver
        self.room.add_listener(
            f"sub-{person}",
            person,
            profile=profile,
            srtp=receiver.outgoing,
            address=receiver.address,
            unheard=frozenset(unheard),
        )
        return receiver

    def move(self, person: str, host: str) -> None:
        """Let a listener be somewhere else, with the same keys."""
        receiver = Receiver(host)
        receiver.incoming = self.receivers[person].incoming
        self._left.append(self.receivers[person])
        self.receivers[person] = receiver
        self.room.move_listener(f"sub-{person}", receiver.address)

    def set_unheard(self, person: str, *people: str) -> None:
        self.room.set_unheard(f"sub-{person}", frozenset(people))

    def leave(self, person: str) -> None:
        self.room.remove_listener(f"sub-{person}")

    def speak(self, person: str) -> None:
        self.room.add_speaker(f"pub-{person}", person)

    def say(self, *people: str, times: int = 1, **changes: Any) -> None:
        """Let each of them send so many packets, one every 20 ms."""
        for _ in range(times):
            for person in people:
                number = changes.pop("number", self._sent[person])
                self._sent[person] += 1
                ssrc = source_number(f"ssrc of {person}")
                one = packet(number, **({"ssrc": ssrc, "arrival": self.clock} | changes))
                self.room.forward(f"pub-{person}", one, self.clock)
            self.clock += 0.02

    def heard(self, person: str) -> list[Heard]:
        """Return what has come to a listener, decrypted. Raises pylibsrtp.Error."""
        return [self._read(data) for data in self.receivers[person].packets()]

    def _read(self, data: bytes) -> Heard:
        level_id = 1 if data[0] & 0x10 else 0
        found: RtpPacket = parse(data, level_id=level_id, arrival=0.0)
        return Heard(
            slot=self.room.ssrcs.index(found.ssrc),
            number=found.sequence_number,
            timestamp=found.timestamp,
            who=int.from_bytes(data[12:16], "big"),
            marker=found.marker,
            payload=found.payload,
            level=found.level,
            payload_type=found.payload_type,
        )

    def line_of(self, person: str) -> Line:
        return self.room.listeners[f"sub-{person}"].line

    def set_last(self, person: str, last: int) -> None:
        """Let the numbers of the line on which a listener is go on after `last`."""
        line = self.line_of(person)
        line.numberings = [Numbering(first=(last + 1) & 0xFFFF, timestamp=0) for _ in line.numberings]
        line._turns = [-1] * len(line._turns)

    def close(self) -> None:
        for receiver in (*self.receivers.values(), *self._left):
            receiver.close()
        self.port.close()


def steady(heard: list[Heard]) -> bool:
    """Say whether each packet's number follows the one's before it, and none's time goes back."""
    return all(
        after.number == (before.number + 1) & 0xFFFF and 0 < (after.timestamp - before.timestamp) & 0xFFFFFFFF < 1 << 31
        for before, after in pairwise(heard)
    )
