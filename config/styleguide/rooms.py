"""Whole rooms in the style guide: the real page, of which nothing is connected, in every state that it can be in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.selectors.people import drawing_url
from config.lib.errors import NotFoundError
from config.styleguide.samples import LONG_NAME, LONG_TITLE, NAMES
from config.styleguide.views import for_staff
from rooms.enums import Role, RoomState, SpeakRule
from rooms.models import Room
from rooms.now import MOST_HEADS
from rooms.views.visiting import room_context, room_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.selectors.people import PersonCard
    from rooms.presence import Audience
    from rooms.state import StageEntry, State

STAGES = (1, 5, 6, 13)
AUDIENCES = (3, 300, 30_000)
# Above everybody of the stage.
CROWD_FROM = 100
YOU = 0
TITLE = "Why are our cities so loud at night?"
DESCRIPTION = "Bars, vans, cooling units: who makes the noise, who hears it, and what a city can do."
REASONS = (
    "I drive a delivery van at night.",
    "",
    "We measured it for a year in four streets, and it is not what people think: shall I tell you the figures now?",
)
ALL_LONG = (LONG_NAME, "Olufunmilayo Adebayo-Richardson-Whitlock")


@dataclass(frozen=True)
class Scene:
    """What is particular about a room of the guide."""

    role: Role = Role.LISTENER
    stage: int = 6
    listening: int = 300
    hands: int = 3
    raised: bool = False
    invited: bool = False
    pinned: bool = False
    hands_locked: bool = False
    stage_locked: bool = False
    speak_rule: SpeakRule = SpeakRule.EVERYONE
    offered: bool = False
    title: str = TITLE
    language: str = "en"
    recording: bool = False
    trouble: bool = False
    ended: bool = False
    awaited: bool = False
    closing: bool = False
    away: int = 0
    names: tuple[str, ...] = NAMES
    still: dict[str, Any] = field(default_factory=dict)


def _matrix() -> dict[str, Scene]:
    roles = (Role.LISTENER, Role.SPEAKER, Role.HOST)
    return {
        f"{role.value}-{stage}-{listening}": Scene(role=role, stage=stage, listening=listening)
        for role, stage, listening in product(roles, STAGES, AUDIENCES)
        # Whoever speaks beside nobody is the host.
        if not (role is Role.SPEAKER and stage == 1)
    }


LISTENER = Scene()
HOST = Scene(role=Role.HOST)
SCENES: dict[str, Scene] = {
    **_matrix(),
    "guest": Scene(role=Role.GUEST),
    "empty": Scene(role=Role.HOST, stage=1, listening=0, hands=0),
    "unknown-audience": replace(LISTENER, listening=-1),
    "no-sound": replace(LISTENER, still={"tap": True, "hearing": "off"}),
    "silenced": replace(LISTENER, still={"paused": True, "hearing": "off"}),
    "sound-dropped": replace(LISTENER, still={"hearing": "reconnecting"}),
    "weak-network": replace(LISTENER, still={"network": "bad"}),
    "reconnecting": replace(LISTENER, raised=True, still={"phase": "reconnecting"}),
    "invited": replace(LISTENER, invited=True),
    "hand-up": replace(LISTENER, raised=True),
    "long-queue": replace(HOST, hands=40),
    "full-stage": replace(HOST, stage=13),
    "ordered-queue": replace(HOST, hands=8, pinned=True),
    "locked": replace(HOST, hands_locked=True, stage_locked=True, speak_rule=SpeakRule.FOLLOWED),
    "hands-locked": replace(LISTENER, hands_locked=True),
    "only-invited": replace(LISTENER, hands=0, speak_rule=SpeakRule.INVITED),
    "room-offered": replace(HOST, offered=True),
    "room-offered-to-you": Scene(role=Role.SPEAKER, offered=True),
    "on-air": replace(HOST, still={"voice": "air"}),
    "microphone-refused": Scene(role=Role.SPEAKER, still={"voice": "refused"}),
    "microphone-connecting": Scene(role=Role.SPEAKER, still={"voice": "connecting"}),
    "recorded": replace(LISTENER, recording=True),
    "recorded-host": replace(HOST, recording=True),
    "recording-trouble": replace(HOST, recording=True, trouble=True),
    "away": replace(LISTENER, away=2),
    "host-away": replace(LISTENER, away=1, awaited=True),
    "closing": replace(LISTENER, away=1, closing=True),
    "elsewhere": replace(LISTENER, raised=True, still={"phase": "elsewhere", "paused": True, "hearing": "off"}),
    "long-title": Scene(role=Role.HOST, title=LONG_TITLE, language="fr"),
    "long-names": Scene(stage=13, names=ALL_LONG),
    "reactions": replace(LISTENER, still={"reactions": {"clap": 1204, "heart": 318, "flower": 7}}),
    "ended": replace(LISTENER, ended=True, still={"phase": "ended"}),
}


def paths() -> list[str]:
    """Return the address of every room of the guide."""
    return [reverse("styleguide:room", args=[name]) for name in SCENES]


@require_safe
@for_staff
def room(request: HttpRequest, name: str) -> HttpResponse:
    """Show the room's page in one state."""
    scene = SCENES.get(name)
    if scene is None:
        raise NotFoundError
    host = User(
        public_id=_person(scene, 0 if scene.role is Role.HOST else 1)["id"], handle="guide0", display_name=NAMES[0]
    )
    found = Room(public_id="guideroom", title=scene.title, language=scene.language, host=host)
    found.description = DESCRIPTION
    you = None if scene.role is Role.GUEST else _person(scene, YOU)
    page = room_page(found, you, 1, _state(scene, you), _audience(scene, you))
    page["still"] = {"phase": "live", "hearing": "on", "tap": False, "levels": _levels(page["state"]), **scene.still}
    page["address"] = request.path
    return render(request, "rooms/room.html", room_context(found, page, login=reverse("account_login")))


def _person(scene: Scene, index: int) -> PersonCard:
    key = f"guide{index:09}"
    name = scene.names[index % len(scene.names)]
    return {"id": key, "handle": f"guide{index}", "name": name, "portrait": drawing_url(key)}


def _state(scene: Scene, you: PersonCard | None) -> State:
    now = timezone.now()
    # In a large crowd hands go up here and there; in a small one there are not that many people.
    apart = 3 if scene.listening > MOST_HEADS else 1
    hands = [
        _person(scene, CROWD_FROM + apart * index) for index in range(min(scene.hands, max(0, scene.listening - 1)))
    ]
    if scene.raised and you:
        hands.insert(min(2, len(hands)), you)
    waits = [now - timedelta(minutes=len(hands) - index - 1) for index in range(len(hands))]
    return {
        "room": {
            "id": "guideroom",
            "title": scene.title,
            "description": "",
            "language": scene.language,
            "state": RoomState.ENDED.value if scene.ended else RoomState.LIVE.value,
            "starts_at": None,
            "started_at": (now - timedelta(minutes=48, seconds=12)).isoformat(),
            "ended_at": None,
            "recording": scene.recording,
            "recording_trouble": scene.trouble,
            "hands_locked": scene.hands_locked,
            "stage_locked": scene.stage_locked,
            "speak_rule": scene.speak_rule,
            "offered_to": None if not scene.offered else _person(scene, YOU if scene.role is Role.SPEAKER else 1)["id"],
            "host_awaited_until": (now + timedelta(seconds=42)).isoformat() if scene.awaited else None,
            "closing_at": (now + timedelta(seconds=287)).isoformat() if scene.closing else None,
            "entry_rule": "everyone",
            "guests_listen": True,
            "chat_open": True,
            "chat_slow": 0,
            "topics": [],
        },
        "stage": _stage(scene),
        "hands": [
            {
                "person": person,
                "raised_at": at.isoformat(),
                "reason": REASONS[index % len(REASONS)],
                "pinned": scene.pinned and index == 0,
            }
            for index, (person, at) in enumerate(zip(hands, waits, strict=True))
        ],
        "invited": [{"person": you}] if scene.invited and you else [],
        "chat": [],
        "board": [],
        "tips": [],
    }


def _stage(scene: Scene) -> list[StageEntry]:
    """Return the stage; whoever looks sits on it in the host's or the last seat, or not at all."""
    others = [_person(scene, index) for index in range(1, scene.stage + 1)]
    roles = [Role.HOST, *([Role.COHOST] * (2 if scene.stage > 2 else 0))]
    if scene.role is Role.HOST:
        others = [_person(scene, YOU), *others[: scene.stage - 1]]
    elif scene.role is Role.SPEAKER:
        others = [*others[: scene.stage - 1], _person(scene, YOU)]
    return [
        {
            "person": person,
            "role": roles[index] if index < len(roles) else Role.SPEAKER,
            "muted": index > 1 and index % 5 != 3,
        }
        for index, person in enumerate(others)
    ]


def _levels(state: State) -> dict[str, float]:
    """Let the first two who are not muted talk, one of them softly."""
    talking = [entry["person"]["id"] for entry in state["stage"] if not entry["muted"]]
    return dict(zip(talking, (0.7, 0.25), strict=False))


def _audience(scene: Scene, you: PersonCard | None) -> Audience | None:
    if scene.listening < 0:
        return None
    guests = scene.listening // 10
    listens = you is not None and scene.role is Role.LISTENER
    people = [_person(scene, CROWD_FROM + index) for index in range(min(MOST_HEADS, scene.listening - guests))]
    if listens and you and people:
        people = [you, *people[: MOST_HEADS - 1]][: scene.listening - guests]
    stage = [entry["person"]["id"] for entry in _stage(scene)]
    away = stage[-scene.away :] if scene.away else []
    if scene.awaited or scene.closing:
        away = stage[:1]
    return {
        "people": scene.listening - guests + scene.stage - len(away),
        "guests": guests,
        "away": away,
        "sample": people,
    }
