"""A room's own page, and who is in it. What happens inside goes over its socket."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypedDict

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from accounts.selectors.following import is_following
from accounts.selectors.people import person_card, person_of
from config.lib.errors import BadRequestError
from media.recorded import replays_of
from rooms.blocks import blocks_in, no_blocks, quiet_for
from rooms.enums import Action, Role, RoomState
from rooms.models import REASON_MAX_LENGTH
from rooms.permissions import MAY, may, may_act_on
from rooms.selectors import audience_of, people_page, role_in, room_for, room_snapshot
from rooms.views.planning import cancelled, planned

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.selectors.people import PersonCard
    from rooms.blocks import Blocks
    from rooms.models import Room
    from rooms.presence import Audience
    from rooms.state import State

# Nobody is that far down; Redis takes no longer numbers.
PLACE_DIGITS = 9


class RoomPage(TypedDict):
    """What a visit to a room begins with; PageData of view.js is the same."""

    id: str
    title: str
    address: str
    still: dict[str, Any] | None
    socket: str
    you: PersonCard | None
    seq: int
    state: State
    audience: Audience | None
    may: dict[str, list[str]]
    below: dict[str, list[str]]
    stage_limit: int
    # Whether the host, as the state names them, follows whoever looks.
    followed_by_host: bool
    profile: str
    people: str
    blocks: Blocks
    # Whose coming and going makes no sound.
    quiet: list[str]


@require_safe
def room(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a room: readable as it is, alive with room_page.js. As JSON, return only what a visit begins with."""
    found = room_for(request.user, public_id)
    as_json = request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    if not found.is_live:
        return _varied(JsonResponse({}, status=HTTPStatus.GONE) if as_json else _not_live(request, found))
    seq, state = room_snapshot(public_id)
    person = person_of(request.user)
    you = person_card(person) if person else None
    page = room_page(found, you, seq, state, audience_of(state))
    page["blocks"], page["quiet"] = blocks_in(public_id, request.user), quiet_for(request.user)
    page["followed_by_host"] = person is not None and is_following(found.host, person)
    if as_json:
        return _varied(JsonResponse(page))
    return _varied(
        render(request, "rooms/room.html", room_context(found, page, login=redirect_to_login(request.path).url))
    )


@require_safe
def people(request: HttpRequest, public_id: str) -> JsonResponse:
    """Return a page of everybody who is connected: `people`, and in `next` where to go on, or null."""
    found = room_for(request.user, public_id)
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
    context = {
        "room": found,
        "replays": replays_of(found.public_id),
        "may_manage": may(role_in(found, person_of(request.user)), Action.RECORD),
    }
    return render(request, "rooms/ended.html", context)


def _varied(response: HttpResponse) -> HttpResponse:
    """Tell caches that the address has two answers."""
    patch_vary_headers(response, ["Accept"])
    return response


def room_context(found: Room, page: RoomPage, *, login: str) -> dict[str, Any]:
    """Return what the room's template needs: the rest is in rooms.now."""
    you = page["you"]
    return {
        "room": found,
        "you": you,
        "may_record": you is not None and you["id"] == found.host.public_id,
        "hands": page["state"]["hands"],
        "reason_most": REASON_MAX_LENGTH,
        "page": page,
        "login": login,
    }


def room_page(found: Room, you: PersonCard | None, seq: int, state: State, audience: Audience | None) -> RoomPage:
    """Return what a visit begins with."""
    if audience and you and you["id"] in audience["away"]:
        # They are about to be there.
        audience["away"].remove(you["id"])
    return {
        "id": found.public_id,
        "title": found.title,
        "address": reverse("rooms:room", args=[found.public_id]),
        "still": None,
        "socket": f"/ws/rooms/{found.public_id}/",
        "you": you,
        "seq": seq,
        "state": state,
        "audience": audience,
        "may": {role.value: sorted(action.value for action in actions) for role, actions in MAY.items()},
        "below": {role.value: [other.value for other in Role if may_act_on(role, other)] for role in Role},
        "stage_limit": settings.ROOM_STAGE_LIMIT,
        "followed_by_host": False,
        "people": reverse("rooms:people", args=[found.public_id]),
        "profile": reverse("accounts:profile", args=["HANDLE"]),
        "blocks": no_blocks(),
        "quiet": [],
    }
