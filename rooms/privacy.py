"""What rooms keep of somebody: handed out in the copy of their data, and forgotten when it is old."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Q

from accounts.exports import ExportPart
from rooms.enums import OVER
from rooms.models import (
    Absence,
    Admission,
    Attendance,
    Ban,
    BoardItem,
    ChatMessage,
    LoweredHand,
    RaisedHand,
    RefusedWord,
    Removal,
    ReplayListen,
    Report,
    Room,
    RoomAlarm,
    RoomEvent,
    RoomFigures,
    RoomLeader,
    RoomMinute,
    RoomReminder,
    RoomSeries,
    TopicFollow,
)
from rooms.services.links import forget_items

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from accounts.models import User


# So long something can be put back on a board.
BOARD_UNDO_DAYS = 1


def room_parts(person: User) -> Iterator[ExportPart]:
    """Yield somebody's rooms, those they were in and what they did there; an exporter of settings.DATA_EXPORTERS."""
    hosted = Room.objects.filter(host=person).order_by("pk")
    raised = RaisedHand.objects.filter(user=person).order_by("pk")
    visited = Attendance.objects.filter(user=person).order_by("pk")
    series = RoomSeries.objects.filter(host=person).order_by("pk")
    reminders = RoomReminder.objects.filter(user=person).order_by("pk")
    reported = Report.objects.filter(reporter=person).order_by("pk")
    banned = Ban.objects.filter(host=person).order_by("pk")
    admitted = Admission.objects.filter(user=person).order_by("pk")
    topics = TopicFollow.objects.filter(user=person).order_by("pk")
    yield ExportPart(
        "rooms.json",
        {
            "hosted": list(
                hosted.values(
                    "public_id", "title", "description", "language", "created_at", "starts_at", "live_at", "ended_at"
                )
            ),
            "series": list(series.values("title", "description", "rhythm", "first_day", "hour", "zone", "ended_at")),
            "topics": list(topics.values("topic__slug", "created_at")),
            "reminders": list(reminders.values("room__public_id", "room__title", "created_at")),
            "hands": list(raised.values("room__public_id", "raised_at", "reason")),
            "away": list(Absence.objects.filter(user=person).order_by("pk").values("room__public_id", "since")),
            **_beside(person),
            "visited": list(visited.values("room__public_id", "room__title", "first_seen_at", "last_seen_at")),
            "led": list(
                RoomLeader.objects.filter(user=person).order_by("pk").values("room__public_id", "room__title", "since")
            ),
            "let_in": list(admitted.values("room__public_id", "kind", "created_at", "revoked_at")),
            "not_let_in": list(banned.values("user__handle", "room__public_id", "created_at")),
            "reported": list(reported.values("kind", "category", "note", "created_at", "decision", "reason")),
        },
    )


def forget_old(now: datetime) -> None:
    """Remove what was told in rooms that are long over, who waited, and who was there (settings.RETENTION_HANDLERS)."""
    events_from = now - timedelta(days=settings.ROOM_EVENT_DAYS)
    for kept in (RoomEvent, RoomReminder, RoomAlarm):
        kept.objects.filter(room__state__in=OVER, room__ended_at__lt=events_from).delete()
    _forget_beside(now)
    LoweredHand.objects.filter(lowered_at__lt=now - timedelta(seconds=settings.ROOM_HANDS_UNDO_SECONDS)).delete()
    attendance_from = now - timedelta(days=settings.ATTENDANCE_DAYS)
    Attendance.objects.filter(last_seen_at__lt=attendance_from).delete()
    stats_from = now - timedelta(days=settings.ROOM_STATS_DAYS)
    for counted in (RoomMinute, RoomFigures):
        counted.objects.filter(room__state__in=OVER, room__ended_at__lt=stats_from).delete()
    ReplayListen.objects.filter(day__lt=stats_from.date()).delete()
    # Who was sent out is looked at for a minute, and by staff for as long as what happened can be read.
    Removal.objects.filter(created_at__lt=events_from).delete()
    Report.objects.filter(decided_at__lt=now - timedelta(days=settings.ROOM_REPORT_DAYS)).delete()


def _forget_beside(now: datetime) -> None:
    """Remove chats and boards of rooms that ended long ago, and what was taken down from a board a day ago."""
    over = Q(room__state__in=OVER, room__ended_at__lt=now - timedelta(days=settings.ROOM_CHAT_DAYS))
    ChatMessage.objects.filter(over).delete()
    # The events tell the same words.
    RoomEvent.objects.filter(over, type__in=("chat.said", "chat.removed", "board.put", "tip.put")).delete()
    down = Q(removed_at__lt=now - timedelta(days=BOARD_UNDO_DAYS))
    forget_items(list(BoardItem.objects.filter(over | down)))


def _beside(person: User) -> dict[str, Any]:
    """Return what somebody wrote in chats, hung on boards and refuses to read."""
    written = ChatMessage.objects.filter(user=person, removed_at=None).order_by("pk")
    put_up = BoardItem.objects.filter(user=person, removed_at=None).order_by("pk")
    refused = RefusedWord.objects.filter(host=person).order_by("pk")
    return {
        "written": list(written.values("room__public_id", "text", "created_at")),
        "put_on_boards": list(put_up.values("room__public_id", "url", "text", "created_at")),
        "refused_words": list(refused.values_list("word", flat=True)),
    }
