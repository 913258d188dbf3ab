"""What rooms let people be told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Channel
from accounts.notices.kinds import Kind, Words, name_of_actor
from rooms.enums import RoomState
from rooms.models import Room, StageInvitation

if TYPE_CHECKING:
    from accounts.models import Notification


def _live(notification: Notification) -> Words:
    name = name_of_actor(notification)
    return Words(
        _("%(name)s has opened a room") % {"name": name}, notification.data.get("title", ""), _("Go into the room")
    )


def _invited(notification: Notification) -> Words:
    name = name_of_actor(notification)
    return Words(
        _("%(name)s asks you on stage") % {"name": name}, notification.data.get("title", ""), _("Go into the room")
    )


def _is_live(notification: Notification) -> bool:
    return Room.objects.filter(public_id=notification.data.get("room", ""), state=RoomState.LIVE).exists()


def _is_invited(notification: Notification) -> bool:
    room = notification.data.get("room", "")
    return StageInvitation.objects.filter(room__public_id=room, user_id=notification.user_id).exists()


LIVE = Kind(
    name="live",
    label=gettext_lazy("Somebody you follow opens a room"),
    help=gettext_lazy("While it is open."),
    render=_live,
    channels=frozenset({Channel.SITE, Channel.PUSH}),
    icon="lamp",
    lifetime=timedelta(minutes=45),
    holds=_is_live,
)
INVITED = Kind(
    name="invited",
    label=gettext_lazy("You are asked on stage"),
    help=gettext_lazy("In a room that you are listening to."),
    render=_invited,
    channels=frozenset({Channel.SITE, Channel.PUSH}),
    icon="mic",
    lifetime=timedelta(minutes=15),
    holds=_is_invited,
)
KINDS = [LIVE, INVITED]
