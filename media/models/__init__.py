"""What is remembered of sound: media sessions, receipts of listening and recordings."""

from __future__ import annotations

from media.models.intervals import ListeningInterval
from media.models.receipts import ListeningReceipt, SpeakingReceipt
from media.models.recordings import Recording, RecordingConsent
from media.models.sessions import LIVE, MediaSession

__all__ = [
    "LIVE",
    "ListeningInterval",
    "ListeningReceipt",
    "MediaSession",
    "Recording",
    "RecordingConsent",
    "SpeakingReceipt",
]
