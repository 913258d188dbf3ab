"""Tell relays to drop what is gone by our books, until they have confirmed it."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from redis.exceptions import RedisError

from media import gateway
from media.errors import RelayUnavailableError
from media.models import MediaSession
from media.relay.messages import Close, Done
from media.selectors import heartbeats
from media.services.states import CLOSE_PENDING_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from media.relay.messages import Command

# A relay does these in well under a millisecond; one that needs longer is not well.
TELL_SECONDS = 1.0


def tell(incarnation: str, command: Command, *, valid_seconds: float = 0.0) -> bool:
    """Give a relay a command that a later attempt will repeat if need be; return whether it was done.

    With `valid_seconds` a relay that is silent now still does it when it reads it so much later.
    """
    try:
        reply = gateway.request(incarnation, command, timeout=TELL_SECONDS, valid_seconds=valid_seconds)
        return isinstance(reply, Done)
    except RelayUnavailableError:
        return False


def close_at_relays(sessions: Iterable[MediaSession]) -> None:
    """Ask for each session to be closed; the first silence of a relay is the last word with it."""
    by_incarnation: defaultdict[str, list[MediaSession]] = defaultdict(list)
    for session in sessions:
        by_incarnation[session.relay_incarnation].append(session)
    for incarnation, held in by_incarnation.items():
        for session in held:
            if not tell(incarnation, Close(session=session.public_id)):
                break
            confirm([session])


def confirm(sessions: Iterable[MediaSession]) -> None:
    """Note that the relay has dropped these."""
    MediaSession.objects.filter(pk__in=[session.pk for session in sessions], close_pending=True).update(
        close_pending=False
    )


def retry_closes() -> None:
    """Ask the relays that live for what is still pending; give up on what has been so for long."""
    pending = MediaSession.objects.filter(close_pending=True)
    pending.filter(gone_at__lte=timezone.now() - timedelta(seconds=CLOSE_PENDING_SECONDS)).update(close_pending=False)
    if not pending.exists():
        return
    try:
        living = [relay.incarnation for relay in heartbeats()]
    except RedisError:
        return
    close_at_relays(pending.filter(relay_incarnation__in=living).order_by("pk"))
