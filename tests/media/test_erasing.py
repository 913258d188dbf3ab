"""Somebody's voice is taken out of every recording, and is handed out to them alone before."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from accounts.tasks import tidy_up
from media.enums import MediaKind, MediaState, RecordingState
from media.models import MediaSession, Recording, RecordingConsent
from media.privacy import sound_parts
from media.recorded import replay_file
from media.services.erasing import erase_sound
from media.services.replays import prepare_replay
from tests.factories.sound import BEGAN, near, opus, pitch, rtp, sound_of, spans, tone
from tests.media.test_mix import write

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import Settings

    from accounts.models import User

pytestmark = pytest.mark.django_db
LOW, HIGH = 440, 880


@pytest.fixture(autouse=True)
def _folder(settings: Settings, tmp_path: Path) -> None:
    settings.RECORDINGS_DIR = tmp_path


def recorded(root: Path, *voices: tuple[User, int]) -> Recording:
    """Return a ready recording in which these people said a tone each, one after the other, two seconds long."""
    said = [
        (person.public_id, rtp(opus(tone(hertz, 2.0)), ssrc=number + 1, began=BEGAN + 3 * number))
        for number, (person, hertz) in enumerate(voices)
    ]
    asyncio.run(write(root, said))
    return _ready([person for person, _ in voices])


def _ready(people: list[User]) -> Recording:
    now = timezone.now()
    recording = Recording.objects.create(
        public_id="R1",
        room_key="r1",
        state=RecordingState.STOPPED,
        started_at=now,
        stopped_at=now,
        started_by=people[0],
    )
    for person in people:
        RecordingConsent.objects.create(recording=recording, user=person, words="1")
    prepare_replay("R1")
    recording.refresh_from_db()
    assert recording.state == RecordingState.READY
    return recording


def test_voice_is_gone_from_the_replay_and_others_stay(tmp_path: Path, ines: User, oliver: User) -> None:
    recording = recorded(tmp_path, (ines, LOW), (oliver, HIGH))
    before = replay_file(recording)
    assert before
    assert spans(sound_of(before), LOW)

    erase_sound(ines)

    assert not before.exists()
    recording.refresh_from_db()
    assert (recording.state, recording.heard, recording.started_by_id) == ("stopped", [], None)
    prepare_replay("R1")
    recording.refresh_from_db()
    anew = replay_file(recording)
    assert anew
    assert recording.heard == [oliver.public_id]
    assert (spans(sound_of(anew), LOW), spans(sound_of(anew), HIGH)) == ([], near((0, 2)))
    assert RecordingConsent.objects.filter(user=ines).count() == 0


def test_recording_of_nobody_else_is_gone(tmp_path: Path, ines: User) -> None:
    recorded(tmp_path, (ines, LOW))
    erase_sound(ines)
    assert Recording.objects.count() == 0
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_whoever_agreed_and_said_nothing_changes_no_replay(tmp_path: Path, ines: User, oliver: User) -> None:
    recording = recorded(tmp_path, (ines, LOW))
    RecordingConsent.objects.create(recording=recording, user=oliver, words="1")
    erase_sound(oliver)
    recording.refresh_from_db()
    assert recording.state == RecordingState.READY


def test_copy_has_ones_own_voice_only(tmp_path: Path, ines: User, oliver: User) -> None:
    recorded(tmp_path, (ines, LOW), (oliver, HIGH))
    parts = list(sound_parts(oliver))
    assert [part.path.split("/")[0] for part in parts] == ["sound.json", "voice"]
    voice = parts[1].file
    assert voice
    assert round(pitch(sound_of(voice), 0.5, 1.5)) == HIGH


@pytest.mark.parametrize(("days", "kept"), [(89, True), (91, False)])
def test_media_sessions_are_forgotten_after_their_time(ines: User, days: int, kept: bool) -> None:
    gone_at = timezone.now() - timedelta(days=days)
    MediaSession.objects.create(
        room_key="r1",
        user=ines,
        kind=MediaKind.LISTEN,
        relay="r",
        relay_incarnation="i",
        epoch=0,
        state=MediaState.GONE,
        created_at=gone_at,
        gone_at=gone_at,
        gone_reason="left",
    )
    tidy_up()
    assert MediaSession.objects.exists() is kept
