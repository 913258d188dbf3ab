"""The life of a planned room until it begins: planned, put off, opened, begun or cancelled."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Unpack

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.policies.eligibility import require
from accounts.policies.rules import Platform, Purpose
from config.lib.deadlocks import again_after_deadlock
from config.lib.errors import InvalidError
from rooms.enums import COMING, Action, CancelReason, RoomState
from rooms.errors import RoomBegunError, RoomEndedError, TooManyPlannedError
from rooms.events import RoomChange, change_room
from rooms.models import Room
from rooms.services.alarms import call_off_alarms, set_alarms, tell_cancelled, tell_moved, tell_started
from rooms.services.lifecycle import NewRoom, bring_into_being, check_running, checked_words, new_room
from rooms.services.telling import live_now
from rooms.services.topics import checked_topics, set_topics
from rooms.topics import topics_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from rooms.models import RoomSeries, Topic


@transaction.atomic
def schedule_room(
    host: User, *, starts_at: datetime, platform: Platform = Platform.WEB, **said: Unpack[NewRoom]
) -> Room:
    """Plan a room. Nobody is told before it goes live.

    Raises InvalidError for words, topics or a time out of bounds, NotEligibleError if the policy says no on this
    platform, TooManyPlannedError when the host's limit of planned rooms is reached.
    """
    room, about = new_room(host, said)
    check_time(starts_at)
    require(host, Purpose.HOST, platform)
    # The host's own row keeps the limit: two at once wait for each other here.
    User.objects.select_for_update(no_key=True).get(pk=host.pk)
    return plan(room, starts_at, topics=about)


def plan(
    room: Room,
    starts_at: datetime,
    *,
    series: RoomSeries | None = None,
    number: int | None = None,
    topics: Sequence[Topic] = (),
) -> Room:
    """Store a new room as planned; the caller holds its host's lock and has checked all else.

    Raises TooManyPlannedError.
    """
    if planned_count(room.host) >= settings.ROOM_PLANNED_PER_HOST_LIMIT:
        raise TooManyPlannedError
    room.state, room.starts_at, room.series, room.occurrence = RoomState.SCHEDULED, starts_at, series, number
    bring_into_being(room, topics)
    set_alarms(room)
    return room


def planned_count(host: User) -> int:
    """Return how many rooms somebody has planned."""
    return Room.objects.filter(host=host, state__in=COMING).count()


def open_lobby(room_id: str, *, by: User | None, platform: Platform = Platform.WEB) -> None:
    """Let the host in and the audience wait. A room that is open or live already stays as it is.

    Raises RoomEndedError, TooManyRoomsError if the host has another open, NotEligibleError.
    """
    with _changing(room_id, by) as change:
        change.require(Action.OPEN_LOBBY)
        _check_not_over(change)
        if change.room.state != RoomState.SCHEDULED:
            return
        _check_may_run(change, platform)
        _enter(change, RoomState.OPEN)


def start_room(room_id: str, *, by: User | None, platform: Platform = Platform.WEB) -> None:
    """Go live, from the lobby or at once, before its time or after. One that is live stays as it is.

    Raises RoomEndedError, TooManyRoomsError if the host has another open, NotEligibleError.
    """
    with _changing(room_id, by) as change:
        change.require(Action.START_ROOM)
        _check_not_over(change)
        if change.room.is_live:
            return
        _check_may_run(change, platform)
        change.room.live_at = timezone.now()
        _enter(change, RoomState.LIVE)
        tell_started(change.room)
        live_now(change.room)


def cancel_room(
    room_id: str, *, by: User | None, staff: bool = False, reason: CancelReason = CancelReason.HOST
) -> bool:
    """Let a planned room not take place, and tell those who wait for it; return whether this call cancelled it.

    `staff=True` is for edges that have checked that themselves: it cancels any. Raises RoomBegunError.
    """
    with _changing(room_id, by) as change:
        if not staff:
            change.require(Action.CANCEL_ROOM)
        if change.room.is_over:
            return False
        if change.room.is_live:
            raise RoomBegunError
        cancel(change, reason)
        return True


def cancel_overdue(room_id: str) -> bool:
    """Cancel a planned room whose host has not begun it in time; return whether it was so."""
    with _changing(room_id, None) as change:
        late = change.room.is_coming and change.room.starts_at is not None and change.room.starts_at <= _latest()
        if late:
            cancel(change, CancelReason.NO_SHOW)
        return late


def cancel(change: RoomChange, reason: CancelReason) -> None:
    """Cancel inside the caller's change of a room that is coming."""
    room = change.room
    room.state, room.ended_at, room.cancel_reason = RoomState.CANCELLED, timezone.now(), reason
    room.revision += 1
    room.save(update_fields=["state", "ended_at", "cancel_reason", "revision"])
    change.record_room()
    call_off_alarms(room)
    tell_cancelled(room)
    for path in settings.ROOM_CANCELLED_HANDLERS:
        import_string(path)(room)


@again_after_deadlock
def reschedule_room(room_id: str, *, by: User | None, starts_at: datetime) -> None:
    """Give a planned room another time, and tell those who wait for it. An open lobby closes again.

    Raises RoomEndedError, RoomBegunError, InvalidError for a time out of bounds.
    """
    with _changing(room_id, by) as change:
        change.require(Action.RESCHEDULE)
        check_coming(change)
        if change.room.starts_at != starts_at:
            check_time(starts_at)
            move(change, starts_at)


def move(change: RoomChange, starts_at: datetime) -> None:
    """Put it off inside the caller's change of a room that is coming."""
    room = change.room
    before, room.state, room.starts_at = room.starts_at, RoomState.SCHEDULED, starts_at
    room.revision += 1
    room.save(update_fields=["state", "starts_at", "revision"])
    change.record_room()
    set_alarms(room)
    tell_moved(room)
    for path in settings.ROOM_MOVED_HANDLERS:
        import_string(path)(room, before)


def edit_room(
    room_id: str,
    *,
    by: User | None,
    title: str,
    description: str,
    language: str | None = None,
    topics: Sequence[str] | None = None,
) -> None:
    """Change what a room says of itself. Its language, which people chose it by, only until it begins.

    Without `topics` it stays about what it was.

    Raises RoomEndedError, RoomBegunError for another language, InvalidError for words out of bounds.
    """
    with change_room(room_id, by=by, live=False) as change:
        change.require(Action.EDIT_ROOM)
        _check_not_over(change)
        language = language or change.room.language
        if change.room.is_live and language != change.room.language:
            raise RoomBegunError
        had = topics_of(change.room)
        about = had if topics is None else checked_topics(topics, kept=had)
        reword(change, *checked_words(title, description, language), language, about)


def reword(change: RoomChange, title: str, description: str, language: str, topics: Sequence[Topic]) -> None:
    """Set checked words and topics inside the caller's change of a room that is not over."""
    room = change.room
    said_anew = (room.title, room.description, room.language) != (title, description, language)
    if not set_topics(room, topics) and not said_anew:
        return
    room.title, room.description, room.language = title, description, language
    room.revision += 1
    room.save(update_fields=["title", "description", "language", "revision"])
    change.record_room()


def check_time(starts_at: datetime) -> None:
    """Stop for a moment that is over or too far ahead. Raises InvalidError."""
    now = timezone.now()
    if starts_at <= now:
        raise InvalidError(errors={"starts_at": _("Choose a time that is still to come.")})
    days = settings.ROOM_PLAN_DAYS
    if starts_at > now + timedelta(days=days):
        words = ngettext(
            "A room can be planned up to %(days)d day ahead.", "A room can be planned up to %(days)d days ahead.", days
        )
        raise InvalidError(errors={"starts_at": words % {"days": days}})


def check_coming(change: RoomChange) -> None:
    """Stop for a room that is no longer planned. Raises RoomEndedError, RoomBegunError."""
    _check_not_over(change)
    if change.room.is_live:
        raise RoomBegunError


def _changing(room_id: str, by: User | None) -> AbstractContextManager[RoomChange, bool | None]:
    """Change a room in whatever state. Whoever asks is locked first: that keeps how many rooms they have open."""
    return change_room(room_id, by=by, showing=by.public_id if by else None, live=False)


def _check_not_over(change: RoomChange) -> None:
    if change.room.is_over:
        raise RoomEndedError


def _check_may_run(change: RoomChange, platform: Platform) -> None:
    require(change.person, Purpose.HOST, platform)
    check_running(change.person, but=change.room)


def _enter(change: RoomChange, state: RoomState) -> None:
    change.room.state = state
    change.room.save(update_fields=["state", "live_at"])
    change.record_room()


def overdue_rooms() -> list[str]:
    """Return the ids of planned rooms whose host has not begun them in time."""
    overdue = Room.objects.filter(state__in=COMING, starts_at__lte=_latest()).order_by("pk")
    return list(overdue.values_list("public_id", flat=True))


def _latest() -> datetime:
    return timezone.now() - timedelta(minutes=settings.ROOM_NO_SHOW_MINUTES)
