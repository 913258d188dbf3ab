"""Which notifications rooms give: rows in the change's own transaction, so that none is lost with the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from accounts.services.notifying import notify, tell_followers
from rooms.entry_rules import ASKS, Need
from rooms.enums import EntryRule, ReportDecision

if TYPE_CHECKING:
    from accounts.models import User
    from rooms.models import Report, Room, StageInvitation


# Where to follow the host is enough. In the others the host invites.
MAY_FOLLOWERS_ENTER = {rule: set(needs) <= {Need.FOLLOW_HOST} for rule, needs in ASKS.items()}


def live_now(room: Room) -> None:
    """Tell everybody who follows the host that the room is open, if they may enter; a job works through them."""
    if not MAY_FOLLOWERS_ENTER[EntryRule(room.entry_rule)]:
        return
    tell_followers(room.host, kind="live", key=room.public_id, data=_about(room), link=_link(room))


def invited(room: Room, person: User, invitation: StageInvitation) -> None:
    """Tell somebody that they are asked on stage. A later invitation to the same room is another one."""
    notify(
        [person.pk],
        kind="invited",
        key=f"{room.public_id}.{invitation.pk}",
        actor=invitation.invited_by,
        data=_about(room),
        link=_link(room),
    )


def pinged(room: Room, person: User, by: User) -> None:
    """Tell somebody that they are asked into the room: once, whoever asks."""
    notify([person.pk], kind="pinged", key=room.public_id, actor=by, data=_about(room), link=_link(room))


def decided(report: Report) -> None:
    """Tell who reported what came of it and, unless nothing did, whom it is about. Never who reported."""
    data = {"report": report.public_id}
    if report.reporter_id is not None:
        notify([report.reporter_id], kind="report_answered", key=report.public_id, data=data)
    if report.decision != ReportDecision.DISMISS:
        notify([report.person_id], kind="moderated", key=report.public_id, data=data)


def _about(room: Room) -> dict[str, str]:
    return {"room": room.public_id, "title": room.title}


def _link(room: Room) -> str:
    return reverse("rooms:room", args=[room.public_id])
