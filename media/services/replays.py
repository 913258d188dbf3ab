"""Replays: made by a job that holds a lease, tried again when it dies, kept until the host deletes them."""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import av
import structlog
from django.db.models import F
from django.utils import timezone

from config.lib.public_id import new_public_id
from media.enums import RecordingState
from media.errors import RelayUnavailableError
from media.mixing import NothingRecordedError, mix
from media.models import Recording
from media.recorded import folder_of
from media.relay.recording import PARTS_FOLDER
from media.services.recordings import tell_stopped

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from media.mixing import Mixed

log = structlog.get_logger(__name__)

# A minute of sound takes a second or so, after which the lease begins anew.
LEASE_SECONDS = 60
ATTEMPTS = 3
PROGRESS_SECONDS = 1.0
NOTHING_RECORDED = "nothing_recorded"
INTERRUPTED = "interrupted"
BROKEN = "broken"


class LostClaimError(Exception):
    """Somebody else makes this replay now, or it is no longer wanted."""


def prepare_replay(public_id: str) -> None:
    """Make a recording's replay, unless somebody else does; whatever comes of it stands in the row."""
    claim = _claim(public_id)
    if claim is None:
        return
    until = _stopped_at(public_id)
    folder = folder_of(public_id)
    target = folder / f"replay-{claim}.ogg"
    try:
        _remove_drafts(public_id)
        mixed = mix(folder / PARTS_FOLDER, target, progress=_Progress(claim), until=until)
    except LostClaimError:
        log.warning("replay_claim_lost", recording=public_id)
    except NothingRecordedError:
        _give_up(_held(claim), NOTHING_RECORDED, again=False)
    except (OSError, av.FFmpegError) as error:
        log.warning("replay_failed", recording=public_id, error=type(error).__name__)
        _give_up(_held(claim), type(error).__name__, again=True)
    except Exception:
        log.exception("replay_failed", recording=public_id)
        _give_up(_held(claim), BROKEN, again=False)
    else:
        if not _finish(claim, target.name, mixed):
            target.unlink(missing_ok=True)


def release_expired() -> None:
    """Take back the claims of those who have died; what failed too often stays so, with its reason."""
    expired = Recording.objects.filter(state=RecordingState.MIXING, claimed_until__lte=timezone.now())
    for claim in list(expired.values_list("claim", flat=True)):
        # Unless it has been renewed since we looked: a job that was only slow goes on.
        if _give_up(expired.filter(claim=claim), INTERRUPTED, again=True):
            log.warning("replay_interrupted", claim=claim)


def retry_replay(recording: Recording) -> bool:
    """Let a replay that failed be made once more; return whether it had failed."""
    failed = Recording.objects.filter(pk=recording.pk, state=RecordingState.FAILED)
    return failed.update(state=RecordingState.STOPPED, error="", attempts=0, progress=0) == 1


def delete_recording(recording: Recording) -> None:
    """Remove everything that was written of a recording that has ended, and then that there was one.

    In this order: if it is interrupted, whoever deleted still sees it and can do so again. Raises RelayUnavailableError
    while a relay that lives may still write: without its row nobody would tell it to stop.
    """
    if recording.stop_pending and not tell_stopped(recording):
        raise RelayUnavailableError
    folder = folder_of(recording.public_id)
    if folder.exists():
        shutil.rmtree(folder)
    recording.delete()


def _claim(public_id: str) -> str | None:
    claim = new_public_id()
    claimed = Recording.objects.filter(public_id=public_id, state=RecordingState.STOPPED).update(
        state=RecordingState.MIXING,
        claim=claim,
        claimed_until=timezone.now() + timedelta(seconds=LEASE_SECONDS),
        attempts=F("attempts") + 1,
        progress=0,
    )
    return claim if claimed else None


def _stopped_at(public_id: str) -> float:
    """Return when the recording was stopped (Unix seconds): a relay that was told late has gone on until then."""
    stopped_at = Recording.objects.filter(public_id=public_id).values_list("stopped_at", flat=True).first()
    # One that was deleted since the claim holds nothing that may be heard.
    return stopped_at.timestamp() if stopped_at else 0.0


def _remove_drafts(public_id: str) -> None:
    """Take away what killed jobs left. Nobody else has the claim; whoever thinks so will fail."""
    for draft in folder_of(public_id).glob("replay-*"):
        draft.unlink(missing_ok=True)


class _Progress:
    """Keeps the claim alive while there is progress, and says how far it is."""

    def __init__(self, claim: str) -> None:
        self._claim = claim
        self._next = 0.0

    def __call__(self, done: float) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + PROGRESS_SECONDS
        until = timezone.now() + timedelta(seconds=LEASE_SECONDS)
        if not _held(self._claim).update(progress=int(done * 100), claimed_until=until):
            raise LostClaimError


def _held(claim: str) -> QuerySet[Recording]:
    return Recording.objects.filter(claim=claim)


def _give_up(held: QuerySet[Recording], error: str, *, again: bool) -> bool:
    """End the attempt: `again` unless it was the last. Return whether there was one."""
    free = {"claim": "", "claimed_until": None, "progress": 0}
    if again and held.filter(attempts__lt=ATTEMPTS).update(state=RecordingState.STOPPED, **free):
        return True
    return held.update(state=RecordingState.FAILED, error=error, **free) > 0


def _finish(claim: str, file: str, mixed: Mixed) -> bool:
    return bool(
        _held(claim).update(
            state=RecordingState.READY,
            claim="",
            claimed_until=None,
            progress=100,
            file=file,
            duration_ms=mixed.duration_ms,
            size=mixed.size,
            heard=mixed.heard,
            peaks=mixed.peaks,
        )
    )
