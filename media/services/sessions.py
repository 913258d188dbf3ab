"""Open and end media sessions, and cut off whoever may no longer speak. None of it may run inside a transaction:
each waits for a relay.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.models import User
from config.lib.errors import LoginRequiredError, NotFoundError
from config.lib.redis_clients import sync_client
from media import gateway
from media.enums import EndReason, MediaKind
from media.errors import BadOfferError, RelayUnavailableError, TooManySessionsError
from media.models import LIVE, MediaSession
from media.placement import relay_for
from media.relay.epochs import current_epoch, epoch_at, raise_epoch, raise_epoch_above
from media.relay.grants import GRANT_SECONDS, Grant, sign
from media.relay.messages import (
    Answered,
    CloseRoom,
    OpenListen,
    OpenPublish,
    RefusalCode,
    Refused,
    RevokeEpoch,
    may_be_sdp,
)
from media.relay_secret import relay_secret
from media.selectors import live_relays, media_session_for, person_key
from media.services.closing import close_at_relays, confirm, tell
from media.services.hearing import leave_out, tell_if_changed, unheard_by
from media.services.muting import note_muted, want_muted
from media.services.recordings import prepare_relay
from media.services.states import announce_gone, end_locked, end_sessions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from media.relay.messages import Heartbeat, Reply

log = structlog.get_logger(__name__)

# Live sessions of one person in all rooms together.
LIVE_PER_PERSON_LIMIT = 8
OPEN_SECONDS = 4.0
# How often to look again when two requests of one guest run into each other.
ATTEMPTS = 3
# So long after it was opened a session must be answered for.
ATTENDED_AFTER_SECONDS = 15


@dataclass(frozen=True)
class MediaAnswer:
    """The relay's answer to an offer, and the public id of the session that it opens."""

    sdp: str
    media_session: str


def open_media(  # noqa: PLR0913 - the last two have a default that is right for most
    room_key: str,
    *,
    user: User | None,
    guest_key: str,
    kind: Literal["publish", "listen"],
    sdp: str,
    muted: bool = True,
    epoch: int | None = None,
) -> MediaAnswer:
    """Open a media session at the room's relay; an older one of the same person and kind is replaced.

    The caller has checked that they may. `epoch` is `media.selectors.publishing_epoch`, read before that check; `muted`
    is how a publisher begins. Raises BadOfferError, LoginRequiredError, RelayUnavailableError, TooManySessionsError.
    """
    if user is None and (kind == "publish" or not guest_key):
        raise LoginRequiredError
    if not may_be_sdp(sdp):
        raise BadOfferError
    relay = relay_for(room_key, live_relays())
    if relay is None:
        raise RelayUnavailableError
    if epoch is None:
        epoch = _epoch(room_key, person_key(user, guest_key))
    session, replaced = _take_place(
        MediaSession(
            room_key=room_key,
            user=user,
            guest_key="" if user else guest_key,
            kind=MediaKind(kind),
            relay=relay.relay,
            relay_incarnation=relay.incarnation,
            epoch=epoch,
            muted=muted,
        )
    )
    close_at_relays(replaced)
    if kind == "publish":
        prepare_relay(room_key, relay.incarnation)
        if user is not None:
            leave_out(user, room_key)
    return _answer(session, relay, sdp=sdp, muted=muted)


def _epoch(room_key: str, person: str) -> int:
    try:
        return current_epoch(sync_client(), gateway.keys(), room=room_key, person=person)
    except RedisError as error:
        raise RelayUnavailableError from error


def _take_place(session: MediaSession) -> tuple[MediaSession, list[MediaSession]]:
    """Write the row in the place of the person's older one; return it and those that it replaced."""
    for _attempt in range(ATTEMPTS):
        try:
            with transaction.atomic(durable=True):
                replaced = _replace(session)
        except IntegrityError:
            if session.user is not None:
                raise
            # A guest has no row to lock: the other request was first.
            continue
        announce_gone(replaced)
        return session, replaced
    raise TooManySessionsError


def _replace(session: MediaSession) -> list[MediaSession]:
    own = Q(user=session.user, guest_key=session.guest_key)
    if session.user is not None:
        _lock_person(session.user)
    replaced = end_locked(
        own & Q(room_key=session.room_key, kind=session.kind), reason=EndReason.REPLACED, tell_relay=True
    )
    if session.user is not None and MediaSession.objects.filter(own, LIVE).count() >= LIVE_PER_PERSON_LIMIT:
        raise TooManySessionsError
    session.save(force_insert=True)
    return replaced


def _lock_person(user: User) -> None:
    """Make a person's requests go one after the other, or two at once could pass the limit."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _answer(session: MediaSession, relay: Heartbeat, *, sdp: str, muted: bool) -> MediaAnswer:
    """Ask the relay. Whatever else than an answer comes of it, the row is gone afterwards."""
    this = Q(pk=session.pk)
    unheard = unheard_by(session) if session.user_id and session.kind == MediaKind.LISTEN else []
    try:
        reply = _ask(session, relay, sdp=sdp, muted=muted, unheard=unheard)
    except RelayUnavailableError:
        close_at_relays(end_sessions(this, reason=EndReason.NO_ANSWER, tell_relay=True))
        raise
    if isinstance(reply, Answered):
        if MediaSession.objects.filter(this, LIVE).exists():
            if session.user_id and session.kind == MediaKind.LISTEN:
                # What was told while the relay had no such session yet was lost on it.
                tell_if_changed(session, unheard)
            return MediaAnswer(sdp=reply.sdp, media_session=session.public_id)
        # Ended while the relay was answering: what told the relay so may have come before the offer.
        close_at_relays([session])
        raise RelayUnavailableError
    end_sessions(this, reason=EndReason.REFUSED, tell_relay=False)
    log.warning("offer_refused", media_session=session.public_id, relay=relay.relay, reply=reply)
    if isinstance(reply, Refused) and reply.code == RefusalCode.BAD_SDP:
        raise BadOfferError
    raise RelayUnavailableError


def _ask(session: MediaSession, relay: Heartbeat, *, sdp: str, muted: bool, unheard: list[str]) -> Reply:
    publish = session.kind == MediaKind.PUBLISH
    grant = sign(
        Grant(
            person=person_key(session.user, session.guest_key),
            room=session.room_key,
            session=session.public_id,
            may_publish=publish,
            epoch=session.epoch,
            expires_at=time.time() + GRANT_SECONDS,
        ),
        secret=relay_secret(),
    )
    command: OpenPublish | OpenListen
    if publish:
        command = OpenPublish(session=session.public_id, room=session.room_key, grant=grant, sdp=sdp, muted=muted)
    else:
        command = OpenListen(session=session.public_id, room=session.room_key, grant=grant, sdp=sdp, unheard=unheard)
    return gateway.request(relay.incarnation, command, timeout=OPEN_SECONDS)


def close_media(public_id: str, *, user: User | None, guest_key: str) -> None:
    """End one's own media session. Raises NotFoundError; one that is gone already is fine."""
    session = media_session_for(user, guest_key, public_id)
    if session is None:
        raise NotFoundError
    _end_and_close(Q(pk=session.pk), reason=EndReason.CLOSED)


def end_publishing(room_key: str, *, user: User) -> list[MediaSession]:
    """End what a person publishes, inside the caller's transaction, and return it for `revoke_publishing`.

    If the process dies in between, the rows say what the relay must still be told.
    """
    return end_locked(_publishing(room_key, user), reason=EndReason.REVOKED, tell_relay=True)


def revoke_publishing(room_key: str, *, user: User, ended: list[MediaSession], since: datetime | None) -> None:
    """Cut off what a person published in a room, and make every grant of theirs so far worthless.

    `since` is from when on they had the right that they have lost: whoever has got it anew meanwhile keeps what they
    publish by that. None takes whatever they have by now. Call it after the commit of what `end_publishing` did. Never
    raises for a silent relay or Redis: what could not be said now is repeated until the relay has confirmed it.
    """
    person = person_key(user, "")
    announce_gone(ended)
    try:
        epoch = _raised(room_key, person, ended, since)
    except RedisError as error:
        log.warning("epoch_not_raised", room=room_key, error=type(error).__name__)
        return
    for session in ended:
        if tell(session.relay_incarnation, RevokeEpoch(room=room_key, person=person, epoch=epoch)):
            confirm([session])


def _raised(room_key: str, person: str, ended: list[MediaSession], since: datetime | None) -> int:
    if since is None:
        return raise_epoch(sync_client(), gateway.keys(), room=room_key, person=person)
    # Also above those by which they published, or a Redis that has lost its numbers would let them through.
    least = max([epoch_at(since), *(session.epoch for session in ended)])
    return raise_epoch_above(sync_client(), gateway.keys(), room=room_key, person=person, least=least)


def end_person_media(room_key: str, *, user: User) -> list[MediaSession]:
    """End what a person sends to and hears from a room, inside the caller's transaction, and return it for
    `close_person_media`.
    """
    return end_locked(Q(room_key=room_key, user=user), reason=EndReason.REVOKED, tell_relay=True)


def close_person_media(room_key: str, *, user: User, ended: list[MediaSession]) -> None:
    """Cut a person off from a room's sound, after the commit of what `end_person_media` did; it never raises."""
    heard = [session for session in ended if session.kind == MediaKind.LISTEN]
    published = [session for session in ended if session.kind == MediaKind.PUBLISH]
    # Whoever is sent out of the room is to publish nothing there, however they came to it.
    revoke_publishing(room_key, user=user, ended=published, since=None)
    announce_gone(heard)
    close_at_relays(heard)


def end_guest_media(room_key: str) -> list[MediaSession]:
    """End what people without an account hear of a room, inside the caller's transaction, and return it for
    `close_guest_media`.
    """
    return end_locked(Q(room_key=room_key, user=None), reason=EndReason.REVOKED, tell_relay=True)


def close_guest_media(ended: list[MediaSession]) -> None:
    """Let the relays drop what `end_guest_media` ended, after the commit; it never raises for a silent relay."""
    announce_gone(ended)
    close_at_relays(ended)


def set_publish_muted(room_key: str, *, user: User, muted: bool) -> bool:
    """Drop, or no longer drop, a person's packets in the relay. Return whether a relay did; False also if they do not
    publish. A relay that is silent is told until it has confirmed.
    """
    return want_muted(_publishing(room_key, user), muted=muted)


def note_publish_muted(room_key: str, *, users: Iterable[User], muted: bool) -> None:
    """Write down how people's microphones are to be, inside the caller's transaction; `set_publish_muted` after it
    tells the relay. If the process dies in between, the rows say what the relay must still be told.
    """
    note_muted(Q(room_key=room_key, user__in=list(users), kind=MediaKind.PUBLISH), muted=muted)


def end_room_media(room_key: str) -> list[MediaSession]:
    """End every media session of a room, inside the caller's transaction, and return them for `close_room_media`."""
    return end_locked(Q(room_key=room_key), reason=EndReason.ROOM_CLOSED, tell_relay=True)


def close_room_media(room_key: str, *, ended: list[MediaSession]) -> None:
    """Let the relays drop what `end_room_media` ended. Call it after the commit; never raises for a silent relay."""
    announce_gone(ended)
    for incarnation in sorted({session.relay_incarnation for session in ended}):
        if tell(incarnation, CloseRoom(room=room_key)):
            confirm([session for session in ended if session.relay_incarnation == incarnation])


def end_all_media(user: User) -> None:
    """End all that somebody sends and hears, in whichever room. Never raises for a silent relay."""
    _end_and_close(Q(user=user), reason=EndReason.REVOKED)


def end_unattended(attended: Collection[str]) -> int:
    """End the sessions that nobody answers for any more, and return how many: no sound without somebody who is there.

    `attended` are the ids of all others. One that was only just opened is not known there yet.
    """
    opened_before = timezone.now() - timedelta(seconds=ATTENDED_AFTER_SECONDS)
    old = MediaSession.objects.filter(LIVE, created_at__lte=opened_before).values_list("public_id", flat=True)
    alone = [public_id for public_id in old if public_id not in attended]
    ended = end_sessions(Q(public_id__in=alone), reason=EndReason.UNATTENDED, tell_relay=True) if alone else []
    close_at_relays(ended)
    return len(ended)


def _publishing(room_key: str, user: User) -> Q:
    return Q(room_key=room_key, user=user, kind=MediaKind.PUBLISH)


def _end(which: Q, *, reason: EndReason) -> list[MediaSession]:
    with transaction.atomic(durable=True):
        ended = end_locked(which, reason=reason, tell_relay=True)
    announce_gone(ended)
    return ended


def _end_and_close(which: Q, *, reason: EndReason) -> None:
    close_at_relays(_end(which, reason=reason))
