"""Who may do what: one table for pages, sockets and the API."""

from __future__ import annotations

from types import MappingProxyType

from rooms.enums import Action, Role

_LISTEN = frozenset({Action.LISTEN})
_PERSON = _LISTEN | {Action.REACT, Action.PING, Action.CHAT}
_LISTENER = _PERSON | {Action.RAISE_HAND, Action.ANSWER_INVITATION}
_SPEAKER = _PERSON | {Action.SPEAK, Action.STEP_DOWN, Action.TAKE_OVER}
_COHOST = _SPEAKER | {
    Action.INVITE,
    Action.ACCEPT_HAND,
    Action.LOWER_ANY_HAND,
    Action.MOVE_TO_AUDIENCE,
    Action.MUTE_OTHER,
    Action.ORDER_HANDS,
    Action.LOCK_HANDS,
    Action.LOCK_STAGE,
    Action.REMOVE,
    Action.BAN,
    Action.ADMIT,
    Action.MODERATE_CHAT,
    Action.USE_BOARD,
    Action.SEE_STATS,
}
_LIFE = frozenset(
    {
        Action.OPEN_LOBBY,
        Action.START_ROOM,
        Action.EDIT_ROOM,
        Action.RESCHEDULE,
        Action.CANCEL_ROOM,
        Action.END_ROOM,
    }
)
_OF_THE_HOST = _LIFE | {
    Action.CHANGE_ROLE,
    Action.RECORD,
    Action.SET_SPEAK_RULE,
    Action.HAND_OVER,
    Action.BAN_EVERYWHERE,
    Action.SET_ENTRY,
}
_HOST = (_COHOST | _OF_THE_HOST) - {Action.STEP_DOWN, Action.TAKE_OVER}

MAY: MappingProxyType[Role, frozenset[Action]] = MappingProxyType(
    {
        Role.HOST: _HOST,
        Role.COHOST: _COHOST,
        Role.SPEAKER: _SPEAKER,
        Role.LISTENER: _LISTENER,
        Role.GUEST: _LISTEN,
    }
)

# Whom an action on another person may touch: nobody acts on an equal or on somebody above.
_BELOW: MappingProxyType[Role, frozenset[Role]] = MappingProxyType(
    {
        Role.HOST: frozenset({Role.COHOST, Role.SPEAKER, Role.LISTENER}),
        Role.COHOST: frozenset({Role.SPEAKER, Role.LISTENER}),
    }
)


def may(role: Role, action: Action) -> bool:
    """Say whether `role` may do `action` at all."""
    return action in MAY[role]


def may_act_on(role: Role, target: Role) -> bool:
    """Say whether somebody with `role` may move or mute somebody with `target`."""
    return target in _BELOW.get(role, frozenset())
