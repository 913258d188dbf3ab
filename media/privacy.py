"""What is kept of somebody's sound: handed out in the copy of their data, and taken away when they go."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import F

from accounts.exports import ExportPart
from media.enums import MediaState
from media.mixing.places import sounds_of
from media.models import ListeningInterval, ListeningReceipt, MediaSession, Recording, RecordingConsent, SpeakingReceipt
from media.recorded import folder_of
from media.relay.recording import PARTS_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from accounts.models import User


def sound_parts(person: User) -> Iterator[ExportPart]:
    """Yield what was recorded of the person's own voice, and what they listened to; for settings.DATA_EXPORTERS."""
    consents = RecordingConsent.objects.filter(user=person).select_related("recording").order_by("pk")
    yield ExportPart(
        "sound.json",
        {
            "consents": [
                {
                    "recording": consent.recording.public_id,
                    "room": consent.recording.room_key,
                    "agreed_at": consent.agreed_at,
                    "words": consent.words,
                }
                for consent in consents
            ],
            "listened": list(
                ListeningReceipt.objects.filter(user=person)
                .order_by("pk")
                .values("room_key", "delivered_ms", "confirmed_ms", "updated_at")
            ),
            "listened_when": list(
                ListeningInterval.objects.filter(receipt__user=person)
                .order_by("start_ms", "receipt", "number")
                .values("start_ms", "end_ms", "delivered", "confirmed", room_key=F("receipt__room_key"))
            ),
            "talked": list(
                SpeakingReceipt.objects.filter(user=person)
                .order_by("pk")
                .values("room_key", "received_ms", "voice_ms", "began_at", "updated_at")
            ),
        },
    )
    for consent in consents:
        kept = [sound for sound in own_sound(consent.recording, person) if sound.is_file()]
        for number, sound in enumerate(kept, start=1):
            path = f"voice/{consent.recording.started_at:%Y-%m-%d}-{consent.recording.public_id}-{number}.ogg"
            yield ExportPart(path, file=sound)


def own_sound(recording: Recording, person: User) -> list[Path]:
    """Return the files with what this person said in a recording; some may never have been begun."""
    return sounds_of(folder_of(recording.public_id) / PARTS_FOLDER, person.public_id)


def expire_intervals(now: datetime) -> None:
    """Forget when who heard what, once no fund can ask for it any more; for settings.RETENTION_HANDLERS."""
    long_ago = now - timedelta(days=settings.LISTENING_INTERVAL_DAYS)
    ListeningInterval.objects.filter(start_ms__lt=round(1000 * long_ago.timestamp())).delete()


def expire_sessions(now: datetime) -> None:
    """Forget media sessions that ended long ago; for settings.RETENTION_HANDLERS. What was heard is kept apart."""
    long_ago = now - timedelta(days=settings.MEDIA_SESSION_DAYS)
    MediaSession.objects.filter(state=MediaState.GONE, gone_at__lt=long_ago, close_pending=False).delete()
