"""The numbered state of a room and what each event does to it: pure, and the same in the browser's state.js."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from rooms.enums import Role, RoomState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from accounts.selectors.people import PersonCard


# So many messages are in the state; CHAT_SHOWN of state.js is the same.
CHAT_SHOWN = 50
# And so many tips; TIPS_SHOWN of state.js is the same.
TIPS_SHOWN = 20


class RoomFields(TypedDict):
    """The room itself. Times are ISO 8601 in UTC."""

    id: str
    title: str
    description: str
    language: str
    state: str
    # When a planned room is to begin, and when it began; the other is null for one that was opened at once.
    starts_at: str | None
    started_at: str | None
    ended_at: str | None
    recording: bool
    recording_trouble: bool
    hands_locked: bool
    stage_locked: bool
    speak_rule: str
    # Whom the host has offered the room.
    offered_to: str | None
    host_awaited_until: str | None
    closing_at: str | None
    entry_rule: str
    guests_listen: bool
    chat_open: bool
    chat_slow: int
    # What it is about, by address.
    topics: list[str]


class StageEntry(TypedDict):
    person: PersonCard
    role: str
    muted: bool


class HandEntry(TypedDict):
    person: PersonCard
    raised_at: str
    reason: str
    pinned: bool


class InvitedEntry(TypedDict):
    person: PersonCard


class ChatEntry(TypedDict):
    """A message; one that was removed has no text."""

    id: str
    seq: int
    person: PersonCard
    text: str
    at: str
    removed: bool


class TipEntry(TypedDict):
    """A tip for the host, in the order of `seq`; one whose words were removed has no text."""

    id: str
    seq: int
    # None if whoever gave it stays unnamed.
    person: PersonCard | None
    to: PersonCard
    # In the currency's smallest unit.
    amount: int
    currency: str
    text: str
    at: str
    removed: bool


class BoardEntry(TypedDict):
    """Something on the board, in the order of `seq`."""

    id: str
    seq: int
    kind: str
    person: PersonCard
    url: str
    text: str
    pinned: bool
    state: str
    title: str
    site: str
    picture: str


class State(TypedDict):
    """What a snapshot holds."""

    room: RoomFields
    stage: list[StageEntry]
    hands: list[HandEntry]
    invited: list[InvitedEntry]
    # The last CHAT_SHOWN, the latest at the end.
    chat: list[ChatEntry]
    board: list[BoardEntry]
    # The last TIPS_SHOWN, the latest at the end.
    tips: list[TipEntry]


class EventFrame(TypedDict):
    """One event as it goes over the wire; further keys depend on its type."""

    seq: int
    type: str
    at: str
    person: NotRequired[PersonCard]
    id: NotRequired[str]


def apply(state: State, event: Mapping[str, Any]) -> State:
    """Return the state after the event. An event of an unknown type changes nothing, so that old processes survive."""
    change = _CHANGES.get(event["type"])
    return change(state, event) if change else state


def _without(entries: list[Any], person_id: str) -> list[Any]:
    return [entry for entry in entries if entry["person"]["id"] != person_id]


def _opened(_: State, event: Mapping[str, Any]) -> State:
    host: StageEntry = {"person": event["host"], "role": Role.HOST, "muted": True}
    return {"room": event["room"], "stage": [host], "hands": [], "invited": [], "chat": [], "board": [], "tips": []}


def _ended(state: State, event: Mapping[str, Any]) -> State:
    room: RoomFields = {**state["room"], "state": RoomState.ENDED.value, "ended_at": event["ended_at"]}
    room["offered_to"] = None
    return {**state, "room": room, "hands": [], "invited": []}


def _in_room(state: State, /, **changed: Any) -> State:
    room: Any = {**state["room"], **changed}
    return {**state, "room": room}


def _joined(state: State, event: Mapping[str, Any]) -> State:
    person = event["person"]
    entry: StageEntry = {"person": person, "role": event["role"], "muted": True}
    return {
        **state,
        "stage": [*_without(state["stage"], person["id"]), entry],
        "hands": _without(state["hands"], person["id"]),
        "invited": _without(state["invited"], person["id"]),
    }


def _left(state: State, event: Mapping[str, Any]) -> State:
    return {**state, "stage": _without(state["stage"], event["id"])}


def _on_stage(state: State, event: Mapping[str, Any], **changed: Any) -> State:
    stage: list[Any] = [
        {**entry, **changed} if entry["person"]["id"] == event["id"] else entry for entry in state["stage"]
    ]
    return {**state, "stage": stage}


def _new_host(state: State, event: Mapping[str, Any]) -> State:
    def role_now(entry: Any) -> Any:
        if entry["person"]["id"] == event["id"]:
            return Role.HOST.value
        return event["former"] if entry["role"] == Role.HOST else entry["role"]

    stage: list[Any] = [{**entry, "role": role_now(entry)} for entry in state["stage"]]
    return {**state, "stage": stage}


def _raised(state: State, event: Mapping[str, Any]) -> State:
    entry: HandEntry = {
        "person": event["person"],
        "raised_at": event["raised_at"],
        # Events from before there were reasons have none.
        "reason": event.get("reason", ""),
        "pinned": False,
    }
    return {**state, "hands": [*_without(state["hands"], event["person"]["id"]), entry]}


def _lowered(state: State, event: Mapping[str, Any]) -> State:
    return {**state, "hands": _without(state["hands"], event["id"])}


def _moved(state: State, event: Mapping[str, Any]) -> State:
    moved = [{**hand, "pinned": event["pinned"]} for hand in state["hands"] if hand["person"]["id"] == event["id"]]
    others = _without(state["hands"], event["id"])
    at = event["place"] - 1
    hands: list[Any] = [*others[:at], *moved, *others[at:]]
    return {**state, "hands": hands}


def _reasoned(state: State, event: Mapping[str, Any]) -> State:
    hands: list[Any] = [
        {**hand, "reason": event["reason"]} if hand["person"]["id"] == event["id"] else hand for hand in state["hands"]
    ]
    return {**state, "hands": hands}


def _invited(state: State, event: Mapping[str, Any]) -> State:
    person = event["person"]
    return {
        **state,
        "hands": _without(state["hands"], person["id"]),
        "invited": [*_without(state["invited"], person["id"]), {"person": person}],
    }


def _invitation_gone(state: State, event: Mapping[str, Any]) -> State:
    return {**state, "invited": _without(state["invited"], event["id"])}


def _person_changed(state: State, event: Mapping[str, Any]) -> State:
    person = event["person"]

    def renewed(entries: list[Any]) -> list[Any]:
        return [{**entry, "person": person} if entry["person"]["id"] == person["id"] else entry for entry in entries]

    return {
        **state,
        "stage": renewed(state["stage"]),
        "hands": renewed(state["hands"]),
        "invited": renewed(state["invited"]),
        "chat": renewed(state["chat"]),
        "board": renewed(state["board"]),
        "tips": [_tip_of_renewed(tip, person) for tip in state["tips"]],
    }


def _tip_of_renewed(tip: TipEntry, person: PersonCard) -> TipEntry:
    giver = tip["person"]
    named = giver is not None and giver["id"] == person["id"]
    return {
        **tip,
        "person": person if named else giver,
        "to": person if tip["to"]["id"] == person["id"] else tip["to"],
    }


def _said(state: State, event: Mapping[str, Any]) -> State:
    entry: ChatEntry = {
        "id": event["id"],
        "seq": event["seq"],
        "person": event["person"],
        "text": event["text"],
        "at": event["at"],
        "removed": False,
    }
    return {**state, "chat": [*state["chat"], entry][-CHAT_SHOWN:]}


def _unsaid(state: State, event: Mapping[str, Any]) -> State:
    chat: list[Any] = [
        {**entry, "text": "", "removed": True} if entry["id"] == event["id"] else entry for entry in state["chat"]
    ]
    return {**state, "chat": chat}


def _put(state: State, event: Mapping[str, Any]) -> State:
    item: BoardEntry = event["item"]
    others = [entry for entry in state["board"] if entry["id"] != item["id"]]
    return {**state, "board": sorted([*others, item], key=lambda entry: entry["seq"])}


def _pinned(state: State, event: Mapping[str, Any]) -> State:
    board: list[Any] = [{**entry, "pinned": entry["id"] == event["id"]} for entry in state["board"]]
    return {**state, "board": board}


def _taken_down(state: State, event: Mapping[str, Any]) -> State:
    return {**state, "board": [entry for entry in state["board"] if entry["id"] != event["id"]]}


def _tipped(state: State, event: Mapping[str, Any]) -> State:
    tip: TipEntry = event["tip"]
    others = [entry for entry in state["tips"] if entry["id"] != tip["id"]]
    return {**state, "tips": sorted([*others, tip], key=lambda entry: entry["seq"])[-TIPS_SHOWN:]}


_CHANGES: dict[str, Callable[[State, Mapping[str, Any]], State]] = {
    "room.opened": _opened,
    "room.changed": lambda state, event: _in_room(state, **event["room"]),
    "room.ended": _ended,
    "stage.joined": _joined,
    "stage.left": _left,
    "stage.role": lambda state, event: _on_stage(state, event, role=event["role"]),
    "stage.host": _new_host,
    "stage.muted": lambda state, event: _on_stage(state, event, muted=event["muted"]),
    "recording.started": lambda state, _: _in_room(state, recording=True, recording_trouble=False),
    "recording.stopped": lambda state, _: _in_room(state, recording=False, recording_trouble=False),
    "recording.trouble": lambda state, event: _in_room(state, recording_trouble=event["trouble"]),
    "hand.raised": _raised,
    "hand.lowered": _lowered,
    "hand.moved": _moved,
    "hand.reason": _reasoned,
    "hands.cleared": lambda state, _: {**state, "hands": []},
    "hands.restored": lambda state, event: {**state, "hands": event["hands"]},
    "invited": _invited,
    "invitation.gone": _invitation_gone,
    "person.changed": _person_changed,
    "chat.said": _said,
    "chat.removed": _unsaid,
    "board.put": _put,
    "board.pinned": _pinned,
    "board.removed": _taken_down,
    "tip.put": _tipped,
}
