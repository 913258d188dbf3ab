"""Taking somebody's voice away: out of every recording, whose replay is then made anew from what the others said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from media.enums import RecordingState
from media.models import ListeningReceipt, MediaSession, Recording, RecordingConsent, SpeakingReceipt
from media.privacy import own_sound
from media.recorded import folder_of
from media.relay.recording import PARTS_FOLDER
from media.relay.recording_part import MARKS_SUFFIX

if TYPE_CHECKING:
    from pathlib import Path

    from accounts.models import User


def erase_sound(person: User) -> None:
    """Remove everything that is kept of somebody's sound; an eraser of settings.DATA_ERASERS.

    Whoever closed their account some days ago is in no room that is live: nothing is being written of them.
    """
    for consent in RecordingConsent.objects.filter(user=person).select_related("recording"):
        _erase_from(consent.recording, person)
        consent.delete()
    Recording.objects.filter(started_by=person).update(started_by=None)
    ListeningReceipt.objects.filter(user=person).update(user=None)
    SpeakingReceipt.objects.filter(user=person).update(user=None)
    MediaSession.objects.filter(user=person).delete()


def _erase_from(recording: Recording, person: User) -> None:
    sounds = own_sound(recording, person)
    if not sounds and person.public_id not in recording.heard:
        return
    for sound in sounds:
        sound.with_suffix(MARKS_SUFFIX).unlink(missing_ok=True)
        sound.unlink(missing_ok=True)
    _make_anew(recording)


def _make_anew(recording: Recording) -> None:
    """Let the replay be mixed again without that voice; where nobody else was heard, there is none."""
    folder = folder_of(recording.public_id)
    _remove_replays(folder)
    ended = Recording.objects.filter(pk=recording.pk).exclude(state=RecordingState.RECORDING)
    if not any((folder / PARTS_FOLDER).glob(f"*{MARKS_SUFFIX}")):
        ended.delete()
        return
    ended.update(
        state=RecordingState.STOPPED,
        claim="",
        claimed_until=None,
        error="",
        attempts=0,
        progress=0,
        file="",
        duration_ms=0,
        size=0,
        heard=[],
        peaks=[],
    )


def _remove_replays(folder: Path) -> None:
    for replay in folder.glob("replay-*"):
        replay.unlink(missing_ok=True)
