"""What somebody sees of a room that they may not enter: title, host, what would let them in. Nothing else."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.shortcuts import render

from accounts.selectors.people import person_card
from rooms.entry_rules import Need
from rooms.entry_words import door_words
from rooms.selling import offer_of
from rooms.sharing import share_address

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from rooms.entry_rules import Decision
    from rooms.models import Room


def show_door(request: HttpRequest, room: Room, decision: Decision) -> HttpResponse:
    """Answer the same whatever goes on inside, and whether the room is open or over."""
    context = door_context(request, room, decision)
    # Somebody who is kept out by name is offered nothing.
    context["offer"] = None if decision.banned else offer_of(request.user, room)
    # A page that sells something is no refusal: it unfurls where it is shared.
    status = HTTPStatus.OK if context["offer"] else HTTPStatus.FORBIDDEN
    return render(request, "rooms/door.html", context, status=status)


def door_context(request: HttpRequest, room: Room, decision: Decision) -> dict[str, Any]:
    """Return all that the door's template knows of the room."""
    return {
        "title": room.title,
        "language": room.language,
        "picture": share_address(room),
        "card": person_card(room.host),
        "words": door_words(decision, room.host.shown_name),
        "login": redirect_to_login(request.path).url if Need.LOG_IN in decision.missing else "",
        "may_follow": Need.FOLLOW_HOST in decision.missing and Need.LOG_IN not in decision.missing,
    }
