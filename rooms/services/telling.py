"""Which notifications rooms give: rows in the change's own transaction, so that none is lost with the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from accounts.services.notifying import notify, tell_followers

if TYPE_CHECKING:
    from accounts.models import User
    from rooms.models import Room, StageInvitation


def live_now(room: Room) -> None:
    """Tell everybody who follows the host that the room is open; a job works through them."""
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


def _about(room: Room) -> dict[str, str]:
    return {"room": room.public_id, "title": room.title}


def _link(room: Room) -> str:
    return reverse("rooms:room", args=[room.public_id])
