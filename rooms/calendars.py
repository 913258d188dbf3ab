"""Planned rooms as calendars read them: iCalendar, RFC 5545. All times are in UTC, so no zone need be described."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from rooms.enums import RoomState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from rooms.models import Room

CONTENT_TYPE = "text/calendar; charset=utf-8"
# How often a program should look again (RFC 7986 section 5.7).
REFRESH = timedelta(hours=1)


def calendar_of(rooms: Iterable[Room], *, name: str = "") -> bytes:
    """Return a file with these rooms, of which each has a planned time; with a name, one to subscribe to."""
    calendar = Calendar()
    calendar.add("prodid", "-//Causerie//rooms//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    if name:
        calendar.add("name", name)
        # What Apple and Google read instead.
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for room in rooms:
        calendar.add_component(_event(room))
    return bytes(calendar.to_ical())


def _event(room: Room) -> Event:
    assert room.starts_at is not None
    address = settings.SITE_URL + reverse("rooms:room", args=[room.public_id])
    event = Event()
    # The same for ever: whatever changes, calendars know the room again (RFC 5545 section 3.8.4.7).
    event.add("uid", f"{room.public_id}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("dtstamp", timezone.now().astimezone(UTC).replace(microsecond=0))
    event.add("sequence", room.revision)
    event.add("dtstart", room.starts_at.astimezone(UTC))
    event.add("dtend", _end(room, room.starts_at).astimezone(UTC))
    event.add("summary", room.title)
    event.add("description", "\n\n".join(filter(None, [_host_words(room), room.description, address])))
    event.add("url", address)
    event.add("status", "CANCELLED" if room.state == RoomState.CANCELLED else "CONFIRMED")
    # Somebody who listens is not busy: only who hosts is, and they know.
    event.add("transp", "TRANSPARENT")
    return event


def _host_words(room: Room) -> str:
    return _("With %(name)s, on Causerie") % {"name": room.host.shown_name}


def _end(room: Room, starts_at: datetime) -> datetime:
    """Return when it ended; before that nobody knows, and a setting says how long it takes."""
    if room.state == RoomState.ENDED and room.ended_at is not None and room.ended_at > starts_at:
        return room.ended_at
    return starts_at + timedelta(minutes=settings.ROOM_CALENDAR_MINUTES)
