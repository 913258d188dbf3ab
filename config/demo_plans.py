"""Rooms of the demo that are to come, planned as anybody plans them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from config.demo_tickets import sell
from config.lib.wall_clock import moment_at, wall_at
from rooms.enums import COMING, Rhythm
from rooms.models import Room
from rooms.services.alarms import remind_me
from rooms.services.planning import open_lobby, schedule_room
from rooms.services.series import schedule_series

if TYPE_CHECKING:
    from collections.abc import Mapping

    from accounts.models import User
    from config.embedded.demo import DemoPlan
    from rooms.services.lifecycle import NewRoom

# How long those who wait in the demo's lobby have to look round.
LOBBY = timedelta(minutes=25)


def make_plan(wanted: DemoPlan, people: Mapping[str, User]) -> None:
    """Plan the room, unless its host has one planned or has held it: what is there stays as it is."""
    host = people[wanted.host]
    if Room.objects.filter(host=host, state__in=COMING).exists():
        return
    said: NewRoom = {
        "title": wanted.title,
        "description": wanted.description,
        "language": wanted.language,
        "topics": wanted.topics,
    }
    starts_at = start_of(wanted)
    if wanted.repeats:
        room = schedule_series(host, **said, starts_at=starts_at, rhythm=Rhythm.WEEKLY, zone=wanted.zone)
    else:
        room = schedule_room(host, **said, starts_at=starts_at)
    if wanted.price:
        sell(room, wanted, people)
    for handle in wanted.awaited_by:
        remind_me(room.public_id, by=people[handle])
    if wanted.lobby:
        open_lobby(room.public_id, by=host)


def start_of(wanted: DemoPlan) -> datetime:
    """Return when it begins: at its hour so many days from now, or soon if its doors are open."""
    now = timezone.now()
    if wanted.lobby:
        return (now + LOBBY).replace(second=0, microsecond=0)
    day = wall_at(now, wanted.zone).date() + timedelta(days=wanted.days)
    return moment_at(datetime.combine(day, time(wanted.hour)), wanted.zone)
