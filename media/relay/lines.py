"""Lines: listeners of one room who get the same bytes, each packet encrypted with their own key.

A line has one wire profile and its own numbering of the slots. Nearly everybody is on one shared line. Whoever also
speaks has a line of their own, because their own voice is left out of it; it goes on from the shared line's numbers.
So has whoever comes not to hear somebody; those who never heard the same people share one.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from media.relay import rtcp
from media.relay.fanout import Rows
from media.relay.numbering import Numbering
from media.relay.rtp import CLOCK_RATE, Label, build, opus_samples, source_number
from media.relay.sound_time import SoundTime

if TYPE_CHECKING:
    import socket
    from collections import Counter

    from pylibsrtp import Session as SrtpSession

    from media.relay.fanout import Row
    from media.relay.port import Address, Port
    from media.relay.rtp import RtpPacket, WireProfile

CNAME: Final = "causerie"
REPORT_SECONDS: Final = 5


@dataclass(eq=False, slots=True)
class Listener:
    """One listening session on the wire. `audible_from` is the line's clock when it joined."""

    session: str
    person: str
    srtp: SrtpSession
    address: Address
    row: Row
    line: Line
    audible_before: float = 0.0
    audible_from: float = 0.0

    @property
    def delivered_seconds(self) -> float:
        """Return for how long somebody was heard while this listener was there."""
        return self.audible_before + self.line.audible_seconds - self.audible_from


class Line:
    """`owner` is the person whose own voice is left out, or None; so are those in `unheard`, which may change.

    `ssrcs` are the room's, one for each slot.
    """

    def __init__(
        self,
        profile: WireProfile,
        ssrcs: tuple[int, ...],
        counts: Counter[str],
        *,
        owner: str | None = None,
        unheard: frozenset[str] = frozenset(),
        numberings: list[Numbering] | None = None,
    ) -> None:
        self.profile = profile
        self.ssrcs = ssrcs
        self.owner = owner
        self.unheard = unheard
        self.listeners: dict[str, Listener] = {}
        self._counts = counts
        # Time with sound, however many speak in it.
        self.sound = SoundTime()
        self.numberings = numberings or [_fresh_numbering() for _ in range(profile.slots)]
        # Whose packets fill a slot, as far as this line was sent any: the room's turn number.
        self._turns = [-1] * profile.slots
        self._rows: dict[socket.socket, Rows] = {}

    @property
    def audible_seconds(self) -> float:
        return self.sound.seconds

    @property
    def may_be_joined(self) -> bool:
        return self.owner is None and all(numbering.may_be_joined for numbering in self.numberings)

    def add(self, *, session: str, person: str, srtp: SrtpSession, address: Address, port: Port) -> Listener:
        """Let somebody hear what comes from now on."""
        row = self._rows_for(address, port).add(srtp, address)
        listener = Listener(session, person, srtp, address, row, self, audible_from=self.audible_seconds)
        self.listeners[session] = listener
        return listener

    def remove(self, listener: Listener) -> None:
        """Send nothing more to a listener."""
        del self.listeners[listener.session]
        self._rows_of(listener).remove(listener.row)

    def move(self, listener: Listener, address: Address, port: Port) -> None:
        """Send to another address from now on."""
        before, after = self._rows_of(listener), self._rows_for(address, port)
        if before is after:
            before.move(listener.row, address)
        else:
            before.remove(listener.row)
            listener.row = after.add(listener.srtp, address)
        listener.address = address

    def split(self, listener: Listener, port: Port, *, owner: str | None) -> Line:
        """Move a listener to a line of their own, without `owner`'s voice; the numbers they see go on."""
        own = Line(
            self.profile,
            self.ssrcs,
            self._counts,
            owner=owner,
            unheard=self.unheard,
            numberings=[numbering.copy() for numbering in self.numberings],
        )
        own._turns = list(self._turns)
        own.sound = self.sound.fresh()
        heard = listener.delivered_seconds
        self.remove(listener)
        own.listeners[listener.session] = listener
        listener.row = own._rows_for(listener.address, port).add(listener.srtp, listener.address)
        listener.line, listener.audible_before, listener.audible_from = own, heard, 0.0
        return own

    def send(self, slot: int, turn: int, person: str, packet: RtpPacket) -> None:
        """Send a speaker's packet to everybody on the line. `turn` changes whenever the slot's speaker does."""
        if person == self.owner or not self.listeners:
            return
        if person in self.unheard:
            # Once they are heard again it counts as another source: what was left out is no loss.
            self._turns[slot] = -1
            return
        numbering = self.numberings[slot]
        switched = self._turns[slot] != turn
        if switched:
            self._turns[slot] = turn
            numbering.switch(packet)
        numbers = numbering.number(packet)
        if numbers is None:
            self._counts["drop_too_old"] += 1
            return
        self.sound.add(packet.arrival, opus_samples(packet.payload) / CLOCK_RATE)
        sequence_number, timestamp = numbers
        label = Label(
            sequence_number, timestamp, self.ssrcs[slot], source_number(person), marker=packet.marker or switched
        )
        raw = build(packet, self.profile, label)
        for rows in self._rows.values():
            if rows.count:
                rows.send(raw)

    def report(self, tick: int, port: Port, now: float) -> None:
        """Send sender reports to the listeners whose turn it is; over REPORT_SECONDS ticks everybody gets theirs."""
        due = list(self.listeners.values())[tick % REPORT_SECONDS :: REPORT_SECONDS]
        if not due:
            return
        for ssrc, numbering in zip(self.ssrcs, self.numberings, strict=True):
            if not numbering.packets:
                continue
            raw = rtcp.sender_report(ssrc=ssrc, numbering=numbering, now=now, cname=CNAME)
            for listener in due:
                port.send(listener.srtp.protect_rtcp(raw), listener.address)

    def _rows_for(self, address: Address, port: Port) -> Rows:
        sock: Any = port.socket_for(address)
        if sock not in self._rows:
            self._rows[sock] = Rows(sock, self._counts)
        return self._rows[sock]

    def _rows_of(self, listener: Listener) -> Rows:
        return next(rows for rows in self._rows.values() if rows.holds(listener.row))


def _fresh_numbering() -> Numbering:
    """Begin somewhere in the lower half, far from the wrap (RFC 3550 asks for an unpredictable begin)."""
    return Numbering(first=secrets.randbelow(0x8000), timestamp=secrets.randbits(32))
