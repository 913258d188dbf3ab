"""Rooms for partners: a list, a lookup, a new one, and changes of what a room says of itself."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any, cast

from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import Throttled
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from accounts.api.eligibility import CLIENT_PLATFORM
from accounts.api.idempotency import PARAMETER as IDEMPOTENCY
from accounts.api.idempotency import once
from accounts.policies.eligibility import platform_of
from config.lib.paging import CursorPagination
from rooms.api.inputs import NewSpaceSerializer, SpaceFilters, SpacePatch, read
from rooms.api.queries import spaces_for
from rooms.api.serializers import SpaceLookupSerializer, SpaceSerializer
from rooms.api.space import SpaceDeed, SpaceView, as_it_is, caller, whole
from rooms.enums import Rhythm
from rooms.searching import MINUTE, may_search
from rooms.selectors import room_counts, room_to_enter
from rooms.services.changing import change_settings, change_settings_of_following
from rooms.services.lifecycle import open_room
from rooms.services.planning import schedule_room
from rooms.services.series import schedule_series
from rooms.versions import VERSION_LENGTH

if TYPE_CHECKING:
    from django.http import HttpResponse
    from rest_framework.request import Request

    from accounts.models import User
    from accounts.policies.rules import Platform
    from rooms.models import Room
    from rooms.services.changing import Changes
    from rooms.services.lifecycle import NewRoom

IF_MATCH = OpenApiParameter(
    "If-Match",
    location=OpenApiParameter.HEADER,
    description="`ETag` of the room as you read it: the same as `version` in the body.",
)
ETAG_DIGEST_LENGTH = 16
# What says when a room is to be; all else says what it is.
PLANNED = frozenset({"starts_at", "zone", "repeats"})


# A partner may keep the answer but asks each time whether it still holds: 304 if so.
@method_decorator([conditional_page, cache_control(private=True, no_cache=True)], name="dispatch")
class SpaceList(SpaceView):
    """Rooms, newest first."""

    pagination_class = CursorPagination
    serializer_class = SpaceSerializer

    @extend_schema(operation_id="spaces_list", parameters=[SpaceFilters], responses=SpaceSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the rooms that you may enter: planned, live or over, newest first; with `q`, those that are found."""
        filters = read(SpaceFilters, request.query_params)
        if "q" in filters and not may_search(request.user, BaseThrottle().get_ident(request)):
            raise Throttled(wait=MINUTE - time.time() % MINUTE)
        pages = CursorPagination()
        rooms = pages.paginate_queryset(spaces_for(request.user, **filters), request)
        context: dict[str, Any] = {"request": request, "counts": room_counts(room.public_id for room in rooms)}
        return pages.get_paginated_response(list(SpaceSerializer(rooms, many=True, context=context).data))

    @extend_schema(
        operation_id="spaces_create",
        parameters=[CLIENT_PLATFORM, IDEMPOTENCY],
        request=NewSpaceSerializer,
        responses={201: SpaceLookupSerializer},
    )
    def post(self, request: Request) -> HttpResponse:
        """Open a room, or plan it. Whether the account may is asked of the policy, on the platform that the client
        declares.
        """
        host = caller(request)
        wanted = read(NewSpaceSerializer, request.data)
        platform = platform_of(request.headers)
        return once(request, host, lambda: Response(whole(_make(host, wanted, platform), request, fresh=True), 201))


def _make(host: User, wanted: dict[str, Any], platform: Platform) -> Room:
    said = cast("NewRoom", {name: value for name, value in wanted.items() if name not in PLANNED})
    if "starts_at" not in wanted:
        return open_room(host, **said, platform=platform)
    starts_at = wanted["starts_at"]
    if "repeats" not in wanted:
        return schedule_room(host, **said, starts_at=starts_at, platform=platform)
    rhythm, zone = Rhythm(wanted["repeats"]), wanted["zone"]
    return schedule_series(host, **said, starts_at=starts_at, rhythm=rhythm, zone=zone, platform=platform)


@method_decorator([conditional_page, cache_control(private=True, no_cache=True)], name="dispatch")
class SpaceLookup(SpaceDeed):
    """One room with its stage."""

    @extend_schema(operation_id="spaces_retrieve", responses=SpaceLookupSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        """Look a room up by its id."""
        return _tagged(Response(whole(room_to_enter(request.user, public_id), request)))

    @extend_schema(
        operation_id="spaces_update", parameters=[IF_MATCH], request=SpacePatch, responses=SpaceLookupSerializer
    )
    def patch(self, request: Request, public_id: str) -> Response:
        """Change what a room says of itself, its door, rules and chat, also while it is live; its time and its language
        until it begins. All of it is done, or none.
        """
        person = self.inside(request, public_id)
        wanted = read(SpacePatch, request.data)
        version = wanted.pop("version", None) or _version_in(request.headers.get("If-Match"))
        change = change_settings_of_following if wanted.pop("following", False) else change_settings
        change(public_id, by=person, changes=cast("Changes", wanted), version=version)
        return _tagged(as_it_is(request, public_id))


def _tagged(response: Response) -> Response:
    """Say in the ETag which version it is, and whether anything else of the answer is another, as who is there.

    `If-Match` looks at the first part alone: that somebody spoke meanwhile stands in nobody's way.
    """
    told = hashlib.sha256(JSONRenderer().render(response.data)).hexdigest()[:ETAG_DIGEST_LENGTH]
    response["ETag"] = f'"{response.data["version"]}.{told}"'
    return response


def _version_in(if_match: str | None) -> str | None:
    """Return the version that a client has seen; None if it does not say. What is no tag of ours matches nothing."""
    if if_match is None or if_match.strip() == "*":
        return None
    return if_match.strip().removeprefix("W/").strip('"')[:VERSION_LENGTH] or "-"
