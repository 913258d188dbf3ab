"""What can be read of relays and media sessions."""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from redis.exceptions import RedisError

from config.lib.public_id import is_public_id
from config.lib.redis_clients import async_client, sync_client
from media.enums import MediaKind, MediaState
from media.gateway import keys
from media.models import LIVE, MediaSession
from media.relay.epochs import current_epoch, epoch_at
from media.relay.grants import GUEST
from media.relay.keys import INDEX_SECONDS
from media.relay.messages import Heartbeat, MessageError, decode_heartbeat

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from accounts.models import User

IDS_AT_ONCE = 1000


def live_relays() -> list[Heartbeat]:
    """Return the relays that live, by name; none when Redis cannot be asked."""
    try:
        return heartbeats()
    except RedisError:
        return []


def heartbeats() -> list[Heartbeat]:
    """Return the relays that live, by name. Raises RedisError: not to know is not the same as none."""
    client: Any = sync_client()
    known = client.zrangebyscore(keys().index, time.time() - INDEX_SECONDS, "+inf")
    return _decoded(client.mget(_names(known)) if known else [])


async def heartbeats_async() -> list[Heartbeat]:
    """Return the same for the event loop."""
    client: Any = async_client()
    known = await client.zrangebyscore(keys().index, time.time() - INDEX_SECONDS, "+inf")
    return _decoded(await client.mget(_names(known)) if known else [])


def _names(incarnations: Iterable[bytes]) -> list[str]:
    return [keys().heartbeat(incarnation.decode()) for incarnation in incarnations]


def _decoded(raws: Iterable[bytes | None]) -> list[Heartbeat]:
    found = []
    for raw in raws:
        # Unreadable is what a relay of another version says: not one that this process can talk to.
        with contextlib.suppress(MessageError):
            if raw is not None:
                found.append(decode_heartbeat(raw))
    return sorted(found, key=lambda heartbeat: (heartbeat.relay, heartbeat.started_at))


def person_key(user: User | None, guest_key: str) -> str:
    """Return how relays know a person."""
    return f"{GUEST}{guest_key}" if user is None else user.public_id


def publishing_epoch(room_key: str, *, user: User, since: datetime | None = None) -> int:
    """Return the person's epoch in a room; `since` is from when on they may speak there. Read both before looking at
    their role, and give it to `open_media`: if they lose the role in between, the relay refuses. Raises RedisError.
    """
    raised = current_epoch(sync_client(), keys(), room=room_key, person=person_key(user, ""))
    # A right that is newer than what is being revoked is not revoked with it, however late that is told.
    return max(raised, epoch_at(since)) if since else raised


def media_session_for(user: User | None, guest_key: str, public_id: str) -> MediaSession | None:
    """Return somebody's own media session, whatever its state."""
    if not is_public_id(public_id):
        return None
    if user is None:
        if not guest_key:
            return None
        return MediaSession.objects.filter(user=None, guest_key=guest_key, public_id=public_id).first()
    return MediaSession.objects.filter(user=user, public_id=public_id).first()


def has_media(room_key: str, *, user: User) -> bool:
    """Say whether somebody sends to or hears from a room."""
    return MediaSession.objects.filter(LIVE, room_key=room_key, user=user).exists()


def publishes(room_key: str, *, user: User) -> bool:
    """Say whether somebody sends to a room, or is about to."""
    return MediaSession.objects.filter(LIVE, room_key=room_key, user=user, kind=MediaKind.PUBLISH).exists()


def ended_sessions(public_ids: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """Return those of these sessions that are gone, each with its reason, by room."""
    ended: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    ids = list(public_ids)
    for start in range(0, len(ids), IDS_AT_ONCE):
        rows = MediaSession.objects.filter(state=MediaState.GONE, public_id__in=ids[start : start + IDS_AT_ONCE])
        for room_key, public_id, reason in rows.values_list("room_key", "public_id", "gone_reason"):
            ended[room_key].append((public_id, reason))
    return dict(ended)


def live_session_counts() -> dict[tuple[str, str], int]:
    """Return how many media sessions live, by kind and state."""
    rows = MediaSession.objects.filter(LIVE).values_list("kind", "state").annotate(number=Count("pk"))
    return {(kind, state): number for kind, state, number in rows.order_by()}


def hosting_incarnations() -> set[str]:
    """Return the relays' lives that have live sessions by our books."""
    return set(MediaSession.objects.filter(LIVE).values_list("relay_incarnation", flat=True).distinct())


def rooms_listened_to(person: User) -> list[str]:
    """Return the keys of the rooms that somebody hears just now."""
    heard = MediaSession.objects.filter(LIVE, user=person, kind=MediaKind.LISTEN)
    return list(heard.order_by("-pk").values_list("room_key", flat=True))
