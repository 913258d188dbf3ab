"""What happens in a room: the numbered events of docs/protocol.md as types."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from accounts.selectors.people import PersonCard
from rooms.enums import StageRole
from rooms.state import BoardEntry, HandEntry, RoomFields, TipEntry

StageRoleName: TypeAlias = StageRole


class RoomOpened(msgspec.Struct, tag="room.opened"):
    room: RoomFields
    host: PersonCard


class RoomChanged(msgspec.Struct, tag="room.changed"):
    """Whatever is said of the room itself, once more and whole."""

    room: RoomFields


class RoomEnded(msgspec.Struct, tag="room.ended"):
    ended_at: str


class StageJoined(msgspec.Struct, tag="stage.joined"):
    person: PersonCard
    role: StageRoleName


class StageLeft(msgspec.Struct, tag="stage.left"):
    id: str


class RoleChanged(msgspec.Struct, tag="stage.role"):
    id: str
    role: StageRoleName


class HostChanged(msgspec.Struct, tag="stage.host"):
    """Somebody on the stage is the host from now on; `former` is what the host before them becomes."""

    id: str
    former: StageRoleName


class MicChanged(msgspec.Struct, tag="stage.muted"):
    """`by`: who muted somebody else."""

    id: str
    muted: bool
    by: str | None = None


class RecordingStarted(msgspec.Struct, tag="recording.started"):
    pass


class RecordingStopped(msgspec.Struct, tag="recording.stopped"):
    pass


class RecordingTrouble(msgspec.Struct, tag="recording.trouble"):
    trouble: bool


class HandRaised(msgspec.Struct, tag="hand.raised"):
    person: PersonCard
    raised_at: str
    reason: str = ""


class HandLowered(msgspec.Struct, tag="hand.lowered"):
    """`by`: who lowered the hand of somebody else."""

    id: str
    by: str | None = None


class HandMoved(msgspec.Struct, tag="hand.moved"):
    """Stands at `place`, counted from 1, from now on."""

    id: str
    place: int
    pinned: bool


class HandReason(msgspec.Struct, tag="hand.reason"):
    id: str
    reason: str


class HandsCleared(msgspec.Struct, tag="hands.cleared"):
    by: str


class HandsRestored(msgspec.Struct, tag="hands.restored"):
    """The queue once more and whole."""

    hands: list[HandEntry]


class Invited(msgspec.Struct, tag="invited"):
    person: PersonCard


class InvitationGone(msgspec.Struct, tag="invitation.gone"):
    id: str


class PersonChanged(msgspec.Struct, tag="person.changed"):
    person: PersonCard


class ChatSaid(msgspec.Struct, tag="chat.said"):
    id: str
    person: PersonCard
    text: str


class ChatRemoved(msgspec.Struct, tag="chat.removed"):
    id: str


class BoardPut(msgspec.Struct, tag="board.put"):
    """It is there now, or is there again, or more is known of it."""

    item: BoardEntry


class BoardPinned(msgspec.Struct, tag="board.pinned"):
    """This one and no other; none for null."""

    id: str | None


class BoardRemoved(msgspec.Struct, tag="board.removed"):
    id: str


class TipPut(msgspec.Struct, tag="tip.put"):
    """Somebody gave the host a tip, or its words are gone, or whoever gave it is."""

    tip: TipEntry


Event: TypeAlias = (
    RoomOpened
    | RoomChanged
    | RoomEnded
    | StageJoined
    | StageLeft
    | RoleChanged
    | HostChanged
    | MicChanged
    | RecordingStarted
    | RecordingStopped
    | RecordingTrouble
    | HandRaised
    | HandLowered
    | HandMoved
    | HandReason
    | HandsCleared
    | HandsRestored
    | Invited
    | InvitationGone
    | PersonChanged
    | ChatSaid
    | ChatRemoved
    | BoardPut
    | BoardPinned
    | BoardRemoved
    | TipPut
)
