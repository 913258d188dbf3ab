"""What a visit to a room begins with, for its page and its lobby."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from django.conf import settings
from django.urls import reverse

from rooms.blocks import no_blocks
from rooms.entry_words import rule_choices
from rooms.enums import Action, Role
from rooms.models import REASON_MAX_LENGTH
from rooms.permissions import MAY, may, may_act_on

if TYPE_CHECKING:
    from accounts.selectors.people import PersonCard
    from rooms.blocks import Blocks
    from rooms.models import Room
    from rooms.presence import Audience
    from rooms.state import State


class RoomPage(TypedDict):
    """What a visit to a room begins with; PageData of view.js is the same."""

    id: str
    title: str
    address: str
    still: dict[str, Any] | None
    socket: str
    you: PersonCard | None
    seq: int
    state: State
    audience: Audience | None
    may: dict[str, list[str]]
    below: dict[str, list[str]]
    stage_limit: int
    # Whether the host, as the state names them, follows whoever looks.
    followed_by_host: bool
    profile: str
    people: str
    # Whom one may ask in.
    ping: str
    report: str
    blocks: Blocks
    # Whose coming and going makes no sound.
    quiet: list[str]
    # Whose messages one does not see.
    hidden: list[str]
    chat: str
    words: str
    # What topics are called in the language of the page, by their address.
    topics: dict[str, str]


def room_context(found: Room, page: RoomPage, *, login: str) -> dict[str, Any]:
    """Return what the room's template needs: the rest is in rooms.now."""
    you = page["you"]
    return {
        "room": found,
        "you": you,
        "may_record": you is not None and you["id"] == found.host.public_id,
        "may_see_stats": may(_role_of(you, page["state"]), Action.SEE_STATS),
        "hands": page["state"]["hands"],
        "reason_most": REASON_MAX_LENGTH,
        "page": page,
        "login": login,
        "entry_rules": rule_choices(),
        "topics": [{"slug": slug, "name": page["topics"].get(slug, slug)} for slug in page["state"]["room"]["topics"]],
    }


def _role_of(you: PersonCard | None, state: State) -> Role:
    """Return what somebody is in a room that is shown."""
    if you is None:
        return Role.GUEST
    return next((Role(one["role"]) for one in state["stage"] if one["person"]["id"] == you["id"]), Role.LISTENER)


def room_page(found: Room, you: PersonCard | None, seq: int, state: State, audience: Audience | None) -> RoomPage:
    """Return what a visit begins with."""
    if audience and you and you["id"] in audience["away"]:
        # They are about to be there.
        audience["away"].remove(you["id"])
    return {
        "id": found.public_id,
        "title": found.title,
        "address": reverse("rooms:room", args=[found.public_id]),
        "still": None,
        "socket": f"/ws/rooms/{found.public_id}/",
        "you": you,
        "seq": seq,
        "state": state,
        "audience": audience,
        "may": {role.value: sorted(action.value for action in actions) for role, actions in MAY.items()},
        "below": {role.value: [other.value for other in Role if may_act_on(role, other)] for role in Role},
        "stage_limit": settings.ROOM_STAGE_LIMIT,
        "followed_by_host": False,
        "people": reverse("rooms:people", args=[found.public_id]),
        "ping": reverse("rooms:ping", args=[found.public_id]),
        "report": reverse("rooms:report", args=[found.public_id]),
        "profile": reverse("accounts:profile", args=["HANDLE"]),
        "blocks": no_blocks(),
        "quiet": [],
        "hidden": [],
        "chat": reverse("rooms:chat", args=[found.public_id]),
        "words": reverse("rooms:words"),
        "topics": {},
    }
