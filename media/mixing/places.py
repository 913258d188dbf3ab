"""Where the pieces of a recording belong in time: what their marks say, with each speaker's clock brought to ours."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from media.relay.recording_part import MARKS_SUFFIX, SOUND_SUFFIX
from media.relay.rtp import CLOCK_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Fewer marks, or in a shorter time, say more of the network's moods than of the clock.
MARKS_FOR_DRIFT: Final = 5
SECONDS_FOR_DRIFT: Final = 20.0
# A worse clock is none: what looks like it is the network.
MAX_DRIFT: Final = 1e-3
# Nothing is placed further than this behind the first word: a clock was wrong.
LONGEST_SECONDS: Final = 24 * 3600.0


@dataclass(frozen=True)
class Place:
    """A piece: who speaks, where it begins (Unix seconds), how many of our seconds one of theirs lasts, and about how
    long it is (their seconds).
    """

    path: Path
    person: str
    begins: float
    pace: float
    seconds: float


def read_places(folder: Path) -> list[Place]:
    """Return the pieces in `folder` in the order of their beginnings; those without sound or sense are left out."""
    marks = sorted(folder.glob(f"*{MARKS_SUFFIX}"))
    found = sorted(filter(None, map(_place_of, marks)), key=lambda place: place.begins)
    return [place for place in found if place.begins - found[0].begins <= LONGEST_SECONDS]


def sounds_of(folder: Path, person: str) -> list[Path]:
    """Return the files with what one person said, those that no replay could use included."""
    own = (marks for marks in sorted(folder.glob(f"*{MARKS_SUFFIX}")) if next(_read(marks), {}).get("person") == person)
    return [marks.with_suffix(SOUND_SUFFIX) for marks in own]


def _place_of(marks: Path) -> Place | None:
    sound = marks.with_suffix(SOUND_SUFFIX)
    if not sound.exists() or not sound.stat().st_size:
        # The relay was killed before its first page was full.
        return None
    head, *lines = [*_read(marks)] or [{}]
    ties = [(line["position"] / CLOCK_RATE, line["at"]) for line in lines if {"position", "at"} <= line.keys()]
    if not ties or "person" not in head:
        return None
    positions, times = np.array(ties, dtype=np.float64).T
    begins, pace = fit(positions, times)
    return Place(sound, str(head["person"]), begins, pace, float(positions.max()))


def _read(marks: Path) -> Iterator[dict[str, Any]]:
    for line in marks.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            read = json.loads(line)
        except ValueError:
            # The last line of a relay that was killed.
            return
        if isinstance(read, dict):
            yield read


def fit(positions: np.ndarray[Any, Any], times: np.ndarray[Any, Any]) -> tuple[float, float]:
    """Return when a piece begins and its pace, from places in it (s) and when they arrived (Unix s).

    What arrives is never early, only late: the line is laid below the points.
    """
    delays = times - positions
    base = delays.min()
    drift = 0.0
    if len(positions) >= MARKS_FOR_DRIFT and np.ptp(positions) >= SECONDS_FOR_DRIFT:
        drift = _slope(positions, delays - base)
    return float(base + (delays - base - drift * positions).min()), 1.0 + drift


def _slope(positions: np.ndarray[Any, Any], late: np.ndarray[Any, Any]) -> float:
    kept = np.ones(len(positions), dtype=bool)
    slope = 0.0
    # Twice more without those above the line, which were held up on their way.
    for _ in range(3):
        slope, level = np.polyfit(positions[kept], late[kept], 1)
        below = kept & (late <= slope * positions + level)
        if below.sum() < MARKS_FOR_DRIFT:
            break
        kept = below
    return float(slope) if abs(slope) <= MAX_DRIFT else 0.0
