"""What the rooms' templates need to say things in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.lib.formats import minutes_long, number
from rooms import now
from rooms.sharing import share_address

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.safestring import SafeString

    from rooms.models import Room
    from rooms.now import Now
    from rooms.selectors import RoomCard
    from rooms.views.visiting import RoomPage

register = template.Library()

SHOWN_FACES = 5


@register.simple_tag
def room_now(page: RoomPage) -> Now:
    """Return what the room's page shows before its script runs."""
    return now.room_now(page)


@register.simple_tag
def reaction_drawing(name: str) -> SafeString:
    """Draw a reaction. It is silent to a screen reader: its button is named."""
    return format_html(
        '<svg class="reaction" viewBox="0 0 32 32" aria-hidden="true"><use href="{}#r-{}"/></svg>',
        static("site/reactions.svg"),
        name,
    )


@register.filter
def open_for(started_at: datetime) -> str:
    """Return for how long a room has been open, in words."""
    minutes = int((timezone.now() - started_at).total_seconds()) // 60
    return _("for %(time)s") % {"time": minutes_long(minutes)} if minutes else _("just opened")


@register.filter
def heads(card: RoomCard) -> str:
    """Return how many are in the room, with and without an account."""
    count = card["people"] + card["guests"]
    if not count:
        return _("nobody here just now")
    return ngettext("%(count)s here", "%(count)s here", count) % {"count": number(count)}


@register.filter
def faces(card: RoomCard) -> dict[str, object]:
    """Return whom a card shows, the host in front, and how many it leaves out."""
    others = [person for person in card["stage"] if person["id"] != card["host"]["id"]]
    return {"others": others[: SHOWN_FACES - 1], "rest": max(0, len(others) - SHOWN_FACES + 1)}


@register.filter
def names(card: RoomCard) -> str:
    """Return who is on the stage, the host first."""
    people = [card["host"], *(person for person in card["stage"] if person["id"] != card["host"]["id"])]
    shown = ", ".join(person["name"] for person in people[:3])
    if len(people) <= 3:
        return shown
    left = len(people) - 3
    return ngettext("%(names)s and %(count)s other", "%(names)s and %(count)s others", left) % {
        "names": shown,
        "count": number(left),
    }


@register.filter
def language_name(code: str) -> str:
    """Return a language's name in the language of the page."""
    return str(dict(settings.LANGUAGES).get(code, code))


@register.simple_tag
def room_picture(room: Room) -> str:
    """Return the address of what a link to the room shows elsewhere."""
    return share_address(room)
