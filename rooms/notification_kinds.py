"""What rooms let people be told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Channel, User
from accounts.notices.kinds import Kind, Words, name_of_actor
from config.lib.formats import hour, moment
from rooms.enums import LASTING, AlarmKind, CancelReason, RoomState
from rooms.models import Room, StageInvitation
from rooms.report_words import MODERATED, REPORT_ANSWERED
from rooms.selectors import iso, listed_rooms

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


def _reminder(notification: Notification) -> Words:
    """Of one's own room, which nobody else has done, other words than of somebody's."""
    title, starts_at = notification.data.get("title", ""), parse_datetime(notification.data.get("starts_at", ""))
    begins = notification.data.get("what") == AlarmKind.START
    if notification.actor is None:
        line = _("It is time for your room") if begins else _("Your room begins soon")
    elif begins:
        line = _("%(name)s’s room begins") % {"name": name_of_actor(notification)}
    else:
        line = _("%(name)s’s room begins soon") % {"name": name_of_actor(notification)}
    text = (
        title if begins or starts_at is None else _("%(hour)s: %(title)s") % {"hour": hour(starts_at), "title": title}
    )
    return Words(line, text, _("Go to the room"))


def _plans(notification: Notification) -> Words:
    title, starts_at = notification.data.get("title", ""), parse_datetime(notification.data.get("starts_at", ""))
    name = {"name": name_of_actor(notification)}
    if notification.data.get("what") == AlarmKind.MOVED and starts_at is not None:
        text = _("“%(title)s” is now on %(moment)s.") % {"title": title, "moment": moment(starts_at)}
        return Words(_("%(name)s has moved a room") % name, text, _("Look at the room"))
    if notification.actor is None:
        return Words(_("Your room did not take place"), title, _("Look at the room"))
    if notification.data.get("reason") == CancelReason.NO_SHOW:
        return Words(_("%(name)s did not come to the room") % name, title, _("Look at the room"))
    return Words(_("%(name)s’s room does not take place") % name, title, _("Look at the room"))


def _still_stands(notification: Notification) -> bool:
    """Say whether the room is still to come, or live, at the time that was told."""
    room = Room.objects.filter(public_id=notification.data.get("room", ""), state__in=LASTING).first()
    return bool(room and room.starts_at and iso(room.starts_at) == notification.data.get("starts_at"))


def _pinged(notification: Notification) -> Words:
    name = name_of_actor(notification)
    return Words(
        _("%(name)s asks you into a room") % {"name": name}, notification.data.get("title", ""), _("Go into the room")
    )


def _is_live(notification: Notification) -> bool:
    # Also that whoever is told may enter.
    rooms = listed_rooms(User.objects.filter(pk=notification.user_id).first())
    return rooms.filter(public_id=notification.data.get("room", ""), state=RoomState.LIVE).exists()


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
REMINDER = Kind(
    name="reminder",
    label=gettext_lazy("A room that you wait for begins"),
    help=gettext_lazy("Half an hour before and at the start, if you asked for it or host it."),
    render=_reminder,
    channels=frozenset({Channel.SITE, Channel.PUSH, Channel.MAIL}),
    icon="clock",
    lifetime=timedelta(minutes=30),
    holds=_still_stands,
)
PLANS = Kind(
    name="plans",
    label=gettext_lazy("A room that you wait for is moved or cancelled"),
    help=gettext_lazy("If you asked to be reminded of it."),
    render=_plans,
    channels=frozenset({Channel.SITE, Channel.PUSH, Channel.MAIL}),
    icon="clock",
)
PINGED = Kind(
    name="pinged",
    label=gettext_lazy("You are asked into a room"),
    help=gettext_lazy("By somebody who is there and follows you. Once for each room."),
    render=_pinged,
    channels=frozenset({Channel.SITE, Channel.PUSH}),
    icon="bell",
    lifetime=timedelta(minutes=45),
    holds=_is_live,
)
KINDS = [LIVE, INVITED, REMINDER, PLANS, PINGED, REPORT_ANSWERED, MODERATED]
