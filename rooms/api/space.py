"""What the views of rooms share: who asks, whether they may enter, and how a room is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import prefetch_related_objects
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from accounts.enums import TokenScope
from accounts.models import User
from config.lib.errors import LoginRequiredError
from config.lib.throttled_view import ThrottledView
from rooms.api.serializers import SpaceLookupSerializer
from rooms.selectors import room_counts, room_for, room_state, room_to_enter
from rooms.topics import CHOSEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse
    from rest_framework.request import Request

    from rooms.models import Room

NO_CONTENT = 204
# What an address calls whoever asks.
ME = "me"


class SpaceView(ThrottledView):
    """A view of rooms: also for keys of the API that were made for rooms. What guests may not do, services refuse."""

    permission_classes = (AllowAny,)
    token_scope: ClassVar[str] = TokenScope.READ.value


class SpaceDeed(SpaceView):
    """A view that changes something in one room. Whoever may not enter it changes nothing there either."""

    def do(self, request: Request, public_id: str, service: Callable[..., Any], **given: Any) -> HttpResponse:
        """Call the service with whoever asks, and answer with nothing: done, or so already."""
        service(public_id, by=self.inside(request, public_id), **given)
        return Response(status=NO_CONTENT)

    def inside(self, request: Request, public_id: str) -> User:
        """Return who asks. Raises LoginRequiredError, NotFoundError, EntryRefusedError."""
        person = caller(request)
        room_to_enter(person, public_id)
        return person


def caller(request: Request) -> User:
    """Return who asks; raises LoginRequiredError for a guest."""
    if not isinstance(request.user, User):
        raise LoginRequiredError
    return request.user


def named(request: Request, person_id: str) -> str:
    """Return whom an address means: `me` is whoever asks. Raises LoginRequiredError."""
    return caller(request).public_id if person_id == ME else person_id


def whole(room: Room, request: Request, *, fresh: bool = False) -> dict[str, Any]:
    """Return a room by itself; one that is `fresh` has nobody in it, and Redis is not asked."""
    prefetch_related_objects([room], CHOSEN)
    counts = {room.public_id: {"people": 0, "guests": 0}} if fresh else room_counts([room.public_id])
    context = {"request": request, "counts": counts, "stage": room_state(room)["stage"]}
    return dict(SpaceLookupSerializer(room, context=context).data)


def as_it_is(request: Request, public_id: str) -> Response:
    """Answer with the room after it was changed."""
    return Response(whole(room_for(request.user, public_id), request))
