"""Who is heard, room by room, from the audio levels of what the relay forwards (RFC 6464). Pure."""

from __future__ import annotations

from typing import Final

# Quieter than this, in -dBov, is no voice.
QUIETEST: Final = 60
# A packet may come late: who was heard so lately is not taken for silent.
HOLD_SECONDS: Final = 0.2


class _Voice:
    """Somebody's loudest level since the last look, and when they were last heard."""

    __slots__ = ("fresh", "heard_at", "level")

    def __init__(self, level: int, now: float) -> None:
        self.level = level
        self.heard_at = now
        self.fresh = True


class Voices:
    """Takes in the level of each packet, gives out ten times a second who is heard. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._rooms: dict[str, dict[str, _Voice]] = {}

    def heard(self, room: str, person: str, level: int, now: float) -> None:
        """Note one packet: its level in -dBov (0 is loudest, 127 silence). Called for every packet."""
        if level > QUIETEST:
            return
        people = self._rooms.get(room)
        if people is None:
            people = self._rooms[room] = {}
        voice = people.get(person)
        if voice is None:
            people[person] = _Voice(level, now)
            return
        if level < voice.level or not voice.fresh:
            voice.level = level
            voice.fresh = True
        voice.heard_at = now

    def take(self, now: float) -> dict[str, dict[str, int]]:
        """Return each person's loudest level since the last call; a room that fell silent comes once, with nobody."""
        return {room: self._take(room, people, now) for room, people in list(self._rooms.items())}

    def _take(self, room: str, people: dict[str, _Voice], now: float) -> dict[str, int]:
        for person, voice in list(people.items()):
            if not voice.fresh and now - voice.heard_at > HOLD_SECONDS:
                del people[person]
            voice.fresh = False
        if not people:
            del self._rooms[room]
        return {person: voice.level for person, voice in people.items()}
