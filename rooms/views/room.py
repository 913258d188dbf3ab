"""A room's own page, and who is in it. What happens inside goes over its socket."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib.auth.views import redirect_to_login
from django.http import JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from accounts.selectors.following import is_following
from accounts.selectors.people import person_card, person_of
from config.lib.errors import BadRequestError
from media.recorded import replays_of
from rooms.blocks import blocks_in, hidden_for, quiet_for
from rooms.enums import Action, RoomState
from rooms.errors import EntryRefusedError
from rooms.permissions import may
from rooms.selectors import audience_of, people_page, role_in, room_for, room_snapshot, room_to_enter
from rooms.selling import offer_of
from rooms.stats import may_see_stats
from rooms.topics import topic_cards, topic_names
from rooms.views.door import show_door
from rooms.views.planning import cancelled, planned
from rooms.views.visiting import room_context, room_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from rooms.models import Room

# Nobody is that far down; Redis takes no longer numbers.
PLACE_DIGITS = 9


@require_safe
def room(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a room: readable as it is, alive with room_page.js. As JSON, return only what a visit begins with."""
    as_json = request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    try:
        found = room_to_enter(request.user, public_id)
    except EntryRefusedError as refusal:
        if as_json:
            raise
        return _varied(show_door(request, room_for(request.user, public_id), refusal.decision))
    if not found.is_live:
        return _varied(JsonResponse({}, status=HTTPStatus.GONE) if as_json else _not_live(request, found))
    seq, state = room_snapshot(public_id)
    person = person_of(request.user)
    you = person_card(person) if person else None
    page = room_page(found, you, seq, state, audience_of(state))
    page["blocks"], page["quiet"] = blocks_in(public_id, request.user), quiet_for(request.user)
    page["hidden"] = hidden_for(public_id, request.user)
    page["topics"] = topic_names()
    page["followed_by_host"] = person is not None and is_following(found.host, person)
    if as_json:
        return _varied(JsonResponse(page))
    context = room_context(found, page, login=redirect_to_login(request.path).url)
    context["offer"] = offer_of(request.user, found)
    return _varied(render(request, "rooms/room.html", context))


@require_safe
def people(request: HttpRequest, public_id: str) -> JsonResponse:
    """Return a page of everybody who is connected: `people`, and in `next` where to go on, or null."""
    found = room_to_enter(request.user, public_id)
    start = request.GET.get("from", "0")
    if not start.isdecimal() or len(start) > PLACE_DIGITS:
        raise BadRequestError
    page, following = people_page(found, int(start))
    return JsonResponse({"people": page, "next": following})


def _not_live(request: HttpRequest, found: Room) -> HttpResponse:
    if found.is_coming:
        return planned(request, found)
    return cancelled(request, found) if found.state == RoomState.CANCELLED else _ended(request, found)


def _ended(request: HttpRequest, found: Room) -> HttpResponse:
    person = person_of(request.user)
    context = {
        "room": found,
        "replays": replays_of(found.public_id),
        "topics": topic_cards(found),
        "may_manage": may(role_in(found, person), Action.RECORD),
        "may_see_stats": may_see_stats(found, person),
        "offer": offer_of(request.user, found),
    }
    return render(request, "rooms/ended.html", context)


def _varied(response: HttpResponse) -> HttpResponse:
    """Tell caches that the address has two answers."""
    patch_vary_headers(response, ["Accept"])
    return response
