"""How a media session's row changes: every write is conditional, so that any number of processes may try.

Whoever really ended sessions, and nobody else, calls the handlers of settings.MEDIA_GONE_HANDLERS.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from config.lib.metrics import JOIN_SECONDS
from media.enums import EndReason, MediaState
from media.models import LIVE, MediaSession

if TYPE_CHECKING:
    from collections.abc import Sequence

OPENING_SECONDS = 60
# A session that its relay has not confirmed as closed is asked for again until then.
CLOSE_PENDING_SECONDS = 3600


def record_connected(public_id: str, *, incarnation: str) -> bool:
    """Note that a session has connected, and return whether it was this call that did."""
    now = timezone.now()
    changed = MediaSession.objects.filter(
        public_id=public_id, relay_incarnation=incarnation, state=MediaState.OPENING
    ).update(state=MediaState.CONNECTED, connected_at=now)
    for kind, created_at in MediaSession.objects.filter(public_id=public_id).values_list("kind", "created_at")[
        :changed
    ]:
        JOIN_SECONDS.labels(kind).observe(max(0.0, (now - created_at).total_seconds()))
    return changed == 1


def record_gone(public_id: str, *, incarnation: str, reason: str) -> bool:
    """Note that the relay has ended a session, and return whether it was this call that ended it."""
    at_relay = Q(public_id=public_id, relay_incarnation=incarnation)
    ended = end_sessions(at_relay, reason=reason, tell_relay=False)
    MediaSession.objects.filter(at_relay, close_pending=True).update(close_pending=False)
    return len(ended) == 1


def lose_relay(incarnation: str) -> int:
    """End the sessions of a relay that has gone silent, and return how many this call ended.

    Their closing stays pending: a relay that was only frozen must drop them when it wakes.
    """
    ended = end_sessions(Q(relay_incarnation=incarnation), reason=EndReason.RELAY_LOST, tell_relay=True)
    return len(ended)


def end_stale_openings() -> list[MediaSession]:
    """End sessions that never connected and that nobody said anything about."""
    before = timezone.now() - timedelta(seconds=OPENING_SECONDS)
    stale = Q(state=MediaState.OPENING, created_at__lte=before)
    return end_sessions(stale, reason=EndReason.NEVER_CONNECTED, tell_relay=True)


def end_sessions(which: Q, *, reason: str, tell_relay: bool) -> list[MediaSession]:
    """End those of `which` that live, and return exactly those that this call ended.

    With `tell_relay` they are marked until the relay has confirmed (media.services.closing).
    """
    with transaction.atomic():
        ended = end_locked(which, reason=reason, tell_relay=tell_relay)
    announce_gone(ended)
    return ended


def end_locked(which: Q, *, reason: str, tell_relay: bool) -> list[MediaSession]:
    """Do the same inside the caller's transaction; the caller announces after it."""
    now = timezone.now()
    # The lock makes a second process wait, and then find nothing that lives. By key, so that two never wait crosswise.
    ending = list(MediaSession.objects.filter(which, LIVE).select_for_update(of=("self",)).order_by("pk"))
    for session in ending:
        session.state, session.gone_at = MediaState.GONE, max(now, session.created_at)
        session.gone_reason, session.close_pending = reason, tell_relay
    MediaSession.objects.bulk_update(ending, ["state", "gone_at", "gone_reason", "close_pending"], batch_size=500)
    return ending


def announce_gone(ended: Sequence[MediaSession]) -> None:
    """Tell the higher apps which sessions have ended, all at once: a relay may lose thousands. Call it after commit."""
    if not ended:
        return
    for path in settings.MEDIA_GONE_HANDLERS:
        import_string(path)(ended)
