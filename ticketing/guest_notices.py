"""What guests are told: that they are on the list of a room, and that they no longer are."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Channel
from accounts.notices.kinds import Kind, Words, name_of_actor
from ticketing.models import Ticket

if TYPE_CHECKING:
    from accounts.models import Notification

GUEST_LISTED: Final = "guest_listed"
# What is told, if it is not that somebody is on the list.
OFF: Final = "off"


def _guest_listed(notification: Notification) -> Words:
    if notification.data.get("what") == OFF:
        line = _("%(name)s has taken you off the guest list") % {"name": name_of_actor(notification)}
        return Words(line, notification.data.get("title", ""), _("Look at the room"))
    line = _("%(name)s has put you on the guest list") % {"name": name_of_actor(notification)}
    return Words(line, notification.data.get("title", ""), _("Look at the room"))


def _holds(notification: Notification) -> bool:
    """Say whether it is still so: a host may take back either."""
    if notification.data.get("what") == OFF:
        rooms = {"room__public_id": notification.data.get("room", "")}
        return not Ticket.objects.filter(holder=notification.user_id, voided_at=None, **rooms).exists()
    return Ticket.objects.filter(public_id=notification.data.get("ticket", ""), voided_at=None).exists()


KINDS = [
    Kind(
        name=GUEST_LISTED,
        label=gettext_lazy("A host puts you on the guest list, or takes you off it"),
        help=gettext_lazy("Whoever is on it has a seat in a room with tickets, for free."),
        render=_guest_listed,
        channels=frozenset({Channel.SITE, Channel.PUSH, Channel.MAIL}),
        icon="ticket",
        lifetime=timedelta(days=2),
        holds=_holds,
    ),
]
