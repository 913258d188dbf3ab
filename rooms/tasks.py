"""What is done for rooms by the clock."""

from __future__ import annotations

import structlog
from celery import shared_task
from redis.exceptions import RedisError

from rooms.services.keeping import end_unattended_media, keep_all

log = structlog.get_logger(__name__)


@shared_task
def keep_rooms() -> None:
    """See to absent hosts, places of the absent and empty rooms. Any number of these may run at once."""
    try:
        keep_all()
    except RedisError as error:
        # Whoever is there is there, though nobody can say so.
        log.warning("rooms_not_kept", error=type(error).__name__)


@shared_task
def end_unattended() -> None:
    """End media sessions that no socket of a room holds."""
    try:
        end_unattended_media()
    except RedisError as error:
        log.warning("media_not_attended", error=type(error).__name__)
