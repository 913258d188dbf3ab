"""Reads about rooms, and who may see what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.module_loading import import_string

from accounts.selectors.blocking import blocked_ids
from accounts.selectors.people import PersonCard, person_card
from config.lib.errors import NotFoundError
from config.lib.public_id import is_public_id
from media.selectors import rooms_listened_to
from rooms import presence
from rooms.entering import decision_on, latest_removal, open_rooms, with_facts
from rooms.enums import Role, RoomState
from rooms.errors import EntryRefusedError
from rooms.hallway import FOLLOWED_HOST, Place, behind, in_order, place_of, ranked
from rooms.models import (
    BoardItem,
    ChatMessage,
    RaisedHand,
    RefusedWord,
    Room,
    RoomEvent,
    StageInvitation,
    StageMember,
)
from rooms.selling import prices_of
from rooms.state import CHAT_SHOWN, TIPS_SHOWN, BoardEntry, ChatEntry
from rooms.topics import CHOSEN, TopicCard, topic_cards, topics_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from accounts.models import User
    from rooms.models import Topic
    from rooms.state import HandEntry, RoomFields, State, TipEntry

HALLWAY_LIMIT = 60
# Of live rooms those that began last; one that was opened at once began when it was made.
NEWEST = (Coalesce("live_at", "created_at").desc(), "-id")
# Of hands: pinned ones first; see models.stage.Hand.
QUEUE_ORDER = ("-pinned", "position", "id")
PEOPLE_PAGE = 60


class HallwayPage(NamedTuple):
    """Some live rooms as cards, and the cursor for those after them; empty at the end."""

    cards: list[RoomCard]
    next_cursor: str


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
    topics: list[TopicCard]
    stage: list[PersonCard]
    # What a seat costs, as it is written; empty where none are sold.
    price: str


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


def listed_rooms(for_user: User | AnonymousUser | None) -> QuerySet[Room]:
    """Return the rooms that lists may show this person, newest first: those that they may enter. None is a guest."""
    return open_rooms(visible_rooms(for_user), for_user)


def room_to_enter(user: User | AnonymousUser | None, public_id: str) -> Room:
    """Return the room if this person may enter it; None is a guest.

    Raises NotFoundError if it is hidden from them, EntryRefusedError if its rule does not let them in.
    """
    rooms = with_facts(visible_rooms(user), user).filter(public_id=public_id)
    room = rooms.first() if is_public_id(public_id) else None
    if room is None:
        raise NotFoundError
    decision = decision_on(room, user)
    if not decision.allowed:
        raise EntryRefusedError(decision)
    return room


def enter(user: User | None, public_id: str) -> int:
    """Look whether a socket may be opened; return the number of the latest time that the person was sent out.

    Raises as `room_to_enter` does.
    """
    return latest_removal(room_to_enter(user, public_id), user)


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
    """Return the first live rooms of the hallway as cards."""
    return live_page(user).cards


def live_page(
    user: User | AnonymousUser | None, *, after: str = "", topic: Topic | None = None, limit: int = HALLWAY_LIMIT
) -> HallwayPage:
    """Return live rooms in the order that rooms.hallway says, those about a topic if so asked.

    Raises BadCursorError for what did not come from here.
    """
    rooms = ranked(listed_rooms(user).filter(state=RoomState.LIVE), user)
    if topic is not None:
        rooms = rooms.filter(chosen_topics__topic=topic)
    if after:
        rooms = behind(rooms, Place.decode(after))
    found = list(in_order(rooms)[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return HallwayPage(room_cards(found[:limit]), place_of(last).encode() if last else "")


def hosted_live_rooms(for_user: User | AnonymousUser | None, host: User) -> list[RoomCard]:
    """Return the live rooms of one host as cards."""
    return _cards(listed_rooms(for_user).filter(state=RoomState.LIVE, host=host).order_by(*NEWEST)[:HALLWAY_LIMIT])


def rooms_heard_by(for_user: User | AnonymousUser | None, person: User) -> list[RoomCard]:
    """Return as cards the live rooms that the person listens to and whoever looks may enter; not those they host."""
    heard = listed_rooms(for_user).filter(state=RoomState.LIVE, public_id__in=rooms_listened_to(person))
    return _cards(heard.exclude(host=person)[:HALLWAY_LIMIT])


def room_counts(public_ids: Iterable[str]) -> dict[str, presence.Counts]:
    """Return how many are connected to each room; zeros while Redis does not answer."""
    return presence.counts_of(list(public_ids))


def audience_of(state: State) -> presence.Audience | None:
    """Return who is connected to the room besides its stage, as a page shows it at first; None if nobody knows."""
    stage = [entry["person"]["id"] for entry in state["stage"]]
    return presence.audience_now(state["room"]["id"], stage, [entry["person"]["id"] for entry in state["hands"]])


def _cards(rooms: QuerySet[Room]) -> list[RoomCard]:
    return room_cards(list(rooms))


def room_cards(found: list[Room]) -> list[RoomCard]:
    """Return rooms that somebody may see as cards, in the same order; so many queries however many there are."""
    prefetch_related_objects(found, "stage__user", CHOSEN)
    counts = room_counts(room.public_id for room in found)
    prices = prices_of(found)
    return [
        {
            "id": room.public_id,
            "title": room.title,
            "description": room.description,
            "language": room.language,
            "started_at": room.began_at or room.created_at,
            "recording": room.recording,
            "host": person_card(room.host),
            "followed": getattr(room, "reason", None) == FOLLOWED_HOST,
            "topics": topic_cards(room),
            "stage": [person_card(member.user) for member in sorted(room.stage.all(), key=lambda m: m.pk)],
            "price": prices.get(room.pk, ""),
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
        "entry_rule": room.entry_rule,
        "guests_listen": room.guests_listen,
        "chat_open": room.chat_open,
        "chat_slow": room.chat_slow,
        "topics": [topic.slug for topic in topics_of(room)],
    }


def hand_entry(hand: RaisedHand) -> HandEntry:
    """Return a hand as clients know it."""
    return {
        "person": person_card(hand.user),
        "raised_at": iso(hand.raised_at),
        "reason": hand.reason,
        "pinned": hand.pinned,
    }


def chat_page(room: Room, before: int | None = None) -> tuple[list[ChatEntry], int | None]:
    """Return the last CHAT_SHOWN messages, or those before a number, the latest at the end; and before which to go on.

    That is None once there are none.
    """
    messages = ChatMessage.objects.filter(room=room).select_related("user").order_by("-seq")
    found = list((messages if before is None else messages.filter(seq__lt=before))[: CHAT_SHOWN + 1])
    page = [chat_entry(message) for message in reversed(found[:CHAT_SHOWN])]
    return page, page[0]["seq"] if len(found) > CHAT_SHOWN else None


def message_in(room: Room, message_id: str) -> ChatMessage:
    """Return a message of the room, also one that was removed. Raises NotFoundError."""
    messages = ChatMessage.objects.filter(room=room).select_related("user")
    message = messages.filter(public_id=message_id).first() if is_public_id(message_id) else None
    if message is None:
        raise NotFoundError
    return message


def chat_entry(message: ChatMessage) -> ChatEntry:
    """Return a message as clients know it."""
    return {
        "id": message.public_id,
        "seq": message.seq,
        "person": person_card(message.user),
        "text": message.text,
        "at": iso(message.created_at),
        "removed": message.removed_at is not None,
    }


def tips_in(room: Room) -> list[TipEntry]:
    """Return the last TIPS_SHOWN tips that the room was told of, the latest at the end.

    Rooms do not know who takes tips: the settings name it.
    """
    found: list[TipEntry] = import_string(settings.ROOM_TIPS)(room, TIPS_SHOWN) if settings.ROOM_TIPS else []
    return found


def refused_words(host: User) -> list[str]:
    """Return the words that a host refuses, as they wrote them; for the host's own eyes."""
    return list(RefusedWord.objects.filter(host=host).order_by("pk").values_list("word", flat=True))


def board_entry(item: BoardItem) -> BoardEntry:
    """Return something on the board as clients know it."""
    at = {"public_id": item.room.public_id, "item_id": item.public_id, "name": item.picture}
    return {
        "id": item.public_id,
        "seq": item.seq,
        "kind": item.kind,
        "person": person_card(item.user),
        "url": item.url,
        "text": item.text,
        "pinned": item.pinned,
        "state": item.state,
        "title": item.title,
        "site": item.site,
        "picture": reverse("rooms:board-picture", kwargs=at) if item.picture else "",
    }


def room_state(room: Room) -> State:
    """Return the numbered state from the rows. For one that matches `room.seq`, use `room_snapshot`."""
    members = StageMember.objects.filter(room=room).select_related("user").order_by("id")
    hands = RaisedHand.objects.filter(room=room).select_related("user").order_by(*QUEUE_ORDER)
    invitations = StageInvitation.objects.filter(room=room).select_related("user")
    board = BoardItem.objects.filter(room=room, removed_at=None).select_related("user", "room").order_by("seq")
    return {
        "room": room_fields(room),
        "stage": [{"person": person_card(m.user), "role": m.role, "muted": m.muted} for m in members],
        "hands": [hand_entry(hand) for hand in hands],
        "invited": [{"person": person_card(i.user)} for i in invitations],
        "chat": chat_page(room)[0],
        "board": [board_entry(item) for item in board],
        "tips": tips_in(room),
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
