"""The table of who may do what, whole."""

from __future__ import annotations

from rooms.enums import Action, Role
from rooms.permissions import MAY, may, may_act_on


def test_table_says_for_every_role_what_it_may() -> None:
    listen = {Action.LISTEN}
    person = listen | {Action.REACT, Action.PING, Action.CHAT}
    speaker = person | {Action.SPEAK, Action.STEP_DOWN, Action.TAKE_OVER}
    tools = {
        Action.INVITE,
        Action.ACCEPT_HAND,
        Action.LOWER_ANY_HAND,
        Action.MOVE_TO_AUDIENCE,
        Action.MUTE_OTHER,
        Action.MODERATE_CHAT,
        Action.USE_BOARD,
        Action.ORDER_HANDS,
        Action.LOCK_HANDS,
        Action.LOCK_STAGE,
        Action.REMOVE,
        Action.BAN,
        Action.ADMIT,
        Action.SEE_STATS,
    }
    life = {
        Action.OPEN_LOBBY,
        Action.START_ROOM,
        Action.EDIT_ROOM,
        Action.RESCHEDULE,
        Action.CANCEL_ROOM,
        Action.END_ROOM,
    }
    own = life | {
        Action.CHANGE_ROLE,
        Action.RECORD,
        Action.SET_SPEAK_RULE,
        Action.HAND_OVER,
        Action.BAN_EVERYWHERE,
        Action.SET_ENTRY,
    }
    assert dict(MAY) == {
        Role.GUEST: listen,
        Role.LISTENER: person | {Action.RAISE_HAND, Action.ANSWER_INVITATION},
        Role.SPEAKER: speaker,
        Role.COHOST: speaker | tools,
        Role.HOST: (speaker | tools | own) - {Action.STEP_DOWN, Action.TAKE_OVER},
    }


def test_every_action_is_allowed_to_somebody() -> None:
    assert set().union(*MAY.values()) == set(Action)


def test_nobody_acts_on_an_equal_or_somebody_above() -> None:
    allowed = {(a, b) for a in Role for b in Role if may_act_on(a, b)}
    assert allowed == {
        (Role.HOST, Role.COHOST),
        (Role.HOST, Role.SPEAKER),
        (Role.HOST, Role.LISTENER),
        (Role.COHOST, Role.SPEAKER),
        (Role.COHOST, Role.LISTENER),
    }


def test_guest_may_only_listen() -> None:
    assert [action for action in Action if may(Role.GUEST, action)] == [Action.LISTEN]
