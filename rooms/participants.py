"""Reads about who is in a room: its stage first, then its audience as it came, as somebody may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from accounts.models import User
from accounts.selectors.blocking import blocked_ids
from accounts.selectors.people import PersonCard, person_card
from rooms import presence
from rooms.enums import Action, Role
from rooms.models import RaisedHand, StageMember
from rooms.permissions import may
from rooms.selectors import QUEUE_ORDER, iso, role_in

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from rooms.models import Room


class Participant(TypedDict):
    """Somebody in a room."""

    person: PersonCard
    role: str
    # Of those on the stage; None for the audience, whose microphones are nowhere.
    muted: bool | None
    # Whether a device of theirs is connected now.
    connected: bool


class PlacedHand(TypedDict):
    """A raised hand and where it stands."""

    place: int
    person: PersonCard
    raised_at: str
    reason: str
    pinned: bool


def participants(
    room: Room, user: User | AnonymousUser | None, start: int, limit: int, *, stage: bool = True, audience: bool = True
) -> tuple[list[Participant], int | None]:
    """Return up to `limit` of those in the room from place `start` on, and where to go on, if anywhere.

    A page may hold fewer than `limit` and not be the last: whoever sits on the stage stands there only, and of the
    audience nobody is shown to somebody with whom they have a block, unless it is theirs to moderate.
    """
    seated = _seated(room)
    front = seated if stage else []
    found = front[start : start + limit]
    if not audience:
        return found, start + limit if start + limit < len(front) else None
    left = limit - len(found)
    if left <= 0:
        return found, start + limit
    offset = max(0, start - len(front))
    here = presence.people_of(room.public_id, offset=offset, limit=left)
    hidden = {entry["person"]["id"] for entry in seated} | _hidden(room, user, [card["id"] for card in here])
    found += [
        {"person": card, "role": Role.LISTENER.value, "muted": None, "connected": True}
        for card in here
        if card["id"] not in hidden
    ]
    return found, start + limit if len(here) == left else None


def _seated(room: Room) -> list[Participant]:
    members = list(StageMember.objects.filter(room=room).select_related("user").order_by("id"))
    here = presence.who_is_here(room.public_id, [member.user.public_id for member in members])
    return [
        {
            "person": person_card(member.user),
            "role": member.role,
            "muted": member.muted,
            "connected": member.user.public_id in here,
        }
        for member in members
    ]


def _hidden(room: Room, user: User | AnonymousUser | None, people: list[str]) -> set[str]:
    """Return whom of the audience somebody does not see."""
    if not isinstance(user, User) or may(role_in(room, user), Action.REMOVE):
        return set()
    blocked = User.objects.filter(public_id__in=people, pk__in=blocked_ids(user))
    return set(blocked.values_list("public_id", flat=True))


def hands_from(room: Room, start: int, limit: int) -> tuple[list[PlacedHand], int | None]:
    """Return up to `limit` raised hands from place `start` (counted from 0) on, and where to go on, if anywhere."""
    line = RaisedHand.objects.filter(room=room).select_related("user").order_by(*QUEUE_ORDER)
    hands = list(line[start : start + limit + 1])
    found: list[PlacedHand] = [
        {
            "place": start + number,
            "person": person_card(hand.user),
            "raised_at": iso(hand.raised_at),
            "reason": hand.reason,
            "pinned": hand.pinned,
        }
        for number, hand in enumerate(hands[:limit], start=1)
    ]
    return found, start + limit if len(hands) > limit else None
