"""Rooms of the demo that have ended and can be heard again. Their clips are put one after the other as they are."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
from django.db import transaction
from django.utils import timezone

from config.embedded.demo import SOUNDS
from config.lib.public_id import new_public_id
from media.enums import RecordingState
from media.mixing.mix import PEAKS_PER_SECOND, decoded, outline
from media.models import Recording
from media.recorded import folder_of
from media.relay.recording_part import samples_in
from media.relay.rtp import CLOCK_RATE
from rooms.models import Room
from rooms.services.lifecycle import end_room, open_room

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from accounts.models import User
    from config.embedded.demo import DemoReplay

# Later than any room that somebody opens after breakfast.
_HOUR = 20
_FILE = "replay-demo.ogg"


def make_replay(wanted: DemoReplay, people: Mapping[str, User]) -> None:
    """Make the room and its replay, unless the room is there."""
    host = people[wanted.host]
    if Room.objects.filter(host=host, title=wanted.title).exists() or host.hosted_rooms.filter(ended_at=None).exists():
        return
    clips = [SOUNDS / f"{turn.clip}.opus" for turn in wanted.turns]
    recording_id = new_public_id()
    folder = folder_of(recording_id)
    folder.mkdir(parents=True)
    seconds = join(clips, folder / _FILE)
    began = (timezone.now() - timedelta(days=wanted.days_ago)).replace(hour=_HOUR, minute=0, second=0, microsecond=0)
    ended = began + timedelta(seconds=seconds)
    with transaction.atomic():
        room = open_room(
            host,
            title=wanted.title,
            description=wanted.description,
            language=wanted.language,
            topics=wanted.topics,
        )
        end_room(room.public_id, by=host)
        Room.objects.filter(pk=room.pk).update(created_at=began, ended_at=ended)
        Recording.objects.create(
            public_id=recording_id,
            room_key=room.public_id,
            state=RecordingState.READY,
            started_by=host,
            started_at=began,
            stopped_at=ended,
            progress=100,
            file=_FILE,
            duration_ms=round(seconds * 1000),
            size=(folder / _FILE).stat().st_size,
            heard=list(dict.fromkeys(people[turn.handle].public_id for turn in wanted.turns)),
            peaks=outline([moment for clip in clips for moment in _moments(clip)]),
        )


def join(clips: list[Path], target: Path) -> float:
    """Write the clips' packets into one file, which decodes nothing; return its seconds."""
    written = 0
    with av.open(str(target), "w", format="ogg") as sink:
        stream = None
        for clip in clips:
            with av.open(str(clip)) as source:
                stream = stream or sink.add_stream_from_template(source.streams.audio[0])
                for packet in source.demux(source.streams.audio[0]):
                    if not packet.size:
                        continue
                    length = samples_in(bytes(packet))
                    packet.stream, packet.time_base = stream, Fraction(1, CLOCK_RATE)
                    packet.pts = packet.dts = written
                    sink.mux(packet)
                    written += length
    return written / CLOCK_RATE


def _moments(clip: Path) -> list[float]:
    """Return the loudest sample of each tenth of a second."""
    samples = np.abs(np.concatenate(list(decoded(clip))))
    return [
        float(part.max()) for part in np.array_split(samples, max(1, len(samples) * PEAKS_PER_SECOND // CLOCK_RATE))
    ]
