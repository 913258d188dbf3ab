"""`manage.py speak_demo`: one process in which the demo rooms' voices talk while somebody is there.

It also holds the places of the demo's silent people, as a web process does for those who are connected to it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.selectors.people import person_card
from config.embedded.demo import ROOMS, SOUNDS
from config.lib.db import in_pool
from rooms.bot.company import keep_company
from rooms.bot.conversation import Turn, converse
from rooms.bot.errors import BotError
from rooms.bot.playlist import perform, told_to_stop
from rooms.bot.publisher import use_loopback_too
from rooms.bot.site import own_url, site_at
from rooms.bot.speaker import Speaker
from rooms.enums import RoomState
from rooms.models import Room

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.selectors.people import PersonCard
    from config.embedded.demo import DemoRoom

log = structlog.get_logger(__name__)

# A demo room may be ended, and `make seed` opens another.
LOOK_AGAIN_SECONDS = 15


class Command(BaseCommand):
    help = "Let the demo rooms' voices talk, as `make run` does. Ctrl-C stops it."
    # Importing every page for them would double what it takes to start.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            msg = (
                "speak_demo is for the demo's rooms; it does nothing in production. `speak` plays files into any room."
            )
            raise CommandError(msg)
        asyncio.run(_talk())


async def _talk() -> None:
    use_loopback_too()
    stop = asyncio.create_task(told_to_stop())
    company = asyncio.create_task(keep_company(in_pool(_company), stop))
    await asyncio.gather(company, *(_fill(room, stop) for room in ROOMS if room.turns))


def _company() -> dict[str, dict[str, PersonCard]]:
    """Return who is in which demo room without a browser."""
    handles = {room.title: room.company for room in ROOMS}
    live = Room.objects.filter(title__in=handles, host__handle__in=[room.host for room in ROOMS], state=RoomState.LIVE)
    return {room.public_id: cards_of(handles[room.title]) for room in live}


async def _fill(room: DemoRoom, stop: asyncio.Task[None]) -> None:
    """Let the room's voices talk until we are told to stop, also in the room that comes after this one."""
    while not stop.done():
        found = await in_pool(_find)(room)
        if found is not None:
            await _converse(found, room, stop)
        await asyncio.wait([stop], timeout=LOOK_AGAIN_SECONDS)


async def _converse(found: tuple[str, dict[str, User]], room: DemoRoom, stop: asyncio.Task[None]) -> None:
    room_id, people = found
    site = site_at(own_url())
    speakers = {handle: Speaker(site, room_id, user, patient=True, consents=True) for handle, user in people.items()}
    turns = [Turn(speakers[turn.handle], SOUNDS / f"{turn.clip}.opus") for turn in room.turns]

    async def until_told() -> None:
        await asyncio.wait([stop])

    try:
        await perform(speakers.values(), converse(turns, beside=len(room.company)), until_told())
    except BotError as error:
        log.info("demo_voices_left", room=room_id, reason=str(error))


def cards_of(handles: Iterable[str]) -> dict[str, PersonCard]:
    """Return the cards of these people by their id."""
    return {user.public_id: person_card(user) for user in User.objects.filter(handle__in=list(handles), is_active=True)}


def _find(room: DemoRoom) -> tuple[str, dict[str, User]] | None:
    """Return the demo room that is open and its voices by handle; None while there is none."""
    found = Room.objects.filter(host__handle=room.host, title=room.title, state=RoomState.LIVE).first()
    people = {user.handle: user for user in User.objects.filter(handle__in=room.voices, is_active=True)}
    return (found.public_id, people) if found and len(people) == len(room.voices) else None
