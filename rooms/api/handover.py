"""Handing a room over, for partners: the host offers it to somebody on the stage, who takes it or does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema

from accounts.api.eligibility import CLIENT_PLATFORM
from accounts.policies.eligibility import platform_of
from rooms.api.inputs import PersonInput, read
from rooms.api.people import DONE
from rooms.api.space import SpaceDeed
from rooms.services import handover

if TYPE_CHECKING:
    from django.http import HttpResponse
    from rest_framework.request import Request


class SpaceOffer(SpaceDeed):
    """The offer."""

    @extend_schema(operation_id="spaces_offer_create", request=PersonInput, responses=DONE)
    def put(self, request: Request, public_id: str) -> HttpResponse:
        """Offer the room to somebody on the stage; an earlier offer is taken back."""
        return self.do(request, public_id, handover.offer_room, person_id=read(PersonInput, request.data)["person"])

    @extend_schema(operation_id="spaces_offer_destroy", responses=DONE)
    def delete(self, request: Request, public_id: str) -> HttpResponse:
        """Take the offer back."""
        return self.do(request, public_id, handover.withdraw_room)


class SpaceOfferAccept(SpaceDeed):
    """What one is offered."""

    @extend_schema(operation_id="spaces_offer_accept", parameters=[CLIENT_PLATFORM], request=None, responses=DONE)
    def post(self, request: Request, public_id: str) -> HttpResponse:
        """Become the room's host; who was it stays on the stage."""
        return self.do(request, public_id, handover.take_room, platform=platform_of(request.headers))


class SpaceOfferDecline(SpaceDeed):
    """What one is offered."""

    @extend_schema(operation_id="spaces_offer_decline", request=None, responses=DONE)
    def post(self, request: Request, public_id: str) -> HttpResponse:
        """Say no to the offer."""
        return self.do(request, public_id, handover.decline_room)
