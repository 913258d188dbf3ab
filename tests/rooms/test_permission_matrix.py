"""The table of who may do what, walked cell by cell: each role sends each command and opens each page; the API is
walked in `test_permission_matrix_api`.

Whatever the table allows is done or stops for another reason than the role; whatever it does not is refused as such.
A new command or page fails here until it has its line.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.services.follow import follow
from config.lib.db import in_pool
from config.lib.errors import DomainError
from rooms import urls
from rooms.enums import Action, Role, StageRole
from rooms.models import RaisedHand, StageInvitation, StageMember
from rooms.permissions import MAY, may, may_act_on
from rooms.protocol import FRAME_TYPES
from rooms.services import board, chat, planning
from rooms.services.queue import clear_hands
from tests.factories.people import UserFactory
from tests.factories.rooms import RoomFactory
from tests.factories.tips import shown_tip
from tests.rooms.planned import planned, soon
from tests.rooms.web import cookie_of, wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from rooms.models import Room
    from tests.rooms.web import Web

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

SDP = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n"
# What each command asks the table for, and what it is sent with: a name in braces is somebody of the cast.
COMMANDS: dict[str, tuple[Action, dict[str, Any]]] = {
    "hand.raise": (Action.RAISE_HAND, {}),
    "hand.lower": (Action.LOWER_ANY_HAND, {"person": "{raised}"}),
    "hand.accept": (Action.ACCEPT_HAND, {"person": "{raised}"}),
    "hand.move": (Action.ORDER_HANDS, {"person": "{raised}", "place": 1}),
    "hand.pin": (Action.ORDER_HANDS, {"person": "{raised}"}),
    "hands.clear": (Action.LOWER_ANY_HAND, {}),
    "hands.restore": (Action.LOWER_ANY_HAND, {}),
    "hands.lock": (Action.LOCK_HANDS, {}),
    "stage.lock": (Action.LOCK_STAGE, {}),
    "stage.rule": (Action.SET_SPEAK_RULE, {"rule": "invited"}),
    "stage.invite": (Action.INVITE, {"person": "{outside}"}),
    "stage.uninvite": (Action.INVITE, {"person": "{invited}"}),
    "invitation.accept": (Action.ANSWER_INVITATION, {}),
    "invitation.decline": (Action.ANSWER_INVITATION, {}),
    "stage.leave": (Action.STEP_DOWN, {}),
    "stage.remove": (Action.MOVE_TO_AUDIENCE, {"person": "{seated}"}),
    "stage.role": (Action.CHANGE_ROLE, {"person": "{seated}", "role": "cohost"}),
    "mic.mute": (Action.MUTE_OTHER, {"person": "{seated}"}),
    "mic.mute_all": (Action.MUTE_OTHER, {}),
    "mic.unmute": (Action.SPEAK, {}),
    "handover.offer": (Action.HAND_OVER, {"person": "{seated}"}),
    "handover.withdraw": (Action.HAND_OVER, {}),
    "handover.accept": (Action.TAKE_OVER, {}),
    "handover.decline": (Action.TAKE_OVER, {}),
    "person.remove": (Action.REMOVE, {"person": "{seated}"}),
    "person.ban": (Action.BAN, {"person": "{seated}"}),
    "person.ban everywhere": (Action.BAN_EVERYWHERE, {"person": "{seated}", "everywhere": True}),
    "person.unban": (Action.BAN, {"person": "{outside}"}),
    "person.ping": (Action.PING, {"person": "{outside}"}),
    "admission.withdraw": (Action.ADMIT, {"person": "{outside}"}),
    "room.entry": (Action.SET_ENTRY, {"rule": "followers", "guests_listen": False}),
    "recording.start": (Action.RECORD, {}),
    "recording.stop": (Action.RECORD, {}),
    "room.end": (Action.END_ROOM, {}),
    "react": (Action.REACT, {"name": "clap"}),
    "media.offer": (Action.SPEAK, {"kind": "publish", "sdp": SDP}),
    "media.offer listen": (Action.LISTEN, {"kind": "listen", "sdp": SDP}),
    "mic.mute oneself": (Action.SPEAK, {}),
    "chat.say": (Action.CHAT, {"key": "k", "text": "Bonsoir"}),
    "chat.remove": (Action.MODERATE_CHAT, {"message": "{message}"}),
    "chat.set": (Action.MODERATE_CHAT, {"open": False, "slow": 5}),
    "tip.remove": (Action.MODERATE_CHAT, {"tip": "{tip}"}),
    "board.link": (Action.USE_BOARD, {"url": "https://example.org"}),
    "board.note": (Action.USE_BOARD, {"text": "Another"}),
    "board.pin": (Action.USE_BOARD, {"item": "{item}"}),
    "board.remove": (Action.USE_BOARD, {"item": "{item}"}),
    "board.restore": (Action.USE_BOARD, {"item": "{item}"}),
}
# What one asks for oneself and has already, so that a second device is not told off: answered with `ok`.
ALREADY = {
    # Whoever is on the stage has accepted, or has nothing to decline.
    "invitation.accept": {Role.HOST, Role.COHOST, Role.SPEAKER},
    "invitation.decline": {Role.HOST, Role.COHOST, Role.SPEAKER},
    # Whoever is the host has taken the room over.
    "handover.accept": {Role.HOST},
    # Whoever is in the audience has left the stage.
    "stage.leave": {Role.LISTENER, Role.GUEST},
}
# Whose matter these are does not hang on a role: the connection itself, one's own session, what one may know of blocks.
BY_NO_ROLE = {"hello", "resync", "media.close", "blocks.list"}
# Each page and address of the API, and what it asks the table for; None if it shows the same to every role.
PAGES: dict[str, Action | None] = {
    "hallway": None,
    "order": None,
    "search": None,
    "topics": None,
    "topic": None,
    "topic-follow": None,
    "share-picture": None,
    "planned": None,
    "feed": None,
    "feed-renew": None,
    "bans": None,
    "ping": None,
    "report": None,
    "calendar": None,
    "remind": None,
    "create": None,
    "room": None,
    "people": None,
    "chat": None,
    "board-picture": None,
    "words": None,
    "replays": None,
    "replay-sound": None,
    "replay-heard": None,
    "stats-overview": None,
    "stats-overview-file": None,
    "replay-retry": Action.RECORD,
    "replay-delete": Action.RECORD,
}
# What is done with a planned room, and the page that does it; another time is a field of the page that edits.
PLANS: dict[Action, tuple[str, Callable[[str, User | None], object]]] = {
    Action.OPEN_LOBBY: ("open", lambda room, by: planning.open_lobby(room, by=by)),
    Action.START_ROOM: ("start", lambda room, by: planning.start_room(room, by=by)),
    Action.EDIT_ROOM: ("edit", lambda room, by: planning.edit_room(room, by=by, title="Another", description="")),
    Action.RESCHEDULE: ("edit", lambda room, by: planning.reschedule_room(room, by=by, starts_at=soon(days=2))),
    Action.CANCEL_ROOM: ("cancel", lambda room, by: planning.cancel_room(room, by=by)),
}
# Pages that are only read, and what else their address names.
READ: dict[str, tuple[Action, list[str]]] = {
    "stats": (Action.SEE_STATS, []),
    "stats-file": (Action.SEE_STATS, ["minutes"]),
}


def cast_in(room: Room, actor: User | None, role: Role) -> dict[str, str]:
    """Fill a room so that every command has something to do; return the ids by the names of the cast."""
    raised, invited, outside = UserFactory.create_batch(3)
    seated = UserFactory.create()
    StageMember.objects.create(room=room, user=seated, role=StageRole.SPEAKER, muted=False)
    for person, position in ((UserFactory.create(), 1), (raised, 2)):
        RaisedHand.objects.create(room=room, user=person, position=position)
    StageInvitation.objects.create(room=room, user=invited, invited_by=room.host)
    if actor is not None and role in (Role.COHOST, Role.SPEAKER):
        StageMember.objects.create(room=room, user=actor, role=StageRole(role))
    named = {"raised": raised, "invited": invited, "outside": outside, "seated": seated}
    ids = {f"{{{name}}}": person.public_id for name, person in named.items()}
    ids["{message}"] = chat.say(room.public_id, by=seated, text="Hello", key="k")
    ids["{tip}"] = shown_tip(room, seated).public_id
    ids["{item}"] = board.put_note(room.public_id, by=room.host, text="A note")
    return ids


def prepare(command: str, role: Role, actor: User | None) -> tuple[Room, dict[str, str]]:
    room: Room = RoomFactory(host=actor) if role is Role.HOST else RoomFactory()
    ids = cast_in(room, actor, role)
    if command == "hands.restore":
        clear_hands(room.public_id, by=room.host)
    if command == "invitation.accept" and role is Role.LISTENER and actor is not None:
        StageInvitation.objects.create(room=room, user=actor, invited_by=room.host)
    if command == "person.ping" and actor is not None:
        follow(actor, User.objects.get(public_id=ids["{outside}"]))
    if command == "handover.accept" and role in (Role.COHOST, Role.SPEAKER):
        room.offered_to = actor
        room.save(update_fields=["offered_to"])
    return room, ids


async def outcome(web: Web, command: str, role: Role) -> str:
    """Let somebody of this role send the command in a room of its own; return `ok` or the code of the refusal."""
    actor = None if role is Role.GUEST else await in_pool(UserFactory.create)()
    room, ids = await in_pool(prepare)(command, role, actor)
    cookie = await in_pool(cookie_of)(actor) if actor else ""
    keys = {
        key: ids.get(value, value) if isinstance(value, str) else value for key, value in COMMANDS[command][1].items()
    }
    async with wire(web, f"/ws/rooms/{room.public_id}/", cookie) as socket:
        await socket.hello()
        answer = await socket.ask(command.split(maxsplit=1)[0], **keys)
    code: str = answer.get("code", "ok")
    # No relay runs: it was asked, so the table did not stand in the way.
    return "ok" if code == "relay_unavailable" else code


def expected(command: str, role: Role) -> str:
    action, _ = COMMANDS[command]
    if may(role, action) or role in ALREADY.get(command, ()):
        return "ok"
    return "login_required" if role is Role.GUEST else "forbidden"


def test_every_command_has_its_line() -> None:
    assert {command.split()[0] for command in COMMANDS} == set(FRAME_TYPES) - BY_NO_ROLE


def test_every_action_is_asked_for_by_some_command() -> None:
    assert {action for action, _ in COMMANDS.values()} | set(PLANS) | {action for action, _ in READ.values()} == set(
        Action
    )


@pytest.mark.parametrize("role", Role)
async def test_each_command_is_done_or_refused_as_the_table_says(web: Web, role: Role) -> None:
    found = {command: await outcome(web, command, role) for command in COMMANDS}
    assert found == {command: expected(command, role) for command in COMMANDS}


@pytest.mark.parametrize("role", Role)
async def test_nobody_acts_on_an_equal_or_on_somebody_above(web: Web, role: Role) -> None:
    """The second table: on a co-host and on the host themselves, whoever asks."""
    found, wanted = {}, {}
    for target in (Role.HOST, Role.COHOST):
        for command in ("stage.remove", "mic.mute", "person.remove", "person.ban"):
            actor = None if role is Role.GUEST else await in_pool(UserFactory.create)()
            room, _ = await in_pool(prepare)("", role, actor)
            above = room.host if target is Role.HOST else await in_pool(_cohost_of)(room)
            cookie = await in_pool(cookie_of)(actor) if actor else ""
            async with wire(web, f"/ws/rooms/{room.public_id}/", cookie) as socket:
                await socket.hello()
                answer = await socket.ask(command, person=above.public_id)
            allowed = may_act_on(role, target)
            # One's own microphone is nobody else's.
            allowed = allowed or (command == "mic.mute" and above == actor)
            found[target, command] = answer.get("code", "ok")
            refused = "login_required" if role is Role.GUEST else "forbidden"
            wanted[target, command] = "ok" if allowed else refused
    assert found == wanted


def _cohost_of(room: Room) -> User:
    person: User = UserFactory.create()
    StageMember.objects.create(room=room, user=person, role=StageRole.COHOST)
    return person


def test_every_page_has_its_line() -> None:
    assert {pattern.name for pattern in urls.urlpatterns} == set(PAGES) | set(READ) | {
        page for page, _ in PLANS.values()
    }


@pytest.mark.parametrize("role", Role)
def test_each_page_is_open_or_closed_as_the_table_says(role: Role) -> None:
    actor = None if role is Role.GUEST else UserFactory.create()
    room, _ = prepare("", role, actor)
    client = Client()
    if actor:
        client.force_login(actor)
    found = {}
    for page in [name for name, action in PAGES.items() if action is not None]:
        response = client.post(reverse(f"rooms:{page}", args=[room.public_id, "2" * 14]))
        found[page] = response.status_code
    # There is no such replay; whoever may not manage any is not told so much.
    closed = HTTPStatus.UNAUTHORIZED if role is Role.GUEST else HTTPStatus.FORBIDDEN
    assert found == {
        page: HTTPStatus.NOT_FOUND if may(role, action) else closed for page, action in PAGES.items() if action
    }


@pytest.mark.parametrize("role", Role)
def test_each_page_is_shown_or_kept_as_the_table_says(role: Role) -> None:
    actor = None if role is Role.GUEST else UserFactory.create()
    room, _ = prepare("", role, actor)
    client = Client()
    if actor:
        client.force_login(actor)
    found = {
        page: client.get(reverse(f"rooms:{page}", args=[room.public_id, *more])).status_code
        for page, (_, more) in READ.items()
    }
    closed = HTTPStatus.UNAUTHORIZED if role is Role.GUEST else HTTPStatus.FORBIDDEN
    assert found == {page: HTTPStatus.OK if may(role, action) else closed for page, (action, _) in READ.items()}


@pytest.mark.parametrize("role", Role)
def test_page_and_api_show_a_room_to_every_role_and_the_page_tells_the_same_table(role: Role) -> None:
    actor = None if role is Role.GUEST else UserFactory.create()
    room, _ = prepare("", role, actor)
    client = Client()
    if actor:
        client.force_login(actor)
    page = client.get(reverse("rooms:room", args=[room.public_id]), headers={"accept": "application/json"})
    assert page.json()["may"] == {each.value: sorted(actions) for each, actions in MAY.items()}
    shown = client.get(reverse("api:space", args=[room.public_id]))
    assert (page.status_code, shown.status_code) == (HTTPStatus.OK, HTTPStatus.OK)


def planned_in(role: Role) -> tuple[Room, User | None]:
    """Return a planned room and somebody with that role in it."""
    actor = None if role is Role.GUEST else UserFactory.create()
    room = planned(actor if actor and role is Role.HOST else UserFactory.create())
    if actor is not None and role in (Role.COHOST, Role.SPEAKER):
        StageMember.objects.create(room=room, user=actor, role=StageRole(role))
    return room, actor


@pytest.mark.parametrize("role", Role)
def test_each_plan_is_done_or_refused_as_the_table_says(role: Role) -> None:
    found = {}
    for action, (_, deed) in PLANS.items():
        room, actor = planned_in(role)
        try:
            deed(room.public_id, actor)
        except DomainError as error:
            found[action] = error.code
        else:
            found[action] = "ok"
    refused = "login_required" if role is Role.GUEST else "forbidden"
    assert found == {action: "ok" if may(role, action) else refused for action in PLANS}


@pytest.mark.parametrize("role", Role)
def test_each_page_of_plans_is_open_or_closed_as_the_table_says(role: Role) -> None:
    found = {}
    for action, (page, _) in PLANS.items():
        room, actor = planned_in(role)
        client = Client()
        if actor:
            client.force_login(actor)
        response = client.post(reverse(f"rooms:{page}", args=[room.public_id]))
        asked_in = response.status_code == HTTPStatus.FOUND and reverse("account_login") in response["Location"]
        found[action] = "login" if asked_in else "closed" if response.status_code == HTTPStatus.FORBIDDEN else "open"
    closed = "login" if role is Role.GUEST else "closed"
    assert found == {action: "open" if may(role, action) else closed for action in PLANS}
