"""Counting who hears a replay: once for each listener and day, without keeping who it was."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from config.lib.errors import NotFoundError
from config.lib.quotas import spend
from media.enums import RecordingState
from media.recorded import ended_recording
from rooms.models import ReplayListen
from rooms.selectors import room_to_enter
from rooms.stats import may_see_stats

if TYPE_CHECKING:
    from datetime import date

    from accounts.models import User

HOUR = 3600
MARK_LENGTH = 32


def note_replay_heard(room_id: str, recording_id: str, *, by: User | None, guest: str, seconds: float) -> None:
    """Note that somebody has heard a replay as far as `seconds`; `guest` tells those without an account apart.

    Whoever sees the figures is not counted in them. Raises NotFoundError if there is no such replay.
    """
    room = room_to_enter(by, room_id)
    recording = ended_recording(room.public_id, recording_id)
    if recording is None or recording.state != RecordingState.READY or not recording.duration_ms:
        raise NotFoundError
    if may_see_stats(room, by):
        return
    day = timezone.now().date()
    listener = _mark(by.public_id if by else f"guest:{guest}", recording_id, day)
    if not spend("replay_heard", int(listener[:15], 16), most=settings.ROOM_REPLAY_REPORTS_PER_HOUR, seconds=HOUR):
        return
    reached = round(1000 * min(max(0.0, seconds), recording.duration_ms / 1000))
    fresh = ReplayListen(
        room=room,
        recording=recording_id,
        day=day,
        listener=listener,
        reached_ms=reached,
        length_ms=recording.duration_ms,
    )
    ReplayListen.objects.bulk_create([fresh], ignore_conflicts=True)
    known = ReplayListen.objects.filter(recording=recording_id, day=day, listener=listener, reached_ms__lt=reached)
    known.update(reached_ms=Greatest(F("reached_ms"), reached), length_ms=recording.duration_ms)


def _mark(who: str, recording_id: str, day: date) -> str:
    """Return what stands for a listener on one day and one replay: whoever has the rows finds nobody by it."""
    words = f"replay {recording_id} {day} {who}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), words, hashlib.sha256).hexdigest()[:MARK_LENGTH]
