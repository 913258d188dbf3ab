"""What is done for media sessions by the clock, should no web process have been there to see it."""

from __future__ import annotations

import structlog
from celery import shared_task
from redis.exceptions import RedisError

from config.lib.redis_clients import sync_client
from media.recorded import due_replays
from media.relay.keys import RELAY_DEAD_AFTER
from media.selectors import heartbeats, hosting_incarnations
from media.services.closing import retry_closes
from media.services.hearing import keep_left_out
from media.services.muting import retry_mutes
from media.services.receipts import drain
from media.services.recordings import keep_recordings
from media.services.replays import prepare_replay, release_expired
from media.services.states import end_stale_openings, lose_relay

log = structlog.get_logger(__name__)

# So long after Redis has started, every relay that lives has announced itself again.
REDIS_SETTLED_SECONDS = 4 * RELAY_DEAD_AFTER


@shared_task
def sweep_media() -> None:
    """End the sessions of dead relays and those that never connected; ask again for what relays have not confirmed."""
    end_stale_openings()
    for incarnation in silent_incarnations():
        log.warning("relay_lost", incarnation=incarnation, sessions=lose_relay(incarnation))
    retry_closes()
    retry_mutes()
    keep_left_out()


@shared_task
def drain_receipts() -> None:
    """Write down what listeners heard. Any number of these may run at once."""
    try:
        read = drain()
    except RedisError as error:
        # What waits there waits for the next one.
        log.warning("receipts_unreached", error=type(error).__name__)
        return
    if read:
        log.info("receipts_drained", number=read)


@shared_task
def sweep_recordings() -> None:
    """Repeat to relays what of recordings shall be so, and let the replays be made that are due."""
    keep_recordings()
    release_expired()
    for public_id in due_replays():
        # Those that no job takes in time are due again at the next sweep.
        make_replay.apply_async((public_id,), expires=10)


@shared_task
def make_replay(public_id: str) -> None:
    """Make one replay. A second job for the same does nothing."""
    prepare_replay(public_id)


def silent_incarnations() -> set[str]:
    """Return the relays' lives that have sessions but no heartbeat; none while Redis cannot know."""
    # The rows are read first: a session that is opened in between is at a relay that lives.
    hosting = hosting_incarnations()
    try:
        if sync_client().info("server")["uptime_in_seconds"] < REDIS_SETTLED_SECONDS:
            return set()
        return hosting - {relay.incarnation for relay in heartbeats()}
    except RedisError:
        return set()
