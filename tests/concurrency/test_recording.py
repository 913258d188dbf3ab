"""Recording and microphones at once, on PostgreSQL: nobody who has not agreed is left with an open microphone."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

import pytest

from media.models import RecordingConsent
from rooms import events
from rooms.models import Room, StageMember
from rooms.services import recording, stage
from tests.concurrency.test_rooms import at_once, unlocked_change
from tests.factories.people import UserFactory
from tests.factories.rooms import RoomFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def record_and_unmute() -> tuple[list[str], bool, list[tuple[bool, bool]]]:
    """Let the host begin while a speaker unmutes without consent.

    Return what came of it, whether the room is recorded, and of the speaker whether they are muted and have agreed.
    """
    room = RoomFactory.create()
    speaker = UserFactory.create()
    StageMember.objects.create(room=room, user=speaker, role="speaker")
    outcomes = at_once(
        partial(recording.start_room_recording, room.public_id, by=room.host),
        partial(stage.unmute, room.public_id, by=speaker),
    )
    agreed = RecordingConsent.objects.filter(user=speaker).exists()
    muted = StageMember.objects.values_list("muted", flat=True).get(user=speaker)
    words = [str(getattr(outcome, "code", outcome)) for outcome in outcomes]
    return words, Room.objects.get(pk=room.pk).recording, [(muted, agreed)]


def test_recording_that_begins_while_somebody_unmutes_has_them_muted() -> None:
    for _ in range(10):
        words, recorded, speaker = record_and_unmute()
        assert (words[0], recorded, speaker) == ("None", True, [(True, False)])
        assert words[1] in {"None", "consent_needed"}


def test_control_microphone_stays_open_without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    both_looked = threading.Barrier(2)
    muting, setting = stage.mute_others, stage._set_muted

    def mute_others(*args: Any) -> Any:
        silenced = muting(*args)
        both_looked.wait(10)
        return silenced

    def set_muted(*args: Any, **options: Any) -> None:
        both_looked.wait(10)
        setting(*args, **options)

    for module in (recording, stage):
        monkeypatch.setattr(module, "change_room", unlocked_change)
    monkeypatch.setattr(recording, "mute_others", mute_others)
    monkeypatch.setattr(stage, "_set_muted", set_muted)
    # Without the numbers' constraint too, which would stop the second writer for another reason.
    monkeypatch.setattr(events.RoomChange, "write", lambda _: None)
    assert record_and_unmute() == (["None", "None"], True, [(False, False)])
