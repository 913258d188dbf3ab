"""What is done for media sessions by the clock, should no web process have been there to see it."""

from __future__ import annotations

import structlog
from celery import shared_task
from redis.exceptions import RedisError

from config.lib.redis_clients import sync_client
from media.relay.keys import RELAY_DEAD_AFTER
from media.selectors import heartbeats, hosting_incarnations
from media.services.closing import retry_closes
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
