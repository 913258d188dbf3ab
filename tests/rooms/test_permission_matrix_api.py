"""The same table walked over the API: each role calls each address with each method.

A new address fails here until it has its lines.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from rooms.api import urls
from rooms.enums import Action, Role
from rooms.models import Ban, StageInvitation
from rooms.permissions import may
from rooms.services.queue import clear_hands
from tests.factories.people import UserFactory
from tests.rooms.planned import soon
from tests.rooms.test_permission_matrix import planned_in, prepare

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User
    from rooms.models import Room

pytestmark = [pytest.mark.django_db(transaction=True)]

OFFER, RESTORE = "put space-offer", "post space-hands-restore"
# What each call asks the table for, and its body; behind a `#` stands what tells two calls of one address apart. A name
# in braces is somebody of the cast, in the address and in the body alike.
LIVE: dict[str, tuple[Action, dict[str, Any]]] = {
    "patch space #words": (Action.EDIT_ROOM, {"title": "Another", "description": "Words"}),
    "patch space #door": (Action.SET_ENTRY, {"entry_rule": "followers"}),
    "patch space #guests": (Action.SET_ENTRY, {"guests_listen": False}),
    "patch space #rule": (Action.SET_SPEAK_RULE, {"speak_rule": "invited"}),
    "patch space #hands": (Action.LOCK_HANDS, {"hands_locked": True}),
    "patch space #stage": (Action.LOCK_STAGE, {"stage_locked": True}),
    "patch space #chat": (Action.MODERATE_CHAT, {"chat_open": False, "chat_slow": 30}),
    "patch space #topics": (Action.EDIT_ROOM, {"topics": []}),
    "post space-end": (Action.END_ROOM, {}),
    "delete space-participant {seated}": (Action.REMOVE, {}),
    "post space-participant-mute {seated}": (Action.MUTE_OTHER, {}),
    "post space-participant-mute me": (Action.SPEAK, {}),
    "post space-mute": (Action.MUTE_OTHER, {}),
    "patch space-stage {seated}": (Action.CHANGE_ROLE, {"role": "cohost"}),
    "delete space-stage {seated}": (Action.MOVE_TO_AUDIENCE, {}),
    "delete space-stage me": (Action.STEP_DOWN, {}),
    "put space-invitation {outside}": (Action.INVITE, {}),
    "delete space-invitation {invited}": (Action.INVITE, {}),
    "post space-invitation-accept": (Action.ANSWER_INVITATION, {}),
    "post space-invitation-decline": (Action.ANSWER_INVITATION, {}),
    "get space-bans": (Action.BAN, {}),
    "put space-ban {outside}": (Action.BAN, {}),
    "put space-ban {outside} #everywhere": (Action.BAN_EVERYWHERE, {"everywhere": True}),
    "delete space-ban {outside}": (Action.BAN, {}),
    "post space-hands": (Action.RAISE_HAND, {"reason": "Tides"}),
    "delete space-hands": (Action.LOWER_ANY_HAND, {}),
    RESTORE: (Action.LOWER_ANY_HAND, {}),
    "patch space-hand {raised}": (Action.ORDER_HANDS, {"pinned": True, "place": 1}),
    "delete space-hand {raised}": (Action.LOWER_ANY_HAND, {}),
    "post space-hand-accept {raised}": (Action.ACCEPT_HAND, {}),
    OFFER: (Action.HAND_OVER, {"person": "{seated}"}),
    "delete space-offer": (Action.HAND_OVER, {}),
    "post space-offer-accept": (Action.TAKE_OVER, {}),
    "post space-offer-decline": (Action.TAKE_OVER, {}),
    "post space-board": (Action.USE_BOARD, {"text": "Another"}),
    "post space-board #link": (Action.USE_BOARD, {"url": "https://example.org"}),
    "put space-board-pin": (Action.USE_BOARD, {"item": "{item}"}),
    "delete space-board-pin": (Action.USE_BOARD, {}),
    "delete space-board-item {item}": (Action.USE_BOARD, {}),
    "post space-board-item-restore {item}": (Action.USE_BOARD, {}),
    "post space-chat": (Action.CHAT, {"text": "Bonsoir"}),
    "delete space-message {message}": (Action.MODERATE_CHAT, {}),
    "get space-stats": (Action.SEE_STATS, {}),
}
PLANNED: dict[str, tuple[Action, Callable[[], dict[str, Any]]]] = {
    "post space-open": (Action.OPEN_LOBBY, dict),
    "post space-start": (Action.START_ROOM, dict),
    "post space-cancel": (Action.CANCEL_ROOM, dict),
    "patch space #moved": (Action.RESCHEDULE, lambda: {"starts_at": soon(days=2).isoformat()}),
    "patch space #planned words": (Action.EDIT_ROOM, lambda: {"language": "fr"}),
    "patch space #planned door": (Action.SET_ENTRY, lambda: {"entry_rule": "followers"}),
}
# These show the same to every role.
SHOWN = {
    "get topics",
    "get spaces",
    "get space",
    "get space-participants",
    "get space-hands",
    "get space-board",
    "get space-chat",
}
OF_NO_ROOM = {"get topics", "get spaces"}
# Whoever has an account may tell staff, from outside as well: it asks for no role.
TOLD_TO_STAFF = {"post space-message-report"}
# Whoever has an account asks for a room of their own, in which they are the host.
ONES_OWN = {"post spaces"}
# What one asks for oneself and has already: done.
ALREADY = {
    "post space-invitation-accept": {Role.HOST, Role.COHOST, Role.SPEAKER},
    "post space-invitation-decline": {Role.HOST, Role.COHOST, Role.SPEAKER},
    "post space-offer-accept": {Role.HOST},
    "delete space-stage me": {Role.LISTENER},
}


def call(client: Client, line: str, room: Room, ids: dict[str, str], body: dict[str, Any]) -> Any:
    method, name, *rest = line.partition(" #")[0].split()
    keys = {"public_id": room.public_id}
    if rest:
        keys[_argument(name)] = ids.get(rest[0], rest[0])
    said = {key: ids.get(value, value) if isinstance(value, str) else value for key, value in body.items()}
    more = {} if method == "get" else {"data": said, "content_type": "application/json"}
    return getattr(client, method)(reverse(f"api:{name}", kwargs=keys), **more)


def _argument(name: str) -> str:
    """Return what an address calls the one that it names beside its room."""
    pattern: Any = next(found.pattern for found in urls.urlpatterns if found.name == name)
    (argument,) = set(pattern.regex.groupindex) - {"public_id"}
    return str(argument)


def outcome(response: Any) -> str:
    return "ok" if response.status_code < HTTPStatus.BAD_REQUEST else str(response.json()["code"])


def client_of(actor: User | None) -> Client:
    client = Client()
    if actor:
        client.force_login(actor)
    return client


def expected(line: str, action: Action, role: Role) -> str:
    if may(role, action) or role in ALREADY.get(line, ()):
        return "ok"
    return "login_required" if role is Role.GUEST else "forbidden"


def live(line: str, role: Role) -> tuple[Room, dict[str, str], User | None]:
    actor = None if role is Role.GUEST else UserFactory.create()
    room, ids = prepare("", role, actor)
    if line == RESTORE:
        clear_hands(room.public_id, by=room.host)
    if line == "post space-invitation-accept" and role is Role.LISTENER and actor is not None:
        StageInvitation.objects.create(room=room, user=actor, invited_by=room.host)
    if line == "post space-offer-accept" and role in (Role.COHOST, Role.SPEAKER):
        room.offered_to = actor
        room.save(update_fields=["offered_to"])
    return room, ids, actor


def _view(pattern: Any) -> Any:
    return pattern.callback.view_class


def test_every_address_and_method_of_the_api_has_its_line() -> None:
    methods = ("get", "post", "put", "patch", "delete")
    known = {
        f"{method} {pattern.name}"
        for pattern in urls.urlpatterns
        for method in methods
        if hasattr(_view(pattern), method)
    }
    lines = {*LIVE, *PLANNED, *SHOWN, *ONES_OWN, *TOLD_TO_STAFF}
    assert {" ".join(line.split()[:2]) for line in lines} == known


@pytest.mark.parametrize("role", Role)
def test_each_call_is_done_or_refused_as_the_table_says(role: Role) -> None:
    found, wanted = {}, {}
    for line, (action, body) in LIVE.items():
        room, ids, actor = live(line, role)
        found[line] = outcome(call(client_of(actor), line, room, ids, body))
        wanted[line] = expected(line, action, role)
    assert found == wanted


@pytest.mark.parametrize("role", Role)
def test_each_call_on_a_planned_room_is_done_or_refused_as_the_table_says(role: Role) -> None:
    found, wanted = {}, {}
    for line, (action, body) in PLANNED.items():
        room, actor = planned_in(role)
        found[line] = outcome(call(client_of(actor), line, room, {}, body()))
        wanted[line] = expected(line, action, role)
    assert found == wanted


@pytest.mark.parametrize("role", Role)
def test_what_is_shown_is_shown_to_every_role(role: Role) -> None:
    room, _ids, actor = live("", role)
    client = client_of(actor)
    names = {line.split()[1]: [] if line in OF_NO_ROOM else [room.public_id] for line in SHOWN}
    found = {name: client.get(reverse(f"api:{name}", args=given)).status_code for name, given in names.items()}
    assert found == dict.fromkeys(names, HTTPStatus.OK)


@pytest.mark.parametrize("role", Role)
def test_message_is_reported_by_whoever_has_an_account(role: Role) -> None:
    room, ids, actor = live("", role)
    response = call(client_of(actor), "post space-message-report {message}", room, ids, {"category": "spam"})
    assert outcome(response) == ("login_required" if role is Role.GUEST else "ok")


@pytest.mark.parametrize("kept_out", ["ban", "rule"])
def test_whoever_may_not_enter_does_nothing_by_the_api_either(kept_out: str) -> None:
    """On a socket they never get so far as to send a command."""
    found = {}
    for line in LIVE:
        room, ids, _ = live(line, Role.SPEAKER)
        actor: User = UserFactory.create()
        if kept_out == "ban":
            Ban.objects.create(room=room, host=room.host, user=actor)
        else:
            room.entry_rule, room.guests_listen = "invited", False
            room.save(update_fields=["entry_rule", "guests_listen"])
        found[line] = outcome(call(client_of(actor), line, room, ids, LIVE[line][1]))
    assert found == dict.fromkeys(LIVE, "entry_refused")
