"""What of a room is written down, and by whom: rows say what shall be, relays are told until it is so.

What changes rows runs inside the caller's transaction; what tells relays is called after its commit and never raises
for a silent relay: the sweep repeats it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from media import gateway
from media.enums import MediaKind, RecordingState
from media.errors import RelayUnavailableError
from media.models import LIVE, MediaSession, Recording, RecordingConsent
from media.relay.messages import Done, Record, RefusalCode, Refused, StopRecording
from media.selectors import live_relays

if TYPE_CHECKING:
    from accounts.models import User
    from media.relay.messages import Reply

TELL_SECONDS = 1.0
# A relay closes its files before it answers.
STOP_SECONDS = 3.0
# What a relay takes in one list. More than sit on a stage.
PERSONS_LIMIT = 64
# A relay that is gone for good never confirms that it stopped.
STOP_PENDING_SECONDS = 3600


def open_recording(room_key: str, *, by: User, words: str) -> Recording:
    """Begin to record a room, inside the caller's transaction; whoever begins agrees with it."""
    recording = Recording.objects.create(room_key=room_key, started_by=by)
    RecordingConsent.objects.create(recording=recording, user=by, words=words)
    return recording


def add_consent(room_key: str, *, user: User, words: str) -> bool:
    """Keep that somebody agreed to the room's open recording; return whether there is one."""
    recording = _open_in(room_key)
    if recording is None:
        return False
    RecordingConsent.objects.get_or_create(recording=recording, user=user, defaults={"words": words})
    return True


def has_consented(room_key: str, *, user: User) -> bool:
    """Say whether somebody agreed to the room's open recording."""
    return RecordingConsent.objects.filter(
        recording__room_key=room_key, recording__state=RecordingState.RECORDING, user=user
    ).exists()


def stop_recording(room_key: str) -> Recording | None:
    """End the room's recording, inside the caller's transaction, and return it for `tell_stopped`."""
    recording = _open_in(room_key)
    if recording is None:
        return None
    recording.state, recording.stop_pending, recording.trouble = RecordingState.STOPPED, True, False
    recording.stopped_at = max(timezone.now(), recording.started_at)
    recording.save(update_fields=["state", "stop_pending", "trouble", "stopped_at"])
    return recording


def tell_recorders(room_key: str) -> None:
    """Tell the relays at which the room's speakers are whom they may write down."""
    recording = _open_in(room_key)
    if recording is None:
        return
    held = MediaSession.objects.filter(LIVE, room_key=room_key, kind=MediaKind.PUBLISH)
    incarnations = sorted(set(held.values_list("relay_incarnation", flat=True)))
    replies = [_tell_record(recording, incarnation) for incarnation in incarnations]
    if any(isinstance(reply, Refused) and reply.code == RefusalCode.FAILED for reply in replies):
        _note_trouble(recording, trouble=True)
    elif replies and all(isinstance(reply, Done) for reply in replies):
        _note_trouble(recording, trouble=False)


def prepare_relay(room_key: str, incarnation: str) -> None:
    """Let a relay know of the room's recording before somebody begins to speak there."""
    recording = _open_in(room_key)
    if recording is not None:
        _tell_record(recording, incarnation)


def tell_stopped(recording: Recording) -> bool:
    """Let every relay that may write this recording close its files, and note when all of them have.

    Return whether all those have that live; for certain only the note says so.
    """
    since = Q(gone_at=None) | Q(gone_at__gte=recording.started_at)
    held = MediaSession.objects.filter(since, room_key=recording.room_key, kind=MediaKind.PUBLISH)
    holders = set(held.values_list("relay_incarnation", flat=True))
    living = {relay.incarnation for relay in live_relays()} if holders else set()
    command = StopRecording(room=recording.room_key, recording=recording.public_id)
    stopped = {one for one in sorted(holders & living) if isinstance(_ask(one, command, STOP_SECONDS), Done)}
    if stopped == holders:
        Recording.objects.filter(pk=recording.pk, stop_pending=True).update(stop_pending=False)
    return stopped == holders & living


def keep_recordings() -> None:
    """Repeat to the relays what of recordings shall be so, and give up on those that are gone for good."""
    # Each room in its turn: whoever was told a moment ago is told the same again, which changes nothing.
    for room_key in Recording.objects.filter(state=RecordingState.RECORDING).values_list("room_key", flat=True):
        tell_recorders(room_key)
    long_ago = timezone.now() - timedelta(seconds=STOP_PENDING_SECONDS)
    Recording.objects.filter(stop_pending=True, stopped_at__lte=long_ago).update(stop_pending=False)
    for recording in Recording.objects.filter(stop_pending=True).order_by("pk"):
        tell_stopped(recording)


def _open_in(room_key: str) -> Recording | None:
    return Recording.objects.filter(room_key=room_key, state=RecordingState.RECORDING).first()


def _tell_record(recording: Recording, incarnation: str) -> Reply | None:
    """Name those who agreed and may speak now: who agreed long ago and left is named again when they are back."""
    speaking = MediaSession.objects.filter(LIVE, room_key=recording.room_key, kind=MediaKind.PUBLISH)
    agreed = recording.consents.filter(user__in=speaking.values("user")).order_by("pk")
    persons = list(agreed.values_list("user__public_id", flat=True)[:PERSONS_LIMIT])
    command = Record(room=recording.room_key, recording=recording.public_id, persons=persons)
    return _ask(incarnation, command, TELL_SECONDS)


def _ask(incarnation: str, command: Record | StopRecording, seconds: float) -> Reply | None:
    try:
        return gateway.request(incarnation, command, timeout=seconds)
    except RelayUnavailableError:
        return None


def _note_trouble(recording: Recording, *, trouble: bool) -> None:
    """Write down that relays fail, or no longer do, and let the higher apps know once."""
    same = Recording.objects.filter(pk=recording.pk, state=RecordingState.RECORDING)
    if same.filter(trouble=not trouble).update(trouble=trouble):
        for path in settings.RECORDING_TROUBLE_HANDLERS:
            import_string(path)(recording.room_key, trouble)
