"""Who is in a room, for partners: see them, ask them up, move, mute and remove them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema

from config.lib.paging import CursorPagination
from rooms.api.inputs import BanInput, ParticipantFilters, RoleInput, read
from rooms.api.pages import PlacePagination
from rooms.api.queries import bans_in
from rooms.api.serializers import BanSerializer, ParticipantSerializer
from rooms.api.space import ME, SpaceDeed, SpaceView, caller, named
from rooms.enums import StageRole
from rooms.participants import participants
from rooms.selectors import room_to_enter
from rooms.services import hands, removal, stage

if TYPE_CHECKING:
    from django.http import HttpResponse
    from rest_framework.request import Request
    from rest_framework.response import Response

DONE: dict[int, None] = {204: None}


class SpaceParticipants(SpaceView):
    """Who is in a room."""

    pagination_class = PlacePagination
    serializer_class = ParticipantSerializer

    @extend_schema(
        operation_id="spaces_participants_list",
        parameters=[ParticipantFilters],
        responses=ParticipantSerializer(many=True),
    )
    def get(self, request: Request, public_id: str) -> Response:
        """List those on the stage and then the audience, as they came. A page may hold fewer than asked for and not be
        the last: go on while there is a `next_cursor`.
        """
        room = room_to_enter(request.user, public_id)
        part = read(ParticipantFilters, request.query_params).get("part")

        def find(start: int, limit: int) -> Any:
            chosen = {"stage": part != "audience", "audience": part != "stage"}
            return participants(room, request.user, start, limit, **chosen)

        return PlacePagination().answer(request, find, ParticipantSerializer)


class SpaceParticipant(SpaceDeed):
    """Somebody in a room."""

    @extend_schema(operation_id="spaces_participants_remove", responses=DONE)
    def delete(self, request: Request, public_id: str, person_id: str) -> HttpResponse:
        """Send somebody out: off the stage, out of the sound. They may come back, unless they are banned."""
        return self.do(request, public_id, removal.remove_person, person_id=person_id)


class SpaceMute(SpaceDeed):
    """Somebody's microphone."""

    @extend_schema(operation_id="spaces_participants_mute", request=None, responses=DONE)
    def post(self, request: Request, public_id: str, person_id: str) -> HttpResponse:
        """Close a microphone: your own, or as a host that of somebody below you. Only they open it again."""
        return self.do(request, public_id, stage.mute, person_id=named(request, person_id))


class SpaceMuteAll(SpaceDeed):
    """All microphones."""

    @extend_schema(operation_id="spaces_mute_all", request=None, responses=DONE)
    def post(self, request: Request, public_id: str) -> HttpResponse:
        """Close the microphones of everybody below you."""
        return self.do(request, public_id, stage.mute_all)


class SpaceStagePlace(SpaceDeed):
    """A place on the stage."""

    @extend_schema(operation_id="spaces_stage_update", request=RoleInput, responses=DONE)
    def patch(self, request: Request, public_id: str, person_id: str) -> HttpResponse:
        """Make somebody on the stage a co-host or a speaker."""
        role = StageRole(read(RoleInput, request.data)["role"])
        return self.do(request, public_id, stage.change_role, person_id=named(request, person_id), role=role)

    @extend_schema(operation_id="spaces_stage_leave", responses=DONE)
    def delete(self, request: Request, public_id: str, person_id: str) -> HttpResponse:
        """Move somebody to the audience; `me` steps down."""
        if person_id in {ME, caller(request).public_id}:
            return self.do(request, public_id, stage.leave_stage)
        return self.do(request, public_id, stage.remove_from_stage, person_id=person_id)


class SpaceInvitation(SpaceDeed):
    """That somebody is asked on stage."""

    @extend_schema(operation_id="spaces_invitations_create", request=None, responses=DONE)
    def put(self, request: Request, public_id: str, person_id: str) -> HttpResponse:
        """Ask somebody up; whose hand is up comes at once."""
        return self.do(request, public_id, hands.invite_to_stage, person_id=person_id)

    @extend_schema(operation_id="spaces_invitations_destroy", responses=DONE)
    def delete(self, request: Request, public_id: str, person_id: str) -> HttpResponse:
        """Take that back."""
        return self.do(request, public_id, hands.uninvite, person_id=person_id)


class SpaceInvitationAccept(SpaceDeed):
    """One's own invitation."""

    @extend_schema(operation_id="spaces_invitations_accept", request=None, responses=DONE)
    def post(self, request: Request, public_id: str) -> HttpResponse:
        """Come up as you were asked, muted."""
        return self.do(request, public_id, hands.accept_invitation)


class SpaceInvitationDecline(SpaceDeed):
    """One's own invitation."""

    @extend_schema(operation_id="spaces_invitations_decline", request=None, responses=DONE)
    def post(self, request: Request, public_id: str) -> HttpResponse:
        """Say no to it."""
        return self.do(request, public_id, hands.decline_invitation)


class SpaceBans(SpaceView):
    """Whom a room does not let in."""

    pagination_class = CursorPagination
    serializer_class = BanSerializer

    @extend_schema(operation_id="spaces_bans_list", responses=BanSerializer(many=True))
    def get(self, request: Request, public_id: str) -> Response:
        """List whom a room does not let in, the latest first; for its host and co-hosts."""
        pages = CursorPagination()
        found = pages.paginate_queryset(bans_in(public_id, caller(request)), request)
        return pages.get_paginated_response(list(BanSerializer(found, many=True).data))


class SpaceBan(SpaceDeed):
    """That somebody is not let in."""

    @extend_schema(operation_id="spaces_bans_create", request=BanInput, responses=DONE)
    def put(self, request: Request, public_id: str, person_id: str) -> HttpResponse:
        """Send somebody out for good."""
        everywhere = read(BanInput, request.data).get("everywhere", False)
        return self.do(request, public_id, removal.ban_person, person_id=person_id, everywhere=everywhere)

    @extend_schema(operation_id="spaces_bans_destroy", responses=DONE)
    def delete(self, request: Request, public_id: str, person_id: str) -> HttpResponse:
        """Let somebody in again."""
        return self.do(request, public_id, removal.lift_ban, person_id=person_id)
