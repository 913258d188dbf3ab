"""Who waits for a planned room, and what they are told and when: rows that a job works through.

Each person is told of each thing once, by the key of their notification, however often a batch is begun anew.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.selectors.blocking import blocked_ids
from accounts.services.notifying import notify
from config.lib.errors import LoginRequiredError
from rooms.enums import AdmissionKind, AlarmKind, CancelReason
from rooms.errors import RoomBegunError, RoomEndedError
from rooms.models import Admission, Room, RoomAlarm, RoomReminder
from rooms.selectors import iso, room_to_enter

if TYPE_CHECKING:
    from accounts.models import User

TOLD_AT_ONCE = 500


def remind_me(room_id: str, *, by: User | None) -> None:
    """Remind somebody of a room that is to come. Asking twice does no harm.

    Raises NotFoundError if it is hidden from them, EntryRefusedError, RoomEndedError, RoomBegunError.
    """
    if by is None:
        raise LoginRequiredError
    room = room_to_enter(by, room_id)
    if room.is_over:
        raise RoomEndedError
    if not room.is_coming:
        raise RoomBegunError
    RoomReminder.objects.get_or_create(room=room, user=by)


def do_not_remind_me(room_id: str, *, by: User | None) -> None:
    """Take it back."""
    if by is None:
        raise LoginRequiredError
    RoomReminder.objects.filter(room__public_id=room_id, user=by).delete()


def set_alarms(room: Room) -> None:
    """Let those who wait be reminded before the room's time and at it, also after that has moved."""
    assert room.starts_at is not None
    soon = room.starts_at - timedelta(minutes=settings.ROOM_REMINDER_MINUTES)
    _set(room, AlarmKind.SOON, soon)
    _set(room, AlarmKind.START, room.starts_at)
    # Whoever plans or moves something to so near a time knows that it is near.
    RoomAlarm.objects.filter(room=room, kind=AlarmKind.SOON, due_at__lte=timezone.now()).update(done_at=timezone.now())


def call_off_alarms(room: Room) -> None:
    """Let nobody be reminded of a room any more."""
    RoomAlarm.objects.filter(room=room, done_at=None).update(done_at=timezone.now())


def tell_started(room: Room) -> None:
    """Let those who wait know that the room is live, unless they were called at its time already."""
    RoomAlarm.objects.filter(room=room, kind=AlarmKind.START, done_at=None).update(due_at=timezone.now())


def tell_moved(room: Room) -> None:
    """Let those who wait know of the other time."""
    _set(room, AlarmKind.MOVED, timezone.now())


def tell_cancelled(room: Room) -> None:
    """Let those who wait know that they need not."""
    _set(room, AlarmKind.CANCELLED, timezone.now())


def _set(room: Room, kind: AlarmKind, due_at: datetime) -> None:
    fresh = {"due_at": due_at, "told_up_to": 0, "done_at": None}
    RoomAlarm.objects.update_or_create(room=room, kind=kind, defaults=fresh)


def ring_next(now: datetime | None = None) -> bool:
    """Tell some of those whom the first alarm that is due concerns; return False if none is due.

    Any number of these may run at once: each takes an alarm that no other holds.
    """
    now = now or timezone.now()
    with transaction.atomic():
        due = RoomAlarm.objects.filter(done_at=None, due_at__lte=now).order_by("due_at", "pk")
        alarm = due.select_for_update(skip_locked=True, no_key=True).first()
        if alarm is None:
            return False
        room = Room.objects.select_related("host").get(pk=alarm.room_id)
        if not _holds(alarm, room, now) or not _tell_some(alarm, room):
            alarm.done_at = now
        alarm.save(update_fields=["told_up_to", "done_at"])
        return True


def _holds(alarm: RoomAlarm, room: Room, now: datetime) -> bool:
    """Say whether it is still worth telling, now that a job has come to it."""
    assert room.starts_at is not None
    if alarm.kind == AlarmKind.SOON:
        return room.is_coming and now < room.starts_at
    if alarm.kind == AlarmKind.START:
        in_time = now < room.starts_at + timedelta(minutes=settings.ROOM_NO_SHOW_MINUTES)
        return room.is_live or (room.is_coming and in_time)
    return alarm.kind == AlarmKind.CANCELLED or room.is_coming


def _tell_some(alarm: RoomAlarm, room: Room) -> bool:
    """Tell a batch of those who wait, at last the host; return whether there are more."""
    waiting = RoomReminder.objects.filter(room=room, pk__gt=alarm.told_up_to).exclude(user=room.host)
    waiting = waiting.exclude(user__in=blocked_ids(room.host)).order_by("pk")
    if alarm.kind == AlarmKind.MOVED:
        # Whoever sold them their ticket says it, with what they may do about it. (A guest's was granted by somebody.)
        bought = Admission.objects.filter(room=room, kind=AdmissionKind.TICKET, granted_by=None, revoked_at=None)
        waiting = waiting.exclude(user__in=bought.values("user"))
    rows = list(waiting.values_list("pk", "user_id")[:TOLD_AT_ONCE])
    if rows:
        alarm.told_up_to = rows[-1][0]
        _notify(alarm, room, [user_id for _, user_id in rows], actor=room.host)
    if len(rows) == TOLD_AT_ONCE:
        return True
    if _concerns_host(alarm, room):
        _notify(alarm, room, [room.host_id], actor=None)
    return False


def _concerns_host(alarm: RoomAlarm, room: Room) -> bool:
    if alarm.kind in {AlarmKind.SOON, AlarmKind.START}:
        return room.is_coming
    return alarm.kind == AlarmKind.CANCELLED and room.cancel_reason != CancelReason.HOST


def _notify(alarm: RoomAlarm, room: Room, user_ids: list[int], *, actor: User | None) -> None:
    assert room.starts_at is not None
    reminds = alarm.kind in {AlarmKind.SOON, AlarmKind.START}
    data: dict[str, Any] = {
        "room": room.public_id,
        "title": room.title,
        "what": alarm.kind,
        "starts_at": iso(room.starts_at),
        "reason": room.cancel_reason,
    }
    notify(
        user_ids,
        kind="reminder" if reminds else "plans",
        # Another time is another event, and so is each change of it.
        key=f"{room.public_id}.{alarm.kind}.{int(room.starts_at.timestamp()) if reminds else room.revision}",
        actor=actor,
        data=data,
        link=reverse("rooms:room", args=[room.public_id]),
    )
