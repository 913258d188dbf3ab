"""What can be read of recordings and their replays; who may read them is the rooms' matter."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.selectors.people import PersonCard, person_card
from config.lib.public_id import is_public_id
from media.enums import RecordingState
from media.models import Recording

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

# How long the replay waits for relays that have not said that their files are closed.
CLOSING_SECONDS = 20


class ReplayCard(TypedDict):
    """A recording that has ended, as the replay page shows it; `state` is one of RecordingState."""

    id: str
    state: str
    progress: int
    error: str
    began: datetime
    duration_ms: int
    heard: list[PersonCard]
    peaks: list[int]


def due_replays() -> list[str]:
    """Return the recordings whose replay can be made now, those that ended first leading."""
    closed = Q(stop_pending=False) | Q(stopped_at__lte=timezone.now() - timedelta(seconds=CLOSING_SECONDS))
    due = Recording.objects.filter(closed, state=RecordingState.STOPPED).order_by("stopped_at", "pk")
    return list(due.values_list("public_id", flat=True))


def ended_recordings(room_key: str) -> list[Recording]:
    """Return the room's recordings that have ended, in their order."""
    ended = Recording.objects.filter(room_key=room_key).exclude(state=RecordingState.RECORDING)
    return list(ended.order_by("started_at", "pk"))


def ended_recording(room_key: str, public_id: str) -> Recording | None:
    """Return one of them."""
    if not is_public_id(public_id):
        return None
    ended = Recording.objects.filter(room_key=room_key, public_id=public_id)
    return ended.exclude(state=RecordingState.RECORDING).first()


def replays_of(room_key: str) -> list[ReplayCard]:
    """Return the room's recordings that have ended as cards."""
    recordings = ended_recordings(room_key)
    wanted = {public_id for recording in recordings for public_id in recording.heard}
    people = {person.public_id: person_card(person) for person in User.objects.filter(public_id__in=wanted)}
    return [
        {
            "id": recording.public_id,
            "state": recording.state,
            "progress": recording.progress,
            "error": recording.error,
            "began": recording.started_at,
            "duration_ms": recording.duration_ms,
            "heard": [people[public_id] for public_id in recording.heard if public_id in people],
            "peaks": recording.peaks,
        }
        for recording in recordings
    ]


def ready_replays(room_keys: Collection[str], *, most: int) -> list[Recording]:
    """Return the replays of these rooms that can be heard, those that were recorded last leading; at most `most`."""
    ready = Recording.objects.filter(room_key__in=room_keys, state=RecordingState.READY)
    return list(ready.order_by("-started_at", "-pk")[:most])


def folder_of(public_id: str) -> Path:
    """Return where everything of a recording is kept."""
    return Path(settings.RECORDINGS_DIR) / public_id


def replay_file(recording: Recording) -> Path | None:
    """Return the replay's file if it is ready and there."""
    path = folder_of(recording.public_id) / recording.file
    return path if recording.file and path.is_file() else None
