"""A room's board, for partners: see what hangs there, put something up, pin it, take it down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from rooms.api.inputs import BoardInput, PinInput, read
from rooms.api.pages import PlacePagination
from rooms.api.people import DONE
from rooms.api.queries import board_from, board_item
from rooms.api.serializers import BoardItemSerializer
from rooms.api.space import SpaceDeed
from rooms.selectors import room_to_enter
from rooms.services import board

if TYPE_CHECKING:
    from django.http import HttpResponse
    from rest_framework.request import Request


class SpaceBoard(SpaceDeed):
    """What hangs on the board."""

    pagination_class = PlacePagination
    serializer_class = BoardItemSerializer

    @extend_schema(operation_id="spaces_board_list", responses=BoardItemSerializer(many=True))
    def get(self, request: Request, public_id: str) -> Response:
        """List links and notes in the order in which they were put up; one may be pinned."""
        room = room_to_enter(request.user, public_id)

        def find(start: int, limit: int) -> Any:
            return board_from(room, start, limit)

        return PlacePagination().answer(request, find, BoardItemSerializer)

    @extend_schema(operation_id="spaces_board_create", request=BoardInput, responses={201: BoardItemSerializer})
    def post(self, request: Request, public_id: str) -> Response:
        """Put up a link or a note. What hangs there already is not put up twice."""
        person, wanted = self.inside(request, public_id), read(BoardInput, request.data)
        if "url" in wanted:
            item_id = board.put_link(public_id, by=person, url=wanted["url"])
        else:
            item_id = board.put_note(public_id, by=person, text=wanted["text"])
        return Response(BoardItemSerializer(board_item(public_id, item_id)).data, status=201)


class SpaceBoardPin(SpaceDeed):
    """What stands at the top."""

    @extend_schema(operation_id="spaces_board_pin", request=PinInput, responses=DONE)
    def put(self, request: Request, public_id: str) -> HttpResponse:
        """Pin something to the top, in the place of what was there."""
        return self.do(request, public_id, board.pin_item, item_id=read(PinInput, request.data)["item"])

    @extend_schema(operation_id="spaces_board_unpin", responses=DONE)
    def delete(self, request: Request, public_id: str) -> HttpResponse:
        """Pin nothing."""
        return self.do(request, public_id, board.pin_item, item_id=None)


class SpaceBoardItem(SpaceDeed):
    """A link or a note."""

    @extend_schema(operation_id="spaces_board_remove", responses=DONE)
    def delete(self, request: Request, public_id: str, item_id: str) -> HttpResponse:
        """Take it down; for a day that can be taken back."""
        return self.do(request, public_id, board.remove_item, item_id=item_id)


class SpaceBoardItemRestore(SpaceDeed):
    """Something that was taken down."""

    @extend_schema(operation_id="spaces_board_restore", request=None, responses=DONE)
    def post(self, request: Request, public_id: str, item_id: str) -> HttpResponse:
        """Put it back where it was."""
        return self.do(request, public_id, board.restore_item, item_id=item_id)
