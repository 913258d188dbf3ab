"""People for partners: follow and no longer follow, and who follows whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response

from accounts.api.serializers import FollowSerializer, PersonSerializer
from accounts.models import User
from accounts.selectors.blocking import is_blocked_between, person_for
from accounts.selectors.following import followed_by, followers_of, is_following
from accounts.selectors.people import person_card
from accounts.services.follow import FollowState, follow, unfollow
from config.lib.errors import LoginRequiredError, NotFoundError
from config.lib.paging import CursorPagination
from config.lib.throttled_view import ThrottledView

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request


class PersonFollow(ThrottledView):
    """Whether you follow somebody. Whoever has blocked you does not exist here."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="people_follow_retrieve", responses=FollowSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        """Say whether you follow somebody."""
        you, person = self._pair(request, public_id)
        return _answer(FollowState(is_following(you, person), person.follower_count))

    @extend_schema(operation_id="people_follow_update", request=None, responses=FollowSerializer)
    def put(self, request: Request, public_id: str) -> Response:
        """Follow somebody. Whoever does already goes on."""
        return _answer(follow(*self._pair(request, public_id)))

    @extend_schema(operation_id="people_follow_destroy", responses={200: FollowSerializer})
    def delete(self, request: Request, public_id: str) -> Response:
        """No longer follow somebody. Whoever does not is fine."""
        return _answer(unfollow(*self._pair(request, public_id)))

    def _pair(self, request: Request, public_id: str) -> tuple[User, User]:
        if not isinstance(request.user, User):
            raise LoginRequiredError
        return request.user, person_for(request.user, public_id)


def _answer(state: FollowState) -> Response:
    return Response(FollowSerializer(state).data)


class _People(ThrottledView):
    """A list of people, a page at a time."""

    permission_classes = (AllowAny,)
    pagination_class = CursorPagination
    serializer_class = PersonSerializer

    def page(self, request: Request, rows: QuerySet[Any], side: str) -> Response:
        pages = CursorPagination()
        people = [getattr(row, side) for row in pages.paginate_queryset(rows, request)]
        cards = [person_card(person) for person in people]
        return pages.get_paginated_response(list(PersonSerializer(cards, many=True).data))


class PersonFollowers(_People):
    """Who follows somebody."""

    @extend_schema(operation_id="people_followers_list", responses=PersonSerializer(many=True))
    def get(self, request: Request, public_id: str) -> Response:
        """List who follows somebody, the latest first."""
        return self.page(request, followers_of(_shown(request, public_id), request.user), "follower")


class PersonFollowing(_People):
    """Whom somebody follows."""

    @extend_schema(operation_id="people_following_list", responses=PersonSerializer(many=True))
    def get(self, request: Request, public_id: str) -> Response:
        """List whom somebody follows, the latest first."""
        return self.page(request, followed_by(_shown(request, public_id), request.user), "followed")


def _shown(request: Request, public_id: str) -> User:
    """Return the person, if nobody of the two has blocked the other."""
    person = person_for(request.user, public_id)
    if is_blocked_between(request.user, person):
        raise NotFoundError
    return person
