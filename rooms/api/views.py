"""Rooms for partners: a list and a lookup; whoever is logged in may open one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from accounts.api.eligibility import CLIENT_PLATFORM
from accounts.policies.eligibility import platform_of
from config.lib.errors import LoginRequiredError
from config.lib.paging import CursorPagination
from config.lib.throttled_view import ThrottledView
from rooms.api.queries import spaces_for
from rooms.api.serializers import NewSpaceSerializer, SpaceFilters, SpaceLookupSerializer, SpaceSerializer
from rooms.selectors import room_counts, room_for, room_state
from rooms.services.lifecycle import open_room

if TYPE_CHECKING:
    from rest_framework.request import Request

    from rooms.models import Room


# A partner may keep the answer but asks each time whether it still holds: 304 if so.
@method_decorator([conditional_page, cache_control(private=True, no_cache=True)], name="dispatch")
class SpaceList(ThrottledView):
    """Rooms, newest first."""

    permission_classes = (AllowAny,)
    pagination_class = CursorPagination
    serializer_class = SpaceSerializer

    @extend_schema(operation_id="spaces_list", parameters=[SpaceFilters], responses=SpaceSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the rooms that are planned, open or over, newest first."""
        filters = SpaceFilters(data=request.query_params)
        filters.is_valid(raise_exception=True)
        pages = CursorPagination()
        rooms = pages.paginate_queryset(spaces_for(request.user, **filters.validated_data), request)
        context: dict[str, Any] = {"request": request, "counts": room_counts(room.public_id for room in rooms)}
        return pages.get_paginated_response(list(SpaceSerializer(rooms, many=True, context=context).data))

    @extend_schema(
        operation_id="spaces_create",
        parameters=[CLIENT_PLATFORM],
        request=NewSpaceSerializer,
        responses={201: SpaceLookupSerializer},
    )
    def post(self, request: Request) -> Response:
        """Open a room. Whether the account may is asked of the policy, on the platform that the client declares."""
        if not request.user.is_authenticated:
            raise LoginRequiredError
        wanted = NewSpaceSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        room = open_room(request.user, **wanted.validated_data, platform=platform_of(request.headers))
        return Response(SpaceLookupSerializer(room, context=_alone(room, request)).data, status=201)


@method_decorator([conditional_page, cache_control(private=True, no_cache=True)], name="dispatch")
class SpaceLookup(ThrottledView):
    """One room with its stage."""

    permission_classes = (AllowAny,)

    @extend_schema(operation_id="spaces_retrieve", responses=SpaceLookupSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        """Look a room up by its id."""
        room = room_for(request.user, public_id)
        return Response(SpaceLookupSerializer(room, context=_alone(room, request)).data)


def _alone(room: Room, request: Request) -> dict[str, Any]:
    return {"request": request, "counts": room_counts([room.public_id]), "stage": room_state(room)["stage"]}
