"""What rooms can be about, for partners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema

from rooms.api.pages import PlacePagination
from rooms.api.queries import topics_from
from rooms.api.serializers import TopicSerializer
from rooms.api.space import SpaceView

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response


class TopicList(SpaceView):
    """Topics."""

    pagination_class = PlacePagination
    serializer_class = TopicSerializer

    @extend_schema(operation_id="topics_list", responses=TopicSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List what a room can be about, by name."""
        return PlacePagination().answer(request, topics_from, TopicSerializer)
