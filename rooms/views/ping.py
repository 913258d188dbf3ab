"""Whom one could ask into a room; the asking itself goes over the socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import JsonResponse
from django.views.decorators.http import require_safe

from accounts.selectors.people import person_of
from config.lib.errors import LoginRequiredError
from rooms.enums import Action
from rooms.permissions import may
from rooms.pinging import invited_people
from rooms.pinging import people_to_ping as people_for
from rooms.selectors import role_in, room_to_enter

if TYPE_CHECKING:
    from django.http import HttpRequest

SEARCH_MAX_LENGTH = 100


@require_safe
def people_to_ping(request: HttpRequest, public_id: str) -> JsonResponse:
    """Return `people` whom one follows and may ask in and, to who lets people in by name, whom the room lets in so."""
    you = person_of(request.user)
    if you is None:
        raise LoginRequiredError
    room = room_to_enter(you, public_id)
    people = people_for(room, you, request.GET.get("q", "").strip()[:SEARCH_MAX_LENGTH])
    invited = invited_people(room) if may(role_in(room, you), Action.ADMIT) else []
    return JsonResponse({"people": people, "invited": invited})
