"""What can be heard again."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe
from rest_framework.throttling import BaseThrottle

from accounts.selectors.people import person_of
from config.lib.errors import BadRequestError, NotFoundError
from config.lib.file_ranges import file_response
from media.recorded import ended_recording, replay_file, replays_of
from rooms.selectors import room_to_enter
from rooms.services.recording import delete_replay, try_replay_again
from rooms.services.replay_listens import note_replay_heard

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

# No replay is longer.
SECONDS_DIGITS = 7


@require_safe
def replays(request: HttpRequest, public_id: str) -> JsonResponse:
    """Return how far the room's replays are."""
    found = room_to_enter(request.user, public_id)
    cards = replays_of(found.public_id)
    return JsonResponse({"replays": [{name: card[name] for name in ("id", "state", "progress")} for card in cards]})


@require_safe
def replay_sound(request: HttpRequest, public_id: str, recording_id: str) -> HttpResponseBase:
    """Return a replay's file, or the range of it that a player asks for."""
    recording = ended_recording(room_to_enter(request.user, public_id).public_id, recording_id)
    path = replay_file(recording) if recording else None
    if path is None:
        raise NotFoundError
    # Each attempt to make a replay has a name of its own.
    return file_response(request, path, content_type="audio/ogg", etag=f'"{path.stem}"')


@require_POST
def replay_retry(request: HttpRequest, public_id: str, recording_id: str) -> HttpResponse:
    """Let a replay that failed be made once more."""
    try_replay_again(public_id, recording_id, by=person_of(request.user))
    return redirect("rooms:room", public_id)


@require_POST
def replay_delete(request: HttpRequest, public_id: str, recording_id: str) -> HttpResponse:
    """Delete a replay for good."""
    delete_replay(public_id, recording_id, by=person_of(request.user))
    return redirect("rooms:room", public_id)


@require_POST
def replay_heard(request: HttpRequest, public_id: str, recording_id: str) -> HttpResponse:
    """Take in how far somebody has heard a replay, as their player says."""
    seconds = request.POST.get("seconds", "")
    if not seconds.isdecimal() or len(seconds) > SECONDS_DIGITS:
        raise BadRequestError
    # People without an account are told apart by address and browser, as well as that goes.
    # (The API's reader of addresses behind proxies takes any request.)
    address = BaseThrottle().get_ident(cast("Any", request))
    guest = f"{address} {request.headers.get('User-Agent', '')}"
    note_replay_heard(public_id, recording_id, by=person_of(request.user), guest=guest, seconds=int(seconds))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
