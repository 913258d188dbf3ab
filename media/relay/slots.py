"""Which speakers are heard: the loudest few, each in a slot that it keeps until somebody is clearly louder. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from media.relay.rtp import SILENT

S = TypeVar("S")

# A holder who has sent nothing for so long (DTX sends every 400 ms) gives the slot to whoever wants it.
IDLE_SECONDS: Final = 0.5
# How much louder a newcomer must be, in dB, for how many packets in a row, and how long a holder is left in peace.
LOUDER_BY: Final = 6.0
PACKETS_IN_A_ROW: Final = 3
KEPT_SECONDS: Final = 0.4
# Louder than this is speech, quieter than that is not: then a newcomer need not wait.
SPEECH: Final = 50.0
QUIET: Final = 60.0
# What a packet without an audio level counts as.
UNKNOWN_LEVEL: Final = 40
# The smoothed level rises by this share with a packet, and falls in this time to a third: a breath costs no slot.
RISE: Final = 0.5
FALL_SECONDS: Final = 0.2
# Without a packet for so long somebody counts as silent: the longest packets last 60 ms, and DTX leaves nearly all out.
MISSED_SECONDS: Final = 0.15


@dataclass(slots=True)
class _Voice:
    """A speaker's smoothed level (-dBov: lower is louder), and how often in a row it was louder than a holder's."""

    level: float
    heard_at: float
    louder: int = 0
    slot: int = -1
    since: float = 0.0

    def level_at(self, now: float) -> float:
        """Return the level, or silence if packets have ceased to come."""
        return SILENT if now - self.heard_at > MISSED_SECONDS else self.level


class Slots(Generic[S]):
    """`count` slots. Speakers are any hashable things; times are monotonic seconds."""

    def __init__(self, count: int) -> None:
        self.holders: list[S | None] = [None] * count
        self._voices: dict[S, _Voice] = {}

    def assign(self, speaker: S, level: int | None, now: float) -> int | None:
        """Take in one packet's level and return the speaker's slot, or None if others are louder."""
        voice = self._hear(speaker, UNKNOWN_LEVEL if level is None else level, now)
        if voice.slot >= 0:
            return voice.slot
        slot = self._free(now)
        if slot is None:
            slot = self._weaker(voice, now)
        if slot is None:
            return None
        self._give(slot, speaker, voice, now)
        return slot

    def forget(self, speaker: S) -> None:
        """Free what the speaker holds."""
        voice = self._voices.pop(speaker, None)
        if voice is not None and voice.slot >= 0:
            self.holders[voice.slot] = None

    def _hear(self, speaker: S, level: int, now: float) -> _Voice:
        voice = self._voices.get(speaker)
        if voice is None:
            voice = self._voices[speaker] = _Voice(float(level), now)
        elif now - voice.heard_at > IDLE_SECONDS:
            voice.level, voice.louder = float(level), 0
        else:
            share = RISE if level < voice.level else 1 - math.exp((voice.heard_at - now) / FALL_SECONDS)
            voice.level += (level - voice.level) * share
        voice.heard_at = now
        return voice

    def _free(self, now: float) -> int | None:
        """Return the slot that has been without a voice for longest."""
        free = [(self._heard_at(slot), slot) for slot in range(len(self.holders))]
        heard_at, slot = min(free)
        return slot if now - heard_at > IDLE_SECONDS else None

    def _heard_at(self, slot: int) -> float:
        holder = self.holders[slot]
        return float("-inf") if holder is None else self._voices[holder].heard_at

    def _weaker(self, voice: _Voice, now: float) -> int | None:
        """Return the quietest holder's slot if the newcomer has earned it."""
        held = [self._voices[holder] for holder in self.holders if holder is not None]
        quietest = max(held, key=lambda one: one.level_at(now))
        level = quietest.level_at(now)
        if voice.level < SPEECH and level > QUIET:
            return quietest.slot
        voice.louder = voice.louder + 1 if level - voice.level >= LOUDER_BY else 0
        rested = now - quietest.since >= KEPT_SECONDS
        return quietest.slot if rested and voice.louder >= PACKETS_IN_A_ROW else None

    def _give(self, slot: int, speaker: S, voice: _Voice, now: float) -> None:
        before = self.holders[slot]
        if before is not None:
            self._voices[before].slot = -1
            self._voices[before].louder = 0
        self.holders[slot] = speaker
        voice.slot, voice.since, voice.louder = slot, now, 0


def loudness(level: int | None) -> int:
    """Return a packet's level, with a middle one for senders that say none."""
    return min(UNKNOWN_LEVEL if level is None else level, SILENT)
