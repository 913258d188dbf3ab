"""Tell relays whose microphone is closed, until they have confirmed it: what is wanted is written down first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from redis.exceptions import RedisError

from media.models import LIVE, MediaSession
from media.relay.messages import SetMuted
from media.selectors import heartbeats, person_key
from media.services.closing import tell

if TYPE_CHECKING:
    from django.db.models import Q

# Nobody switches a microphone that often within the milliseconds that a relay takes.
ATTEMPTS = 5
# So long a relay that does not answer now may still do it. It reads its commands in order, so the last one counts.
VALID_SECONDS = 20.0


def want_muted(which: Q, *, muted: bool) -> bool:
    """Write down how the microphone of a live session is to be, and tell the relay; return whether it has confirmed.

    False also if there is no such session. What it has not confirmed is said again by `retry_mutes`.
    """
    if not note_muted(which, muted=muted):
        return False
    session = MediaSession.objects.filter(which, LIVE).first()
    return session is not None and _tell(session)


def note_muted(which: Q, *, muted: bool) -> bool:
    """Write it down only, for the caller's transaction; return whether there is such a session.

    Should nobody come to `want_muted` after the commit, `retry_mutes` says it.
    """
    # By key, so that it and whoever ends sessions never wait crosswise.
    locked = MediaSession.objects.filter(which, LIVE).select_for_update(of=("self",)).order_by("pk")
    with transaction.atomic():
        found = MediaSession.objects.filter(pk__in=list(locked.values_list("pk", flat=True)))
        return found.update(muted=muted, mute_pending=True) > 0


def retry_mutes() -> None:
    """Say again to the relays that live what they have not confirmed; the first silence is the last word with one."""
    pending = MediaSession.objects.filter(LIVE, mute_pending=True)
    if not pending.exists():
        return
    try:
        waiting = {relay.incarnation for relay in heartbeats()}
    except RedisError:
        return
    for session in pending.filter(relay_incarnation__in=waiting).order_by("pk"):
        if session.relay_incarnation in waiting and not _tell(session):
            waiting.discard(session.relay_incarnation)


def _tell(session: MediaSession) -> bool:
    """Tell the relay what the row says; if it changed meanwhile, again, as the two may have overtaken each other."""
    for _ in range(ATTEMPTS):
        command = SetMuted(room=session.room_key, person=person_key(session.user, ""), muted=session.muted)
        if not tell(session.relay_incarnation, command, valid_seconds=VALID_SECONDS):
            # It may still do it, later than what somebody else has said since: the row must have the last word.
            MediaSession.objects.filter(LIVE, pk=session.pk).update(mute_pending=True)
            return False
        told = MediaSession.objects.filter(pk=session.pk, muted=session.muted)
        if told.update(mute_pending=False):
            return True
        session.refresh_from_db(fields=["muted"])
    return False
