"""Tell every web process that something happened: one PUBLISH in the channel layer's own wire format.

`async_to_sync(group_send)` would take 2 ms and a connection each time; this takes 0.04 ms (measured). It never raises:
what is published may be lost, and the room's sequence numbers repair that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from channels.layers import get_channel_layer
from django.conf import settings
from redis.exceptions import RedisError

from config.lib.metrics import PUBLISH_LOST, PUBLISHED
from config.lib.redis_clients import async_client, sync_client

if TYPE_CHECKING:
    from collections.abc import Mapping

log = structlog.get_logger(__name__)


def publish(group: str, message: Mapping[str, Any]) -> None:
    """Send `message` to the members of `group` in all processes; call it after commit."""
    PUBLISHED.labels(message.get("type", "none")).inc()
    try:
        sync_client().publish(*_written(group, message))
    except RedisError as error:
        PUBLISH_LOST.inc()
        log.warning("publish_lost", group=group, error=type(error).__name__)


async def publish_async(group: str, message: Mapping[str, Any]) -> None:
    """Do the same from an event loop. The layer's own way waits for ever for a Redis that hangs."""
    PUBLISHED.labels(message.get("type", "none")).inc()
    try:
        await async_client().publish(*_written(group, message))
    except RedisError as error:
        PUBLISH_LOST.inc()
        log.warning("publish_lost", group=group, error=type(error).__name__)


def _written(group: str, message: Mapping[str, Any]) -> tuple[str, bytes]:
    layer = get_channel_layer()
    assert layer is not None
    return f"{settings.CHANNEL_LAYER_PREFIX}__group__{group}", layer.serialize(message)
