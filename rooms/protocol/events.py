"""What happens in a room: the numbered events of docs/protocol.md as types."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from accounts.selectors.people import PersonCard
from rooms.enums import StageRole

StageRoleName: TypeAlias = StageRole


class RoomCardState(msgspec.Struct):
    """The room itself, as clients know it. Times are ISO 8601 in UTC."""

    id: str
    title: str
    description: str
    language: str
    state: str
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


class RoomOpened(msgspec.Struct, tag="room.opened"):
    room: RoomCardState
    host: PersonCard


class RoomChanged(msgspec.Struct, tag="room.changed"):
    """Whatever is said of the room itself, once more and whole."""

    room: RoomCardState


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


class HandState(msgspec.Struct):
    person: PersonCard
    raised_at: str
    reason: str
    pinned: bool


class HandsCleared(msgspec.Struct, tag="hands.cleared"):
    by: str


class HandsRestored(msgspec.Struct, tag="hands.restored"):
    """The queue once more and whole."""

    hands: list[HandState]


class Invited(msgspec.Struct, tag="invited"):
    person: PersonCard


class InvitationGone(msgspec.Struct, tag="invitation.gone"):
    id: str


class PersonChanged(msgspec.Struct, tag="person.changed"):
    person: PersonCard


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
)
