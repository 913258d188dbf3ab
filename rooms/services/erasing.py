"""What rooms do when somebody closes their account, and when it is erased."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import CASCADE, SET_NULL, ProtectedError, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext, override

from accounts.selectors.people import person_card
from media.models import Recording
from media.services.replays import delete_recording
from media.services.sessions import end_all_media
from rooms.enums import LASTING
from rooms.events import change_room
from rooms.models import (
    Absence,
    Admission,
    Attendance,
    Ban,
    BoardItem,
    CalendarFeed,
    ChatMessage,
    LoweredHand,
    RaisedHand,
    RefusedWord,
    Removal,
    Report,
    Room,
    RoomEvent,
    RoomLeader,
    RoomReminder,
    RoomSeries,
    StageInvitation,
    StageMember,
    TopicFollow,
)
from rooms.protocol import BoardRemoved, PersonChanged
from rooms.services.blocks import shut_out
from rooms.services.chat import empty_message
from rooms.services.lifecycle import end_room
from rooms.services.links import forget_items
from rooms.services.planning import cancel_room
from rooms.services.series import end_series_of
from rooms.services.sessions import session_ended

if TYPE_CHECKING:
    from collections.abc import Mapping

    from accounts.models import User

EVENTS_AT_ONCE = 500
# Where words stand in what is told of messages and of the board.
_WRITTEN = frozenset({"text", "url", "title", "site", "picture"})
# What is told of as a whole: something on the board, a tip.
_PARTS = frozenset({"item", "tip"})
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
    _erase_from_reports(person)
    for room in Room.objects.filter(host=person):
        for recording in Recording.objects.filter(room_key=room.public_id):
            delete_recording(recording)
        forget_items(list(room.board.all()))
        _remove(room)
    _erase_beside(person)
    _erase_from_events(person)
    RefusedWord.objects.filter(host=person).delete()
    RoomSeries.objects.filter(host=person).delete()
    for model in (
        Absence,
        Attendance,
        StageMember,
        RaisedHand,
        LoweredHand,
        StageInvitation,
        RoomLeader,
        RoomReminder,
        CalendarFeed,
        TopicFollow,
        Admission,
        Removal,
    ):
        model.objects.filter(user=person).delete()
    StageInvitation.objects.filter(invited_by=person).delete()
    _erase_from_entry(person)


def _remove(room: Room) -> None:
    """Delete a room. Of one that others have paid for an empty row stays: their orders are about it."""
    try:
        room.delete()
    except ProtectedError:
        _empty(room)


@transaction.atomic
def _empty(room: Room) -> None:
    """Take everything from a room that would have gone with it, and its own words."""
    for related in Room._meta.related_objects:  # noqa: SLF001 (Django documents it)
        rows: QuerySet[Any] = QuerySet(related.related_model).filter(**{related.field.name: room})
        if related.on_delete is CASCADE:
            rows.delete()
        elif related.on_delete is SET_NULL:
            rows.update(**{related.field.name: None})
    with override(room.language):
        room.title, room.description = gettext("A room that is gone"), ""
    room.save(update_fields=["title", "description"])


def _erase_from_entry(person: User) -> None:
    """What others decided stays, without who it was; what was told of somebody goes with them."""
    Ban.objects.filter(Q(user=person) | Q(host=person)).delete()
    Ban.objects.filter(banned_by=person).update(banned_by=None)
    Admission.objects.filter(granted_by=person).update(granted_by=None)
    Removal.objects.filter(removed_by=person).update(removed_by=None)


def _erase_from_reports(person: User) -> None:
    """Before their rooms go: what others told of somebody in these stays, without the words of the room."""
    Report.objects.filter(person=person).delete()
    Report.objects.filter(reporter=person).update(reporter=None, note="")
    Report.objects.filter(decided_by=person).update(decided_by=None)
    theirs = list(Report.objects.filter(room__host=person))
    for report in theirs:
        report.snapshot["room"] = {}
    Report.objects.bulk_update(theirs, ["snapshot"], batch_size=EVENTS_AT_ONCE)


def _lasting(which: Q) -> list[str]:
    rooms = Room.objects.filter(which, state__in=LASTING).distinct()
    return list(rooms.order_by("pk").values_list("public_id", flat=True))


def _erase_beside(person: User) -> None:
    """Take their words out of chats and what they hung up off boards; of a message its empty place is left."""
    theirs = Q(chat__user=person) | Q(board__user=person)
    for room_id in Room.objects.filter(theirs).distinct().order_by("pk").values_list("public_id", flat=True):
        with change_room(room_id, by=None, live=False) as change:
            for message in ChatMessage.objects.filter(room=change.room, user=person).order_by("seq"):
                empty_message(change, message)
            if change.room.is_live:
                # Their empty places bear nobody's name from now on.
                change.record(PersonChanged(person=person_card(person)))
            items = list(BoardItem.objects.filter(room=change.room, user=person))
            for item in items:
                if change.room.is_live and item.removed_at is None:
                    change.record(BoardRemoved(id=item.public_id))
        forget_items(items)


def _erase_from_events(person: User) -> None:
    """Put nobody's card in the place of theirs, wherever something was told of them."""
    card = person_card(person)
    # No index knows who stands in which; few days of events are kept, and seldom is somebody erased.
    told = RoomEvent.objects.annotate(text=Cast("body", TextField())).filter(text__contains=person.public_id)
    changed = []
    for event in told.order_by("pk").iterator(EVENTS_AT_ONCE):
        body = _without(_unwritten(event.body, person.public_id), person.public_id, card)
        if body != event.body:
            event.body = body
            changed.append(event)
    RoomEvent.objects.bulk_update(changed, ["body"], batch_size=EVENTS_AT_ONCE)


def _unwritten(body: dict[str, Any], public_id: str) -> dict[str, Any]:
    """Return what an event told without the words that this person wrote in it."""
    for part in _PARTS & body.keys():
        return {**body, part: _unwritten(body[part], public_id)}
    if "text" not in body or (body["person"] or {}).get("id") != public_id:
        return body
    return {**body, **dict.fromkeys(_WRITTEN & body.keys(), "")}


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
