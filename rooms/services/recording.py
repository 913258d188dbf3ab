"""The host records the room: who is told, who is muted, who agreed. What is written where is the media app's matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.policies.eligibility import require
from accounts.policies.rules import Platform, Purpose
from config.lib.errors import ForbiddenError, LoginRequiredError, NotFoundError
from media.recorded import ended_recording
from media.services.recordings import open_recording, stop_recording, tell_recorders, tell_stopped
from media.services.replays import delete_recording, retry_replay
from rooms.enums import Action
from rooms.events import RoomChange, change_room
from rooms.permissions import may
from rooms.protocol import RecordingStarted, RecordingStopped, RecordingTrouble
from rooms.selectors import role_in, room_for
from rooms.services.stage import CONSENT_WORDS, mute_others, tell_microphone

if TYPE_CHECKING:
    from accounts.models import User
    from media.models import Recording


def start_room_recording(room_id: str, *, by: User | None, platform: Platform = Platform.WEB) -> None:
    """Begin to record. Everybody else is muted first: nobody is recorded who has not agreed.

    Raises NotEligibleError if the policy of who may record says no.
    """
    with change_room(room_id, by=by) as change:
        change.require(Action.RECORD)
        if change.room.recording or change.by is None:
            return
        require(change.by, Purpose.RECORD, platform)
        silenced = mute_others(change, change.by)
        open_recording(room_id, by=change.by, words=CONSENT_WORDS)
        _set(change, recording=True)
        change.record(RecordingStarted())
    for person in silenced:
        tell_microphone(room_id, person)
    tell_recorders(room_id)


def stop_room_recording(room_id: str, *, by: User | None) -> None:
    """End the recording; the room goes on."""
    with change_room(room_id, by=by) as change:
        change.require(Action.RECORD)
        if not change.room.recording:
            return
        stopped = stop_recording(room_id)
        _set(change, recording=False)
        change.record(RecordingStopped())
    if stopped is not None:
        tell_stopped(stopped)


def trouble_changed(room_id: str, trouble: bool) -> None:  # noqa: FBT001 - a handler of RECORDING_TROUBLE_HANDLERS
    """Let the room know that what is said cannot be written down just now, or can again."""
    with change_room(room_id, by=None, live=False) as change:
        if change.room.recording and change.room.recording_trouble != trouble:
            _set(change, recording=True, trouble=trouble)
            change.record(RecordingTrouble(trouble=trouble))


def try_replay_again(room_id: str, recording_id: str, *, by: User | None) -> None:
    """Let a replay that failed be made once more. One that has not failed is left as it is."""
    retry_replay(_own_recording(room_id, recording_id, by))


def delete_replay(room_id: str, recording_id: str, *, by: User | None) -> None:
    """Remove a recording of a room and everything that was written of it."""
    delete_recording(_own_recording(room_id, recording_id, by))


def _own_recording(room_id: str, recording_id: str, by: User | None) -> Recording:
    room = room_for(by, room_id)
    if not may(role_in(room, by), Action.RECORD):
        raise LoginRequiredError if by is None else ForbiddenError
    recording = ended_recording(room_id, recording_id)
    if recording is None:
        raise NotFoundError
    return recording


def _set(change: RoomChange, *, recording: bool, trouble: bool = False) -> None:
    change.room.recording, change.room.recording_trouble = recording, trouble
    change.room.save(update_fields=["recording", "recording_trouble"])
