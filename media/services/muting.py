"""Tell relays whose microphone is closed, until they have confirmed it: what is wanted is written down first."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    if not MediaSession.objects.filter(which, LIVE).update(muted=muted, mute_pending=True):
        return False
    session = MediaSession.objects.filter(which, LIVE).first()
    return session is not None and _tell(session)


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
            return False
        told = MediaSession.objects.filter(pk=session.pk, muted=session.muted)
        if told.update(mute_pending=False):
            return True
        session.refresh_from_db(fields=["muted"])
    return False
