"""A room's chat, for partners. Whether it is open, and how slow, is `chat_open` and `chat_slow` of the room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from config.lib.public_id import new_public_id
from rooms.api.inputs import MessageInput, ReportInput, read
from rooms.api.pages import PlacePagination
from rooms.api.people import DONE
from rooms.api.queries import chat_from, message_said
from rooms.api.serializers import MessageSerializer
from rooms.api.space import NO_CONTENT, SpaceDeed, SpaceView, caller
from rooms.selectors import room_to_enter
from rooms.services import chat
from rooms.services.reports import report_message

if TYPE_CHECKING:
    from django.http import HttpResponse
    from rest_framework.request import Request


class SpaceChat(SpaceDeed):
    """What was written."""

    pagination_class = PlacePagination
    serializer_class = MessageSerializer

    @extend_schema(operation_id="spaces_chat_list", responses=MessageSerializer(many=True))
    def get(self, request: Request, public_id: str) -> Response:
        """List messages, the newest first. Whose messages you do not see on the page, you do not see here."""
        room = room_to_enter(request.user, public_id)

        def find(before: int, limit: int) -> Any:
            return chat_from(room, request.user, before, limit)

        return PlacePagination().answer(request, find, MessageSerializer)

    @extend_schema(operation_id="spaces_chat_say", request=MessageInput, responses={201: MessageSerializer})
    def post(self, request: Request, public_id: str) -> Response:
        """Write to everybody in the room."""
        person, wanted = self.inside(request, public_id), read(MessageInput, request.data)
        message_id = chat.say(public_id, by=person, text=wanted["text"], key=wanted.get("key") or new_public_id())
        return Response(MessageSerializer(message_said(public_id, message_id)).data, status=201)


class SpaceMessage(SpaceDeed):
    """A message."""

    @extend_schema(operation_id="spaces_chat_remove", responses=DONE)
    def delete(self, request: Request, public_id: str, message_id: str) -> HttpResponse:
        """Take its words away: of your own, or as a host of any."""
        return self.do(request, public_id, chat.remove_message, message_id=message_id)


class SpaceMessageReport(SpaceView):
    """That a message is not right."""

    @extend_schema(operation_id="spaces_chat_report", request=ReportInput, responses=DONE)
    def post(self, request: Request, public_id: str, message_id: str) -> HttpResponse:
        """Tell staff of a message; also when you may no longer enter the room."""
        person, told = caller(request), read(ReportInput, request.data)
        report_message(public_id, by=person, message_id=message_id, **told)
        return Response(status=NO_CONTENT)
