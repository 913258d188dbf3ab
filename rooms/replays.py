"""Rooms to hear again: the replays that somebody may know of, because they may enter the room."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from accounts.selectors.people import PersonCard, person_card
from media.recorded import ready_replays
from rooms.enums import RoomState
from rooms.selectors import listed_rooms
from rooms.topics import TopicCard, topic_cards, with_topics

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from accounts.models import User
    from media.models import Recording
    from rooms.models import Room, Topic

# Of how many rooms that ended last the replays are looked for, and how many are shown: both bound what a page costs.
ROOMS_LOOKED_AT = 100
SHOWN = 6


class RecentReplay(TypedDict):
    """A replay as a list shows it; `id` is the room's, where it is heard."""

    id: str
    title: str
    language: str
    host: PersonCard
    began: datetime
    duration_ms: int
    peaks: list[int]
    topics: list[TopicCard]


def recent_replays(for_user: User | AnonymousUser | None, *, topic: Topic | None = None) -> list[RecentReplay]:
    """Return the latest replays of the rooms that this person may enter, of those about a topic if so asked."""
    rooms = listed_rooms(for_user)
    return _latest(rooms if topic is None else rooms.filter(chosen_topics__topic=topic))


def hosted_replays(for_user: User | AnonymousUser | None, host: User) -> list[RecentReplay]:
    """Return the latest of one host."""
    return _latest(listed_rooms(for_user).filter(host=host))


def _latest(rooms: QuerySet[Room]) -> list[RecentReplay]:
    ended = {room.public_id: room for room in with_topics(rooms).filter(state=RoomState.ENDED)[:ROOMS_LOOKED_AT]}
    return [_card(ended[recording.room_key], recording) for recording in ready_replays(ended, most=SHOWN)]


def replay_cards(rooms: QuerySet[Room]) -> list[RecentReplay]:
    """Return the latest replay of each of some rooms that have one, in the order of the rooms."""
    found = {room.public_id: room for room in with_topics(rooms)}
    latest = {one.room_key: one for one in reversed(ready_replays(found, most=ROOMS_LOOKED_AT))}
    return [_card(room, latest[key]) for key, room in found.items() if key in latest]


def _card(room: Room, recording: Recording) -> RecentReplay:
    return {
        "id": room.public_id,
        "title": room.title,
        "language": room.language,
        "host": person_card(room.host),
        "began": recording.started_at,
        "duration_ms": recording.duration_ms,
        "peaks": recording.peaks,
        "topics": topic_cards(room),
    }
