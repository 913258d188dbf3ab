"""How a room begins and ends, for partners. What is so already is done: sending it twice does no harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema

from accounts.api.eligibility import CLIENT_PLATFORM
from accounts.policies.eligibility import platform_of
from rooms.api.inputs import CancelInput, read
from rooms.api.serializers import SpaceLookupSerializer
from rooms.api.space import SpaceDeed, as_it_is
from rooms.services.lifecycle import end_room
from rooms.services.planning import cancel_room, open_lobby, start_room
from rooms.services.series import cancel_following

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response


class SpaceOpen(SpaceDeed):
    """The lobby."""

    @extend_schema(
        operation_id="spaces_open", parameters=[CLIENT_PLATFORM], request=None, responses={200: SpaceLookupSerializer}
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Let the audience of a planned room wait inside."""
        self.do(request, public_id, open_lobby, platform=platform_of(request.headers))
        return as_it_is(request, public_id)


class SpaceStart(SpaceDeed):
    """The beginning."""

    @extend_schema(
        operation_id="spaces_start", parameters=[CLIENT_PLATFORM], request=None, responses={200: SpaceLookupSerializer}
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Go live with a planned room, from its lobby or at once. It ends by itself when its host stays away."""
        self.do(request, public_id, start_room, platform=platform_of(request.headers))
        return as_it_is(request, public_id)


class SpaceCancel(SpaceDeed):
    """That it does not take place."""

    @extend_schema(operation_id="spaces_cancel", request=CancelInput, responses={200: SpaceLookupSerializer})
    def post(self, request: Request, public_id: str) -> Response:
        """Cancel a planned room, and tell those who wait for it."""
        following = read(CancelInput, request.data).get("following", False)
        self.do(request, public_id, cancel_following if following else cancel_room)
        return as_it_is(request, public_id)


class SpaceEnd(SpaceDeed):
    """The end."""

    @extend_schema(operation_id="spaces_end", request=None, responses={200: SpaceLookupSerializer})
    def post(self, request: Request, public_id: str) -> Response:
        """End a live room for everybody in it."""
        self.do(request, public_id, end_room)
        return as_it_is(request, public_id)
