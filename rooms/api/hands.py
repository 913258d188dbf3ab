"""The queue of raised hands, for partners. Whether hands go up at all is `hands_locked` of the room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from drf_spectacular.utils import extend_schema

from rooms.api.inputs import HandPatch, RaisedHandInput, read
from rooms.api.pages import PlacePagination
from rooms.api.people import DONE
from rooms.api.serializers import HandSerializer
from rooms.api.space import SpaceDeed, named
from rooms.participants import hands_from
from rooms.selectors import room_to_enter
from rooms.services import hands, queue

if TYPE_CHECKING:
    from django.http import HttpResponse
    from rest_framework.request import Request
    from rest_framework.response import Response


class SpaceHands(SpaceDeed):
    """The queue."""

    pagination_class = PlacePagination
    serializer_class = HandSerializer

    @extend_schema(operation_id="spaces_hands_list", responses=HandSerializer(many=True))
    def get(self, request: Request, public_id: str) -> Response:
        """List the raised hands in the order in which everybody sees them."""
        room = room_to_enter(request.user, public_id)

        def find(start: int, limit: int) -> Any:
            return hands_from(room, start, limit)

        return PlacePagination().answer(request, find, HandSerializer)

    @extend_schema(operation_id="spaces_hands_raise", request=RaisedHandInput, responses=DONE)
    def post(self, request: Request, public_id: str) -> HttpResponse:
        """Raise your hand. One that is up stays where it is and takes the new reason; whoever was asked up comes up.

        A hand waits a minute for somebody who is not connected to the room.
        """
        reason = read(RaisedHandInput, request.data).get("reason")
        return self.do(request, public_id, hands.raise_hand, reason=reason)

    @extend_schema(operation_id="spaces_hands_clear", responses=DONE)
    def delete(self, request: Request, public_id: str) -> HttpResponse:
        """Lower all hands; for half a minute that can be taken back."""
        return self.do(request, public_id, queue.clear_hands)


class SpaceHandsRestore(SpaceDeed):
    """The hands that were lowered all at once."""

    @extend_schema(operation_id="spaces_hands_restore", request=None, responses=DONE)
    def post(self, request: Request, public_id: str) -> HttpResponse:
        """Take the lowering of all hands back."""
        return self.do(request, public_id, queue.restore_hands)


class SpaceHand(SpaceDeed):
    """One hand."""

    @extend_schema(operation_id="spaces_hands_update", request=HandPatch, responses=DONE)
    def patch(self, request: Request, public_id: str, person_id: str) -> HttpResponse:
        """Pin a hand, or let it stand somewhere else; first the one, then the other."""
        person, wanted = named(request, person_id), read(HandPatch, request.data)

        @transaction.atomic
        def arrange(room_id: str, *, by: Any) -> None:
            if "pinned" in wanted:
                queue.pin_hand(room_id, by=by, person_id=person, pinned=wanted["pinned"])
            if "place" in wanted:
                queue.move_hand(room_id, by=by, person_id=person, place=wanted["place"])

        return self.do(request, public_id, arrange)

    @extend_schema(operation_id="spaces_hands_lower", responses=DONE)
    def delete(self, request: Request, public_id: str, person_id: str) -> HttpResponse:
        """Lower a hand: your own (`me`), or as a host anybody's, which declines it."""
        return self.do(request, public_id, hands.lower_hand, person_id=named(request, person_id))


class SpaceHandAccept(SpaceDeed):
    """One hand."""

    @extend_schema(operation_id="spaces_hands_accept", request=None, responses=DONE)
    def post(self, request: Request, public_id: str, person_id: str) -> HttpResponse:
        """Bring somebody on stage whose hand is up, muted."""
        return self.do(request, public_id, hands.accept_hand, person_id=person_id)
