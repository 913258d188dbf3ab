"""People who are in rooms without a browser: they neither hear nor speak, and are held as present from here."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from redis.exceptions import RedisError

from config.lib.public_id import new_public_id
from config.lib.publish import publish_async
from rooms.events import group_of
from rooms.hub.audience import KEEP_SECONDS
from rooms.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from accounts.selectors.people import PersonCard

    Company = Mapping[str, Mapping[str, PersonCard]]

log = structlog.get_logger(__name__)


async def keep_company(look: Callable[[], Awaitable[Company]], stop: asyncio.Task[None]) -> None:
    """Hold whom `look` names in each room (room, person, card) until told to stop; then they are gone at once."""
    presence = Presence(f"company-{new_public_id()}")
    told: set[str] = set()
    while not stop.done():
        try:
            for room_id, people in (await look()).items():
                await presence.keep(room_id, people, 0)
                if room_id not in told:
                    told.add(room_id)
                    await publish_async(group_of(room_id), {"type": "room.audience", "room": room_id})
        except RedisError as error:
            log.warning("company_unkept", error=type(error).__name__)
        await asyncio.wait([stop], timeout=KEEP_SECONDS)
    try:
        await presence.retire()
    except RedisError as error:
        log.warning("company_unkept", error=type(error).__name__)
