"""Addresses of the rooms' part of the API. Partners know a room as a space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import path, re_path

from rooms.api import board, chat, handover, hands, life, people
from rooms.api.stats import SpaceStats
from rooms.api.topics import TopicList
from rooms.api.views import SpaceList, SpaceLookup

if TYPE_CHECKING:
    from django.urls import URLPattern
    from rest_framework.views import APIView

_ID = "[1-9A-Za-z]{14}"
# `me` is whoever asks.
_PERSON = rf"(?P<person_id>{_ID}|me)"
_ITEM, _MESSAGE = f"(?P<item_id>{_ID})", f"(?P<message_id>{_ID})"


def _of(below: str, view: type[APIView], name: str) -> URLPattern:
    """Return what a room has at this address below its own."""
    return re_path(rf"^spaces/(?P<public_id>{_ID})/{below}$", view.as_view(), name=name)


urlpatterns = [
    path("topics", TopicList.as_view(), name="topics"),
    path("spaces", SpaceList.as_view(), name="spaces"),
    re_path(rf"^spaces/(?P<public_id>{_ID})$", SpaceLookup.as_view(), name="space"),
    _of("open", life.SpaceOpen, "space-open"),
    _of("start", life.SpaceStart, "space-start"),
    _of("cancel", life.SpaceCancel, "space-cancel"),
    _of("end", life.SpaceEnd, "space-end"),
    _of("participants", people.SpaceParticipants, "space-participants"),
    _of(f"participants/{_PERSON}", people.SpaceParticipant, "space-participant"),
    _of(f"participants/{_PERSON}/mute", people.SpaceMute, "space-participant-mute"),
    _of("mute", people.SpaceMuteAll, "space-mute"),
    _of(f"stage/{_PERSON}", people.SpaceStagePlace, "space-stage"),
    _of("invitation/accept", people.SpaceInvitationAccept, "space-invitation-accept"),
    _of("invitation/decline", people.SpaceInvitationDecline, "space-invitation-decline"),
    _of(f"invitations/{_PERSON}", people.SpaceInvitation, "space-invitation"),
    _of("bans", people.SpaceBans, "space-bans"),
    _of(f"bans/{_PERSON}", people.SpaceBan, "space-ban"),
    _of("hands", hands.SpaceHands, "space-hands"),
    _of("hands/restore", hands.SpaceHandsRestore, "space-hands-restore"),
    _of(f"hands/{_PERSON}", hands.SpaceHand, "space-hand"),
    _of(f"hands/{_PERSON}/accept", hands.SpaceHandAccept, "space-hand-accept"),
    _of("offer", handover.SpaceOffer, "space-offer"),
    _of("offer/accept", handover.SpaceOfferAccept, "space-offer-accept"),
    _of("offer/decline", handover.SpaceOfferDecline, "space-offer-decline"),
    _of("board", board.SpaceBoard, "space-board"),
    _of("board/pin", board.SpaceBoardPin, "space-board-pin"),
    _of(f"board/{_ITEM}", board.SpaceBoardItem, "space-board-item"),
    _of(f"board/{_ITEM}/restore", board.SpaceBoardItemRestore, "space-board-item-restore"),
    _of("chat", chat.SpaceChat, "space-chat"),
    _of(f"chat/{_MESSAGE}", chat.SpaceMessage, "space-message"),
    _of(f"chat/{_MESSAGE}/report", chat.SpaceMessageReport, "space-message-report"),
    _of("stats", SpaceStats, "space-stats"),
]
