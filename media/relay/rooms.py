"""What one room's sound goes through in the relay: speakers in, the loudest into slots, slots out to every line."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from media.relay.lines import Line
from media.relay.slots import Slots, loudness

if TYPE_CHECKING:
    from collections import Counter

    from pylibsrtp import Session as SrtpSession

    from media.relay.lines import Listener
    from media.relay.port import Address, Port
    from media.relay.rtp import RtpPacket, WireProfile

MAX_SLOTS = 3


class Tap(Protocol):
    """Somebody who is told of every packet that is let through, before slots are chosen."""

    def write(self, room: str, person: str, packet: RtpPacket) -> None: ...


class Ears(Protocol):
    """Somebody who is told how loud whoever is let through is."""

    def heard(self, room: str, person: str, level: int, now: float) -> None: ...


@dataclass
class _Chooser:
    """Slots of one count, and a number for each that changes with its speaker."""

    slots: Slots[str]
    turns: list[int] = field(default_factory=list)
    holders: list[str | None] = field(default_factory=list)

    def assign(self, speaker: str, level: int | None, now: float) -> int | None:
        slot = self.slots.assign(speaker, level, now)
        if slot is not None and self.holders[slot] != speaker:
            self.holders[slot] = speaker
            self.turns[slot] += 1
        return slot

    def forget(self, speaker: str) -> None:
        self.slots.forget(speaker)
        self.holders = [None if holder == speaker else holder for holder in self.holders]


class RelayRoom:
    """One room on one relay. Speakers and listeners are known by their media sessions' ids."""

    def __init__(self, room: str, port: Port, counts: Counter[str], *, tap: Tap, ears: Ears) -> None:
        self.id = room
        self.ssrcs = tuple(secrets.randbits(31) + 1 for _ in range(MAX_SLOTS))
        self.lines: list[Line] = []
        self.listeners: dict[str, Listener] = {}
        # Publishing session -> person.
        self.speakers: dict[str, str] = {}
        self._port = port
        self._counts = counts
        self._tap = tap
        self._ears = ears
        self._choosers: dict[int, _Chooser] = {}
        # Sessions that are in it or on their way: their answers name this room's SSRCs.
        self.sessions = 0

    def add_speaker(self, session: str, person: str) -> None:
        """Expect packets of a publishing session; what the person hears will leave their own voice out."""
        self.speakers[session] = person
        for listener in [one for one in self.listeners.values() if one.person == person and one.line.owner is None]:
            self._split(listener, owner=person)

    def remove_speaker(self, session: str) -> None:
        """Expect nothing more of it."""
        if self.speakers.pop(session, None) is not None:
            self.quiet(session)

    def quiet(self, session: str) -> None:
        """Give the session's slot to others at once: it is muted or gone."""
        for chooser in self._choosers.values():
            chooser.forget(session)

    def add_listener(
        self,
        session: str,
        person: str,
        *,
        profile: WireProfile,
        srtp: SrtpSession,
        address: Address,
        unheard: frozenset[str] = frozenset(),
    ) -> None:
        """Let a session hear the room, without the people in `unheard`."""
        line = self._line_for(profile, unheard)
        listener = line.add(session=session, person=person, srtp=srtp, address=address, port=self._port)
        self.listeners[session] = listener
        if person in self.speakers.values():
            self._split(listener, owner=person)

    def set_unheard(self, session: str, people: frozenset[str]) -> None:
        """Pass nothing of what these people say on to a session, and again what others say who were in it before."""
        listener = self.listeners.get(session)
        if listener is None or listener.line.unheard == people:
            return
        if len(listener.line.listeners) > 1:
            self._split(listener, owner=listener.line.owner)
        listener.line.unheard = people

    def move_listener(self, session: str, address: Address) -> None:
        """Send to another address from now on."""
        listener = self.listeners.get(session)
        if listener is not None:
            listener.line.move(listener, address, self._port)

    def remove_listener(self, session: str) -> None:
        """Send nothing more to a session."""
        listener = self.listeners.pop(session, None)
        if listener is None:
            return
        line = listener.line
        line.remove(listener)
        if not line.listeners:
            self.lines.remove(line)

    def forward(self, session: str, packet: RtpPacket, now: float) -> None:
        """Pass a speaker's packet on, if they are among the loudest. `now` is monotonic."""
        person = self.speakers[session]
        level = loudness(packet.level)
        self._tap.write(self.id, person, packet)
        self._ears.heard(self.id, person, level, now)
        heard = False
        for chooser in self._choosers.values():
            slot = chooser.assign(session, level, now)
            if slot is None:
                continue
            heard = True
            for line in self.lines:
                if line.profile.slots == len(chooser.turns):
                    line.send(slot, chooser.turns[slot], person, packet)
        if not heard and self._choosers:
            self._counts["drop_not_loudest"] += 1

    def report(self, tick: int, now: float) -> None:
        """Send the sender reports that are due. `now` is in Unix seconds."""
        for line in self.lines:
            line.report(tick, self._port, now)

    def _line_for(self, profile: WireProfile, unheard: frozenset[str]) -> Line:
        """Return the shared line of a profile; one whose numbers are about to wrap takes nobody more."""
        for line in self.lines:
            if line.profile == profile and line.unheard == unheard and line.may_be_joined:
                return line
        if profile.slots not in self._choosers:
            slots: Slots[str] = Slots(profile.slots)
            self._choosers[profile.slots] = _Chooser(slots, [0] * profile.slots, [None] * profile.slots)
        line = Line(profile, self.ssrcs[: profile.slots], self._counts, unheard=unheard)
        self.lines.append(line)
        return line

    def _split(self, listener: Listener, *, owner: str | None) -> None:
        line = listener.line
        self.lines.append(line.split(listener, self._port, owner=owner))
        if not line.listeners:
            self.lines.remove(line)


class RelayRooms:
    """All rooms of one relay; a room is there while a session is in it."""

    def __init__(self, port: Port, counts: Counter[str], *, tap: Tap, ears: Ears) -> None:
        self._port = port
        self._counts = counts
        self._tap = tap
        self._ears = ears
        self._rooms: dict[str, RelayRoom] = {}

    def __len__(self) -> int:
        return len(self._rooms)

    def enter(self, room: str) -> RelayRoom:
        """Return a room for one more session, and make it if that is the first; `leave` gives it back."""
        found = self._rooms.get(room)
        if found is None:
            found = self._rooms[room] = RelayRoom(room, self._port, self._counts, tap=self._tap, ears=self._ears)
        found.sessions += 1
        return found

    def leave(self, room: RelayRoom) -> None:
        """Say that a session is no longer in the room; with the last one it is forgotten."""
        room.sessions -= 1
        if room.sessions == 0:
            del self._rooms[room.id]

    def report(self, tick: int, now: float) -> None:
        """Send the sender reports that are due in all rooms."""
        for room in self._rooms.values():
            room.report(tick, now)
