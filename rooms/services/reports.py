"""Telling staff of somebody or something, and what staff decide about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import Feature
from accounts.selectors.restrictions import check_open
from accounts.services.suspension import suspend
from config.lib.errors import ForbiddenError, InvalidError, LoginRequiredError
from config.lib.plain_text import tidy_lines
from config.lib.quotas import spend
from rooms.enums import ReportCategory, ReportDecision, ReportKind
from rooms.errors import DecidedError, TooManyReportsError
from rooms.models import REPORT_NOTE_MAX_LENGTH, Report
from rooms.selectors import message_in, room_for
from rooms.services.chat import remove_message
from rooms.services.lifecycle import end_room
from rooms.services.removal import remove_person
from rooms.services.stage import person_by_id
from rooms.services.telling import decided

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from accounts.models import User
    from rooms.models import Room

HOUR = 3600


def report_room(room_id: str, *, by: User | None, category: str, note: str = "") -> Report:
    """Tell staff of a room. Whoever may not enter it, or no longer, may tell of it all the same.

    Never call it inside a transaction. Raises InvalidError, NotFoundError, TooManyReportsError.
    """
    room = room_for(by, room_id)
    return file_report(room, by=by, kind=ReportKind.ROOM, person=room.host, category=category, note=note)


def report_person(room_id: str, *, by: User | None, person_id: str, category: str, note: str = "") -> Report:
    """Tell staff of somebody in a room. Raises ForbiddenError for oneself, and as `report_room` does."""
    room = room_for(by, room_id)
    person = person_by_id(person_id)
    return file_report(room, by=by, kind=ReportKind.PERSON, person=person, category=category, note=note)


def report_message(room_id: str, *, by: User | None, message_id: str, category: str, note: str = "") -> Report:
    """Tell staff of a message in a room. Its words are kept as they stand, also if they are taken away afterwards.

    Raises NotFoundError, ForbiddenError for one's own, and as `report_room` does.
    """
    room = room_for(by, room_id)
    message = message_in(room, message_id)
    what = {
        "id": message.public_id,
        "text": message.text,
        "at": message.created_at,
        "removed": message.removed_at is not None,
    }
    return file_report(
        room,
        by=by,
        kind=ReportKind.MESSAGE,
        person=message.user,
        category=category,
        note=note,
        target=message.public_id,
        what={"message": what},
    )


def file_report(  # noqa: PLR0913 - by name
    room: Room,
    *,
    by: User | None,
    kind: str,
    person: User,
    category: str,
    note: str = "",
    target: str = "",
    what: Mapping[str, Any] | None = None,
) -> Report:
    """Write a report down with a picture of what it is about; `what` adds to that picture.

    Other kinds, such as a message, name which in `target`. The caller has looked whether the reporter may see it.
    """
    if by is None:
        raise LoginRequiredError
    check_open(by, Feature.REPORT)
    if by.pk == person.pk:
        raise ForbiddenError(_("That is you, or something of yours."))
    note = tidy_lines(note)
    _check(category, note)
    if not spend("report", by.pk, most=settings.ROOM_REPORTS_PER_HOUR, seconds=HOUR):
        raise TooManyReportsError
    return Report.objects.create(
        reporter=by,
        kind=kind,
        room=room,
        person=person,
        target=target,
        category=category,
        note=note,
        snapshot={**_picture(room, person), **(what or {})},
        seq=room.seq,
    )


def _check(category: str, note: str) -> None:
    errors = {}
    if category not in ReportCategory.values:
        errors["category"] = _("Choose what is wrong.")
    if len(note) > REPORT_NOTE_MAX_LENGTH:
        errors["note"] = _("A note has at most %(limit)d characters.") % {"limit": REPORT_NOTE_MAX_LENGTH}
    if errors:
        raise InvalidError(errors=errors)


def _picture(room: Room, person: User) -> dict[str, Any]:
    return {
        "room": {"id": room.public_id, "title": room.title, "description": room.description, "state": room.state},
        "person": {"id": person.public_id, "handle": person.handle, "name": person.shown_name, "bio": person.bio},
    }


def decide_report(report: Report, *, by: User, decision: ReportDecision, reason: str) -> Report:
    """Decide, do what was decided, and tell both people; the one decided about never learns who told.

    The edge has checked that `by` may. Never call it inside a transaction. Raises DecidedError, InvalidError.
    """
    reason = tidy_lines(reason)
    if not 1 <= len(reason) <= REPORT_NOTE_MAX_LENGTH:
        raise InvalidError(errors={"reason": _("Say why: both people read it.")})
    if report.decision:
        raise DecidedError
    # What cannot be done is not decided: it raises here.
    _DO[decision](report)
    with transaction.atomic():
        locked = Report.objects.select_for_update(no_key=True).get(pk=report.pk)
        if locked.decision:
            raise DecidedError
        locked.decision, locked.reason = decision, reason
        locked.decided_by, locked.decided_at = by, timezone.now()
        locked.save(update_fields=["decision", "reason", "decided_by", "decided_at"])
        decided(locked)
    return locked


def _remove(report: Report) -> None:
    if report.room is None:
        raise InvalidError(errors={"decision": _("That room is not there any more.")})
    remove_person(report.room.public_id, by=None, person_id=report.person.public_id, staff=True)


def _end_room(report: Report) -> None:
    if report.room is None:
        raise InvalidError(errors={"decision": _("That room is not there any more.")})
    end_room(report.room.public_id, by=None, staff=True)


def _unsay(report: Report) -> None:
    if report.kind != ReportKind.MESSAGE:
        raise InvalidError(errors={"decision": _("That report is not about a message.")})
    if report.room is None:
        raise InvalidError(errors={"decision": _("That room is not there any more.")})
    remove_message(report.room.public_id, by=None, message_id=report.target, staff=True)


def _nothing(_report: Report) -> None:
    """Whoever is warned only reads it."""


_DO: dict[ReportDecision, Callable[[Report], None]] = {
    ReportDecision.DISMISS: _nothing,
    ReportDecision.WARN: _nothing,
    ReportDecision.UNSAY: _unsay,
    ReportDecision.REMOVE: _remove,
    ReportDecision.END_ROOM: _end_room,
    ReportDecision.CLOSE_ACCOUNT: lambda report: suspend(report.person),
}
