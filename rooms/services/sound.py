"""Who may send and hear sound in a room: the rooms' side of media sessions."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal, TypeAlias

from config.lib.errors import DomainError, ForbiddenError, LoginRequiredError
from config.lib.metrics import OFFERS
from config.lib.publish import publish
from media.selectors import publishing_epoch
from media.services.sessions import MediaAnswer, close_media, open_media
from rooms.enums import Action
from rooms.events import check_live, group_of
from rooms.permissions import may
from rooms.selectors import is_muted, on_stage_since, role_in, room_to_enter
from rooms.services.stage import tell_microphone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accounts.models import User
    from media.models import MediaSession

Kind: TypeAlias = Literal["publish", "listen"]


def offer_media(room_id: str, *, by: User | None, guest_key: str, kind: Kind, sdp: str) -> MediaAnswer:
    """Answer a browser's offer through the relay, if the person may publish or listen here.

    `guest_key` names the connection of somebody without an account.
    """
    try:
        answer = _answer(room_id, by=by, guest_key=guest_key, kind=kind, sdp=sdp)
    except DomainError as error:
        OFFERS.labels(kind, error.code).inc()
        raise
    OFFERS.labels(kind, "answered").inc()
    return answer


def _answer(room_id: str, *, by: User | None, guest_key: str, kind: Kind, sdp: str) -> MediaAnswer:
    # Read before the role: whoever is moved down in between holds an epoch that is over, and the relay refuses it.
    epoch = None
    if by and kind == "publish":
        epoch = publishing_epoch(room_id, user=by, since=on_stage_since(room_id, by))
    _check(room_id, by, kind)
    muted = is_muted(room_id, by)
    answer = open_media(room_id, user=by, guest_key=guest_key, kind=kind, sdp=sdp, muted=muted, epoch=epoch)
    try:
        # The room may have ended, or the role or the microphone changed, while the relay was asked.
        _check(room_id, by, kind)
    except DomainError:
        close_media(answer.media_session, user=by, guest_key=guest_key)
        raise
    if by and kind == "publish" and is_muted(room_id, by) != muted:
        tell_microphone(room_id, by)
    return answer


def _check(room_id: str, by: User | None, kind: Kind) -> None:
    room = room_to_enter(by, room_id)
    check_live(room)
    if not may(role_in(room, by), Action.SPEAK if kind == "publish" else Action.LISTEN):
        raise LoginRequiredError if by is None else ForbiddenError


def media_gone(sessions: Sequence[MediaSession]) -> None:
    """Let whoever held these sessions know that they have ended; a handler of settings.MEDIA_GONE_HANDLERS."""
    by_room: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for session in sessions:
        by_room[session.room_key].append((session.public_id, session.gone_reason))
    for room_id, ended in by_room.items():
        publish(group_of(room_id), {"type": "room.media_gone", "room": room_id, "ended": ended})


def end_media(media_session: str, *, by: User | None, guest_key: str) -> None:
    """Close one's own media session."""
    close_media(media_session, user=by, guest_key=guest_key)
