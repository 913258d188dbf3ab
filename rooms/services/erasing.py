"""What rooms do when somebody closes their account, and when it is erased."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from accounts.selectors.people import person_card
from media.models import Recording
from media.services.replays import delete_recording
from media.services.sessions import end_all_media
from rooms.enums import LASTING
from rooms.models import (
    Absence,
    Attendance,
    CalendarFeed,
    LoweredHand,
    RaisedHand,
    Room,
    RoomEvent,
    RoomReminder,
    RoomSeries,
    StageInvitation,
    StageMember,
)
from rooms.services.blocks import shut_out
from rooms.services.lifecycle import end_room
from rooms.services.planning import cancel_room
from rooms.services.series import end_series_of
from rooms.services.sessions import session_ended

if TYPE_CHECKING:
    from collections.abc import Mapping

    from accounts.models import User

EVENTS_AT_ONCE = 500
# Attendance is written every few seconds.
LATELY = timedelta(minutes=1)


def account_closed(person: User) -> None:
    """Let somebody be in no room from now on; a handler of settings.ACCOUNT_CLOSED_HANDLERS."""
    end_series_of(person)
    for room in Room.objects.filter(host=person, state__in=LASTING).order_by("pk"):
        (end_room if room.is_live else cancel_room)(room.public_id, by=None, staff=True)
    lately = Q(attendance__user=person, attendance__last_seen_at__gt=timezone.now() - LATELY)
    there = Q(stage__user=person) | Q(hands__user=person) | Q(invitations__user=person) | lately
    for room_id in _lasting(there):
        shut_out(room_id, person)
    session_ended("", person)
    # Of a room that they have only just come into nothing is written yet.
    end_all_media(person)


def erase_from_rooms(person: User) -> None:
    """Remove the rooms that somebody hosted, and their name from all others; for settings.DATA_ERASERS."""
    account_closed(person)
    for room in Room.objects.filter(host=person):
        for recording in Recording.objects.filter(room_key=room.public_id):
            delete_recording(recording)
        room.delete()
    _erase_from_events(person)
    RoomSeries.objects.filter(host=person).delete()
    for model in (
        Absence,
        Attendance,
        StageMember,
        RaisedHand,
        LoweredHand,
        StageInvitation,
        RoomReminder,
        CalendarFeed,
    ):
        model.objects.filter(user=person).delete()
    StageInvitation.objects.filter(invited_by=person).delete()


def _lasting(which: Q) -> list[str]:
    rooms = Room.objects.filter(which, state__in=LASTING).distinct()
    return list(rooms.order_by("pk").values_list("public_id", flat=True))


def _erase_from_events(person: User) -> None:
    """Put nobody's card in the place of theirs, wherever something was told of them."""
    card = person_card(person)
    # No index knows who stands in which; few days of events are kept, and seldom is somebody erased.
    told = RoomEvent.objects.annotate(text=Cast("body", TextField())).filter(text__contains=person.public_id)
    changed = []
    for event in told.order_by("pk").iterator(EVENTS_AT_ONCE):
        body = _without(event.body, person.public_id, card)
        if body != event.body:
            event.body = body
            changed.append(event)
    RoomEvent.objects.bulk_update(changed, ["body"], batch_size=EVENTS_AT_ONCE)


def _without(value: Any, public_id: str, card: Mapping[str, Any]) -> Any:
    """Return the same value with `card` wherever a person with this id is described, and without their words."""
    if isinstance(value, dict):
        if value.get("id") == public_id and "handle" in value:
            return dict(card)
        kept = {key: _without(inner, public_id, card) for key, inner in value.items()}
        if "reason" in kept and public_id in (value.get("id"), value.get("person", {}).get("id")):
            # What they said they would speak about are their words.
            kept["reason"] = ""
        return kept
    if isinstance(value, list):
        return [_without(inner, public_id, card) for inner in value]
    return value
