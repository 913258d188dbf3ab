"""The rooms' pages: the hallway, a room, opening one, replays. What happens inside a room goes over its socket."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypedDict

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.eligibility import decide, platform_of
from accounts.models import User
from accounts.policy_words import Refusal
from accounts.rules import Purpose
from accounts.selectors import person_card
from config.lib.errors import BadRequestError, DomainError, NotFoundError
from config.lib.file_ranges import file_response
from media.recorded import ended_recording, replay_file, replays_of
from rooms.blocks import blocks_in, no_blocks, quiet_for
from rooms.enums import Action, Role
from rooms.forms import RoomForm
from rooms.permissions import MAY, may, may_act_on
from rooms.replays import recent_replays
from rooms.selectors import audience_of, hallway_for, hosted_live_rooms, people_page, role_in, room_for, room_snapshot
from rooms.services.lifecycle import open_room
from rooms.services.recording import delete_replay, try_replay_again

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from accounts.selectors import PersonCard
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
    profile: str
    people: str
    blocks: Blocks
    # Whose coming and going makes no sound.
    quiet: list[str]


@require_safe
def hallway(request: HttpRequest) -> HttpResponse:
    """Show the live rooms, and what can be heard again."""
    context = {"rooms": hallway_for(request.user), "replays": recent_replays(request.user)}
    return render(request, "rooms/hallway.html", context)


@require_safe
def room(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a room: readable as it is, alive with room_page.js. As JSON, return only what a visit begins with."""
    found = room_for(request.user, public_id)
    as_json = request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    if not found.is_live:
        return _varied(JsonResponse({}, status=HTTPStatus.GONE) if as_json else _ended(request, found))
    seq, state = room_snapshot(public_id)
    you = person_card(request.user) if isinstance(request.user, User) else None
    page = room_page(found, you, seq, state, audience_of(state))
    page["blocks"], page["quiet"] = blocks_in(public_id, request.user), quiet_for(request.user)
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


@require_safe
def replays(request: HttpRequest, public_id: str) -> JsonResponse:
    """Return how far the room's replays are."""
    found = room_for(request.user, public_id)
    cards = replays_of(found.public_id)
    return JsonResponse({"replays": [{name: card[name] for name in ("id", "state", "progress")} for card in cards]})


@require_safe
def replay_sound(request: HttpRequest, public_id: str, recording_id: str) -> HttpResponseBase:
    """Return a replay's file, or the range of it that a player asks for."""
    recording = ended_recording(room_for(request.user, public_id).public_id, recording_id)
    path = replay_file(recording) if recording else None
    if path is None:
        raise NotFoundError
    # Each attempt to make a replay has a name of its own.
    return file_response(request, path, content_type="audio/ogg", etag=f'"{path.stem}"')


@require_POST
def replay_retry(request: HttpRequest, public_id: str, recording_id: str) -> HttpResponse:
    """Let a replay that failed be made once more."""
    try_replay_again(public_id, recording_id, by=_person(request))
    return redirect("rooms:room", public_id)


@require_POST
def replay_delete(request: HttpRequest, public_id: str, recording_id: str) -> HttpResponse:
    """Delete a replay for good."""
    delete_replay(public_id, recording_id, by=_person(request))
    return redirect("rooms:room", public_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Ask for a title and open the room; whoever may not host reads why."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError
    platform = platform_of(request.headers)
    decision = decide(user, Purpose.HOST, platform)
    form = RoomForm(request.POST or None)
    if form.is_valid() and decision.allowed:
        try:
            opened = open_room(user, **form.cleaned_data, platform=platform)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return redirect("rooms:room", opened.public_id)
    status = 403 if form.is_bound and not decision.allowed else 422 if form.errors else 200
    context: dict[str, Any] = {"form": form, "refusal": None if decision.allowed else Refusal(decision)}
    if form.non_field_errors():
        context["already_open"] = hosted_live_rooms(user, user)
    return render(request, "rooms/create.html", context, status=status)


def _person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _ended(request: HttpRequest, found: Room) -> HttpResponse:
    context = {
        "room": found,
        "replays": replays_of(found.public_id),
        "may_manage": may(role_in(found, _person(request)), Action.RECORD),
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
        "people": reverse("rooms:people", args=[found.public_id]),
        "profile": reverse("accounts:profile", args=["HANDLE"]),
        "blocks": no_blocks(),
        "quiet": [],
    }
