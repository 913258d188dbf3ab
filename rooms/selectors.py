"""Reads about rooms, and who may see what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Coalesce

from accounts.selectors.blocking import blocked_ids
from accounts.selectors.following import followed_ids
from accounts.selectors.people import PersonCard, person_card
from config.lib.errors import NotFoundError
from config.lib.public_id import is_public_id
from media.selectors import rooms_listened_to
from rooms import presence
from rooms.enums import Role, RoomState
from rooms.models import RaisedHand, Room, RoomEvent, StageInvitation, StageMember

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from accounts.models import User
    from rooms.state import HandEntry, RoomFields, State

HALLWAY_LIMIT = 60
# Of live rooms those that began last; one that was opened at once began when it was made.
NEWEST = (Coalesce("live_at", "created_at").desc(), "-id")
# Of hands: pinned ones first; see models.stage.Hand.
QUEUE_ORDER = ("-pinned", "position", "id")
PEOPLE_PAGE = 60


class RoomCard(TypedDict):
    """A room as a card in the hallway shows it."""

    id: str
    title: str
    description: str
    language: str
    started_at: datetime
    recording: bool
    people: int
    guests: int
    host: PersonCard
    # Whether whoever looks follows the host; only the hallway asks.
    followed: bool
    stage: list[PersonCard]


def visible_rooms(for_user: User | AnonymousUser | None) -> QuerySet[Room]:
    """Return the rooms that this person may know of, newest first: all but those of hosts with whom there is a block.

    None stands for the product itself, and sees all.
    """
    rooms = Room.objects.select_related("host").order_by("-created_at", "-id")
    if for_user is None or not for_user.is_authenticated:
        return rooms
    return rooms.exclude(host__in=blocked_ids(for_user))


def room_for(user: User | AnonymousUser | None, public_id: str) -> Room:
    """Return the room if this person may see it; raises NotFoundError."""
    room = visible_rooms(user).filter(public_id=public_id).first() if is_public_id(public_id) else None
    if room is None:
        raise NotFoundError
    return room


def live_room_count() -> int:
    """Return how many rooms are open, whoever may see them."""
    return Room.objects.filter(state=RoomState.LIVE).count()


def role_in(room: Room, user: User | None) -> Role:
    """Return what the person is in the room; None is a guest."""
    if user is None:
        return Role.GUEST
    role = StageMember.objects.filter(room=room, user=user).values_list("role", flat=True).first()
    return Role(role) if role else Role.LISTENER


def is_muted(room_id: str, user: User | None) -> bool:
    """Say whether the person's microphone is closed; it is for whoever is not on the stage."""
    if user is None:
        return True
    return not StageMember.objects.filter(room__public_id=room_id, user=user, muted=False).exists()


def on_stage_since(room_id: str, user: User) -> datetime | None:
    """Return when the person came on the stage; None for a listener."""
    return StageMember.objects.filter(room__public_id=room_id, user=user).values_list("joined_at", flat=True).first()


def people_page(room: Room, start: int) -> tuple[list[PersonCard], int | None]:
    """Return up to PEOPLE_PAGE of those who are connected, from place `start` on, and where to go on, if anywhere.

    They stand in the order in which they came. Somebody may be passed over if others leave between two pages.
    """
    people = presence.people_of(room.public_id, offset=start, limit=PEOPLE_PAGE)
    return people, start + PEOPLE_PAGE if len(people) == PEOPLE_PAGE else None


def hallway_for(user: User | AnonymousUser | None) -> list[RoomCard]:
    """Return the live rooms as cards: those of hosts whom the person follows, then the others; newest first in both."""
    followed = ExpressionWrapper(Q(host__in=followed_ids(user)), output_field=BooleanField())
    live = visible_rooms(user).filter(state=RoomState.LIVE).annotate(followed=followed)
    return _cards(live.order_by("-followed", *NEWEST)[:HALLWAY_LIMIT])


def hosted_live_rooms(for_user: User | AnonymousUser | None, host: User) -> list[RoomCard]:
    """Return the live rooms of one host as cards."""
    return _cards(visible_rooms(for_user).filter(state=RoomState.LIVE, host=host).order_by(*NEWEST)[:HALLWAY_LIMIT])


def rooms_heard_by(for_user: User | AnonymousUser | None, person: User) -> list[RoomCard]:
    """Return as cards the live rooms that the person listens to and whoever looks may see; not those they host."""
    heard = visible_rooms(for_user).filter(state=RoomState.LIVE, public_id__in=rooms_listened_to(person))
    return _cards(heard.exclude(host=person)[:HALLWAY_LIMIT])


def room_counts(public_ids: Iterable[str]) -> dict[str, presence.Counts]:
    """Return how many are connected to each room; zeros while Redis does not answer."""
    return presence.counts_of(list(public_ids))


def audience_of(state: State) -> presence.Audience | None:
    """Return who is connected to the room besides its stage, as a page shows it at first; None if nobody knows."""
    stage = [entry["person"]["id"] for entry in state["stage"]]
    return presence.audience_now(state["room"]["id"], stage, [entry["person"]["id"] for entry in state["hands"]])


def _cards(rooms: QuerySet[Room]) -> list[RoomCard]:
    found = list(rooms.prefetch_related("stage__user"))
    counts = room_counts(room.public_id for room in found)
    return [
        {
            "id": room.public_id,
            "title": room.title,
            "description": room.description,
            "language": room.language,
            "started_at": room.began_at or room.created_at,
            "recording": room.recording,
            "host": person_card(room.host),
            "followed": bool(getattr(room, "followed", False)),
            "stage": [person_card(member.user) for member in sorted(room.stage.all(), key=lambda m: m.pk)],
            **counts[room.public_id],
        }
        for room in found
    ]


def iso(moment: datetime) -> str:
    """Return the moment as the wire has it: UTC, milliseconds, `Z`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def room_fields(room: Room) -> RoomFields:
    """Return the room itself as clients know it."""
    return {
        "id": room.public_id,
        "title": room.title,
        "description": room.description,
        "language": room.language,
        "state": room.state,
        "starts_at": iso(room.starts_at) if room.starts_at else None,
        "started_at": iso(room.began_at) if room.began_at else None,
        "ended_at": iso(room.ended_at) if room.ended_at else None,
        "recording": room.recording,
        "recording_trouble": room.recording_trouble,
        "hands_locked": room.hands_locked,
        "stage_locked": room.stage_locked,
        "speak_rule": room.speak_rule,
        "offered_to": room.offered_to.public_id if room.offered_to else None,
        "host_awaited_until": iso(room.host_awaited_until) if room.host_awaited_until else None,
        "closing_at": iso(room.closing_at) if room.closing_at else None,
    }


def hand_entry(hand: RaisedHand) -> HandEntry:
    """Return a hand as clients know it."""
    return {
        "person": person_card(hand.user),
        "raised_at": iso(hand.raised_at),
        "reason": hand.reason,
        "pinned": hand.pinned,
    }


def room_state(room: Room) -> State:
    """Return the numbered state from the rows. For one that matches `room.seq`, use `room_snapshot`."""
    members = StageMember.objects.filter(room=room).select_related("user").order_by("id")
    hands = RaisedHand.objects.filter(room=room).select_related("user").order_by(*QUEUE_ORDER)
    invitations = StageInvitation.objects.filter(room=room).select_related("user")
    return {
        "room": room_fields(room),
        "stage": [{"person": person_card(m.user), "role": m.role, "muted": m.muted} for m in members],
        "hands": [hand_entry(hand) for hand in hands],
        "invited": [{"person": person_card(i.user)} for i in invitations],
    }


def room_snapshot(public_id: str) -> tuple[int, State]:
    """Return the state together with the number of the last event in it.

    Nothing is locked: the state is read again until the number before and after agree. Raises NotFoundError.
    """
    while True:
        room = room_for(None, public_id)
        state = room_state(room)
        if Room.objects.filter(pk=room.pk, seq=room.seq).exists():
            return room.seq, state


def event_frame(event: RoomEvent) -> dict[str, Any]:
    """Return the event as it goes over the wire."""
    return {"seq": event.seq, "type": event.type, "at": iso(event.created_at), **event.body}


def events_after(public_id: str, seq: int, limit: int = 500) -> list[dict[str, Any]]:
    """Return the room's events above `seq` in order, at most `limit`."""
    events = RoomEvent.objects.filter(room__public_id=public_id, seq__gt=seq).order_by("seq")[:limit]
    return [event_frame(event) for event in events]


def current_seqs(public_ids: list[str]) -> dict[str, int]:
    """Return the number of the latest event of each room."""
    return dict(Room.objects.filter(public_id__in=public_ids).values_list("public_id", "seq"))
