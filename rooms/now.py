"""What the room's page shows before its script runs: what view.js, audience.js and caption.js make of it later."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.lib.formats import number
from rooms.enums import Action, Reaction, Role, SpeakRule
from rooms.permissions import may

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.selectors.people import PersonCard
    from rooms.blocks import Blocks
    from rooms.presence import Audience
    from rooms.state import StageEntry, State
    from rooms.views.visiting import RoomPage

# Faces of the crowd; the sample has no more.
MOST_HEADS = 60
# From so many on the crowd goes on to the horizon.
HALL = 1000
_SEAT_ORDER = {Role.HOST: 0, Role.COHOST: 1}
_NOBODY: Audience = {"people": 0, "guests": 0, "away": [], "sample": []}


class Seat(TypedDict):
    """Somebody on the stage, with the words for eyes and ears."""

    person: PersonCard
    role: str
    muted: bool
    away: bool
    # Whether one does not hear them, or they do not hear one.
    apart: bool
    name: str
    label: str


class Head(TypedDict):
    """Somebody in the crowd."""

    person: PersonCard
    raised: bool
    me: bool
    away: bool


class Now(TypedDict):
    """All that the templates ask for."""

    seats: list[Seat]
    heads: list[Head]
    # Whether it is known who is here.
    known: bool
    count: str
    note: str
    beyond: str
    doing: str
    # What everybody is told of a host who is away; notices.js adds the time.
    notice: str
    place: int
    may_raise: bool
    may_speak: bool
    may_step_down: bool
    may_end: bool
    # Whether the rules of the stage are theirs to change.
    may_rule: bool
    reactions: list[Reaction]


def room_now(page: RoomPage) -> Now:
    """Return it for what the page begins with."""
    state: State = page["state"]
    you: PersonCard | None = page["you"]
    audience: Audience = page["audience"] or _NOBODY
    role = role_of(state, you)
    place = next((n for n, hand in enumerate(state["hands"], 1) if you and hand["person"]["id"] == you["id"]), 0)
    heads = _heads(state, you, audience)
    count = _listening(state, audience)
    return {
        "seats": _seats(state["stage"], you, set(audience["away"]), page["blocks"]),
        "heads": heads,
        "known": page["audience"] is not None,
        "count": _count_words(count) if page["audience"] else _("Audience"),
        "note": _note_words(count, audience["guests"], state) if page["audience"] else "",
        "beyond": "" if count <= len(heads) else "hall" if count < HALL else "arena",
        "doing": _doing_words(role, place, _closed_words(state, followed=page["followed_by_host"])),
        "notice": _notice_words(state),
        "place": place,
        "may_raise": may(role, Action.RAISE_HAND),
        "may_speak": may(role, Action.SPEAK),
        "may_step_down": may(role, Action.STEP_DOWN),
        "may_end": may(role, Action.END_ROOM),
        "may_rule": may(role, Action.LOCK_STAGE),
        "reactions": list(Reaction),
    }


def role_of(state: State, you: PersonCard | None) -> Role:
    """Return what somebody is in a room whose state this is."""
    if you is None:
        return Role.GUEST
    return next((Role(entry["role"]) for entry in state["stage"] if entry["person"]["id"] == you["id"]), Role.LISTENER)


def _seats(stage: list[StageEntry], you: PersonCard | None, away: set[str], blocks: Blocks) -> list[Seat]:
    """Return the stage as it sits: the host, the co-hosts, then whoever came first; view.js sorts the same way."""
    ordered = sorted(stage, key=lambda entry: _SEAT_ORDER.get(Role(entry["role"]), 2))
    return [
        _seat(entry, you, away=entry["person"]["id"] in away, apart=_apart_words(entry["person"]["id"], blocks))
        for entry in ordered
    ]


def _apart_words(person_id: str, blocks: Blocks) -> str:
    if person_id in blocks["unheard"]:
        return _("blocked: you do not hear them")
    return _("does not hear you") if person_id in blocks["unheard_by"] else ""


def _seat(entry: StageEntry, you: PersonCard | None, *, away: bool, apart: str) -> Seat:
    person = entry["person"]
    name = _("You") if you and you["id"] == person["id"] else person["name"]
    facts = [
        name,
        {Role.HOST: _("host"), Role.COHOST: _("co-host")}.get(Role(entry["role"]), ""),
        _("muted") if entry["muted"] else _("microphone on"),
        _("not connected") if away else "",
        apart,
    ]
    return {
        "person": person,
        "role": entry["role"],
        "muted": entry["muted"],
        "away": away,
        "apart": bool(apart),
        "name": name,
        "label": ", ".join(fact for fact in facts if fact),
    }


def _heads(state: State, you: PersonCard | None, audience: Audience) -> list[Head]:
    """Return the crowd: oneself in front, then whose hand is up, then those who came first."""
    raised = [hand["person"] for hand in state["hands"]]
    seated = {entry["person"]["id"] for entry in state["stage"]}
    people = _once([*([you] if you else []), *raised, *audience["sample"]], seated)
    ids = {person["id"] for person in raised}
    return [
        {
            "person": person,
            "raised": person["id"] in ids,
            "me": bool(you and person["id"] == you["id"]),
            "away": person["id"] in audience["away"],
        }
        for person in people[:MOST_HEADS]
    ]


def _once(people: Iterable[PersonCard], but: set[str]) -> list[PersonCard]:
    by_id: dict[str, PersonCard] = {}
    for person in people:
        if person["id"] not in but:
            by_id.setdefault(person["id"], person)
    return list(by_id.values())


def _listening(state: State, audience: Audience) -> int:
    """Return how many are connected and not on the stage."""
    seated = {entry["person"]["id"] for entry in state["stage"]}
    on_stage = len(seated) - len(seated & set(audience["away"]))
    return max(0, audience["people"] - on_stage) + audience["guests"]


def _count_words(count: int) -> str:
    if not count:
        return _("Nobody is listening yet")
    return ngettext("%(count)s listening", "%(count)s listening", count) % {"count": number(count)}


def _note_words(count: int, guests: int, state: State) -> str:
    if not count:
        # Where people need an account, or more, the link alone is not enough.
        if not state["room"]["guests_listen"]:
            return _("Share the room, or ask people in.")
        return _("Share the room: its link is enough to listen.")
    if not guests:
        return ""
    words = ngettext("%(count)s without an account", "%(count)s without an account", guests)
    return words % {"count": number(guests)}


def _closed_words(state: State, *, followed: bool) -> str:
    """Return why no hand can go up, empty if one can; speaking_rules.js says the same later."""
    room = state["room"]
    if room["speak_rule"] == SpeakRule.INVITED:
        return _("Here hosts invite who speaks.")
    if room["speak_rule"] == SpeakRule.FOLLOWED and not followed:
        return _("People whom the host follows may raise a hand.")
    return _("No more hands can go up just now.") if room["hands_locked"] else ""


def _notice_words(state: State) -> str:
    if state["room"]["closing_at"]:
        return _("The host has not come back. The room closes soon.")
    return _("The host is away. The room waits for them.") if state["room"]["host_awaited_until"] else ""


def _doing_words(role: Role, place: int, closed: str) -> str:
    if may(role, Action.SPEAK):
        return _("You are on stage, muted.")
    if place:
        return _("Your hand is up, number %(place)s in line.") % {"place": number(place)}
    if closed and may(role, Action.RAISE_HAND):
        return closed
    return _("Raise your hand to speak.") if may(role, Action.RAISE_HAND) else _("Log in to speak and to react.")
